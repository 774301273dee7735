"""The failure of one try: its type, from a status or from what the server wrote, and its text without secrets."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from gencost.errors import ProviderError
from gencost.masking import masked_text
from gencost.providers.waits import retry_after_s

MOST_CHARS = 500
_MOST_QUOTED = 200

_BY_STATUS = {
    401: "auth",
    402: "quota",
    403: "auth",
    404: "not_found",
    407: "auth",
    408: "request_timeout",
    409: "conflict",
    410: "not_found",  # a model that was retired
    425: "conflict",
    429: "rate_limit",
    498: "overloaded",  # Groq: capacity exceeded
    499: "request_timeout",  # nginx: its client, a proxy, closed the connection
    501: "unsupported",
    505: "unsupported",
    529: "overloaded",  # Anthropic
}

# What vendors call their errors, the first that fits: OpenAI, Anthropic, Google, Mistral, Moonshot, Alibaba, vLLM.
_BY_WORD = (
    ("quota", r"insufficient_?(quota|balance|credit|fund)|current_quota|billing|payment|arrear|overdue|credit_balance"),
    ("rate_limit", r"rate_?limit|too_?many_?requests|throttl|resource_?exhausted|^(requests|tokens)$|并发|频率|限流"),
    ("overloaded", r"overload|capacity|service_?unavailable|^unavailable$|_busy|slow_down"),
    ("auth", r"authenti|unauthor|api_?key|permission|forbidden|access_?(denied|terminated)"),
    ("not_found", r"not_?found|not_exist|no_such"),
    ("request_timeout", r"time_?d?_?out|deadline"),
    ("server_error", r"api_?error|server_?error|internal|bad_?gateway|upstream|server_had_an_error"),
    ("bad_request", r"invalid|bad_?request|unsupported|context_|content_(policy|filter)|too_(large|long)|unprocess"),
)
_WORDS = tuple((name, re.compile(pattern)) for name, pattern in _BY_WORD)
_NO_MONEY = re.compile(
    r"insufficient (quota|balance|credit|fund)|your current quota|credit balance|no credits|欠费|余额不足|充值", re.I
)
_MESSAGES = ("message", "msg", "detail", "error_msg", "error_message", "status_msg", "errmsg")
_CODES = ("code", "error_code", "status_code", "errcode")
_NAMES = ("type", "__type", "error_type", "status", "name")
_MOST_WRAPPED = 4
_OF_ANOTHER = frozenset({"402", "429", "529"})
_ANSWERS = frozenset(  # an answer has one of these keys, an error has not
    {"choices", "output", "content", "usage", "delta", "response", "candidates", "promptFeedback"}
)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.I | re.S)
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.I | re.S)


def error_type(status: int) -> str:
    """Name an HTTP status that is not a success.

    Args:
        status: not 2xx.
    """
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 500 <= status < 600:
        return "server_error"
    if 300 <= status < 400:
        return "redirect"
    return "bad_request" if 400 <= status < 500 else "unsupported"


def shown(text: str, secrets: Iterable[str]) -> str:
    """One line of at most ``MOST_CHARS`` characters, masked before it is cut, so that no half of a secret stays."""
    line = " ".join(masked_text(text[:20_000], secrets).split())
    return line if len(line) <= MOST_CHARS else line[: MOST_CHARS - 1] + "…"


def invalid_body(what: str) -> ProviderError:
    """Say that a body is not what the protocol says it is."""
    return ProviderError(f"not an answer: {what}", error_type="invalid_body")


def not_json(text: str, error: ValueError) -> ProviderError:
    """Say that a body is not an object, or that it ends before its object does, which another try may not.

    Args:
        text: of the body.
        error: why it could not be read.
    """
    text = text.rstrip()
    if text.endswith(("}", "]")) and getattr(error, "pos", 0) < len(text):
        return invalid_body(f"not a JSON object: {text[:_MOST_QUOTED]!r}")
    return ProviderError(f"the answer broke off: {text[:_MOST_QUOTED]!r}", error_type="truncated")


def page(text: str) -> str:
    """Say what an HTML page says: its title, else its text."""
    title = _TITLE.search(text)
    return " ".join((title[1] if title and title[1].strip() else _TAG.sub(" ", text)).split())[:200]


def refused(status: int, reason: str, headers: Mapping[str, str], text: str) -> ProviderError:
    """Turn an answer whose status is not a success into an exception.

    Args:
        status: not 2xx.
        reason: the words beside it.
        headers: of the answer, case-insensitive.
        text: of its body, or the beginning of it.
    """
    details = _details(text)
    kind = _refined(error_type(_told(details, status)), status, details)
    message = f"an HTML page: {page(text)}" if text.lstrip().startswith("<") else text
    if kind == "redirect":
        message = f"to {headers.get('Location', 'nowhere')}: write that address into provider.base_url. {message}"
    limited = kind in {"rate_limit", "overloaded"} or status == 503
    return ProviderError(
        f"HTTP {status} {reason}: {message}".strip(": "),
        error_type=kind,
        http_status=status,
        retry_after_s=retry_after_s(headers, text, limited=limited),
    )


def _details(value: Any, deep: int = 0) -> Mapping[str, Any]:
    """Take an error out of what relays put around it: a list, a text of JSON, another error; a text is a message."""
    if isinstance(value, str):
        value = _json(value)
    if isinstance(value, list):
        value = value[0] if value else {}
    if type(value) is int:
        return {"code": value}
    if not isinstance(value, Mapping):
        return {"message": value} if value else {}
    for key in ("error", "message"):
        inner = value.get(key)
        inner = _json(inner) if isinstance(inner, str) else inner
        if inner and isinstance(inner, Mapping | list) and deep < _MOST_WRAPPED:
            return {**value, key: None, **_details(inner, deep + 1)}
    error = value.get("error")
    if type(error) is int:
        return {"code": error, **value}
    return {**value, "message": error} if isinstance(error, str) and error else value


def _json(text: str) -> Any:
    """Read a text that holds an object or a list; give any other back."""
    if text.lstrip().startswith(("{", "[")):
        with suppress(ValueError, RecursionError):
            return json.loads(text)
    return text


def _told(details: Mapping[str, Any], status: int) -> int:
    """The status of what a relay asked, where it says less itself: there is no money, or there are too many calls."""
    if status // 100 == 5:
        return next((int(details[key]) for key in _CODES if str(details.get(key)) in _OF_ANOTHER), status)
    return status


def _refined(kind: str, status: int, details: Mapping[str, Any]) -> str:
    """A vendor's own word may say more than the status: no money is not a rate limit, nor throttling a bad request."""
    word = _by_word(details)
    if status in {400, 402, 403, 429} and _unpaid(word, details):
        return "quota"
    if word in {"rate_limit", "overloaded"} and status in {400, 403, 429, 500, 502, 503}:
        return word
    return "auth" if word == "auth" and status == 400 else kind


