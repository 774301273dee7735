"""Times, amounts and texts as logs write them."""

from __future__ import annotations

import ast
import json
import math
import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from gencost.traffic.logged import UnreadableRecordError
from gencost.usage.charged import amount
from gencost.values.token_counts import MOST_COUNT

_EMPTY: tuple[Any, ...] = (None, "", {}, [])
_decoded = json.JSONDecoder().decode
# A number of seconds since 1970 has at most eleven digits until the year 5138; ms, us and ns have three more each.
_SECONDS_BELOW = 10**11
# Numbers of seconds before 2000 are days of a spreadsheet, or durations.
_FIRST_MOMENT = 946_684_800
_THOUSANDS = re.compile(r"\d{1,3}(?:([,' _\u2019\u00a0\u202f\u2009])\d{3}(?:\1\d{3})*|(?:\.\d{3}){2,})")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}(?!\d)")  # 1,234,567 and 12,34,567
_EITHER = re.compile(r"[1-9]\d{0,2}\.\d{3}")
"""Thousands to some people, decimals to others."""
_ZONE = re.compile(r"(.+\d) ([+-]\d\d:?\d\d)(?: [A-Z]{2,5})?")
_SLASHES = re.compile(r"(\d{4})/(\d\d)/(\d\d(?:[T ].+)?)")  # the year first, so that there is one way to read it
_NAMED_ZONE = re.compile(r"(.+)(Z|[+-]\d\d:\d\d)\[[A-Za-z_/+-]+\]")  # Java's
_WORD_AFTER_TIME = re.compile(r":\d\d(?:\.\d+)? *[A-Za-z]")
"""A zone, or the half of a day.
"""
_USD = re.compile(r"(?:US ?\$|USD|\$)? ?([-+]?[\d.,' _\u00a0]+(?:[eE][-+]?\d+)?) ?(?:US ?\$|USD|\$)?", re.IGNORECASE)
_TRUE = dict.fromkeys(("true", "1", "yes", "t", "y", "1.0"), True)  # t: PostgreSQL's, 1.0: that of pandas beside a gap
_TRUE |= dict.fromkeys(("false", "0", "no", "f", "n", "0.0", "none"), False)
_SURELY_STORED = 18  # digits of a count: all numbers of so many are
_DURATION = re.compile(r"(\d[\d.,]*) ?(ms|s|msecs?|secs?|milliseconds?|seconds?)?")
_CLOCK = re.compile(r"(?:(\d+) days?,? )?(\d+):(\d\d):(\d\d(?:[.,]\d+)?)")  # 0:00:01.500000, 0 days 00:00:01.5


def is_empty(value: Any) -> bool:
    """Whether a value says nothing: null, or an empty text, object or list."""
    return value is None or value in _EMPTY


def moment(value: Any) -> datetime | None:
    """Read a time: seconds, ms, us or ns since 1970 as a number or its digits, or ISO 8601, UTC without a zone.

    Raises:
        UnreadableRecordError: it is neither.
    """
    if type(value) is float and _FIRST_MOMENT < value < _SECONDS_BELOW:
        return datetime.fromtimestamp(value, UTC)
    if is_empty(value):
        return None
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, str):
        text = value.strip()
        if not text.replace(".", "", 1).isdigit():
            return _iso(text)
        value = int(text) if text.isdigit() else float(text)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UnreadableRecordError(f"{str(value)[:40]!r} is not a time")
    return _since_1970(value)


def _iso(text: str) -> datetime:
    read = written_moment(text)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def written_moment(text: str) -> datetime:
    """Read a time that is written, without a zone where it names none.

    Raises:
        UnreadableRecordError: it is none.
    """
    try:
        read = datetime.fromisoformat(text.upper().removesuffix(" UTC"))
    except ValueError:
        if (dated := _SLASHES.fullmatch(text)) is not None:
            return written_moment(f"{dated[1]}-{dated[2]}-{dated[3]}")
        zoned = _ZONE.fullmatch(text) or _NAMED_ZONE.fullmatch(text)
        return _of_mail(text) if zoned is None else written_moment(f"{zoned[1]}{zoned[2]}")
    return read.replace(tzinfo=UTC) if read.tzinfo is None and text.upper().endswith(" UTC") else read


def _of_mail(text: str) -> datetime:
    """Read ``Fri, 20 Nov 2026 10:00:00 GMT``, as headers of HTTP write it."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - for this form alone

    try:
        read = parsedate_to_datetime(text)
        if read.tzinfo is not None or _WORD_AFTER_TIME.search(text) is None:
            return read
    except (ValueError, IndexError, TypeError):
        pass
    raise UnreadableRecordError(f"{text[:40]!r} is not a time")


def _since_1970(value: float) -> datetime | None:
    seconds: float = value
    while seconds >= _SECONDS_BELOW:
        seconds = seconds / 1000
    if seconds <= 0:
        return None
    if seconds < _FIRST_MOMENT:
        raise UnreadableRecordError(f"{value} is not a time: as seconds since 1970 it is before 2000")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise UnreadableRecordError(f"{value} is not a time") from None


def between_ms(start: Any, end: Any) -> float | None:
    """The time between two moments as a log writes them, ms; None if one is unknown or they are the wrong way round."""
    first, second = moment(start), moment(end)
    if first is None or second is None or second < first:
        return None
    if isinstance(start, int) and isinstance(end, int) and start > _SECONDS_BELOW**1.5:  # ns, which floats round
        return (end - start) / 1e6
    return (second - first).total_seconds() * 1e3


def duration_ms(value: Any, *, per_ms: float = 1.0) -> float | None:
    """Read a duration, ms; None if it is not a possible one.

    Args:
        value: as the log has it.
        per_ms: what one of its units is in ms, 1000 for seconds.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        number, per_ms = _with_unit(value, per_ms)
    return number * per_ms if math.isfinite(number) and number >= 0 and not isinstance(value, bool) else None


