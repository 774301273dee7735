"""The writer's statements, compiled once: a row then costs microseconds of the interpreter that the calls also need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache, partial
from itertools import repeat
from operator import contains
from typing import Any

from sqlalchemy import Dialect, Table, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from gencost.metrics_db.rows import COLUMNS, Row
from gencost.metrics_db.tables import attempts, blobs, prices, prompts, requests, responses, scores, traffic
from gencost.text.safe import storable

_TWO = tuple(f"{number:02d}" for number in range(60))
_NULL, _NUMBER = {type(None)}, {True: 1, False: 0}
_UPDATES = frozenset({"settle", "chosen"})
_GIVEN_AGAIN = ("value", "explanation", "judge_request_id", "ts")
# Parents before children: foreign keys are checked at once.
_TABLES = {
    "blobs": blobs,
    "prompts": prompts,
    "prices": prices,
    "requests": requests,
    "traffic": traffic,
    "settle": requests,
    "chosen": requests,
    "responses": responses,
    "attempts": attempts,
    "scores": scores,
}
# A logged call is complete when it is written.
LOGGED: Mapping[str, Table] = {
    **{kind: table for kind, table in _TABLES.items() if kind in ("blobs", "prompts", "prices")},
    "logged": requests,
    "responses": responses,
    "attempts": attempts,
    "scores": scores,
    "traffic": traffic,
}


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement for many rows of a kind.

    Attributes:
        columns: of a row, in their order.
        sql: gives the statement for some of them, in the driver's own style of parameters by position.
        for_sqlite: times become texts, and columns that are NULL in all rows are left out, but not by an update.
        updates: the statement changes rows.
    """

    columns: tuple[str, ...]
    sql: Callable[[tuple[str, ...]], str]
    for_sqlite: bool = False
    updates: bool = False

    def of(self, rows: Sequence[Row]) -> tuple[str, list[Row]]:
        """Return the statement for rows, at least one, and its parameters: texts as every database keeps them.

        Python's ``sqlite3`` raises, and forgets, an error for each NULL and bool that it is given: a call has sixty.
        """
        names, columns = list[str](), list[Iterable[Any]]()
        for name, values in zip(self.columns, zip(*rows, strict=True), strict=True):
            kinds = set(map(type, values))
            if kinds != _NULL or self.updates or not self.for_sqlite:
                names.append(name)
                columns.append(self._written(name, values, kinds))
        return self.sql(tuple(names)), [*zip(*columns, strict=True)]

    def _written(self, name: str, values: Sequence[Any], kinds: set[type]) -> Iterable[Any]:
        """Make what the driver takes of the values of a column; a time may be of a class derived from ``datetime``."""
        if str in kinds:
            texts = values if len(kinds) == 1 else [value for value in values if type(value) is str]
            if all(map(str.isascii, texts)) and not any(map(contains, texts, repeat("\x00"))):
                return values
            return [storable(value) if type(value) is str else value for value in values]
        if self.for_sqlite and name == "ts":
            return map(_text, values)
        return map(_NUMBER.get, values, values) if self.for_sqlite and bool in kinds else values


def statements(dialect: Dialect, tables: Mapping[str, Table] = _TABLES) -> dict[str, Statement]:
    """Compile the statement of each kind of row, in the order they must be executed.

    A commit whose answer was lost with its connection is made again: what it wrote is there already, and is left. A
    score given again takes the place of the one of the same scorer and version.

    Args:
        dialect: of the metrics DB.
        tables: kind of row -> its table; those of a call that is made, or ``LOGGED``.
    """
    dialect_class: Any = type(dialect)
    return {kind: _statement(kind, table, dialect_class) for kind, table in tables.items()}


@cache
def _statement(kind: str, table: Table, dialect_class: Any) -> Statement:
    return Statement(
        columns=COLUMNS[kind],
        sql=partial(_sql, kind, table, dialect_class),
        for_sqlite=dialect_class.name == "sqlite",
        updates=kind in _UPDATES,
    )


@lru_cache(maxsize=256)
def _sql(kind: str, table: Table, dialect_class: Any, columns: tuple[str, ...]) -> str:
    dialect = dialect_class(paramstyle="qmark" if dialect_class.name == "sqlite" else "format")
    compiled = _compiled(kind, table, dialect, columns)
    if tuple(compiled.positiontup) != columns:
        raise ValueError(f"the columns of {kind} are not in the order of their table: {compiled.positiontup}")
    return str(compiled)


def _compiled(kind: str, table: Table, dialect: Dialect, columns: Sequence[str]) -> Any:
    if kind in _UPDATES:
        values: dict[str, Any] = {name: bindparam(name) for name in columns if name != "b_request_id"}
        settled = update(table).where(table.c.request_id == bindparam("b_request_id")).values(values)
        return settled.compile(dialect=dialect)
    inserted = (postgresql.insert if dialect.name == "postgresql" else sqlite.insert)(table)
    if kind == "scores":
        new = {name: inserted.excluded[name] for name in _GIVEN_AGAIN}
        inserted = inserted.on_conflict_do_update(index_elements=list(table.primary_key), set_=new)
    else:
        inserted = inserted.on_conflict_do_nothing()
    return inserted.compile(dialect=dialect, column_keys=list(columns))


def _text(moment: datetime) -> str:
    """A time as SQLAlchemy keeps it in SQLite: UTC, without its zone."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    day, hour, minute, second = _day(utc.toordinal()), _TWO[utc.hour], _TWO[utc.minute], _TWO[utc.second]
    return f"{day} {hour}:{minute}:{second}.{utc.microsecond:06d}"  # four times a call: isoformat takes twice as long


@lru_cache(maxsize=64)
def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()
