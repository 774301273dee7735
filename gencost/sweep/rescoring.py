"""Score recorded answers again, without asking their model; a judge asks its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from gencost.analysis.recorded.request_facts import run_facts
from gencost.config.building import rules_of
from gencost.config.cell import Cell, build
from gencost.errors import UserError
from gencost.metrics_db import Engine, Writer
from gencost.metrics_db.run_rows import set_score
from gencost.metrics_db.runs import mark_behind
from gencost.metrics_db.unscored import unscored, without_text
from gencost.protocols import PromptSource, Scorer
from gencost.quality.base import is_late
from gencost.runner.judging import Judging
from gencost.runner.late_scoring import Scoring
from gencost.runner.loop import Late, score_recorded
from gencost.runner.progress import CellCount
from gencost.runner.shared import Shared, check_senders
from gencost.sending.budget import Budget
from gencost.text.counted import counted
from gencost.types import PICO_PER_USD, Sample


@dataclass(frozen=True, kw_only=True)
class Rescored:
    """The result of one scorer.

    Attributes:
        scorer: its name.
        version: its version.
        scored: answers that have a new score.
        valueless: of these, scores without a value.
        kept: answers that had a score of this version and kept it.
        skipped: answers that were not judged, for want of money.
        hidden: answers whose texts were not stored when they were imported.
        why: what one of those without a value says, unless it is a missing reference; None without one.
        error: what stopped it; None if nothing did.
    """

    scorer: str
    version: str
    scored: int
    valueless: int
    kept: int
    skipped: int
    why: str | None
    error: str | None
    hidden: int = 0

    @property
    def failed(self) -> bool:
        """Whether it was stopped, or failed on every answer."""
        return self.error is not None or (self.why is not None and self.valueless == self.scored)

    def line(self) -> str:
        """Say it in one line."""
        parts = [f"{self.scorer} {self.version}: {counted(self.scored, 'answer')} scored"]
        example = f", e.g. {self.why}" if self.why else ""
        parts += [f"{self.valueless:,} of them without a value{example}"] if self.valueless else []
        parts += [f"{self.kept:,} kept the score they had; --force replaces it"] if self.kept else []
        parts += [f"{self.skipped:,} not judged: budget.usd is reached"] if self.skipped else []
        hidden = f"{self.hidden:,} have no text: import them with texts=keep"
        parts += [hidden] if self.hidden else []
        return "; ".join([*parts, *([self.error] if self.error else [])])


@dataclass(frozen=True, kw_only=True)
class Rescoring:
    """Every scorer of one command with the answers of some runs.

    Attributes:
        cell: composed of the command's overrides.
        engine: the metrics DB.
        run_ids: whose answers.
        force: also replace scores that have a value.
    """

    cell: Cell
    engine: Engine
    run_ids: Sequence[str]
    force: bool = False

    def run(self, console: Console) -> tuple[list[Rescored], bool]:
        """Score; what can be checked is checked first.

        Args:
            console: where progress is shown.

        Returns:
            What became of each scorer, and whether Ctrl-C came first.

        Raises:
            UserError: a judge cannot ask, or not within the budget.
        """
        shared = Shared(budget=Budget(self.cell.config.budget.usd))
        judging = shared.judging(self.cell, shared.tracker(self.cell))
        check_senders(self.cell, [way.sender for way in judging])
        samples_of = {run_id: self._samples(run_id) for run_id in self.run_ids}
        scoring = [
            self._scoring(index, run_id, judging, samples)
            for index in range(len(self.cell.scorers))
            for run_id, samples in samples_of.items()
        ]
        with Writer(self.engine) as writer:
            late = Late(scoring=scoring, engine=self.engine, writer=writer, budget=shared.budget)
            complete = score_recorded(late, console)
        if any(override.startswith("score=") for override in self.cell.overrides):
            set_score(self.engine, self.run_ids, self.cell.score)
        mark_behind(self.engine, self.run_ids, "its answers were scored again")
        spent = shared.budget.spent_pico_usd / PICO_PER_USD
        if judging and shared.budget.limit_pico_usd is not None:
            console.print(f"the judges' calls cost ${spent:.6f}", highlight=False)
        return [self._rescored(index, scoring) for index in range(len(self.cell.scorers))], not complete

    def _scoring(self, index: int, run_id: str, judging: Sequence[Judging], samples: Mapping[str, Sample]) -> Scoring:
        scorer = self.cell.scorers[index]
        way = next((judge for judge in judging if judge.scorer is scorer), None)
        return Scoring(
            scorer=scorer,
            run_id=run_id,
            count=CellCount(cell=f"{scorer.name} of {run_id[:8]}", total=0),
            judging=way,
            seed=self.cell.config.seed,
            again="all" if self.force else "empty",
            rules=rules_of(self.cell.config),
            samples=samples if _needs_rows(scorer) else {},
        )

    def _rescored(self, index: int, scoring: Sequence[Scoring]) -> Rescored:
        scorer = self.cell.scorers[index]
        of_scorer = [task for task in scoring if task.scorer is scorer]
        version = rules_of(self.cell.config).version_of(scorer)
        answered = len(unscored(self.engine, self.run_ids, (scorer.name, version), "all"))
        scored, skipped = sum(task.count.done for task in of_scorer), sum(task.count.skipped for task in of_scorer)
        return Rescored(
            scorer=scorer.name,
            version=version,
            scored=scored,
            valueless=sum(task.valueless for task in of_scorer),
            kept=answered - sum(task.count.total for task in of_scorer),
            skipped=skipped,
            hidden=without_text(self.engine, self.run_ids),
            why=next((task.why for task in of_scorer if task.why is not None), None),
            error=next((str(task.error) for task in of_scorer if task.error is not None), None),
        )

    def _samples(self, run_id: str) -> dict[str, Sample]:
        """The run's prompt set, if it can still be read: for scorers that need columns which are not recorded."""
        facts = run_facts(self.engine, run_id) or {}
        config: Any = json.loads(facts.get("config_json") or "{}")
        if not any(_needs_rows(scorer) for scorer in self.cell.scorers):
            return {}
        try:
            prompts: PromptSource = build(config.get("prompts") or {}, "prompts", PromptSource)
            return {sample.id: sample for sample in prompts.load()}
        except UserError:
            return {}


def _needs_rows(scorer: Scorer) -> bool:
    """Whether a scorer may look at columns of the prompt file, which are not recorded."""
    return is_late(scorer) or bool(getattr(scorer, "reads_columns", ()))
