"""Read the calls of one run: its rows of the metrics DB become columns, in the order of prompts and repeats."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, Dialect, Select, String, func, select, type_coerce

from gencost.analysis.recorded.blank_answers import Thoughts, blank_column
from gencost.analysis.recorded.columns import SCORE_PREFIX, CallColumn, Labels
from gencost.analysis.recorded.corrections import AS_RECORDED, corrected, has_corrections
from gencost.analysis.recorded.policy_steps import has_steps
from gencost.analysis.recorded.runs import Run
from gencost.analysis.recorded.whole_answers import with_steps
from gencost.metrics_db import tables

_CHUNK_ROWS = 5_000
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
TEXTS = ("prompt", "answer", "reference")
BESIDE = ("asked", "digest", "policy_cell", "pieces", *TEXTS)
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
    "prompt": tables.prompts.c.text,
    "answer": tables.responses.c.response,
    "reference": tables.requests.c.reference,
}


@dataclass(frozen=True, kw_only=True)
class KnownFacts:
    """Facts about a run that its reader need not find out.

    Attributes:
        scorers: whose values to read, see ``newest_scorers``; None reads those of all.
        prompt_ids: numbers of the ids that runs share, which are most often the same ones; None has its own.
    """

    scorers: Mapping[str, str] | None = None
    prompt_ids: Labels | None = None


NOTHING_KNOWN = KnownFacts()


class RunReader:
    """Reads the calls of one run.

    Args:
        connection: of the metrics DB.
        run: whose.
        columns: which.
        known: about it, its scorers among it.
        alone: steps of a policy are rows of their own.
    """

    def __init__(
        self,
        connection: Connection,
        run: Run,
        columns: Collection[str],
        known: KnownFacts = NOTHING_KNOWN,
        *,
        alone: bool = False,
    ) -> None:
        self._connection, self._run = connection, run
        self._roles = ("sample", "step") if alone else ("sample",)
        as_recorded = connection.get_execution_options().get(AS_RECORDED)
        self._corrected = not as_recorded and has_corrections(connection, run.parts)
        self._steps = not alone and has_steps(connection, run.parts)
        self._scorers, self._prompt_ids = known.scorers or {}, known.prompt_ids
        self._thoughts = Thoughts(connection, run.parts)
        self._kept = {*_ORDER, *columns} - {"run_id"}
        self._needed = self._kept | (set(COLUMNS) if self._corrected or self._steps else set()) - {"run_id"}

    def ordered_ids(self) -> np.ndarray:
        """Read the ids of all requests in the order of their rows, as bytes; shape (n,)."""
        shared, parts = {"prompt_id": self._prompt_ids}, [np.array([], dtype="S1")]
        made = {name: CallColumn(name, labels=shared.get(name)) for name in _ORDER}
        for rows in self._connection.execute(self._query(["request_id", *_ORDER])).partitions(_CHUNK_ROWS):
            ids, *keys = zip(*rows, strict=True)
            parts.append(np.array([request_id.encode() for request_id in ids]))
            for column, values in zip(made.values(), keys, strict=True):
                column.add(values)
        return np.asarray(np.concatenate(parts)[_order(**made)])

    def frame(self, ids: Sequence[str] | None = None) -> pd.DataFrame:
        """Read all calls, or those that are named, in their order."""
        n = self._most() if ids is None else len(ids)
        shared = {"prompt_id": self._prompt_ids}
        made = {name: CallColumn(name, n, shared.get(name)) for name in self._names if name in self._needed}
        made |= {f"{SCORE_PREFIX}{scorer}": CallColumn(SCORE_PREFIX, n) for scorer in self._scorers}
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

    def _most(self) -> int:
        """Count the requests of the run, whatever their role: its index alone is read for that."""
        mine = tables.requests.c.run_id.in_(self._run.parts)
        return int(self._connection.scalar(select(func.count()).select_from(tables.requests).where(mine)) or 0)

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
        if "prompt" in names:
            source = source.outerjoin(tables.prompts)
        for scorer, version in scorers.items():
            scores = tables.scores.alias()
            same = scores.c.request_id == requests.c.request_id
            source = source.outerjoin(scores, same & (scores.c.scorer == scorer) & (scores.c.version == version))
            columns.append(scores.c.value)
        query = select(*columns).select_from(source).where(requests.c.role.in_(self._roles))
        if ids is not None:
            return query.where(_among(requests.c.request_id, ids, self._connection.dialect))
        return query.where(requests.c.run_id.in_(self._run.parts))


def _order(prompt_id: CallColumn, repeat: CallColumn) -> np.ndarray:
    """Return the places of the rows in the order of their prompts (q2 before q10) and repeats; shape (n,)."""
    return np.lexsort((repeat.values, prompt_id.labels.ranks()[prompt_id.values]))


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


def _among(column: ColumnElement[Any], keys: Sequence[str], dialect: Dialect) -> ColumnElement[bool]:
    """Say in SQL that a column of texts is one of some keys, a few thousand at most.

    SQLAlchemy gives each key a parameter of its own, which takes as long as reading the rows; in SQLite all of them can
    be one.
    """
    if dialect.name != "sqlite":
        return column.in_(keys)
    listed = func.json_each(json.dumps(list(keys))).table_valued("value")
    return column.in_(select(listed.c.value))
