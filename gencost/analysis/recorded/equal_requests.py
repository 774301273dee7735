"""Prompts that are one request under several ids: their answers are repeats, not independent evidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, func, select

from gencost.analysis.recorded.runs import Run
from gencost.metrics_db import tables


def equal_requests(engine: Engine, runs: Sequence[Run]) -> dict[str, str]:
    """Find the ids that ask the same: their requests have equal digests in one of the runs, or in a chain of them.

    Args:
        engine: the metrics DB.
        runs: the cells that are compared; those for which ``ask_alike`` is false may be left out.

    Returns:
        Prompt id -> the id that stands for it; only of ids that another stands for.
    """
    keeper_of: dict[str, str] = {}
    with engine.connect() as connection:
        for run in runs:
            for name, keeper in _groups(connection, run).items():
                first, second = _root(keeper_of, keeper), _root(keeper_of, name)
                if first != second:
                    keeper_of[second] = first
    return {name: _root(keeper_of, name) for name in keeper_of}


def ask_alike(calls: pd.DataFrame) -> bool:
    """Whether a cell has one request under several ids, by its digests.

    Args:
        calls: of the cell, from ``frames``, with ``digest``.
    """
    digests, ids = calls["digest"].to_numpy(), calls["prompt_id"].cat.codes.to_numpy()
    order = np.argsort(digests)
    same = digests[order[1:]] == digests[order[:-1]]
    return bool((same & (ids[order[1:]] != ids[order[:-1]])).any())


def _root(keeper_of: dict[str, str], name: str) -> str:
    while name in keeper_of:
        name = keeper_of[name]
    return name


def _groups(connection: Connection, run: Run) -> dict[str, str]:
    """Each id that shares its digest with another -> the first of them, in the order of ids as rows are sorted."""
    requests = tables.requests
    asked = (requests.c.run_id.in_(run.parts)) & (requests.c.role == "sample")
    shared = (
        select(requests.c.prompt_sha256)
        .where(asked)
        .group_by(requests.c.prompt_sha256)
        .having(func.count(requests.c.prompt_id.distinct()) > 1)
    )
    rows = connection.execute(
        select(requests.c.prompt_sha256, requests.c.prompt_id)
        .where(asked, requests.c.prompt_sha256.in_(shared))
        .distinct()
    ).all()
    keepers: dict[str, str] = {}
    for digest, name in sorted(rows, key=lambda row: (len(str(row[1])), str(row[1]))):
        keepers.setdefault(str(digest), str(name))
    return {str(name): keepers[str(digest)] for digest, name in rows}
