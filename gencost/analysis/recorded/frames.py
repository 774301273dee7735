"""Read the metrics DB into frames: one row a call.

Invariant: unknown stays unknown (NULL becomes None, NA or NaN by the column's type), and the order of rows depends on
what was asked, never on when it was answered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from gencost.analysis.recorded.columns import LABELS, SCORE_PREFIX, Labels, stacked
from gencost.analysis.recorded.run_reader import COLUMNS, NOTHING_KNOWN, TEXTS, KnownFacts, RunReader, newest_scorers
from gencost.analysis.recorded.runs import Run, runs
from gencost.metrics_db.recorded_usage import USAGE_COLUMNS, recorded_usage
from gencost.types import Usage

__all__ = [
    "COLUMNS",
    "SCORE_PREFIX",
    "TEXTS",
    "KnownFacts",
    "calls",
    "newest_scorers",
    "of_run",
    "parts_of",
    "request_ids",
    "together",
    "usage_of",
]

_NAMED = 5_000  # ids in one query


def calls(
    engine: Engine, run_ids: Sequence[str], *, columns: Collection[str] = COLUMNS, alone: bool = False
) -> pd.DataFrame:
    """Read the calls of some runs: one row a request of role ``sample``, pending and failed ones too.

    The cost and the times of an answer of a live policy are those of all calls made for it, see ``policy_steps``; its
    tokens are those of the last one.

    Columns: ``run_id`` and ``cell``, the columns of ``requests`` and ``responses`` that results are made of (tokens and
    ``cost_pico_usd`` as nullable integers), ``blank`` (``empty`` or ``only_thinking``) and a ``score_<scorer>`` for
    each scorer recorded. Rows: by run as given, then by prompt id and repeat, so two runs of one config and seed differ
    in ids, times and measured durations alone. A scorer recorded in several versions gives the newest.

    Args:
        engine: the metrics DB.
        run_ids: in the order wanted.
        columns: which of ``COLUMNS`` and ``TEXTS``; scores are read in any case.
        alone: every call for itself, steps of a policy in rows of their own.

    Raises:
        MetricsDBError: a run is not there.
    """
    asked = runs(engine, run_ids=run_ids)
    known = KnownFacts(prompt_ids=Labels())
    return together([of_run(engine, run, columns, known=known, alone=alone) for run in asked], asked, columns)


def together(frames: Sequence[pd.DataFrame], asked: Sequence[Run], columns: Collection[str] = COLUMNS) -> pd.DataFrame:
    """Put frames of runs under each other; they are empty then.

    Args:
        frames: of ``of_run``, one a run.
        asked: the runs.
        columns: of the frame if there is no run.
    """
    frame = stacked(frames) if frames else pd.DataFrame(columns=["run_id", *columns])
    known = [run.run_id for run in asked]
    frame["run_id"] = pd.Categorical(frame["run_id"].astype(object), categories=known)
    frame.insert(1, "cell", frame["run_id"].cat.rename_categories({run.run_id: run.cell for run in asked}))
    for name in LABELS - {"run_id"}:
        if name in frame:
            frame[name] = frame[name].astype("category")
    return frame


def of_run(
    engine: Engine,
    run: Run,
    columns: Collection[str] = COLUMNS,
    *,
    known: KnownFacts = NOTHING_KNOWN,
    alone: bool = False,
) -> pd.DataFrame:
    """Read the calls of one run, see ``calls``.

    Args:
        engine: the metrics DB.
        run: whose.
        columns: which of ``COLUMNS``, or of ``BESIDE``: ``asked``, the first digits of the prompt's SHA-256;
            ``digest``, a number that stands for all of it in this process; ``policy_cell``; ``pieces``, whether those
            of its stream were timed; those of ``TEXTS``.
        known: about the run and those beside it.
        alone: see ``calls``.
    """
    with engine.connect().execution_options(stream_results=True) as connection:
        if known.scorers is None:
            known = replace(known, scorers=newest_scorers(connection, run))
        return RunReader(connection, run, columns, known, alone=alone).frame()


def parts_of(
    engine: Engine, run: Run, columns: Collection[str] = COLUMNS, every: int = 1, *, alone: bool = False
) -> Iterator[pd.DataFrame]:
    """Read the calls of one run in their order, in frames of some thousand, see ``calls``.

    Args:
        engine: the metrics DB.
        run: whose.
        columns: see ``of_run``.
        every: takes one call in this many.
        alone: see ``calls``.
    """
    with engine.connect() as connection:
        reader = RunReader(connection, run, columns, KnownFacts(scorers=newest_scorers(connection, run)), alone=alone)
        ids = reader.ordered_ids()[::every]
        for start in range(0, max(1, len(ids)), _NAMED):
            yield reader.frame([str(request_id, "utf-8") for request_id in ids[start : start + _NAMED]])


def request_ids(engine: Engine, run: Run, places: Collection[int], known: KnownFacts = NOTHING_KNOWN) -> dict[int, str]:
    """Read the ids of some calls of a run by their places among its rows; ``known`` as in ``of_run``."""
    with engine.connect() as connection:
        ids = RunReader(connection, run, (), known).ordered_ids()
    return {place: str(ids[place], "utf-8") for place in places}


def usage_of(row: Any) -> Usage | None:
    """The recorded counts of one row of ``calls``, as ``itertuples`` gives it; None if there are none.

    Raises:
        UsageError: they cannot be true, or are damaged.
    """
    return recorded_usage({name: _plain(getattr(row, name)) for name in USAGE_COLUMNS})


def _plain(value: Any) -> Any:
    """A value of a frame as the database gives it."""
    if pd.isna(value):
        return None
    return int(value) if isinstance(value, np.integer) else value
