"""One command line: its sweep, its exit code, and whose mistake ended it."""

from __future__ import annotations

import gc
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from gencost.config.cell import Cell, to_cell
from gencost.config.errors import one_line
from gencost.config.own_classes import told_of_own
from gencost.errors import UserError
from gencost.masking import masked_overrides
from gencost.process.exit_codes import FAILED, INTERRUPTED, OK, OVER_BUDGET, USER_ERROR
from gencost.process.stopping import stop_alike
from gencost.process.waiting import shown_enough
from gencost.text.safe import for_terminal

if TYPE_CHECKING:
    from gencost.sweep.cell_run import CellEnd
    from gencost.sweep.sweep import Sweep

# Tell the process of a job which sweep it is part of, and up to when it draws from traffic.
SWEEP_VARIABLE, UNTIL_VARIABLE = "GENCOST_SWEEP_ID", "GENCOST_DRAWN_UNTIL"

_CODES = {"finished": OK, "failed": FAILED, "over_budget": OVER_BUDGET, "interrupted": INTERRUPTED}

# The database and statistics packages are not part of --help: they are imported where they are used.


class CommandLine:
    """The state of one command line.

    Attributes:
        exit_code: the worst yet.
        sweep: the multirun under way; None for a single run.
        folders: output folders made for it, removed again if nothing is run.
        drawn_until: the moment up to which its cells draw from traffic; None if none does.
    """

    def __init__(self) -> None:
        self.exit_code = OK
        self.sweep: Sweep | None = None
        self.folders: list[Path] = []
        self.drawn_until: str | None = None

    def begin_sweep(self, output_dir: Path, launcher: str) -> None:
        """Make ready for a multirun.

        Args:
            output_dir: for what is made of all its cells.
            launcher: Hydra's.
        """
        from gencost.sweep.sweep import Sweep  # noqa: PLC0415

        if self.sweep is None:
            self.sweep = Sweep(output_dir=output_dir, command=command(), launcher=launcher)

    def drawn(self, cells: Sequence[Cell]) -> list[Cell]:
        """Let all cells of the command, of every batch, draw from the same traffic."""
        from gencost.sweep.drawn_until import drawn_at_one_moment, until_of  # noqa: PLC0415

        cells = drawn_at_one_moment(cells, self.drawn_until)
        self.drawn_until = self.drawn_until or until_of(cells)
        return cells

    def run(self, cells: Sequence[Cell]) -> list[CellEnd]:
        """Run cells of this command line in this process, and remember how they ended."""
        from gencost.sweep.flow import run_cells  # noqa: PLC0415

        stop_alike()
        shown_enough()
        _collect_from_here()
        with told_of_own():
            ends = run_cells(self.drawn(cells), self.sweep)
        return self._remember(ends)

    def run_jobs(self, cells: Sequence[Cell], launch: Callable[[str], Sequence[CellEnd | None]]) -> list[CellEnd]:
        """Let other processes run cells of a multirun, and remember how they ended.

        Args:
            cells: of this command line.
            launch: given the id of the sweep, starts a process a cell and waits for them.
        """
        from gencost.report.say import say  # noqa: PLC0415
        from gencost.sweep.jobs import Jobs  # noqa: PLC0415

        stop_alike()
        shown_enough()
        _collect_from_here()
        jobs = Jobs.open(cells, self.sweep) if self.sweep is not None else None
        if jobs is None:
            return self._remember([])
        ends: Sequence[CellEnd | None] = [None] * len(cells)
        interrupted = False
        try:
            with jobs.watched():
                ends = launch(jobs.sweep.sweep_id)
        except KeyboardInterrupt:
            interrupted = True
        except Exception as error:  # noqa: BLE001 - a door: whatever an engine raises, the cells are looked after
            say(f"hydra/launcher: {' '.join(str(error).split())[:300]}", bad=True)
        return self._remember(jobs.gather(ends, interrupted=interrupted))

    def _remember(self, ends: list[CellEnd]) -> list[CellEnd]:
        self.folders.clear()
        self.exit_code = max([self.exit_code, *(_CODES[end.status] for end in ends)])
        if self.exit_code == INTERRUPTED:
            raise KeyboardInterrupt
        return ends

    def fail(self, error: Exception, exit_code: int = USER_ERROR) -> None:
        """Tell the user what ended the command."""
        self.exit_code = exit_code
        if self.sweep is not None:
            self.sweep.ended(None, "failed")
        shown_enough()
        print(for_terminal(f"gencost: {one_line(error)}"), file=sys.stderr)  # noqa: T201 - a door

    def interrupt(self) -> None:
        """Remember that the user stopped it."""
        self.exit_code = INTERRUPTED
        if self.sweep is not None:
            self.sweep.ended(None, "interrupted")

    def close(self) -> None:
        """End the sweep, whatever became of it; remove the folders of a command that ran nothing."""
        if self.sweep is not None:
            self.sweep.close()
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)
            for parent in folder.parents:
                if parent == Path.cwd() or not _remove_empty(parent):
                    break


def _collect_from_here() -> None:
    """Collect garbage again, without looking through what was imported and composed."""
    gc.freeze()
    gc.enable()


def _remove_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:
        return False
    return True


command_line = CommandLine()


def collect(cfg: DictConfig) -> Cell | UserError:
    """Turn the config of the job that Hydra is at into a cell, without running it.

    Returns:
        The cell, or what is wrong with it: an exception here Hydra would print over many lines.
    """
    hydra_cfg = HydraConfig.get()
    output_dir = Path(hydra_cfg.runtime.output_dir)
    command_line.folders.append(output_dir)
    try:
        with told_of_own():
            return to_cell(cfg, _typed(hydra_cfg.overrides.task), output_dir)
    except UserError as error:
        return error


def _typed(overrides: Sequence[str]) -> list[str]:
    """The overrides, interpolations resolved; as typed where that fails, which the config then reports."""
    try:
        return list(overrides)
    except OmegaConfBaseException:
        return cast("list[str]", OmegaConf.to_container(overrides, resolve=False))


def cell(collected: Cell | UserError) -> Cell:
    """Return the cell, or raise the error that was found in it."""
    if isinstance(collected, UserError):
        raise collected
    return collected


def command() -> str:
    """The command line to type again, secrets masked."""
    return shlex.join(["python", "-m", "gencost.run", *masked_overrides(sys.argv[1:])])


def part(cfg: DictConfig) -> CellEnd:
    """Run one cell as a part of the sweep that ``GENCOST_SWEEP_ID`` names, in the process of another launcher.

    Returns:
        How it ended; whatever goes wrong is in it, as an exception may not survive the way back.
    """
    from gencost.config.cell import register  # noqa: PLC0415 - a fresh process
    from gencost.sweep.cell_run import CellEnd  # noqa: PLC0415
    from gencost.sweep.drawn_until import drawn_at_one_moment  # noqa: PLC0415
    from gencost.sweep.flow import run_cells  # noqa: PLC0415
    from gencost.sweep.sweep import SweepPart  # noqa: PLC0415

    os.chdir(HydraConfig.get().runtime.cwd)
    register()
    try:
        cells = drawn_at_one_moment([cell(collect(cfg))], os.environ.get(UNTIL_VARIABLE))
        (end,) = run_cells(cells, SweepPart(sweep_id=os.environ[SWEEP_VARIABLE]))
    except Exception as error:  # noqa: BLE001 - a door: told to the process of the sweep
        return CellEnd(run_id=None, status="failed", reason=one_line(error))
    if end.status == "interrupted" and command_line.sweep is not None:
        raise KeyboardInterrupt  # this is the process of the sweep, too: no further cell
    return end
