"""A cell as plain values, to be sent to another process, which makes its objects again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gencost.config.cell import Cell, build
from gencost.config.schema import Config
from gencost.protocols import LoadShape, Policy, PromptSource, Provider, Scorer


@dataclass(frozen=True, kw_only=True)
class PlainCell:
    """The plain values of a cell; each attribute is that of ``Cell``."""

    config: Config
    cell: str
    overrides: tuple[str, ...]
    output_dir: Path
    score: str
    params: dict[str, Any]
    resolved: dict[str, Any]

    @classmethod
    def of(cls, cell: Cell) -> PlainCell:
        """Take the plain values of a cell."""
        return cls(
            config=cell.config,
            cell=cell.cell,
            overrides=cell.overrides,
            output_dir=cell.output_dir,
            score=cell.score,
            params=dict(cell.params),
            resolved=dict(cell.resolved),
        )

    def whole(self, prompts: PromptSource, load: LoadShape, provider: Provider | None = None) -> Cell:
        """Make the cell again.

        Args:
            prompts: in place of its own.
            load: likewise.
            provider: likewise; None makes its own again.

        Raises:
            ConfigError: a part of it cannot be made here.
        """
        config = self.config
        return Cell(
            config=config,
            cell=self.cell,
            overrides=self.overrides,
            output_dir=self.output_dir,
            provider=provider or build(config.provider, "provider", Provider),
            prompts=prompts,
            scorers=tuple(build(node, f"quality.{key}", Scorer) for key, node in config.quality.items()),
            score=self.score,
            load=load,
            params=self.params,
            policy=build(config.policy, "policy", Policy) if config.policy else None,
            resolved=self.resolved,
        )
