"""The failure of a logged call, as GenCost names its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gencost.errors import ProviderError
from gencost.providers.failures import error_type, reported
from gencost.traffic.values import count, text

_CLASSES = (
    ("RateLimit", "rate_limit"),
    ("Authentication", "auth"),
    ("PermissionDenied", "auth"),
    ("Timeout", "timeout"),
    ("NotFound", "not_found"),
    ("ServiceUnavailable", "server_error"),
    ("InternalServer", "server_error"),
    ("APIConnection", "connection"),
    ("BadRequest", "bad_request"),
    ("ContextWindow", "bad_request"),
    ("ContentPolicy", "bad_request"),
    ("UnprocessableEntity", "bad_request"),
    ("Cancelled", "cancelled"),
    ("Canceled", "cancelled"),
    ("TimedOut", "timeout"),
    ("RateLimited", "rate_limit"),
)
_UNSURE = ("error_body", "request_timeout")  # without a status it is the client that gave up
_SUCCESSES = range(200, 300)
# The words of clients in Python and Node, and of their systems, where no answer came.
_WORDS = (
    (re.compile(r"\bE?TIMED?[ -]?OUT\b|timeout|deadline exceeded", re.IGNORECASE), "timeout"),
    (
        re.compile(
            r"\bE(?:CONN(?:REFUSED|RESET|ABORTED)|PIPE|AI_AGAIN|NOTFOUND|HOSTUNREACH)\b|fetch failed|socket hang up"
            r"|other side closed|connection (?:error|refused|reset|closed|aborted)|getaddrinfo|server disconnected",
            re.IGNORECASE,
        ),
        "connection",
    ),
)
_STATUS = re.compile(
    r"(?:error|status|http|code)\W{0,3}\s*(?:code\W{0,2}\s*)?\b([45]\d\d)\b|^\W*([45]\d\d)\b", re.IGNORECASE
)


def failure(*, status: Any = None, kind: Any = None, message: Any = None) -> dict[str, Any]:
    """Name a failure by its status, else by the name of its exception, else by its words.

    Returns:
        ``error_type``, ``error_message`` and ``http_status`` of a call.
    """
    code = count(status)
    if code is None and (named := _STATUS.search((text(message) or "")[:300])) is not None:
        code = int(named[1] or named[2])
    http = code if code is not None and 100 <= code < 600 else None
    words = text(message) or text(kind) or "the log does not say why"
    return {"error_type": _type(http, str(kind or ""), message), "error_message": words, "http_status": http}


def _type(http: int | None, name: str, message: Any) -> str:
    if http is not None and http not in _SUCCESSES:
        return error_type(http)
    known = next((kind for part, kind in _CLASSES if part.lower() in name.lower().replace("_", "")), None)
    if known is not None:
        return known
    details = message if isinstance(message, Mapping) else {"message": text(message) or "", "type": name}
    error: ProviderError = reported(details)
    if error.error_type not in _UNSURE:
        return error.error_type
    return next((kind for words, kind in _WORDS if words.search(text(message) or "")), error.error_type)
