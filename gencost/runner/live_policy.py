"""A policy as a cell: the ways to the models that it may ask, and the scores that it may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gencost.config.cell import Cell
from gencost.config.model_params import as_node
from gencost.config.policy_file import PolicyFile
from gencost.cost_tracker import CostTracker
from gencost.errors import ConfigError, nearest
from gencost.llm import UnifiedLLM
from gencost.masking import masked
from gencost.metrics_db.begun_steps import Begun
from gencost.protocols import AskingScorer, Scorer
from gencost.quality.base import is_late
from gencost.runner.cache import AnswerCache
from gencost.runner.judging import Judging, with_judging
from gencost.runner.shared import Shared
from gencost.runner.stepping import Stepping, StepWay
from gencost.sending.policy_gates import gates_of
from gencost.sending.sender import Sender
from gencost.sending.steps import longest

_PROBED = 200  # prompts that it is asked about before the first call


@dataclass(frozen=True, kw_only=True)
class LivePolicy:
    """A policy that the runner carries out.

    Attributes:
        file: holds it.
        senders: cell -> the way to its model.
        providers: cell -> the config of its provider, for the response cache.
        gates: the scorers whose values it may see.
        judging: how those of them that ask a model do so.
    """

    file: PolicyFile
    senders: Mapping[str, Sender]
    providers: Mapping[str, Mapping[str, Any]]
    gates: tuple[Scorer, ...]
    judging: tuple[Judging, ...]

    def stepping(
        self, llm: UnifiedLLM, caches: Mapping[str, AnswerCache | None], begun: Mapping[tuple[str, int], Begun]
    ) -> Stepping:
        """Make it ready to be carried out.

        Args:
            llm: accounts for calls of the cell: each of its own has its writer, run and scorers.
            caches: cell -> answers that were recorded earlier.
            begun: what an earlier command did.
        """
        there = {scorer.name for scorer in llm.scorers}
        scorers = [*llm.scorers, *(gate for gate in self.gates if not is_late(gate) and gate.name not in there)]
        assert llm.writer is not None
        return Stepping(
            policy=self.file,
            ways={
                name: StepWay(
                    llm=replace(
                        llm, provider=sender.provider, model=sender.model, params=sender.params, scorers=scorers
                    ),
                    sender=sender,
                    cache=caches[name],
                    policy_cell=name,
                )
                for name, sender in self.senders.items()
            },
            writer=llm.writer,
            gates=self.gates,
            judges={judge.scorer.name: (judge, judge.llm(llm.writer, llm.run_id, llm.seed)) for judge in self.judging},
            rules=llm.rules,
            begun=begun,
        )


def with_policy(cell: Cell, shared: Shared, tracker: CostTracker) -> tuple[Cell, LivePolicy | None]:
    """Find the policy of a cell; the cell is given back as it is to be recorded.

    Raises:
        ConfigError: it cannot be carried out.
    """
    file = policy_of(cell)
    if file is None:
        return cell, None
    policy = live_policy(cell, file, shared, tracker)
    for sample in shared.samples(cell)[:_PROBED]:
        for name in longest(file, sample):
            if name not in policy.senders:
                raise ConfigError(
                    f"policy.path={file.path}: the policy asks {name!r}{nearest(name, list(policy.senders))}, "
                    f"its key cells has {', '.join(policy.senders)}"
                )
    return as_recorded(cell, file), policy


def policy_of(cell: Cell) -> PolicyFile | None:
    """The policy that a cell carries out; None for one that asks a single model.

    Raises:
        ConfigError: a policy that names no cells to ask.
    """
    if cell.policy is None:
        return None
    if not isinstance(cell.policy, PolicyFile):
        name = getattr(cell.policy, "name", type(cell.policy).__name__)
        raise ConfigError(
            f"policy={name}: gencost.run needs to know the cells that it may ask: choose one on recorded calls, "
            "gencost policy --export policy.yaml, and give policy=file policy.path=policy.yaml"
        )
    _ = cell.policy.asked
    return cell.policy


def as_recorded(cell: Cell, file: PolicyFile) -> Cell:
    """The cell with the policy's cells in its recorded config, and the file's name in place of a model's."""
    cells = {
        asked.name: {"provider": asked.provider, "model": as_node(asked.model, asked.params)} for asked in file.asked
    }
    policy = {**cell.resolved["policy"], "sha256": file.digest, "cells": masked(cells)}
    rest = {key: node for key, node in cell.resolved.items() if key not in {"provider", "model"}}
    return replace(cell, resolved={**rest, "model": {"name": Path(file.path).name}, "policy": policy})


def live_policy(cell: Cell, file: PolicyFile, shared: Shared, tracker: CostTracker) -> LivePolicy:
    """Find the ways to the models of a policy and its gate.

    Raises:
        ConfigError: its gate is not there, or looks at the reference.
    """
    judging = shared.judging(cell, tracker)
    senders = {
        asked.name: with_judging(shared.sender_to(cell, tracker, asked), judging).at(f"policy.cells.{asked.name}.model")
        for asked in file.asked
    }
    gates = gates_of(file, cell.scorers)
    of_quality = {judge.scorer.name: judge for judge in judging}
    asking = [gate for gate in gates if isinstance(gate, AskingScorer)]
    return LivePolicy(
        file=file,
        senders=senders,
        providers={asked.name: masked(dict(asked.provider)) for asked in file.asked},
        gates=gates,
        judging=tuple(of_quality.get(gate.name) or shared.judge(cell, tracker, gate) for gate in asking),
    )
