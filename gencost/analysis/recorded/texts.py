"""The texts and the config of calls, as columns for people who go on with a spreadsheet or with pandas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Engine, select

from gencost.analysis.recorded.run_reader import TEXTS
from gencost.analysis.recorded.runs import Run
from gencost.metrics_db import tables

CONFIG_PREFIX = "config."
_ALWAYS = ("provider.name", "model.name", "prompts.name", "seed")
_NEVER = ("metrics_db", "tracking", "report", "pricing", "name")


def with_config(config: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    """Add the config of the cell to calls that were read with ``TEXTS``.

    Args:
        config: of the cells, from ``config_columns``.
        calls: theirs, see ``frames.calls``.

    Returns:
        The calls with ``prompt``, ``answer`` and ``reference`` behind ``prompt_id`` (None where there is none), and at
        the end the columns of the config.
    """
    names = [name for name in calls if name not in TEXTS]
    place = names.index("prompt_id") + 1
    of_call = config.reindex(calls["run_id"].astype(str)).set_axis(calls.index)
    return pd.concat([calls[[*names[:place], *TEXTS, *names[place:]]], of_call], axis="columns")


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
