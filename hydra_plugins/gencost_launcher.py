"""Hydra finds launchers only in this namespace: the default one, which runs all cells interleaved in one process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn, run_job
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict


class InterleavedLauncher(Launcher):
    """Composes and checks every cell before the first call of any, then runs them all in one event loop."""

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:  # noqa: ARG002
        """Keep what Hydra gives; the task function is not needed, cells are collected and run together."""
        from gencost.run import session  # noqa: PLC0415 - see launch

        self.context = hydra_context
        self.config = config
        self.sweep_dir = Path(config.hydra.sweep.dir).absolute()
        session.folders.append(self.sweep_dir)

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run one batch of cells.

        Args:
            job_overrides: the overrides of each cell.
            initial_job_idx: the number of the first.

        Returns:
            One result a cell; its value is what the cell's objectives came to.
        """
        # Hydra imports this module for every command, --help too.
        from gencost.run import cell, session  # noqa: PLC0415

        jobs = [self._collect(list(o), initial_job_idx + i) for i, o in enumerate(job_overrides)]
        cells = [cell(job.return_value) for job in jobs]
        (self.sweep_dir / "multirun.yaml").unlink(missing_ok=True)  # it holds passwords unmasked
        session.run(cells, sweep_dir=self.sweep_dir)
        for job in jobs:
            job.return_value = None
        return jobs

    def _collect(self, overrides: list[str], number: int) -> JobReturn:
        from gencost.run import collect  # noqa: PLC0415 - see launch

        config: Any = self.context.config_loader.load_sweep_config(self.config, overrides)
        with open_dict(config):
            config.hydra.job.id = str(number)
            config.hydra.job.num = number
        return run_job(
            hydra_context=self.context,
            task_function=collect,
            config=config,
            job_dir_key="hydra.sweep.dir",
            job_subdir_key="hydra.sweep.subdir",
        )
