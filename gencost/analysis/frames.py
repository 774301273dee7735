"""Read the metrics DB into frames: one row a call.

Invariant: unknown stays unknown (NULL becomes None, NA or NaN by the column's type), and the order of rows depends on
what was asked, never on when it was answered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, Engine, Select, String, func, select, type_coerce

from gencost.analysis.blank_answers import Thoughts, blank_column
from gencost.analysis.columns import LABELS, SCORE_PREFIX, CallColumn, stacked
from gencost.analysis.corrections import AS_RECORDED, corrected, has_corrections
from gencost.analysis.policy_steps import has_steps
from gencost.analysis.runs import Run, runs
from gencost.analysis.whole_answers import with_steps
from gencost.metrics_db import tables
from gencost.metrics_db.recorded_usage import USAGE_COLUMNS, recorded_usage
from gencost.types import Usage

__all__ = ["SCORE_PREFIX", "calls", "newest_scorers", "of_run", "parts_of", "request_ids", "together", "usage_of"]

_CHUNK_ROWS = 5_000
_NAMED = 5_000  # ids in one query
_ASKED_DIGITS = 16

_REQUEST = (
    "run_id",
    "request_id",
    "ts",
    "provider",
    "model",
    "prompt_id",
    "category",
    "repeat",
    "status",
    "error_type",
    "attempts",
    "latency_ms",
    "queue_ms",
    "backoff_ms",
    "from_cache",
)
_RESPONSE = (
    "ttft_ms",
    "server_ms",
    "server_ttft_ms",
    "response_model",
    "service_tier",
    "region",
    "finish_reason",
    "usage_tokens_in",
    "usage_tokens_out",
    "usage_tokens_cached",
    "usage_tokens_cache_write",
    "usage_tokens_cache_write_1h",
    "usage_tokens_reasoning",
    "usage_web_searches",
    "usage_more_json",
    "other_price_ids",
    "usage_source",
    "cost_pico_usd",
    "cost_usd",
    "cost_status",
    "cost_reason",
    "price_id",
    "saved_pico_usd",
    "provider_cost_usd",
    "quality_proxy",
)
COLUMNS = (*_REQUEST, *_RESPONSE, "blank")
_ORDER = ("prompt_id", "repeat")
BESIDE = ("asked", "digest", "policy_cell", "pieces")
_ALL = (*COLUMNS, *BESIDE)
_SELECTED: Mapping[str, ColumnElement[Any]] = {
    **{name: tables.requests.c[name] for name in _REQUEST},
    **{name: tables.responses.c[name] for name in _RESPONSE},
    "ts": type_coerce(tables.requests.c.ts, String),  # as it is stored: a million datetimes take seconds
    "blank": blank_column(),
    "asked": func.substr(tables.requests.c.prompt_sha256, 1, _ASKED_DIGITS),
    "digest": tables.requests.c.prompt_sha256,
    "policy_cell": tables.requests.c.policy_cell,
    "pieces": tables.responses.c.chunk_times.is_not(None),
}


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
        columns: which of ``COLUMNS``; scores are read in any case.
        alone: every call for itself, steps of a policy in rows of their own.

    Raises:
        MetricsDBError: a run is not there.
    """
    asked = runs(engine, run_ids=run_ids)
    return together([of_run(engine, run, columns, alone=alone) for run in asked], asked, columns)


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
    scorers: Mapping[str, str] | None = None,
    alone: bool = False,
) -> pd.DataFrame:
    """Read the calls of one run, see ``calls``.

    Args:
        engine: the metrics DB.
        run: whose.
        columns: which of ``COLUMNS``, or of ``BESIDE``: ``asked``, the first digits of the prompt's SHA-256;
            ``digest``, a number that stands for all of it in this process; ``policy_cell``; ``pieces``, whether those
            of its stream were timed.
        scorers: whose values to read, see ``newest_scorers``; None reads those of all.
        alone: see ``calls``.
    """
    with engine.connect().execution_options(stream_results=True) as connection:
        known = newest_scorers(connection, run) if scorers is None else scorers
        return _RunReader(connection, run, columns, known, alone=alone).frame()


def parts_of(engine: Engine, run: Run, columns: Collection[str] = COLUMNS, every: int = 1) -> Iterator[pd.DataFrame]:
    """Read the calls of one run in their order, in frames of some thousand, see ``calls``.

    Args:
        engine: the metrics DB.
        run: whose.
        columns: see ``of_run``.
        every: takes one call of so many.
    """
    with engine.connect() as connection:
        reader = _RunReader(connection, run, columns, newest_scorers(connection, run))
        ids = reader.ordered_ids()[::every]
        for start in range(0, max(1, len(ids)), _NAMED):
            yield reader.frame([str(request_id, "utf-8") for request_id in ids[start : start + _NAMED]])


def request_ids(engine: Engine, run: Run, places: Collection[int]) -> dict[int, str]:
    """Read the ids of some calls of a run by their places among its rows."""
    with engine.connect() as connection:
        ids = _RunReader(connection, run, (), {}).ordered_ids()
    return {place: str(ids[place], "utf-8") for place in places}


