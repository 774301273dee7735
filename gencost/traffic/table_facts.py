"""The facts of one row of a table, read as a call has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gencost.errors import ConfigError
from gencost.traffic.fact_map import Facts
from gencost.traffic.failures import failure
from gencost.traffic.logged import UnreadableRecordError
from gencost.traffic.other_bodies import langchain_turns
from gencost.traffic.values import (
    between_ms,
    count,
    duration_ms,
    is_empty,
    moment,
    money,
    tags_of,
    text,
    truth,
    written_moment,
)

_FAILED = frozenset(
    """error errored failed failure false timeout timed_out exception cancelled canceled aborted rejected expired
    rate_limited""".split()  # noqa: SIM905 - a list to read
)

_ASKED = ("messages", "contents", "input")
_LATENCIES = {"latency_ms": 1.0, "latency_s": 1000.0, "latency_us": 1e-3, "latency_ns": 1e-6}
_USD = {"cost_usd": Decimal(1), "cost_cents": Decimal("0.01"), "cost_micro_usd": Decimal("1e-6")}
COSTS = tuple(_USD)
"""The facts of a call's cost, by their units."""
_TTFTS = {"ttft_ms": 1.0, "ttft_s": 1000.0}


class TableClock:
    """Reads times as a table writes them.

    Args:
        form: see ``CallTable.time_format``.
        zone: see ``CallTable.time_zone``.

    Raises:
        ConfigError: there is no such zone.
    """

    def __init__(self, form: str | None, zone: str | None) -> None:
        self._form = form
        try:
            self._zone = None if zone is None else ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ConfigError(f"source.time_zone={zone!r}: write a name such as UTC or Europe/Berlin") from None

    def times(self, facts: Facts) -> dict[str, Any]:
        """Read when a call was made, how long it took, and when its first token came."""
        start, ended, first = (facts.get(fact) for fact in ("time", "ended", "first_token"))
        if self._form is not None or self._zone is not None:
            start, ended, first = map(self._read, (start, ended, first))
        latency, ttft = _duration(facts, _LATENCIES), _duration(facts, _TTFTS)
        return {
            "ts": moment(start),
            "latency_ms": latency if latency is not None else between_ms(start, ended),
            "ttft_ms": ttft if ttft is not None else between_ms(start, first),
        }

    def _read(self, value: Any) -> Any:
        """A time without a zone as that of the table's; numbers since 1970 have none to add."""
        if not isinstance(value, str | datetime) or is_empty(value):
            return value
        read = self._written(value) if isinstance(value, str) else value
        if read is None:
            return value
        return read.replace(tzinfo=self._zone) if read.tzinfo is None and self._zone is not None else read

    def _written(self, value: str) -> datetime | None:
        text = value.strip()
        if self._form is None:
            return None if text.replace(".", "", 1).isdigit() else written_moment(text)
        try:
            return datetime.strptime(text, self._form)  # noqa: DTZ007 - its zone is added where it has none
        except ValueError:
            raise UnreadableRecordError(f"{value[:40]!r} is not a time as time_format={self._form!r} has it") from None


def _duration(facts: Facts, units: Mapping[str, float]) -> float | None:
    given = (duration_ms(facts.get(fact), per_ms=per_ms) for fact, per_ms in units.items() if fact in facts)
    return next((it for it in given if it is not None), None)


def cost_of(facts: Facts) -> tuple[Decimal | None, tuple[str, ...]]:
    """Read the cost of a call, USD, and what the log does not say of it, see ``values.money``."""
    fact = next((it for it in COSTS if it in facts), "cost_usd")
    cost, lost = money(facts.get(fact), facts.get("currency"))
    return None if cost is None else cost * _USD[fact], lost


def whole_number(facts: Facts, fact: str) -> int | None:
    """Read a count; None if it is missing.

    Raises:
        UnreadableRecordError: it is not a whole number.
    """
    value = facts.get(fact)
    if value is None or value != value:  # noqa: PLR0124 - NaN is not itself
        return None
    number = count(value)
    if number is None:
        raise UnreadableRecordError(f"{fact} is {str(value)[:40]!r}, not a whole number")
    return number


def asked(facts: Facts) -> dict[str, Any]:
    """Read what was asked and sent along; a prompt may be the whole body of a request."""
    turns, system, params = (facts.get(fact) for fact in ("prompt", "system", "params"))
    if isinstance(turns, dict) and (key := next((it for it in _ASKED if isinstance(turns.get(it), list)), None)):
        rest = {name: value for name, value in turns.items() if name not in (key, "model", "stream", "system")}
        params, system = rest if params is None else params, turns.get("system") if system is None else system
        turns = turns[key]
    turns = langchain_turns(turns)
    if system and not is_empty(turns):
        turns = [{"role": "system", "content": text(system)}, *_turns(turns)]
    return {"messages": turns, "params": params if isinstance(params, dict) else {}}


def _failed(facts: Facts) -> bool:
    status, code = facts.get("status"), count(facts.get("http_status"))
    named = status is not None and (str(status).lower() in _FAILED or (count(status) or 0) >= 400)
    return named or _says_something(facts.get("error")) or (code is not None and code >= 400)


def _says_something(error: Any) -> bool:
    """Whether an error column reports an error: it may say no, or have a code 0 and no message."""
    if isinstance(error, dict):
        return any(map(_says_something, error.values()))
    return not is_empty(error) and truth(error) is not False


def failure_of(facts: Facts) -> dict[str, Any]:
    """Name the failure of a call; empty if it did not fail."""
    if not _failed(facts):
        return {}
    code = facts.get("http_status") or count(facts.get("status"))
    error = facts.get("error")
    message = error if _says_something(error) else facts.get("why_failed")
    return failure(status=code, kind=facts.get("status"), message=message)


def place_of(facts: Facts) -> dict[str, Any]:
    """Read where a call belongs."""
    texts = ("site", "session", "user", "prompt_id", "category", "reference")
    return {
        **{fact: text(facts.get(fact)) for fact in texts},
        "tags": tags_of(facts.get("tags")),
        "internal": truth(facts.get("internal")) is True,
        "from_cache": truth(facts.get("from_cache")) is True,
    }


def _turns(turns: Any) -> list[Any]:
    return turns if isinstance(turns, list) else [{"role": "user", "content": text(turns)}]
