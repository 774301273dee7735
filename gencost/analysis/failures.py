"""Calls without an answer, and answers that a scorer gave no value, each kind with an example."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, case, func, select

from gencost.analysis.recorded.runs import Run
from gencost.masking import masked_error
from gencost.metrics_db.tables import requests, scores
from gencost.quality.base import NO_REFERENCE
from gencost.text.counted import counted

NO_END, NOT_SENT, UNKNOWN = "no known end", "never sent", "unknown"
_KINDS = {"pending": NO_END, "skipped": NOT_SENT}
_CHUNK = 500
NO_REASON = "no reason was given"
_DETAILS = re.compile(r"'[^']*'|\"[^\"]*\"|[-+]?\d+(?:[.,]\d+)*")


@dataclass(frozen=True, kw_only=True)
class FailedCalls:
    """Calls of one cell that got no answer in the same way.

    Attributes:
        status: of the calls: error, pending or skipped.
        kind: the error type, ``no known end`` or ``never sent``.
        calls: how many.
        request_id: one of them.
        message: the text of its error, secrets masked; None without one.
    """

    status: str
    kind: str
    calls: int
    request_id: str
    message: str | None


@dataclass(frozen=True, kw_only=True)
class Valueless:
    """Answers of one cell that one scorer gave no value, for another reason than a missing reference.

    Attributes:
        scorer: its name.
        scores: of it, with and without a value.
        valueless: of these, without.
        why: what one of these says, secrets masked.
    """

    scorer: str
    scores: int
    valueless: int
    why: str


@dataclass(frozen=True, kw_only=True)
class CellOutcome:
    """The outcome of the calls of one cell, beside their figures.

    Attributes:
        answered: calls with an answer.
        failed: calls without one, most frequent kind first.
        valueless: scorers that failed on some of the answers.
        unscored: scorer -> why it gave no value, secrets masked -> for how many answers, the most frequent first; like
            reasons, which differ in numbers and quotations alone, are one.
    """

    answered: int = 0
    failed: tuple[FailedCalls, ...] = ()
    valueless: tuple[Valueless, ...] = ()
    unscored: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def errors(self) -> dict[str, int]:
        """Error type -> calls, most frequent first; calls not sent, or without a known end, are not counted."""
        return {failure.kind: failure.calls for failure in self.failed if failure.status == "error"}

    @property
    def why_nothing(self) -> str | None:
        """The reason a cell has failed: no call was answered, or a scorer failed on every answer; else None."""
        errors = self.errors
        if errors and not self.answered:
            kinds = ", ".join(f"{kind} {calls:,}" for kind, calls in errors.items())
            return f"not one of {counted(sum(errors.values()), 'call')} was answered: {kinds}"
        for scorer in self.valueless:
            if scorer.valueless == scorer.scores:
                why = " ".join(scorer.why.split())
                return f"{scorer.scorer} could not score any of {counted(scorer.scores, 'answer')}: {why}"
        return None


NO_FAILURE = CellOutcome()


def outcomes(engine: Engine, runs: Sequence[Run], lacking: Collection[Run] | None = None) -> dict[str, CellOutcome]:
    """Read the outcomes of the calls of some cells.

    Args:
        engine: the metrics DB.
        runs: the cells.
        lacking: those of which an answer has no value of a scorer; None is not known, and all are looked at.

    Returns:
        By the run id of the cell.
    """
    cell_of = {part: run.run_id for run in runs for part in run.parts}
    answered, failed = _calls(engine, cell_of)
    looked_at = {part: run.run_id for run in (runs if lacking is None else lacking) for part in run.parts}
    valueless, newest = _valueless(engine, looked_at)
    unscored = _reasons(engine, looked_at, newest)
    return {
        run.run_id: CellOutcome(
            answered=answered.get(run.run_id, 0),
            failed=tuple(sorted(failed.get(run.run_id, ()), key=lambda failure: -failure.calls)),
            valueless=tuple(valueless.get(run.run_id, ())),
            unscored=unscored.get(run.run_id, {}),
        )
        for run in runs
    }


def _calls(engine: Engine, cell_of: Mapping[str, str]) -> tuple[dict[str, int], dict[str, list[FailedCalls]]]:
    kind = func.coalesce(requests.c.error_type, UNKNOWN)
    mine, ok = (requests.c.run_id.in_(list(cell_of)), requests.c.role == "sample"), requests.c.status == "ok"
    counted = select(requests.c.run_id, func.count()).where(*mine, ok).group_by(requests.c.run_id)
    query = (
        select(requests.c.run_id, requests.c.status, kind, func.count(), func.min(requests.c.request_id))
        .where(*mine, ~ok)
        .group_by(requests.c.run_id, requests.c.status, kind)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
        counts = connection.execute(counted).all()
    answered: Counter[str] = Counter()
    for run_id, calls in counts:
        answered[cell_of[run_id]] += calls
    groups: dict[tuple[str, str, str], tuple[int, str]] = {}
    for run_id, status, error_type, calls, request_id in rows:
        cell = cell_of[run_id]
        key = (cell, str(status), _KINDS.get(status, str(error_type)))
        before, example = groups.get(key, (0, request_id))
        groups[key] = (before + calls, example)
    messages = _messages(engine, [example for _, example in groups.values()])
    failed: dict[str, list[FailedCalls]] = {}
    for (cell, status, named), (calls, example) in groups.items():
        message = messages.get(example)
        group = FailedCalls(status=status, kind=named, calls=calls, request_id=example, message=message)
        failed.setdefault(cell, []).append(group)
    return answered, failed


def _messages(engine: Engine, request_ids: Sequence[str]) -> dict[str, str]:
    messages: dict[str, str] = {}
    for start in range(0, len(request_ids), _CHUNK):
        asked = requests.c.request_id.in_(request_ids[start : start + _CHUNK])
        query = select(requests.c.request_id, requests.c.error_message).where(asked)
        with engine.connect() as connection:
            rows = connection.execute(query.where(requests.c.error_message.is_not(None))).all()
        messages |= {request_id: masked_error(message) for request_id, message in rows}
    return messages


_Newest = dict[tuple[str, str], str]
"""Cell and scorer -> the version that scored last."""


def _valueless(engine: Engine, cell_of: Mapping[str, str]) -> tuple[dict[str, list[Valueless]], _Newest]:
    """Count by cell and scorer; of several versions of a scorer the one that scored last, as in ``frames``."""
    failed = scores.c.value.is_(None) & scores.c.explanation.is_not(None) & (scores.c.explanation != NO_REFERENCE)
    last = func.max(scores.c.ts)
    counts = (func.count(), func.count(scores.c.value), func.min(case((failed, scores.c.explanation))))
    query = (
        select(requests.c.run_id, scores.c.scorer, scores.c.version, *counts)
        .select_from(scores.join(requests, scores.c.request_id == requests.c.request_id))
        .where(requests.c.run_id.in_(list(cell_of)), requests.c.role == "sample", requests.c.status == "ok")
        .group_by(requests.c.run_id, scores.c.scorer, scores.c.version)
        .order_by(last.is_not(None), last, scores.c.version)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    newest = {(cell_of[run_id], scorer): version for run_id, scorer, version, *_ in rows}
    valueless: dict[str, list[Valueless]] = {}
    for (cell, scorer), version in newest.items():
        same = [row for row in rows if (cell_of[row[0]], *row[1:3]) == (cell, scorer, version)]
        valueless.setdefault(cell, []).extend(_of_scorer(scorer, same))
    return valueless, newest


def _reasons(engine: Engine, cell_of: Mapping[str, str], newest: _Newest) -> dict[str, dict[str, dict[str, int]]]:
    """Count why scorers gave no value, by cell and scorer."""
    query = (
        select(requests.c.run_id, scores.c.scorer, scores.c.version, scores.c.explanation, func.count())
        .select_from(scores.join(requests, scores.c.request_id == requests.c.request_id))
        .where(requests.c.run_id.in_(list(cell_of)), requests.c.role == "sample", requests.c.status == "ok")
        .where(scores.c.value.is_(None))
        .group_by(requests.c.run_id, scores.c.scorer, scores.c.version, scores.c.explanation)
        .order_by(func.count().desc(), scores.c.explanation)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    counts: dict[tuple[str, str], Counter[str]] = {}
    shown: dict[str, str] = {}
    for run_id, scorer, version, why, calls in rows:
        key = cell_of[run_id], scorer
        if newest.get(key) == version:
            kind = _DETAILS.sub("_", why or NO_REASON)
            shown.setdefault(kind, masked_error(why or NO_REASON))
            counts.setdefault(key, Counter())[kind] += calls
    reasons: dict[str, dict[str, dict[str, int]]] = {}
    for (cell, scorer), kinds in counts.items():
        reasons.setdefault(cell, {})[scorer] = {shown[kind]: calls for kind, calls in kinds.most_common()}
    return reasons


def _of_scorer(scorer: str, rows: Sequence[Any]) -> Iterable[Valueless]:
    every, valued = sum(row[3] for row in rows), sum(row[4] for row in rows)
    whys = [row[5] for row in rows if row[5] is not None]
    if whys:
        yield Valueless(scorer=scorer, scores=every, valueless=every - valued, why=masked_error(whys[0]))


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One way in which calls of several cells got no answer.

    Attributes:
        kind: the error type, ``no known end`` or ``never sent``.
        counts: cell -> calls; a cell without any is left out.
        request_id: one of them.
        message: the text of its error; None without one.
    """

    kind: str
    counts: Mapping[str, int]
    request_id: str
    message: str | None

    @property
    def total(self) -> int:
        """Over all cells."""
        return sum(self.counts.values())


def failures(outcomes: Mapping[str, CellOutcome]) -> list[Failure]:
    """Combine the failures of cells, given by their names, into one list, most frequent first."""
    by_kind: dict[str, dict[str, FailedCalls]] = {}
    for cell, outcome in outcomes.items():
        for failure in outcome.failed:
            by_kind.setdefault(failure.kind, {})[cell] = failure
    listed = []
    for kind, cells in by_kind.items():
        example = next(iter(cells.values()))
        counts = {cell: of_cell.calls for cell, of_cell in cells.items()}
        listed.append(Failure(kind=kind, counts=counts, request_id=example.request_id, message=example.message))
    return sorted(listed, key=lambda failure: -failure.total)
