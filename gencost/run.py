"""The Hydra door: ``python -m gencost.run``; a mistake of the user's is one line and exit code 2, never a traceback."""

from __future__ import annotations

import inspect
import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hydra
import yaml
from dotenv import load_dotenv
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from gencost.config import Cell, register, to_cell
from gencost.config_errors import one_line
from gencost.errors import UserError
from gencost.masking import masked_overrides
from gencost.paths import conf_dir

if TYPE_CHECKING:
    from gencost.experiment import Sweep

OK, FAILED, USER_ERROR, OVER_BUDGET, INTERRUPTED = 0, 1, 2, 3, 130
_FULL_ERROR = "HYDRA_FULL_ERROR"


class Session:
    """What one command line has come to so far.

    Attributes:
        exit_code: the worst yet.
        sweep: the multirun under way; None for a single run.
        folders: output folders made for it, removed again if nothing is run.
    """

    def __init__(self) -> None:
        self.exit_code = OK
        self.sweep: Sweep | None = None
        self.folders: list[Path] = []

    def run(self, cells: Sequence[Cell], sweep_dir: Path | None = None) -> None:
        """Run cells and remember how they ended.

        Args:
            cells: of this command line.
            sweep_dir: the sweep's output folder; None for a single run.
        """
        # The database and statistics packages are no part of --help.
        from gencost.experiment import Sweep, run_cells  # noqa: PLC0415

        if sweep_dir is not None and self.sweep is None:
            self.sweep = Sweep(output_dir=sweep_dir, command=command())
        statuses = run_cells(cells, self.sweep)
        self.folders.clear()
        codes = {"finished": OK, "failed": FAILED, "over_budget": OVER_BUDGET, "interrupted": INTERRUPTED}
        self.exit_code = max([self.exit_code, *(codes[status] for status in statuses)])
        if self.exit_code == INTERRUPTED:
            raise KeyboardInterrupt

    def fail(self, error: Exception) -> None:
        """Tell the user about a mistake of theirs."""
        self.exit_code = USER_ERROR
        print(f"gencost: {one_line(error)}", file=sys.stderr)  # noqa: T201 - a door

    def close(self) -> None:
        """End the sweep, whatever became of it; remove the folders of a command that ran nothing."""
        if self.sweep is not None:
            self.sweep.close()
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)
            for parent in folder.parents:
                if parent == Path.cwd() or not _remove_empty(parent):
                    break


def _remove_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:
        return False
    return True


session = Session()


def job(cfg: DictConfig) -> None:
    """Run one cell: what Hydra calls without ``--multirun``, and what its other launchers call for each cell."""
    try:
        session.run([cell(collect(cfg))])
    except UserError as error:
        session.fail(error)


def collect(cfg: DictConfig) -> Cell | UserError:
    """Turn the config of the job that Hydra is at into a cell, without running it.

    Returns:
        The cell, or what is wrong with it: an exception here Hydra would print over many lines.
    """
    hydra_cfg = HydraConfig.get()
    output_dir = Path(hydra_cfg.runtime.output_dir)
    session.folders.append(output_dir)
    try:
        return to_cell(cfg, list(hydra_cfg.overrides.task), output_dir)
    except UserError as error:
        return error


def cell(collected: Cell | UserError) -> Cell:
    """Give the cell, or raise what is wrong with it."""
    if isinstance(collected, UserError):
        raise collected
    return collected


def command() -> str:
    """The command line to type again, secrets masked."""
    return shlex.join(["python", "-m", "gencost.run", *masked_overrides(sys.argv[1:])])


def main() -> None:
    """Run the command line and exit: 0 ok, 1 a cell failed, 2 the user's mistake, 3 over budget, 130 interrupted."""
    load_dotenv(Path.cwd() / ".env")
    register()
    debug = os.environ.get(_FULL_ERROR) == "1"
    os.environ[_FULL_ERROR] = "1"  # Hydra then raises what it would otherwise print over many lines
    sys.argv[1:] = with_multirun(sys.argv[1:])
    try:
        _hydra_main()
    except (UserError, HydraException, OmegaConfBaseException, OSError) as error:
        if debug:
            raise
        session.fail(error)
    except KeyboardInterrupt:
        session.exit_code = INTERRUPTED
    finally:
        session.close()
    sys.exit(session.exit_code)


def _hydra_main() -> None:
    settings: dict[str, Any] = {"config_path": str(conf_dir()), "config_name": "config"}
    # Hydra 1.4 drops version_base and asks which packages a config may instantiate.
    if "version_base" in inspect.signature(hydra.main).parameters:
        settings["version_base"] = "1.3"
    hydra.main(**settings)(job)()


def with_multirun(arguments: Sequence[str]) -> list[str]:
    """Add ``-m`` where the chosen experiment declares a sweep, so that its name is all the user has to type.

    Args:
        arguments: of the command line.
    """
    done = {"-m", "--multirun", "-h", "--help", "-c", "--cfg", "-i", "--info"}
    if done & {argument.split("=")[0] for argument in arguments}:
        return list(arguments)
    names = [
        a.removeprefix("+").removeprefix("experiment=") for a in arguments if a.lstrip("+").startswith("experiment=")
    ]
    for folder in (*_config_dirs(arguments), conf_dir()):
        for name in names:
            path = folder / "experiment" / f"{name}.yaml"
            if path.is_file() and _declares_sweep(path):
                return ["-m", *arguments]
    return list(arguments)


def _config_dirs(arguments: Sequence[str]) -> list[Path]:
    following = zip(arguments, [*arguments[1:], ""], strict=True)
    return [
        Path(value if flag in {"--config-dir", "-cd"} else flag.partition("=")[2])
        for flag, value in following
        if flag in {"--config-dir", "-cd"} or flag.startswith("--config-dir=")
    ]


def _declares_sweep(path: Path) -> bool:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return False  # Hydra says what is wrong with it
    hydra_node = content.get("hydra") if isinstance(content, dict) else None
    return bool(((hydra_node or {}).get("sweeper") or {}).get("params"))


if __name__ == "__main__":
    # The launcher shares this module's session by its real name, not as `__main__`.
    from gencost.run import main as real_main

    real_main()
