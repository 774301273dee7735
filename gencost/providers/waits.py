"""The time that a server asks to wait, in every form in which servers say it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_UNITS_S = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_UNIT = (
    r"(milliseconds?|msecs?|ms|µs|us|ns|days?|d|hours?|hrs?|h|minutes?|mins?|m(?!\w)|m(?=\d)|seconds?|secs?|s)(?![a-z])"
)
_AMOUNT = re.compile(rf"(\d+(?:\.\d+)?)\s*{_UNIT}")
_DURATION = re.compile(rf"(?:\d+(?:\.\d+)?\s*{_UNIT}[\s,]*(?:and\s+)?)+")
_EPOCH_S, _EPOCH_MS = 1e9, 1e12  # larger numbers are not waits but moments since 1970
_YEAR_S = 366 * 86400.0  # no real limit is reset later than that

_FIELD = re.compile(r"\b(r|t|reset|remaining)=(\d+)")  # source: draft-ietf-httpapi-ratelimit-headers
_NAMED = re.compile(
    r'"(?:retry_?(?:delay|after|in)|estimated_time|x-ratelimit-reset)_?(ms|milliseconds|s|seconds)?"\s*:\s*"?([\w.:+\-]+)',
    re.I,
)
_SENTENCE = re.compile(
    rf"(?:try again|retry(?:ing)?|wait|resets?|available)(?:\s+\w+){{0,3}}?\s+(?:(?:in|after|for|about)\s+)?"
    rf"((?:\d+(?:\.\d+)?\s*{_UNIT}[\s,]*(?:and\s+)?)+)",
    re.I,
)


def retry_after_s(
    headers: Mapping[str, str], text: str = "", *, limited: bool = True, now: datetime | None = None
) -> float | None:
    """Read how long the server asks to wait.

    In this order: ``retry-after-ms`` and ``x-ms-retry-after-ms``; ``Retry-After`` (RFC 9110, 10.2.3, and durations);
    the headers that say when a rate limit is reset: OpenAI's and Groq's ``x-ratelimit-reset-requests`` and
    ``-tokens``, Anthropic's ``anthropic-ratelimit-...-reset``, ``x-ratelimit-reset`` and ``ratelimit-reset``, the
    longest of those whose ``remaining`` is 0, or the shortest if none is; and what the body says ("try again in 1.5s",
    Gemini's ``retryDelay``).

    Args:
        headers: of the answer, case-insensitive.
        text: of its body.
        limited: the server refused because of a limit; otherwise the headers of limits mean nothing.
        now: for moments; the present by default.

    Returns:
        Seconds >= 0; None without a readable wait.
    """
    now = now or datetime.now(UTC)
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        if (ms := _number(headers.get(name))) is not None:
            return ms / 1e3
    for name in ("retry-after", "x-retry-after", "retry-after-seconds"):
        if (asked := seconds_of(headers.get(name), now)) is not None:
            return asked
    return (_reset_s(headers, now) if limited else None) or _in_words(text, now)


def seconds_of(header: str | None, now: datetime) -> float | None:
    """Read one wait: seconds, ``20ms``, ``6m0s``, ``1d2h``, ``PT30S``, a moment in Unix time (s or ms), ISO or HTTP.

    Args:
        header: as sent.
        now: for moments.

    Returns:
        Seconds >= 0, 0 for a moment that is over; None if it cannot be read.
    """
    text = (header or "").strip().strip('"').lower()
    if (value := _number(text)) is not None:
        if value < _EPOCH_S:
            return value
        return max(0.0, (value if value < _EPOCH_MS else value / 1e3) - now.timestamp())
    duration = text.removeprefix("p").replace("t", "", 1) if text.startswith("p") else text
    if _DURATION.fullmatch(duration):
        return sum(float(amount) * _unit_s(unit) for amount, unit in _AMOUNT.findall(duration))
    moment = _moment(text)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def _unit_s(unit: str) -> float:
    if unit in _UNITS_S:
        return _UNITS_S[unit]
    return _UNITS_S["ms"] if unit.startswith(("milli", "ms")) else _UNITS_S[unit[0]]


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _moment(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text.upper())
        except (ValueError, TypeError, IndexError):
            continue
        return moment.replace(tzinfo=moment.tzinfo or UTC)
    return None


def _reset_s(headers: Mapping[str, str], now: datetime) -> float | None:
    waits = [(seconds_of(reset, now), left) for reset, left in _resets(headers)]
    known = [(wait, left) for wait, left in waits if wait is not None and wait < _YEAR_S]
    spent = [wait for wait, left in known if left is not None and _number(left) == 0]
    return max(spent) if spent else min((wait for wait, _ in known), default=None)


def _resets(headers: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    """Find each header that says when a limit is reset, and how much of the limit is left."""
    for name, value in headers.items():
        lower = name.lower()
        if "reset" in lower and ("ratelimit" in lower or "rate-limit" in lower):
            yield value, headers.get(lower.replace("reset", "remaining"))
        elif lower == "ratelimit" and (fields := dict(_FIELD.findall(value))):
            yield fields.get("t") or fields.get("reset") or "", fields.get("r") or fields.get("remaining")


def _in_words(text: str, now: datetime) -> float | None:
    if (named := _NAMED.search(text)) is not None:
        unit = "ms" if (named[1] or "").lower().startswith("m") else ""
        return seconds_of(named[2] + unit if named[2].replace(".", "").isdigit() else named[2], now)
    sentence = _SENTENCE.search(text)
    return None if sentence is None else seconds_of(sentence[1].replace("and", " ").replace(",", " ").strip(), now)