def _with_unit(value: Any, per_ms: float) -> tuple[float, float]:
    """Read ``1.2s``, ``812,5`` or ``0:00:01.2``: the number, and ms of one; NaN if it is none."""
    if isinstance(value, str) and (clock := _CLOCK.fullmatch(value.strip())) is not None:
        days, hours, minutes = (int(it or 0) for it in clock.groups()[:3])
        return ((days * 24 + hours) * 60 + minutes) * 60 + float(clock[4].replace(",", ".")), 1000.0
    written = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    number = None if written is None else _plain_number(written[1])
    if written is None or number is None or number.count(".") > 1:
        return math.nan, per_ms
    return float(number), per_ms if written[2] is None else 1.0 if written[2].startswith("m") else 1000.0


def usd(value: Any) -> Decimal | None:
    """Read an amount of money, USD; None if it is not a possible one."""
    if not isinstance(value, str):
        return amount(value)
    written = _USD.fullmatch(value.strip())
    number = None if written is None else _plain_number(written[1].strip())
    return None if number is None else amount(number)


def _plain_number(written: str) -> str | None:
    """A number without signs between thousands, with a point before decimals; None if it may be read in two ways."""
    grouped = written.count(",") < 2 or _GROUPED.match(written) is not None
    if not grouped or (_EITHER.fullmatch(written.replace(",", ".")) and "," in written):
        return None
    whole = written.replace(" ", "").replace("\u00a0", "").replace("'", "").replace("_", "")
    if whole.rfind(",") > whole.rfind("."):  # 1.234,50
        return whole.replace(".", "").replace(",", ".") if whole.count(",") == 1 else whole.replace(",", "")
    return whole.replace(",", "")


def money(value: Any, currency: Any) -> tuple[Decimal | None, tuple[str, ...]]:
    """Read an amount in a currency that a log names beside it.

    Returns:
        USD, and what the log does not say: an amount in another currency is not held against a bill in USD.
    """
    named = text(currency)
    if named is None or named.strip().upper() in ("USD", "$", "US$"):
        read = usd(value)
        return read, ("its own cost in USD",) if read is None and not is_empty(value) else ()
    return None, ("its own cost in USD",) if value is not None else ()


def count(value: Any) -> int | None:
    """Read a whole number >= 0 that can be stored, as a number or its digits.

    Returns:
        None for anything else, as ``1.000``: one, or a thousand.
    """
    if type(value) is int:
        return value if 0 <= value <= MOST_COUNT else None
    if type(value) is str and len(value) <= _SURELY_STORED and value.isascii() and value.isdecimal():
        return int(value)
    if isinstance(value, bool) or value is None:
        return None
    written = str(value).strip()
    if isinstance(value, str) and not written.isdecimal():
        if _EITHER.fullmatch(written):
            return None
        if _THOUSANDS.fullmatch(written):
            written = "".join(filter(str.isdecimal, written))
    try:
        number = Decimal(written)
    except InvalidOperation:
        return None
    return int(number) if number.is_finite() and 0 <= number <= MOST_COUNT and number == int(number) else None


def truth(value: Any) -> bool | None:
    """Read a yes or no; None if it says neither."""
    if isinstance(value, bool):
        return value
    return _TRUE.get(str(value).strip().lower()) if value is not None else None


def text(value: Any) -> str | None:
    """Return a value as text; None if it is empty."""
    if value is None:
        return None
    if isinstance(value, str):
        return value or None
    if is_empty(value):
        return None
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def parsed(value: Any) -> Any:
    """Read a text that is JSON of an object or a list; anything else is given as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return _decoded(value)
        except (ValueError, RecursionError):
            return value
    return value


def as_python_writes(usage: str) -> Any:
    """Read ``{'prompt_tokens': 120}``, or ``CompletionUsage(prompt_tokens=120)``, as pandas writes objects.

    Of one that is cut nothing is known.
    """
    try:
        return _of_node(ast.parse(usage.strip(), mode="eval").body)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return {"unreadable": True}


def _of_node(node: ast.expr) -> Any:
    if isinstance(node, ast.Call) and not node.args:
        return {given.arg: _of_node(given.value) for given in node.keywords}
    if isinstance(node, ast.Dict):
        keys = [None if key is None else _of_node(key) for key in node.keys]
        return dict(zip(keys, map(_of_node, node.values), strict=True))
    if isinstance(node, ast.List | ast.Tuple):
        return [_of_node(it) for it in node.elts]
    return ast.literal_eval(node)


def tags_of(value: Any) -> dict[str, str]:
    """Read tags: an object, or a list of ``name:value``, ``name=value`` or bare names, whose value is ``true``."""
    value = parsed(value)
    if isinstance(value, dict):
        return {str(name): it for name, inner in value.items() if (it := text(inner)) is not None}
    listed = value if isinstance(value, list) else str(value).split(",") if isinstance(value, str) else []
    tags: dict[str, str] = {}
    for item in listed:
        written = str(item).strip()
        sign = next((it for it in ("=", ":") if it in written), None)
        name, _, rest = written.partition(sign) if sign else (written, "", "true")
        if name.strip():
            tags[name.strip()] = rest.strip()
    return tags
