"""An excerpt of the metrics DB: the figures of some runs as plain values, without a text, a message or a key.

Columns are named one by one, so that a new column of the tables is left out until somebody decides otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert, select

from gencost.errors import MetricsDBError
from gencost.metrics_db import tables
from gencost.metrics_db.store import transaction

FORMAT = "gencost baseline"
VERSION = 1

_OF_CONFIG = ("decision", "seed")
_OF_PROVIDER = ("_target_", "sleep")  # whether it was a replay
_TEXTS = {"versions_json": "{}", "params_json": "{}", "response": ""}
_KEPT: Mapping[str, tuple[str, ...]] = {
    "runs": (
        *("run_id", "sweep_id", "kind", "name", "cell", "config_json", "cell_key", "shards", "shard", "score"),
        *("seed", "prompts_name", "prompts_digest", "prompts_rows", "status", "started_at", "ended_at"),
        *("decided_json", "client_bound", "loop_lag_p99_ms"),
    ),
    "prices": ("price_id", "block", "source"),
    "requests": (
        *("request_id", "run_id", "ts", "provider", "model", "prompt_id", "category", "repeat", "prompt_sha256"),
        *("role", "latency_ms", "queue_ms", "backoff_ms", "attempts", "status", "error_type", "from_cache"),
    ),
    "responses": (
        *("request_id", "response_model", "service_tier", "region", "finish_reason", "usage_tokens_in"),
        *("usage_tokens_out", "usage_tokens_cached", "usage_tokens_cache_write", "usage_tokens_cache_write_1h"),
        *("usage_tokens_reasoning", "usage_web_searches", "usage_source", "ttft_ms", "cost_pico_usd", "cost_status"),
        *("price_id", "other_price_ids", "saved_pico_usd", "provider_cost_usd", "quality_proxy"),
    ),
    "scores": ("request_id", "scorer", "version", "value", "ts"),
    "corrections": (
        *("request_id", "reader", "ts", "usage_json", "cost_pico_usd", "cost_status", "price_id", "other_price_ids"),
    ),
}
_IDS = ("run_id", "sweep_id", "request_id")


def excerpt(engine: Engine, run_ids: Sequence[str]) -> dict[str, Any]:
    """Read the figures of some runs.

    Args:
        engine: the metrics DB.
        run_ids: all parts of split cells among them.

    Returns:
        ``format``, ``version``, and ``tables``: name -> ``columns`` and ``rows``, for JSON; times in ISO 8601.
    """
    requests = tables.requests
    asked = requests.c.run_id.in_(run_ids) & (requests.c.role == "sample")
    ids = select(requests.c.request_id).where(asked)
    wanted: dict[str, Any] = {
        "runs": tables.runs.c.run_id.in_(run_ids),
        "prices": tables.prices.c.price_id.in_(
            select(tables.responses.c.price_id).where(tables.responses.c.request_id.in_(ids))
        ),
        "requests": asked,
        **{name: tables.metadata.tables[name].c.request_id.in_(ids) for name in ("responses", "scores", "corrections")},
    }
    with engine.connect() as connection:
        read = {name: _rows(connection, tables.metadata.tables[name], where) for name, where in wanted.items()}
    return {"format": FORMAT, "version": VERSION, "tables": read}


def _rows(connection: Connection, table: Table, where: Any) -> dict[str, Any]:
    names = _KEPT[table.name]
    query = select(*(table.c[name] for name in names)).where(where).order_by(*table.primary_key.columns)
    rows = [[_plain(name, value) for name, value in zip(names, row, strict=True)] for row in connection.execute(query)]
    return {"columns": list(names), "rows": rows}


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if name == "config_json":
        config = json.loads(value)
        kept = {key: config[key] for key in _OF_CONFIG if key in config}
        provider = config.get("provider") or {}
        return json.dumps({**kept, "provider": {key: provider[key] for key in _OF_PROVIDER if key in provider}})
    return value


def load_excerpt(engine: Engine, content: Any, place: str, prefix: str = "") -> list[str]:
    """Write an excerpt into a metrics DB.

    Args:
        engine: an empty metrics DB, or one without these ids.
        content: as ``excerpt`` gave it.
        place: where it is from, for errors.
        prefix: put before every id, so that a run can stand beside itself.

    Returns:
        The ids of its runs, oldest first.

    Raises:
        MetricsDBError: it is not an excerpt, is damaged, or is of a newer version.
    """
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise MetricsDBError(f"{place} is not a baseline: make one with gencost compare --save-baseline FILE")
    if content.get("version") != VERSION:
        raise MetricsDBError(
            f"{place} is a baseline of version {content.get('version')!r}, this GenCost reads {VERSION}: save it again"
        )
    try:
        with transaction(engine) as connection:
            for name, columns in _KEPT.items():
                part = content["tables"][name]
                _insert(connection, tables.metadata.tables[name], _as_rows(part, columns, prefix))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MetricsDBError(f"{place} is damaged ({type(error).__name__}: {error}): save it again") from None
    runs = content["tables"]["runs"]
    started, run_id = runs["columns"].index("started_at"), runs["columns"].index("run_id")
    return [prefix + row[run_id] for row in sorted(runs["rows"], key=lambda row: row[started])]


def _as_rows(part: Mapping[str, Any], columns: Sequence[str], prefix: str) -> list[dict[str, Any]]:
    rows = []
    for values in part["rows"]:
        row = dict(zip(part["columns"], values, strict=True))
        rows.append({name: _value(name, row[name], prefix) for name in columns})
    return rows


def _value(name: str, value: Any, prefix: str) -> Any:
    if value is None:
        return None
    if name in _IDS:
        return prefix + value
    return datetime.fromisoformat(value) if name in ("ts", "started_at", "ended_at") else value


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows, their texts empty, with whatever they refer to; what is there already stays."""
    if table.name == "requests":
        known = set(connection.scalars(select(tables.prompts.c.sha256)))
        prompts = [{"sha256": digest, "text": ""} for digest in {row["prompt_sha256"] for row in rows} - known]
        _insert_all(connection, tables.prompts, prompts)
    if table.name == "prices":
        known = set(connection.scalars(select(table.c.price_id)))
        rows = [row for row in rows if row["price_id"] not in known]
    empty = {name: text for name, text in _TEXTS.items() if name in table.c}
    _insert_all(connection, table, [{**empty, **row} for row in rows])


def _insert_all(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
