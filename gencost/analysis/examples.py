"""The calls worth reading: the slowest, the dearest, the worst, each beside what the other cells made of its prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from gencost.analysis.measures import measured
from gencost.analysis.recorded.columns import Labels
from gencost.analysis.recorded.frames import KnownFacts, request_ids
from gencost.analysis.recorded.request_facts import Evidence, Facts, evidence_of
from gencost.analysis.results import Results
from gencost.messages.shown import shown_answer, shown_turns
from gencost.metrics_db.answer_parts import parts_of, tool_calls_of
from gencost.types import PICO_PER_USD

Why = Literal["slowest", "dearest", "worst"]

_EACH = 3
_SIDE_BY_SIDE = 6


@dataclass(frozen=True, kw_only=True)
class CellAnswer:
    """The answer of one cell to a prompt; unknown is None.

    Attributes:
        cell: its name.
        request_id: of the call.
        status: pending | ok | error | skipped.
        prompt: what was asked; None if it is no longer recorded.
        text: the answer; None without one.
        error: why there is no answer; None if there is one.
        latency_ms: see ``frames.calls``.
        cost_usd: of the call.
        score: by the scorer of the cell.
    """

    cell: str
    request_id: str
    status: str
    prompt: str | None
    text: str | None
    error: str | None
    latency_ms: float | None
    cost_usd: float | None
    score: float | None


@dataclass(frozen=True, kw_only=True)
class Example:
    """One call that stands out.

    Attributes:
        why: what is special about it.
        prompt_id: what it asked.
        reference: what the scorers compare with; None without one.
        answers: its own, then those of other cells to the same prompt.
        left_out: other cells that answered it, too.
    """

    why: Why
    prompt_id: str
    reference: str | None
    answers: tuple[CellAnswer, ...]
    left_out: int


def examples(engine: Engine, results: Results, first: Sequence[str] = ()) -> list[Example]:
    """Find the three slowest, dearest and worst calls, each of another prompt.

    Of equally bad ones those come first whose prompt was answered best on average. Where all are equal there is no
    slowest, dearest or worst.

    Args:
        engine: the metrics DB, which has the texts.
        results: of the cells.
        first: cells to show beside a call before others; at most five others are.
    """
    table = [cell.calls[["prompt_id", "quality", "cost", "latency"]] for cell in measured(results)]
    calls = pd.concat(table) if table else pd.DataFrame()
    if calls.empty:
        return []
    calls["eased"] = -calls.groupby("prompt_id", observed=True)["quality"].transform("mean")
    chosen: list[tuple[Why, Any]] = [
        *(("slowest", request_id) for request_id in _top(calls, ["latency"], ascending=False)),
        *(("dearest", request_id) for request_id in _top(calls, ["cost"], ascending=False)),
        *(("worst", request_id) for request_id in _top(calls, ["quality", "eased"], ascending=True)),
    ]
    mates = [_mates(results, at, first) for _, at in chosen]
    ids = _request_ids(engine, results, {row.Index for rows, _ in mates for row in rows})
    evidence = {str(call.request["request_id"]): call for call in evidence_of(engine, list(ids.values()))}
    seen = {at: evidence[request_id] for at, request_id in ids.items()}
    scores = calls["quality"]
    return [_example(why, *beside, seen, scores) for (why, _), beside in zip(chosen, mates, strict=True)]


def _top(calls: pd.DataFrame, by: list[str], *, ascending: bool) -> list[Any]:
    """Places, in the frame of all calls, of those with the most (least) of something, one a prompt."""
    known = calls.loc[calls[by[0]].notna(), ["prompt_id", *by]]
    if known.empty or known[by[0]].min() == known[by[0]].max():
        return []
    ranked = _among_the_first(known, by[0], ascending).sort_values(by, ascending=ascending, kind="stable")
    return list(ranked.drop_duplicates("prompt_id").index[:_EACH])


def _among_the_first(calls: pd.DataFrame, name: str, ascending: bool) -> pd.DataFrame:
    """Take the calls of the most (least) that are of enough prompts, however often one was asked, and their equals."""
    enough = _EACH * int(calls["prompt_id"].value_counts().max())
    if enough >= len(calls):
        return calls
    values = calls[name].to_numpy(dtype=float)
    last = np.partition(values, enough - 1 if ascending else -enough)[enough - 1 if ascending else -enough]
    return calls[values <= last if ascending else values >= last]


def _mates(results: Results, at: Any, first: Sequence[str]) -> tuple[list[Any], int]:
    """The rows of a call and of other cells' calls to its prompt, of the same repeat if they have it."""
    calls = results.calls
    call = calls.loc[at]
    same = calls[calls["prompt_id"] == call["prompt_id"]]
    nearest = same.assign(other=(same["repeat"] != call["repeat"])).sort_values(["other", "repeat"], kind="stable")
    rows = {row.cell: row for row in nearest.drop_duplicates("run_id").itertuples()}
    rows[call["cell"]] = next(row for row in same.itertuples() if row.Index == at)
    order = dict.fromkeys([call["cell"], *first, *(run.cell for run in results.runs)])
    mates = [rows[cell] for cell in order if cell in rows]
    firsts = list({row.model: row for row in reversed(mates)}.values())[
        ::-1
    ]  # other models tell more than other params
    mates = [mates[0], *(row for row in mates[1:] if row in firsts), *(row for row in mates[1:] if row not in firsts)]
    return mates[:_SIDE_BY_SIDE], max(0, len(mates) - _SIDE_BY_SIDE)


def _request_ids(engine: Engine, results: Results, places: set[Any]) -> dict[Any, str]:
    """Read the request ids of some rows of the calls, which are not kept for all of them."""
    runs = results.calls["run_id"].cat.codes.to_numpy()
    known, ids = KnownFacts(prompt_ids=Labels()), dict[Any, str]()
    for number, run in enumerate(results.runs):
        before = int((runs < number).sum())
        wanted = {at - before: at for at in places if runs[at] == number}
        if wanted:
            ids |= {wanted[place]: request_id for place, request_id in request_ids(engine, run, wanted, known).items()}
    return ids


def _example(why: Why, rows: Sequence[Any], left_out: int, seen: Mapping[Any, Evidence], scores: pd.Series) -> Example:
    request = seen[rows[0].Index].request
    return Example(
        why=why,
        prompt_id=str(request["prompt_id"]),
        reference=request["reference"],
        answers=tuple(_answer(row, seen[row.Index], scores.get(row.Index)) for row in rows),
        left_out=left_out,
    )


def _answer(row: Any, seen: Evidence, score: float | None) -> CellAnswer:
    response = seen.response
    message = " ".join(filter(None, (seen.request["error_type"], seen.request["error_message"])))
    return CellAnswer(
        cell=str(row.cell),
        request_id=str(seen.request["request_id"]),
        status=str(row.status),
        prompt=None if seen.prompt is None else shown_turns(seen.messages),
        text=None if response is None else _text(response),
        error=message or None,
        latency_ms=_known(row.latency_ms),
        cost_usd=None if pd.isna(row.cost_pico_usd) else row.cost_pico_usd / PICO_PER_USD,
        score=_known(score),
    )


def _text(response: Facts) -> str:
    parts = parts_of(response["extra_json"])
    return shown_answer(response["response"], tool_calls_of(response["tool_calls_json"]), parts)


def _known(value: float | None) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