def _unpaid(word: str | None, details: Mapping[str, Any]) -> bool:
    # Google says "your current quota" of limits a minute, too, and calls them RESOURCE_EXHAUSTED.
    return word == "quota" or (word != "rate_limit" and bool(_NO_MONEY.search(str(details.get("message")))))


def _by_word(details: Mapping[str, Any]) -> str | None:
    lists = [details[key] for key in ("details", "errors") if isinstance(details.get(key), list)]  # Google's
    reasons = [it.get("reason") for it in itertools.chain(*lists) if isinstance(it, Mapping)]
    words = [*map(details.get, _CODES), *reasons, *map(details.get, _NAMES)]
    return next((kind for word in words if word and (kind := _kind(str(word))) is not None), None)


def _kind(code: str) -> str | None:
    word = re.sub(r"[\s.\-]+", "_", code.strip().lower())
    return next((kind for kind, pattern in _WORDS if pattern.search(word)), None)


def reported(error: Any) -> ProviderError:
    """Turn an error that came with status 200, or inside a stream, into an exception of the right type.

    Args:
        error: a text, or an object with a message and a code, type or status; a code may be an HTTP status.
    """
    details = _details(error)
    message = str(_first(details, _MESSAGES) or dict(details))
    named = [str(details[key]) for key in (*_CODES, *_NAMES) if details.get(key) not in (None, "", "error")]
    status = next((int(word) for word in named if re.fullmatch(r"[3-6]\d\d", word)), None)
    kind = _by_word(details) or _kind(message) if status is None else _refined(error_type(status), status, details)
    if kind == "rate_limit" and _unpaid(_by_word(details), details):
        kind = "quota"
    return ProviderError(
        f"{' '.join(dict.fromkeys(named)) or 'error'}: {message}",
        error_type=kind or "error_body",
        retry_after_s=retry_after_s({}, json.dumps(details, default=str)),
    )


def error_in(value: Mapping[str, Any], name: str = "") -> ProviderError | None:
    """Find the error that an object reports although its status was a success.

    Args:
        value: a body, or the data of an event.
        name: of that event.

    Returns:
        None if it reports none.
    """
    error = value.get("error")
    if error and not (isinstance(error, Mapping) and not any(error.values()) and not _ANSWERS.isdisjoint(value)):
        return reported(value)
    if name == "error" or "error" in (value.get("type"), value.get("object"), value.get("status")):
        return reported(value)
    if "type" in value or not _ANSWERS.isdisjoint(value):
        return None
    return _bare_error(value)


def _bare_error(value: Mapping[str, Any]) -> ProviderError | None:
    """Find what gateways write: ``{"detail": "..."}``, ``{"code": 1302, "msg": "..."}``, Cloudflare's, MiniMax's."""
    if errors := value.get("errors"):
        return reported(errors[0] if isinstance(errors, list) else errors)
    base = value.get("base_resp")
    if isinstance(base, Mapping) and base.get("status_code"):
        return reported(base)
    return reported(value) if _first(value, _MESSAGES) else None


def _first(value: Mapping[str, Any], keys: Iterable[str]) -> Any:
    return next((value[key] for key in keys if value.get(key)), None)
