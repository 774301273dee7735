"""Scores that come after the calls: by judges, by scorers that compute for long, and again by any.

Invariant: an answer is scored from its recorded row, so that a crash loses no paid answer, and whatever lacks a score
can get it later. All of it begins when the last sample call of all cells is over: no latency of theirs is touched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from gencost.llm import UnifiedLLM
from gencost.metrics_db import Engine, Writer
from gencost.metrics_db.unscored import Again, StoredAnswer, answers, unscored
from gencost.protocols import Scorer
from gencost.quality.base import NO_REFERENCE, is_late
from gencost.quality.score import RULES, Rules, score
from gencost.runner.judging import Asking, Judging
from gencost.runner.progress import CellCount
from gencost.types import Request, Sample, Score

_AT_ONCE = 256
_AT_ONCE_LATE = 4


@dataclass(kw_only=True)
class Scoring:
    """One scorer and the answers that it has to score.

    Attributes:
        scorer: none that asks a model, unless ``judging`` says how.
        run_id: whose answers.
        count: how far it is.
        judging: how a judge's calls are made; None for a scorer that makes none.
        seed: of the cell.
        again: which answers are scored.
        rules: how answers are read, and how long a score may take.
        samples: by id, with all columns of their rows, which are not recorded; an answer to another text has none.
        error: what stopped it; None if nothing did.
        valueless: how many scores have no value.
        why: what the first of these says, unless it is a missing reference; None without one.
    """

    scorer: Scorer
    run_id: str
    count: CellCount
    judging: Judging | None = None
    seed: int = 0
    again: Again = "missing"
    rules: Rules = RULES
    samples: Mapping[str, Sample] = field(default_factory=dict)
    error: BaseException | None = None
    valueless: int = 0
    why: str | None = None

    async def run(self, engine: Engine, writer: Writer, stop: asyncio.Event) -> None:
        """Score every answer that has to be, until ``stop`` is set or the metrics DB fails.

        Args:
            engine: where the answers are read.
            writer: where the scores go.
            stop: ends it early.
        """
        ids = unscored(engine, [self.run_id], (self.scorer.name, self.rules.version_of(self.scorer)), self.again)
        self.count.total = len(ids)
        llm = None if self.judging is None else self.judging.llm(writer, self.run_id, self.seed)
        left = answers(engine, ids)
        default = _AT_ONCE_LATE if is_late(self.scorer) else _AT_ONCE
        at_once = min(getattr(self.scorer, "in_flight", default), len(ids))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(at_once):
                    group.create_task(self._work(left, writer, llm, stop))
        except* Exception as errors:  # noqa: BLE001 - a door: recorded as this scorer's end, the others go on
            self.error = errors.exceptions[0]
        finally:
            if llm is not None:
                await llm.aclose()

    async def _work(
        self, left: Iterator[StoredAnswer], writer: Writer, llm: UnifiedLLM | None, stop: asyncio.Event
    ) -> None:
        for answer in left:
            if stop.is_set():
                return
            value = await self._score(answer, llm)
            if value is None:  # without a row it is scored by a resume with a larger budget
                self.count.skipped += 1
                continue
            await writer.score(answer.request.request_id, [value])
            self.count.done += 1
            self._note(value)

    def _note(self, score: Score) -> None:
        if score.value is None:
            self.valueless += 1
            self.why = self.why or (score.explanation if score.explanation != NO_REFERENCE else None)

    async def _score(self, answer: StoredAnswer, llm: UnifiedLLM | None) -> Score | None:
        """Score one answer; None if the budget forbids a judge's call."""
        request = self._request(answer)
        if self.judging is None or llm is None:
            return await score(self.scorer, request.sample, answer.response, self.rules, request)
        asking = Asking(self.judging, llm, request.repeat)
        value = await score(
            self.judging.scorer.given(asking.complete), request.sample, answer.response, self.rules, request
        )
        return None if asking.refused else value

    def _request(self, answer: StoredAnswer) -> Request:
        """The request of an answer, with all columns of its sample if they are known."""
        asked = answer.request.sample
        known = self.samples.get(asked.id)
        same = known is not None and known.prompt_sha256 == asked.prompt_sha256
        return replace(answer.request, sample=known) if known is not None and same else answer.request
