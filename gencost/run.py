"""The Hydra door: ``python -m gencost.run``; a mistake of the user's is one line and exit code 2, never a traceback."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NoReturn

from gencost.config.menu import show_help_alone
from gencost.process.stopping import leave_at_once, stop_alike
from gencost.process.waiting import shown_enough, wait_for

if __name__ == "__main__" or Path(sys.argv[0]).stem == "gencost-run":
    gc.disable()  # until there are calls: what is imported and composed stays
    leave_at_once()  # before what takes its time to import
    show_help_alone(sys.argv[1:])
    wait_for("reading the configuration")

import hydra
import yaml
from hydra._internal.utils import get_args_parser
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

import gencost
from gencost.commands.parsers import parser as commands
from gencost.commands.words import leaves
from gencost.config.cell import register
from gencost.config.command_line import check_words, unknown_option
from gencost.config.menu_files import check_own_files
from gencost.config.sweep_base import leave_keys_to_cells
from gencost.config.working_folder import load_env_file, see_own_modules
from gencost.errors import ConfigError, ObjectiveError, UserError
from gencost.paths import conf_dir
from gencost.pricing import load_pricing
from gencost.process.exit_codes import FAILED
from gencost.sweep.command import cell, collect, command_line
from gencost.sweep.launchers import adopt_launchers

_FULL_ERROR = "HYDRA_FULL_ERROR"


def job(cfg: DictConfig) -> None:
    """Run one cell: what Hydra calls without ``--multirun``."""
    try:
        command_line.run([cell(collect(cfg))])
    except UserError as error:
        command_line.fail(error)


def main() -> None:
    """Run the command line and exit: 0 ok, 1 a cell failed, 2 the user's mistake, 3 over budget, 130 interrupted."""
    leave_at_once()
    register()
    debug = os.environ.get(_FULL_ERROR) == "1"
    os.environ[_FULL_ERROR] = "1"  # Hydra then raises what it would otherwise print over many lines
    try:
        see_own_modules()
        load_env_file()
        sys.argv[1:] = with_multirun(sys.argv[1:])
        adopt_launchers()
        leave_keys_to_cells(multirun=_parse(sys.argv[1:]).multirun)
        if _only_shows(sys.argv[1:]):
            shown_enough()
            logging.raiseExceptions = False  # as after ``| head``: whoever reads has seen enough
        _hydra_main()
    except (UserError, HydraException, OmegaConfBaseException, OSError) as error:
        if debug:
            raise
        command_line.fail(error)
    except ObjectiveError as error:
        command_line.fail(error, FAILED)
    except KeyboardInterrupt:
        command_line.interrupt()
    finally:
        stop_alike()
        _close()
    sys.exit(command_line.exit_code)


def _close() -> None:
    """End the sweep; Ctrl-C while it is compared leaves at once, with all that is recorded."""
    try:
        command_line.close()
    except KeyboardInterrupt:
        leave_at_once()
        command_line.interrupt()


def _only_shows(arguments: Sequence[str]) -> bool:
    """Whether Hydra shows something by itself, instead of running cells."""
    options = _parse(arguments)
    return any((options.help, options.hydra_help, options.cfg, options.info, options.shell_completion))


def _hydra_main() -> None:
    hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")(job)()


def with_multirun(arguments: Sequence[str]) -> list[str]:
    """Arrange the command line as Hydra's parser wants it: options before overrides.

    ``-m`` is added where the chosen experiment declares a sweep, so that its name is all the user has to type.

    Args:
        arguments: of the command line, in any order; may be empty.

    Raises:
        ConfigError: an option does not exist, lacks its value or contradicts another, or a file of ``--config-dir``
            would not be used.
        PricingError: a price list there holds what is not a price.
    """
    options = _parse(arguments)
    overrides = list(options.overrides)
    folders = [] if options.config_dir is None else [Path(options.config_dir)]
    if not (options.help or options.hydra_help or options.shell_completion):
        check_words(overrides, _command_words())
        for folder in folders:
            check_own_files(folder)
            _check_prices(folder / "pricing", overrides)
    ordered = [*(argument for argument in arguments if argument not in overrides), *overrides]
    if any((options.multirun, options.run, options.help, options.cfg, options.info, options.shell_completion)):
        return ordered
    names = [
        a.removeprefix("+").removeprefix("experiment=") for a in overrides if a.lstrip("+").startswith("experiment=")
    ]
    declared = any(
        _declares_sweep(folder / "experiment" / f"{n}.yaml") for folder in (*folders, conf_dir()) for n in names
    )
    return ["-m", *ordered] if declared else ordered


@cache
def _command_words() -> list[str]:
    """Return the first words of the commands of ``gencost``."""
    return [words.partition(" ")[0] for words, _ in leaves(commands())]


def _check_prices(folder: Path, overrides: Sequence[str]) -> None:
    """Read the user's price lists as they are written: Hydra turns ``010`` into 8 before GenCost sees it.

    Raises:
        PricingError: one holds what is not a price.
    """
    for override in overrides:
        if override.startswith("pricing="):
            for name in override.removeprefix("pricing=").split(","):
                path = folder / f"{name}.yaml"
                if path.is_file():
                    load_pricing(path)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read Hydra's own options, which may stand between overrides here."""
    parser = get_args_parser()
    parser.error = _refuse  # type: ignore[method-assign]  # argparse would print its usage over many lines
    for action in parser._actions:
        if "--version" in action.option_strings:
            action.version = f"gencost {gencost.__version__}, {action.version}"  # type: ignore[attr-defined]
    known = [name for action in parser._actions for name in action.option_strings]
    options, unknown = parser.parse_known_intermixed_args(list(arguments))
    if unknown:
        _refuse(unknown_option(unknown[0], known))
    modes = {"--run": options.run, "--multirun": options.multirun, "--cfg": options.cfg, "--info": options.info}
    asked = [name for name, value in {**modes, "--shell-completion": options.shell_completion}.items() if value]
    if options.experimental_rerun:
        _refuse("--experimental-rerun: there is nothing to run again from: type the command, with resume=true to go on")
    if len(asked) > 1:
        _refuse(f"{' and '.join(asked)} exclude each other: leave one out")
    return options


def _refuse(message: str) -> NoReturn:
    raise ConfigError(message if message.endswith("--help") else f"{message}; see --help")


def _declares_sweep(path: Path) -> bool:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return False  # Hydra says what is wrong with it, or that it is not there
    for key in ("hydra", "sweeper", "params"):
        content = content.get(key) if isinstance(content, dict) else None
    return bool(content)


if __name__ == "__main__":
    main()
