"""The writer's statements, compiled once: a row then costs microseconds of the interpreter that the calls also need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Dialect, Table, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from gencost.metrics_db.rows import COLUMNS, Row
from gencost.metrics_db.tables import attempts, blobs, prices, prompts, requests, responses, scores, traffic

_TWO = tuple(f"{number:02d}" for number in range(60))
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
    """One statement for many rows.

    Attributes:
        sql: in the driver's own style of parameters by position.
        parameters: turns rows into what the driver takes.
    """

    sql: str
    parameters: Callable[[Sequence[Row]], list[Row]]


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
    columns = COLUMNS[kind]
    dialect = dialect_class(paramstyle="qmark" if dialect_class.name == "sqlite" else "format")
    compiled = _compiled(kind, table, dialect)
    if tuple(compiled.positiontup) != columns:
        raise ValueError(f"the columns of {kind} are not in the order of their table: {compiled.positiontup}")
    if "ts" not in columns or dialect.name != "sqlite":
        return Statement(sql=str(compiled), parameters=list)
    at = columns.index("ts")
    return Statement(
        sql=str(compiled), parameters=lambda rows: [(*row[:at], _text(row[at]), *row[at + 1 :]) for row in rows]
    )


def _compiled(kind: str, table: Table, dialect: Dialect) -> Any:
    columns = COLUMNS[kind]
    if kind in {"settle", "chosen"}:
        values: dict[str, Any] = {name: bindparam(name) for name in columns if name != "b_request_id"}
        settled = update(table).where(table.c.request_id == bindparam("b_request_id")).values(values)
        return settled.compile(dialect=dialect)
    inserted = (postgresql.insert if dialect.name == "postgresql" else sqlite.insert)(table)
    if kind == "scores":
        new = {name: inserted.excluded[name] for name in ("value", "explanation", "judge_request_id", "ts")}
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
