"""The writer's statements, compiled once: a row then costs microseconds of the interpreter that the calls also need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Dialect, Table, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from gencost.metrics_db.rows import COLUMNS, Row
from gencost.metrics_db.tables import attempts, blobs, prices, prompts, requests, responses, scores, traffic

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
# A call that a log tells is whole when it is written.
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
        sql: in the driver's own parameter style.
        parameters: turns rows into what the driver takes.
    """

    sql: str
    parameters: Callable[[Sequence[Row]], list[Any]]


def statements(dialect: Dialect, tables: Mapping[str, Table] = _TABLES) -> dict[str, Statement]:
    """Compile the statement of each kind of row, in the order they must be executed.

    A commit whose answer was lost with its connection is made again: what it wrote is there already, and is left. A
    score given again takes the place of the one of the same scorer and version.

    Args:
        dialect: of the metrics DB.
        tables: kind of row -> its table; those of a call that is made, or ``LOGGED``.
    """
    return {kind: _statement(kind, table, dialect) for kind, table in tables.items()}


def _statement(kind: str, table: Table, dialect: Dialect) -> Statement:
    columns = COLUMNS[kind]
    if kind in {"settle", "chosen"}:
        values: dict[str, Any] = {name: bindparam(name) for name in columns if name != "b_request_id"}
        settled = update(table).where(table.c.request_id == bindparam("b_request_id")).values(values)
        compiled = settled.compile(dialect=dialect)
    else:
        missing = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
        inserted = missing(table)
        if kind == "scores":
            new = {name: inserted.excluded[name] for name in ("value", "explanation", "judge_request_id", "ts")}
            inserted = inserted.on_conflict_do_update(index_elements=list(table.primary_key), set_=new)
        else:
            inserted = inserted.on_conflict_do_nothing()
        compiled = inserted.compile(dialect=dialect, column_keys=list(columns))
    if not compiled.positional:
        return Statement(sql=str(compiled), parameters=list)
    order = list(compiled.positiontup or ())
    times = [i for i, name in enumerate(order) if name == "ts"]
    pick = itemgetter(*order)
    if not times:
        return Statement(sql=str(compiled), parameters=lambda rows: [pick(row) for row in rows])
    return Statement(sql=str(compiled), parameters=lambda rows: [pick({**row, "ts": _text(row["ts"])}) for row in rows])


def _text(moment: datetime) -> str:
    """A time as SQLAlchemy keeps it in SQLite: UTC, without its zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
