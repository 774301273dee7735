"""Whether cells can be compared call by call: what was asked under an id, and by what it was scored.

Cells are paired by prompt id. Where cells have other prompt sets, an id can mean another prompt, or a prompt have
another id: then they are paired by what was asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

import numpy as np
import pandas as pd
from sqlalchemy import Engine, func, select

from gencost.analysis.recorded.runs import Run
from gencost.metrics_db import tables

_AROUND = frozenset({"template", "template_file", "system", "examples"})


def mean_other_prompts(engine: Engine, runs: Sequence[Run]) -> bool:
    """Whether an id means different prompts, or a prompt has several ids; then cells are paired by what was asked."""
    return (
        len(runs) > 1
        and len(_digests(engine, runs)) > 1
        and not _same_rows(engine, runs)
        and (_is_ambiguous(engine, runs, of="prompt_id") or _is_ambiguous(engine, runs, of="prompt_sha256"))
    )


def paired_by_text(calls: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Give each call the id by which it is paired, where ids mean different prompts.

    Args:
        calls: of all cells, see ``frames.of_run``, with ``asked``.

    Returns:
        The calls; ``prompt_id`` is the first digits of the prompt's SHA-256. And what there is to say about it.
    """
    asked = calls["asked"].cat
    ids = calls["asked"].cat.reorder_categories(sorted(asked.categories))
    codes = pd.Series(ids.cat.codes.to_numpy())
    cells = [part.unique() for _, part in codes.groupby(calls["run_id"].cat.codes.to_numpy())]
    common = reduce(np.intersect1d, cells)
    warning = (
        "the cells have different prompts under the same ids, or the same under others: they are paired by what was "
        "asked, and "
        f"{len(common):,} of {codes.nunique():,} prompts were asked of all of them"
    )
    return calls.drop(columns="asked").assign(prompt_id=ids), warning


def _same_rows(engine: Engine, runs: Sequence[Run]) -> bool:
    """Whether the cells of one sweep read the same rows, and differ in the text around them: template, system, shots.

    Then an id means one row, which was asked in several ways: what such a sweep compares.
    """
    if len({run.sweep_id for run in runs}) > 1 or runs[0].sweep_id is None:
        return False
    parts = [part for run in runs for part in run.parts]
    query = select(tables.runs.c.config_json).where(tables.runs.c.run_id.in_(parts)).distinct()
    with engine.connect() as connection:
        nodes = [json.loads(config).get("prompts") or {} for config in connection.scalars(query)]
    rows = {json.dumps({key: node[key] for key in node if key not in _AROUND}, sort_keys=True) for node in nodes}
    return len(rows) == 1 and "path" in nodes[0]


def _digests(engine: Engine, runs: Sequence[Run]) -> set[str | None]:
    parts = [part for run in runs for part in run.parts]
    query = select(tables.runs.c.prompts_digest).where(tables.runs.c.run_id.in_(parts)).distinct()
    with engine.connect() as connection:
        return set(connection.scalars(query))


def _is_ambiguous(engine: Engine, runs: Sequence[Run], *, of: str) -> bool:
    """Whether a value of the column, ``prompt_id`` or ``prompt_sha256``, goes with several values of the other one."""
    requests = tables.requests
    column = requests.c[of]
    other = requests.c.prompt_sha256 if of == "prompt_id" else requests.c.prompt_id
    parts = [part for run in runs for part in run.parts]
    query = (
        select(column)
        .where(requests.c.run_id.in_(parts), requests.c.role == "sample")
        .group_by(column)
        .having(func.min(other) != func.max(other))
    )
    with engine.connect() as connection:
        return connection.scalar(query.limit(1)) is not None


def scored_alike(newest: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Say which scorer scored cells in different versions: by another rule, other keys or another reading.

    Args:
        newest: cell -> its scorers, each with the version that scored last.
    """
    versions: dict[str, dict[str, str]] = {}
    for cell, scorers in newest.items():
        for scorer, version in scorers.items():
            versions.setdefault(scorer, {})[cell] = version
    for scorer, by_cell in versions.items():
        if len(set(by_cell.values())) > 1:
            named = ", ".join(f"{cell}: {version}" for cell, version in list(by_cell.items())[:4])
            yield (
                f"{scorer} has other settings in other cells ({named}): their qualities are not comparable; score all "
                f"by the same with gencost rescore quality=[{scorer}]"
            )
