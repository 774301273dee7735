"""Read a bill: the database sums everything, exactly, whoever made the calls: cells, applications, other tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Subquery,
    case,
    cast,
    func,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSON

from gencost.analysis.bills.bill import Bill, Billed, BillRow
from gencost.analysis.bills.keys import TIMES, BillKey, bill_keys, labelled, labelled_columns
from gencost.analysis.bills.times import LatencyTimes, read_times
from gencost.analysis.recorded.corrections import AS_RECORDED
from gencost.metrics_db.sums import sum_parts, whole
from gencost.metrics_db.tables import attempts, corrections, requests, responses, runs, traffic
from gencost.values.call_site import REPLAYED
from gencost.values.error_types import ERROR_TYPES

_TOKENS = {
    "tokens_in": ("tokens_in",),
    "tokens_cached": ("tokens_cached",),
    "tokens_cache_write": ("tokens_cache_write", "tokens_cache_write_1h"),
    "tokens_out": ("tokens_out",),
    "tokens_reasoning": ("tokens_reasoning",),
}
_PARTS = ("cost_high", "cost_low", "tries_high", "tries_low", "said_high", "said_low")
_MAYBE = (*_TOKENS, "cost_pico_usd", "tries_pico_usd", "source_cost_pico_usd")
_COUNTS = ("calls", "unpriced", "errors", "maybe_billed", "pending", "internal")
_TURNED_AWAY = [it.name for it in ERROR_TYPES.values() if not it.may_be_billed]


def read_bill(engine: Engine, by: Sequence[str] = (), billed: Billed | None = None) -> Bill:
    """Sum up recorded calls.

    Args:
        engine: the metrics DB; ``as_recorded`` leaves its corrections out.
        by: keys to split by, see ``bill_keys``; none gives one row.
        billed: which calls; None takes all.

    Raises:
        ConfigError: a key does not exist.
    """
    keys = bill_keys(by, engine.dialect)
    with engine.connect() as connection:
        calls = _Calls(connection=connection, billed=billed or Billed())
        times = read_times(connection, calls.of(select(), keys), keys)
        rows = calls.sums(keys, times)
        total = replace(_summed(rows), **times.total)
        replayed = calls.replayed()
    in_time = any(key.name in TIMES for key in keys)
    return Bill(by=tuple(by), rows=_in_order(rows, in_time) if keys else (total,), total=total, replayed=replayed)


def _in_order(rows: list[BillRow], in_time: bool) -> tuple[BillRow, ...]:
    rows = sorted(rows, key=lambda row: [(value is None, str(value)) for value in row.keys])
    if not in_time:
        rows.sort(key=lambda row: (row.cost_pico_usd is None, -(row.cost_pico_usd or 0), -row.calls))
    return tuple(rows)


def _summed(rows: Sequence[BillRow]) -> BillRow:
    def known(name: str) -> list[Any]:
        return [value for row in rows if (value := getattr(row, name)) is not None]

    counts: dict[str, Any] = {name: sum(known(name)) for name in _COUNTS}
    counts |= {name: sum(known(name)) if known(name) else None for name in _MAYBE}
    return BillRow(
        keys=(),
        **counts,
        first=min(known("first"), default=None),
        last=max(known("last"), default=None),
    )


@dataclass(frozen=True, kw_only=True)
class _Calls:
    """The calls of a bill.

    Attributes:
        connection: of the metrics DB.
        billed: which calls.
    """

    connection: Connection
    billed: Billed

    @cached_property
    def logged(self) -> bool:
        """Whether anything is in ``traffic``, which experiments leave empty."""
        return self._any(select(traffic.c.request_id))

    @cached_property
    def correction(self) -> Subquery | None:
        """The newest correction of each answer; None if there is none, or if the recorded figures are asked for."""
        if self.connection.get_execution_options().get(AS_RECORDED) or not self._any(select(corrections.c.request_id)):
            return None
        order = (corrections.c.ts.desc(), corrections.c.reader.desc())
        place = func.row_number().over(partition_by=corrections.c.request_id, order_by=order).label("place")
        ranked = select(corrections, place).subquery()
        return select(ranked).where(ranked.c.place == 1).subquery()

    @cached_property
    def tries(self) -> Subquery | None:
        """The cost of failed tries by request; None if none was billed."""
        billed = attempts.c.error_type.is_not(None), attempts.c.cost_pico_usd.is_not(None)
        if not self._any(select(attempts.c.request_id).where(*billed)):
            return None
        pico = func.sum(attempts.c.cost_pico_usd).label("pico")
        return select(attempts.c.request_id, pico).where(*billed).group_by(attempts.c.request_id).subquery()

    def _any(self, query: Select[Any]) -> bool:
        return self.connection.execute(query.limit(1)).first() is not None

    def sums(self, keys: Sequence[BillKey], times: LatencyTimes) -> list[BillRow]:
        """Sum them up: a row for each combination of keys, with its latencies."""
        columns = labelled_columns(keys)
        ends = func.min(requests.c.ts).label("first"), func.max(requests.c.ts).label("last")
        query = select(*columns, *self._tokens(), *self._money(), *self._counts(), *ends)
        tables = [responses, *(table for table in (self.correction, self.tries) if table is not None)]
        rows = self.connection.execute(self.of(query, keys, tables).group_by(*(key.column for key in keys)))
        return [_row(labelled(keys, row[: len(keys)]), row._mapping, times.by_keys) for row in rows if row.calls]

    def _tokens(self) -> list[ColumnElement[Any]]:
        return [func.sum(_count(names, self.correction, self._json)).label(name) for name, names in _TOKENS.items()]

    def _json(self, column: ColumnElement[Any], name: str) -> ColumnElement[Any]:
        """Take a whole number out of an object of JSON."""
        if self.connection.dialect.name == "postgresql":
            return cast(cast(column, JSON).op("->>")(name), BigInteger)
        return func.json_extract(column, f"$.{name}")

    @property
    def _cost(self) -> ColumnElement[Any]:
        fix = self.correction
        if fix is None:
            return responses.c.cost_pico_usd
        again = fix.c.request_id.is_not(None) & requests.c.from_cache.is_(False)
        return case((again, fix.c.cost_pico_usd), else_=responses.c.cost_pico_usd)

    @property
    def _maybe_billed(self) -> ColumnElement[bool]:
        maybe = or_(requests.c.error_type.is_(None), requests.c.error_type.not_in(_TURNED_AWAY))
        return maybe if self.tries is None else maybe & self.tries.c.pico.is_(None)

    def _money(self) -> list[ColumnElement[Any]]:
        parts = [*sum_parts(self._cost)]
        parts += [null(), null()] if self.tries is None else sum_parts(self.tries.c.pico)
        parts += sum_parts(traffic.c.source_cost_pico_usd) if self.logged else [null(), null()]
        return [part.label(name) for name, part in zip(_PARTS, parts, strict=True)]

    def _counts(self) -> list[ColumnElement[Any]]:
        judged, failed = requests.c.role == "judge", requests.c.status == "error"
        marks = {
            "unpriced": responses.c.request_id.is_not(None) & self._cost.is_(None),
            "errors": failed,
            "maybe_billed": failed & self._maybe_billed,
            "pending": requests.c.status == "pending",
            "internal": or_(judged, traffic.c.internal.is_(True)) if self.logged else judged,
        }
        counts = [func.sum(case((mark, 1), else_=0)).label(name) for name, mark in marks.items()]
        return [func.count().label("calls"), *counts]

    def replayed(self) -> int:
        """Count the answers that were given again from the record."""
        again = select(func.count()).select_from(requests.join(traffic)).where(traffic.c.source == REPLAYED)
        return int(self.connection.scalar(again.where(*self.billed.conditions())) or 0) if self.logged else 0

    def of(self, query: Select[Any], keys: Sequence[BillKey], tables: Sequence[Any] = ()) -> Select[Any]:
        """Say from which tables, and which of their rows: no table is joined that nothing is read of."""
        joined = [*tables, *(key.table for key in keys), *([traffic] if self.logged else [])]
        source: Any = requests
        for table in dict.fromkeys(joined):
            if table is not requests:
                at = "run_id" if table is runs else "request_id"
                source = source.outerjoin(table, table.c[at] == requests.c[at])
        conditions = self.billed.conditions()
        if self.logged:
            conditions.append(or_(traffic.c.source.is_(None), traffic.c.source != REPLAYED))
        return query.select_from(source).where(*conditions)


def _count(names: Sequence[str], fix: Subquery | None, number: Callable[..., ColumnElement[Any]]) -> ColumnElement[Any]:
    """A count of an answer, as corrected; parts of it that are unknown are 0 beside one that is known."""

    def sum_of(parts: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
        if len(parts) == 1:
            return parts[0]
        known = or_(*(part.is_not(None) for part in parts))
        return case((known, sum((func.coalesce(part, 0) for part in parts[1:]), func.coalesce(parts[0], 0))))

    recorded = sum_of([responses.c[f"usage_{name}"] for name in names])
    if fix is None:
        return recorded
    again = sum_of([number(fix.c.usage_json, name) for name in names])
    return case((fix.c.request_id.is_not(None), again), else_=recorded)


def _row(keys: tuple[Any, ...], row: Any, times: Mapping[tuple[Any, ...], Mapping[str, Any]]) -> BillRow:
    answers, tries, charged = (whole(row[f"{name}_high"], row[f"{name}_low"]) for name in ("cost", "tries", "said"))
    counts: dict[str, Any] = {name: None if row[name] is None else int(row[name]) for name in (*_TOKENS, *_COUNTS)}
    return BillRow(
        keys=keys,
        **counts,
        **times.get(keys, {}),
        cost_pico_usd=None if answers is None and tries is None else (answers or 0) + (tries or 0),
        tries_pico_usd=tries,
        source_cost_pico_usd=charged,
        first=row["first"],
        last=row["last"],
    )
