"""What a cell will call, checked: nothing of a plan can fail any more for a reason known before its first call."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gencost.config import Cell
from gencost.cost_tracker import CostTracker
from gencost.errors import ConfigError, ReportError
from gencost.llm import UnifiedLLM
from gencost.pricing import load_pricing
from gencost.prompts import digest, draw
from gencost.roles import Provider
from gencost.runner.calls import CellCalls
from gencost.runner.progress import CellCount
from gencost.types import Sample


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One checked cell.

    Attributes:
        cell: its objects.
        run_id: its id in the metrics DB.
        samples: of its prompt set.
        digest: SHA-256 of the prompt set.
        draws: sample and repeat number of each call, in the order asked.
        provider: one object for all cells that configure it alike.
        cost_tracker: with its prices.
    """

    cell: Cell
    run_id: str
    samples: list[Sample]
    digest: str
    draws: list[tuple[Sample, int]]
    provider: Provider
    cost_tracker: CostTracker

    @property
    def cell_key(self) -> str:
        """SHA-256 of what defines the calls: provider, model, parameters, prompts and how they are drawn."""
        config = self.cell.config
        defines = {
            "provider": self.cell.resolved["provider"],
            "model": self.cell.resolved["model"],
            "prompts": self.digest,
            "n": config.n,
            "repeats": config.repeats,
            "seed": config.seed,
        }
        return hashlib.sha256(_key(defines).encode()).hexdigest()

    def calls(self) -> CellCalls:
        """Make the calls ready to run; their ``llm`` still needs its writer."""
        config = self.cell.config
        llm = UnifiedLLM(
            provider=self.provider,
            model=config.model.name,
            params={key: value for key, value in config.model.params.items() if value is not None},
            scorers=self.cell.scorers,
            cost_tracker=self.cost_tracker,
            run_id=self.run_id,
            seed=config.seed,
        )
        count = CellCount(cell=self.cell.cell, total=len(self.draws))
        return CellCalls(llm=llm, draws=self.draws, load=self.cell.load, count=count)


def make_plans(cells: Sequence[Cell]) -> list[Plan]:
    """Check every cell; what several cells configure alike is read and made once.

    Args:
        cells: of one command line.

    Raises:
        UserError: the first mistake found in any of them.
    """
    _refuse_mixed_stores(cells)
    samples, registries, providers = _Once(), _Once(), _Once()
    plans = []
    for cell in cells:
        config = cell.config
        _check_folder(cell.output_dir)
        provider = providers.get(config.provider, cell, lambda it: it.provider)
        provider.check(config.model.name)
        drawn_from = samples.get(config.prompts, cell, lambda it: it.prompts.load())
        registry = registries.get(config.pricing, cell, lambda it: load_pricing(it.config.pricing))
        plans.append(
            Plan(
                cell=cell,
                run_id=str(uuid.uuid4()),
                samples=drawn_from,
                digest=digest(drawn_from),
                draws=draw(drawn_from, config.n, config.repeats, config.seed),
                provider=provider,
                cost_tracker=CostTracker(registry),
            )
        )
    return plans


class _Once:
    """Makes one value for all configs that are equal."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def get(self, node: Mapping[str, Any], cell: Cell, make: Callable[[Cell], Any]) -> Any:
        key = _key(node)
        if key not in self._made:
            self._made[key] = make(cell)
        return self._made[key]


def _key(node: Mapping[str, Any]) -> str:
    return json.dumps(node, sort_keys=True, default=str)


def _refuse_mixed_stores(cells: Sequence[Cell]) -> None:
    for group in ("metrics_db", "tracking"):
        if len({_key(cell.resolved[group]) for cell in cells}) > 1:
            raise ConfigError(f"{group} differs between the cells of one sweep: give one for all of them")


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(f"output folder {folder} cannot be made: {error.strerror}; choose another") from None
    if not os.access(folder, os.W_OK):
        raise ReportError(f"output folder {folder} cannot be written: choose another with hydra.run.dir=...")
