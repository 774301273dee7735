"""What went wrong with one try over HTTP: its type, how long to wait, and its text without secrets."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from gencost.masking import masked_text

MOST_CHARS = 500

_BY_STATUS = {
    400: "bad_request",
    401: "auth",
    403: "auth",
    404: "not_found",
    408: "request_timeout",
    409: "conflict",
    429: "rate_limit",
    529: "overloaded",
}


def error_type(status: int) -> str:
    """Name an HTTP status that is no success.

    Args:
        status: not 2xx.
    """
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return "server_error"
    return "redirect" if 300 <= status < 400 else "bad_request"


def shown(text: str, secrets: Iterable[str]) -> str:
    """One line of at most ``MOST_CHARS`` characters, masked before it is cut, so that no half of a secret stays."""
    line = " ".join(masked_text(text[:20_000], secrets).split())
    return line if len(line) <= MOST_CHARS else line[: MOST_CHARS - 1] + "…"


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Read how long the server asks to wait.

    In this order: ``retry-after-ms``; ``Retry-After`` in seconds or as an HTTP date (RFC 9110, 10.2.3); the longest
    ``x-ratelimit-reset-requests`` or ``-tokens`` (https://platform.openai.com/docs/guides/rate-limits) of those whose
    ``x-ratelimit-remaining-...`` is 0, or the shorter of the two if neither is.

    Args:
        headers: of the answer, case-insensitive.
        now: for HTTP dates; the present by default.

    Returns:
        Seconds >= 0; None if nothing readable was said.
    """
    if (ms := _number(headers.get("retry-after-ms"))) is not None:
        return ms / 1e3
    if (asked := headers.get("retry-after")) is not None:
        seconds = _number(asked)
        return _until(asked, now or datetime.now(UTC)) if seconds is None else seconds
    resets = {kind: _duration_s(headers.get(f"x-ratelimit-reset-{kind}")) for kind in ("requests", "tokens")}
    known = {kind: wait for kind, wait in resets.items() if wait is not None}
    spent = [wait for kind, wait in known.items() if headers.get(f"x-ratelimit-remaining-{kind}") == "0"]
    return max(spent) if spent else min(known.values(), default=None)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _until(date: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


_UNITS_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3}


def _duration_s(text: str | None) -> float | None:
    """Read a duration such as ``6m0s``, ``20ms`` or ``7.66s``; a bare number is seconds."""
    if text is None or not re.fullmatch(r"(\d+(\.\d+)?(ms|h|m|s))+", text):
        return _number(text)
    return sum(float(value) * _UNITS_S[unit] for value, unit in re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s)", text))
