"""Hydra finds launchers only in this namespace: the default one, which runs all cells interleaved in one process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gencost.sweep.command import command_line
from gencost.sweep.launchers import JobsLauncher as _JobsLauncher
from gencost.sweep.launchers import SweepLauncher as _SweepLauncher

if TYPE_CHECKING:
    from gencost.config.cell import Cell
    from gencost.sweep.cell_run import CellEnd


class InterleavedLauncher(_SweepLauncher):
    """Runs every cell of a batch in one event loop, their calls interleaved."""

    def run(self, cells: Sequence[Cell], job_overrides: Sequence[Sequence[str]], number: int) -> Sequence[CellEnd]:  # noqa: ARG002
        """Run the cells in this process."""
        return command_line.run(cells)


class JobsLauncher(_JobsLauncher):
    """Lets another launcher run each cell, see ``gencost.sweep.launchers``."""
