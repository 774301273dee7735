"""The keys that a bill is split by: what of a call each is, in SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Column, ColumnElement, Dialect, FromClause, String, cast, func, literal, type_coerce
from sqlalchemy.dialects.postgresql import JSON

from gencost.errors import ConfigError, nearest
from gencost.metrics_db.tables import requests, responses, runs, traffic

TAG = "tag."
TIMES = ("hour", "day", "week", "month")
"""Keys that are parts of time, UTC; a week is that of ISO 8601."""

_COLUMNS: Mapping[str, Column[Any]] = {
    "site": traffic.c.site,
    "provider": requests.c.provider,
    "model": requests.c.model,
    "served": responses.c.response_model,
    "tier": responses.c.service_tier,
    "run": requests.c.run_id,
    "name": runs.c.name,
    "cell": runs.c.cell,
    "kind": runs.c.kind,
    "sweep": runs.c.sweep_id,
    "session": traffic.c.session,
    "user": traffic.c.user_hash,
    "source": traffic.c.source,
    "internal": traffic.c.internal,
    "role": requests.c.role,
    "category": requests.c.category,
    "status": requests.c.status,
    "error": requests.c.error_type,
}
KEYS = (*_COLUMNS, *TIMES)

# strftime has no %G and %V before SQLite 3.46: a week is grouped by its Monday and named afterwards. The date alone is
# read, as SQLite rounds a time to ms, and so the last of a day into the next.
_SQLITE: Mapping[str, Callable[[Any], Any]] = {
    "hour": lambda ts: func.substr(ts, 1, 13),
    "day": lambda ts: func.substr(ts, 1, 10),
    "week": lambda ts: func.date(func.substr(ts, 1, 10), "weekday 0", "-6 days"),
    "month": lambda ts: func.substr(ts, 1, 7),
}
_POSTGRES = {"hour": "YYYY-MM-DD HH24", "day": "YYYY-MM-DD", "week": 'IYYY-"W"IW', "month": "YYYY-MM"}


@dataclass(frozen=True, kw_only=True)
class BillKey:
    """One key.

    Attributes:
        name: as it was written.
        column: its value of a call.
        table: that has it.
        label: makes a value of it one for people and programs.
    """

    name: str
    column: ColumnElement[Any]
    table: FromClause
    label: Callable[[Any], Any] = lambda value: value


def bill_keys(names: Sequence[str], dialect: Dialect) -> list[BillKey]:
    """Make the keys that are named.

    Args:
        names: of ``KEYS``, or ``tag.NAME``.
        dialect: of the metrics DB.

    Raises:
        ConfigError: one does not exist, or is there twice.
    """
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"--by {','.join(names)}: {name} is there twice")
    return [_key(name, dialect) for name in names]


def labelled_columns(keys: Sequence[BillKey]) -> list[ColumnElement[Any]]:
    """Name the columns of keys, so that a row has them in their order."""
    return [key.column.label(f"key{n}") for n, key in enumerate(keys)]


def labelled(keys: Sequence[BillKey], values: Sequence[Any]) -> tuple[Any, ...]:
    """Make values of keys, in their order, those for people and programs."""
    return tuple(key.label(value) for key, value in zip(keys, values, strict=True))


def _key(name: str, dialect: Dialect) -> BillKey:
    on_postgres = dialect.name == "postgresql"
    if name in _COLUMNS:
        return BillKey(name=name, column=_COLUMNS[name], table=_COLUMNS[name].table)
    if name in TIMES:
        column = _of_postgres(name) if on_postgres else _SQLITE[name](type_coerce(requests.c.ts, String))
        return BillKey(name=name, column=column, table=requests, label=_LABELS.get(name, lambda value: value))
    if name.startswith(TAG) and len(name) > len(TAG) and '"' not in name:
        return BillKey(name=name, column=_tag(name.removeprefix(TAG), on_postgres), table=traffic)
    hint = nearest(name, [*KEYS, f"{TAG}NAME"])
    raise ConfigError(f"--by {name}: there is no such key{hint}; here are {', '.join(KEYS)}, {TAG}NAME")


def _of_postgres(name: str) -> ColumnElement[Any]:
    return func.to_char(func.timezone("UTC", requests.c.ts), literal(_POSTGRES[name]))


def _tag(name: str, on_postgres: bool) -> ColumnElement[Any]:
    if on_postgres:
        return cast(traffic.c.tags_json, JSON).op("->>")(name)
    return func.json_extract(traffic.c.tags_json, f'$."{name}"')


def _week(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return value
    year, week, _ = date.fromisoformat(value).isocalendar()
    return f"{year}-W{week:02}"


def _hour(value: Any) -> Any:
    return value.replace(" ", "T") if isinstance(value, str) else value


_LABELS: Mapping[str, Callable[[Any], Any]] = {"week": _week, "hour": _hour}
