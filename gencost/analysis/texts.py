"""The texts and the config of calls, as columns for people who go on with a spreadsheet or with pandas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, select

from gencost.analysis.runs import Run
from gencost.metrics_db import tables

CONFIG_PREFIX = "config."
_NAMED = 5_000  # ids in one query
_ALWAYS = ("provider.name", "model.name", "prompts.name", "seed")
_NEVER = ("metrics_db", "tracking", "report", "pricing", "name")


def with_texts(engine: Engine, config: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    """Add what was asked, answered and expected, and the config of the cell.

    Args:
        engine: the metrics DB.
        config: of the cells, from ``config_columns``.
        calls: theirs, see ``frames.calls``.

    Returns:
        The calls with ``prompt``, ``answer`` and ``reference`` behind ``prompt_id`` (None where there is none), and at
        the end the columns of the config.
    """
    ids = calls["request_id"]
    texts: list[tuple[str | None, ...]] = []
    with engine.connect() as connection:
        for start in range(0, len(ids), _NAMED):
            texts += _texts(connection, list(ids[start : start + _NAMED]))
    wide = calls.copy(deep=False)
    place = wide.columns.get_loc("prompt_id") + 1
    for number, name in enumerate(("prompt", "answer", "reference")):
        wide.insert(place + number, name, pd.Series([row[number] for row in texts], index=wide.index, dtype=object))
    of_call = config.reindex(wide["run_id"].astype(str)).set_axis(wide.index)
    return pd.concat([wide, of_call], axis="columns")


def _texts(connection: Connection, ids: Sequence[str]) -> list[tuple[str | None, ...]]:
    """Read prompt, answer and reference of some requests, in their order."""
    requests, responses, prompts = tables.requests, tables.responses, tables.prompts
    query = (
        select(requests.c.request_id, prompts.c.text, responses.c.response, requests.c.reference)
        .select_from(requests.join(prompts).outerjoin(responses))
        .where(requests.c.request_id.in_(ids))
    )
    texts = {row[0]: tuple(row[1:]) for row in connection.execute(query)}
    return [texts.get(request_id, (None, None, None)) for request_id in ids]


def config_columns(engine: Engine, runs: Sequence[Run]) -> pd.DataFrame:
    """Read the config of cells: provider, model, prompt set, seed, parameters, and whatever differs between cells.

    Args:
        engine: the metrics DB.
        runs: the cells.

    Returns:
        A row a cell by ``run_id``, columns ``config.<key>``, values as in the config; a list or a mapping as JSON.
    """
    run_table = tables.runs
    query = select(run_table.c.run_id, run_table.c.config_json).where(run_table.c.run_id.in_([r.run_id for r in runs]))
    with engine.connect() as connection:
        read = {run_id: dict(_flat(json.loads(config or "{}"))) for run_id, config in connection.execute(query)}
    configs = {run.run_id: read.get(run.run_id, {}) for run in runs}
    keys = [key for key in dict.fromkeys(key for config in configs.values() for key in config) if _shown(key, configs)]
    rows = {run_id: {f"{CONFIG_PREFIX}{key}": config.get(key) for key in keys} for run_id, config in configs.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=[f"{CONFIG_PREFIX}{key}" for key in keys], dtype=object)


def _flat(node: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", json.dumps(value) if isinstance(value, list | dict) else value


def _shown(key: str, configs: Mapping[str, Mapping[str, Any]]) -> bool:
    values = [config.get(key) for config in configs.values()]
    if key.partition(".")[0] in _NEVER:
        return False
    given = key.startswith("model.") and any(value not in (None, "{}") for value in values)
    return key in _ALWAYS or given or any(value != values[0] for value in values)