class _RunReader:
    """Reads the calls of one run.

    Args:
        connection: of the metrics DB.
        run: whose.
        columns: which.
        scorers: each in the version that is read.
        alone: steps of a policy are rows of their own.
    """

    def __init__(
        self,
        connection: Connection,
        run: Run,
        columns: Collection[str],
        scorers: Mapping[str, str],
        *,
        alone: bool = False,
    ) -> None:
        self._connection, self._run = connection, run
        self._roles = ("sample", "step") if alone else ("sample",)
        as_recorded = connection.get_execution_options().get(AS_RECORDED)
        self._corrected = not as_recorded and has_corrections(connection, run.parts)
        self._steps = not alone and has_steps(connection, run.parts)
        self._scorers = scorers
        self._thoughts = Thoughts(connection, run.parts)
        self._kept = {*_ORDER, *columns} - {"run_id"}
        self._needed = self._kept | (set(COLUMNS) if self._corrected or self._steps else set()) - {"run_id"}

    def ordered_ids(self) -> np.ndarray:
        """Read the ids of all requests in the order of their rows, as bytes; shape (n,)."""
        made, parts = {name: CallColumn(name) for name in _ORDER}, [np.array([], dtype="S1")]
        for rows in self._connection.execute(self._query(["request_id", *_ORDER])).partitions(_CHUNK_ROWS):
            ids, *keys = zip(*rows, strict=True)
            parts.append(np.array([request_id.encode() for request_id in ids]))
            for column, values in zip(made.values(), keys, strict=True):
                column.add(values)
        return np.asarray(np.concatenate(parts)[_order(**made)])

    def frame(self, ids: Sequence[str] | None = None) -> pd.DataFrame:
        """Read all calls, or those that are named, in their order."""
        made = {name: CallColumn(name) for name in self._names if name in self._needed}
        made |= {f"{SCORE_PREFIX}{scorer}": CallColumn(SCORE_PREFIX) for scorer in self._scorers}
        scores = [name for name in made if name not in self._names]
        for rows in self._connection.execute(self._query(self._names, ids, self._scorers)).partitions(_CHUNK_ROWS):
            chunk: dict[str, Sequence[Any]] = dict(zip([*self._names, *scores], zip(*rows, strict=True), strict=True))
            if "blank" in chunk:
                chunk["blank"] = self._thoughts.read(chunk["blank"], chunk["request_id"])
            for name, column in made.items():
                column.add(chunk[name])
        order = _order(made["prompt_id"], made["repeat"])
        frame = pd.DataFrame({name: column.made(order) for name, column in made.items()}, copy=False)
        if self._corrected:
            corrected(self._connection, self._run.parts, frame)
        if self._steps:
            with_steps(self._connection, self._run.parts, frame)
        frame = frame.drop(columns=[name for name in made if name not in self._kept and name not in scores])
        frame.insert(0, "run_id", pd.Categorical.from_codes(np.zeros(len(frame), dtype="int8"), [self._run.run_id]))
        return frame

    @property
    def _names(self) -> list[str]:
        """The columns that are selected; of a blank answer its text may have to be read."""
        return [it for it in _ALL if it in self._needed or (it == "request_id" and "blank" in self._needed)]

    def _query(
        self, names: Sequence[str], ids: Sequence[str] | None = None, scorers: Mapping[str, str] = MappingProxyType({})
    ) -> Select[Any]:
        """Select columns, then the value of each scorer in the version named."""
        requests, responses = tables.requests, tables.responses
        columns = [_SELECTED[name] for name in names]
        source: Any = requests.outerjoin(responses)
        for scorer, version in scorers.items():
            scores = tables.scores.alias()
            same = scores.c.request_id == requests.c.request_id
            source = source.outerjoin(scores, same & (scores.c.scorer == scorer) & (scores.c.version == version))
            columns.append(scores.c.value)
        query = select(*columns).select_from(source).where(requests.c.role.in_(self._roles))
        if ids is not None:
            return query.where(requests.c.request_id.in_(ids))
        return query.where(requests.c.run_id.in_(self._run.parts))


def _order(prompt_id: CallColumn, repeat: CallColumn) -> np.ndarray:
    """Give the places of the rows in the order of their prompts (q2 before q10) and repeats; shape (n,)."""
    labels = [str(label) for label in prompt_id.labels]
    place = np.empty(len(labels), dtype="int32")
    place[sorted(range(len(labels)), key=lambda at: (len(labels[at]), labels[at]))] = np.arange(len(labels))
    return np.lexsort((repeat.values, place[prompt_id.values]))


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


def newest_scorers(connection: Connection, run: Run) -> dict[str, str]:
    """Name the scorers of a run, each with the version that scored last."""
    scores, requests = tables.scores, tables.requests
    source = scores.join(requests, scores.c.request_id == requests.c.request_id)
    mine = select(scores.c.scorer, scores.c.version).select_from(source).where(requests.c.run_id.in_(run.parts))
    every = sorted((str(scorer), str(version)) for scorer, version in connection.execute(mine.distinct()))
    if len(every) == len(dict(every)):  # the index alone was read for that
        return dict(every)
    last = func.max(scores.c.ts)
    newest = mine.group_by(scores.c.scorer, scores.c.version).order_by(
        scores.c.scorer, last.is_not(None), last, scores.c.version
    )
    return {str(row.scorer): str(row.version) for row in connection.execute(newest)}  # of several, the last one wins
