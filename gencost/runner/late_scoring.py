"""Scores that come after the calls: by judges, by scorers that compute for long, and again by any.

Invariant: an answer is scored from its recorded row, so that a crash loses no paid answer, and whatever lacks a score
can get it later. All of it begins when the last sample call of all cells is over: no latency of theirs is touched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from gencost.llm import UnifiedLLM
from gencost.metrics_db import Engine, Writer
from gencost.metrics_db.unscored import Again, Answer, answers, unscored
from gencost.protocols import Scorer
from gencost.quality.base import is_late
from gencost.quality.score import score
from gencost.runner.judging import Judging, OverBudgetError
from gencost.runner.progress import CellCount
from gencost.types import Record, Sample

_AT_ONCE = 256
_AT_ONCE_LATE = 4


@dataclass(kw_only=True)
class Scoring:
    """One scorer and the answers that it has to score.

    Attributes:
        scorer: none that asks a model, unless ``judging`` says how.
        run_ids: whose answers.
        count: how far it is.
        judging: how a judge's calls are made; None for a scorer that makes none, and so is ``llm``, which makes them.
        again: which answers are scored.
        samples: by id, with all columns of their rows, which are not recorded; an answer to another text has none.
        error: what stopped it; None if nothing did.
        valueless: how many scores have no value.
    """

    scorer: Scorer
    run_ids: Sequence[str]
    count: CellCount
    judging: Judging | None = None
    llm: UnifiedLLM | None = None
    again: Again = "missing"
    samples: Mapping[str, Sample] = field(default_factory=dict)
    error: BaseException | None = None
    valueless: int = 0

    async def run(self, engine: Engine, writer: Writer, stop: asyncio.Event) -> None:
        """Score every answer that has to be, until ``stop`` is set or the metrics DB fails.

        Args:
            engine: where the answers are read.
            writer: where the scores go.
            stop: ends it early.
        """
        ids = unscored(engine, self.run_ids, (self.scorer.name, self.scorer.version), self.again)
        self.count.total = len(ids)
        if self.llm is not None:
            self.llm.writer = writer
        left = answers(engine, ids)
        default = _AT_ONCE_LATE if is_late(self.scorer) else _AT_ONCE
        at_once = min(getattr(self.scorer, "in_flight", default), len(ids))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(at_once):
                    group.create_task(self._work(left, writer, stop))
        except* Exception as errors:  # noqa: BLE001 - a door: recorded as this scorer's end, the others go on
            self.error = errors.exceptions[0]

    async def _work(self, left: Iterator[Answer], writer: Writer, stop: asyncio.Event) -> None:
        for answer in left:
            if stop.is_set():
                return
            await self._score(answer, writer)

    async def _score(self, answer: Answer, writer: Writer) -> None:
        scorer, sample, refused = self.scorer, self._sample(answer), False

        async def complete(question: Sample) -> Record:
            nonlocal refused
            try:
                return await asked(question)
            except OverBudgetError:
                refused = True
                raise

        if self.judging is not None and self.llm is not None:
            asked = partial(self.judging.complete, self.llm, answer.repeat)
            scorer = self.judging.scorer.given(complete)
        found = await score(scorer, sample, answer.response)
        if refused:  # without a row it is scored by a resume with a larger budget
            self.count.skipped += 1
            return
        await writer.score(answer.request_id, [found])
        self.count.done += 1
        self.valueless += found.value is None

    def _sample(self, answer: Answer) -> Sample:
        known = self.samples.get(answer.sample.id)
        same = known is not None and known.prompt_sha256 == answer.sample.prompt_sha256
        return known if known is not None and same else answer.sample
