"""Keep secrets out of every table, file, log and message: the one place that knows what a secret looks like."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

MASK = "***"

_SECRET_KEY = re.compile(
    r"(^|[_-])(api[_-]?key|secret|password|passwd|authorization|cookie|credentials?|(auth|access)[_-]token)s?$", re.I
)
_URL_KEY = re.compile(r"([?&](?:api[_-]?key|key|token|sig|signature|secret)=)[^&\s'\"]*", re.I)
# To the last @, as a password may hold one unquoted; digits before a slash are a port.
_URL_PASSWORD = re.compile(r"(://[^:/@\s]*):(?!\d{1,5}/)[^\s\"'<>]*@")
# Keys as vendors write them, and what follows "Bearer" in an echoed header.
_LIKE_A_KEY = re.compile(r"(?i)\b(bearer\s+)[^\s\"',;\\]+|\b(sk-|gsk_|xai-|AIza|pplx-)[\w*.\-]{6,}")
_SECRET_NAME = re.compile(r"(?i)key|token|auth|secret|cookie|passw|credential|^sig")
_SHORTEST = 4
_SECRET_VARIABLE = re.compile(r"(?i)(key|token|secret|passw(or)?d|credentials?)$")
_SHORTEST_VALUE = 8


def masked(value: Any, key: str = "") -> Any:
    """Copy plain values with every secret replaced: by its key's name, and passwords inside URLs."""
    if isinstance(value, Mapping):
        return {k: masked(v, str(k)) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [masked(v, key) for v in value]
    if value is not None and _SECRET_KEY.search(key):
        return MASK
    if not isinstance(value, str):
        return value
    return _URL_KEY.sub(rf"\g<1>{MASK}", _URL_PASSWORD.sub(rf"\1:{MASK}@", value))


def with_quoted_password(url: str) -> str:
    """Quote the password of a URL where it holds characters that would end it, as in ``postgresql://me:p@ss@host/db``."""
    scheme, separator, rest = url.partition("://")
    authority = rest.partition("/")[0]
    if "@" not in authority:  # or the password holds a slash
        authority = rest.partition("?")[0]
    user_and_password, at, _ = authority.rpartition("@")
    user, colon, password = user_and_password.partition(":")
    port = re.match(r"\d{1,5}/", password)
    if not (separator and at and colon) or port or not re.search("[@/:#?]", password):
        return url
    return f"{scheme}://{user}:{quote(password, safe='%')}@{rest[len(user_and_password) + 1 :]}"


def masked_overrides(overrides: Sequence[str]) -> list[str]:
    """Mask the values of ``key=value`` words as ``masked`` does."""
    shown = []
    for override in overrides:
        key, equals, value = override.partition("=")
        shown.append(f"{key}{equals}{masked(value, key.rpartition('.')[2])}" if equals else override)
    return shown


def secrets_among(named: Mapping[str, object]) -> list[str]:
    """Values of headers or query parameters whose name says that they are secret."""
    return [str(value) for name, value in named.items() if _SECRET_NAME.search(name)]


def secrets_of_url(url: str) -> list[str]:
    """Values of the secret query parameters of a URL."""
    return secrets_among(dict(parse_qsl(urlsplit(url).query)))


def masked_text(text: str, secrets: Iterable[str]) -> str:
    """Replace every secret, as it is, URL-quoted or JSON-escaped, and whatever looks like a vendor's key.

    Args:
        text: what somebody else wrote, e.g. the body of an error.
        secrets: known ones; those of less than four characters would mask half of the text and are left.
    """
    for secret in secrets:
        for form in {secret, quote(secret, safe=""), json.dumps(secret)[1:-1]}:
            if len(form) >= _SHORTEST:
                text = text.replace(form, MASK)
    return _LIKE_A_KEY.sub(lambda match: f"{match[1] or match[2]}{MASK}", text)


def masked_error(text: str) -> str:
    """Mask the text of an error, which may contain anything.

    Args:
        text: may hold a URL's password, a vendor's key, or the value of an environment variable whose name is that of a
            secret; values of less than eight characters are left.
    """
    known = (v for name, v in os.environ.items() if _SECRET_VARIABLE.search(name) and len(v) >= _SHORTEST_VALUE)
    return masked_text(str(masked(text)), known)
