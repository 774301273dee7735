"""The policy of an application: the providers of its cells as one, and what to ask of which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gencost.accounting import AccountedModel
from gencost.config.cell import build
from gencost.config.model_params import as_node
from gencost.config.policy_file import PolicyFile
from gencost.errors import ConfigError, nearest
from gencost.masking import masked
from gencost.protocols import Provider, Scorer
from gencost.quality.base import is_late
from gencost.sending.policy_gates import gates_of
from gencost.types import Record, Request, RequestRole, Response


@dataclass(frozen=True, kw_only=True)
class PolicyProvider(Provider):
    """The provider of an application with a policy: its calls go to the providers of the policy's cells.

    Attributes:
        file: holds the policy.
        asked: cell -> ``provider``, ``model`` and ``params``.
        gates: scorers that the policy may see.
    """

    file: PolicyFile
    asked: Mapping[str, Mapping[str, Any]]
    gates: tuple[Scorer, ...]

    @property
    def name(self) -> str:
        """The name in the config of a run; no call is recorded under it."""
        return "policy"

    @property
    def node(self) -> dict[str, Any]:
        """The policy as the config of a run records it."""
        cells = {
            asked.name: {"provider": asked.provider, "model": as_node(asked.model, asked.params)}
            for asked in self.file.asked
        }
        return {"path": self.file.path, "sha256": self.file.digest, "cells": masked(cells)}

    def cell(self, name: str) -> Mapping[str, Any]:
        """Return provider, model and parameters of a cell.

        Raises:
            ConfigError: the file has no such cell.
        """
        if name not in self.asked:
            here = f"its key cells has {', '.join(self.asked)}"
            raise ConfigError(f"policy={self.file.path}: it asks {name!r}{nearest(name, list(self.asked))}, {here}")
        return self.asked[name]

    @property
    def signals(self) -> frozenset[str]:
        """The names of the scores that the policy may see."""
        return frozenset(gate.name for gate in self.gates)

    @property
    def late(self) -> list[Scorer]:
        """The gates that ask a model or take long."""
        return [gate for gate in self.gates if is_late(gate)]

    def at_once(self, scorers: Sequence[Scorer]) -> list[Scorer]:
        """The scorers of every call: those of the application that score at once, and gates that do."""
        both = {scorer.name: scorer for scorer in (*self.gates, *scorers) if not is_late(scorer)}
        return list(both.values())

    def lacking(self, late: Sequence[Scorer], answer: Record) -> list[Scorer]:
        """The late scorers of the application that have not scored an answer as gates."""
        have = {score.scorer for score in answer.scores}
        return [scorer for scorer in late if scorer.name not in have]

    def kept(self, calls: Sequence[Record]) -> tuple[Record, dict[str, RequestRole]]:
        """Make the last of some calls the answer; give the role of each other that was made for it, too."""
        *steps, last = calls
        roles: dict[str, RequestRole] = {step.request.request_id: "step" for step in steps}
        judged = (score.judge_request_id for call in calls for score in call.scores if score.scorer in self.signals)
        roles |= {request_id: "judge" for request_id in judged if request_id is not None}
        return replace(last, request=replace(last.request, role="sample"), steps=tuple(steps)), roles

    def check(self, model: str) -> None:  # noqa: ARG002 - the role's signature
        """Find nothing: the cells were checked when the file was read."""
        return

    async def complete(self, request: Request) -> Response:  # noqa: ARG002 - the role's signature
        """Refuse: a policy is carried out call by call."""
        raise ConfigError("a policy makes no call itself: ask with complete(), it has no stream")

    async def aclose(self) -> None:
        """Give back the connections of every cell."""
        for facts in self.asked.values():
            await facts["provider"].aclose()


def policy_provider(path: str, scorers: Sequence[Scorer], given: AccountedModel) -> tuple[PolicyProvider, str]:
    """Read a policy file for an application.

    Args:
        path: of the file.
        scorers: of the application.
        given: the application, which must name no model beside the policy.

    Returns:
        What stands in place of a provider, and of a model's name.

    Raises:
        ConfigError: it cannot be carried out.
    """
    if given.provider or given.model or given.params:
        raise ConfigError(f"policy={path}: leave provider, model and params out, they are those of the policy's cells")
    file = PolicyFile(path=path)
    asked = {}
    for asked_cell in file.asked:
        provider: Provider = build(asked_cell.provider, f"cells.{asked_cell.name}.provider", Provider)
        provider.check(asked_cell.model)
        asked[asked_cell.name] = {"provider": provider, "model": asked_cell.model, "params": asked_cell.params}
    return PolicyProvider(file=file, asked=asked, gates=gates_of(file, scorers)), Path(path).name
