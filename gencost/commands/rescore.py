"""``gencost rescore``."""

from __future__ import annotations

import argparse
import re

from gencost.commands.arguments import Commands, chosen_runs, open_db, with_db, with_runs
from gencost.errors import ConfigError
from gencost.exit_codes import FAILED, INTERRUPTED, OK, OVER_BUDGET

_ROOTS = ("quality", "score", "budget", "limits", "retry", "pricing")


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    one = commands.add_parser("rescore", help="score recorded answers again, or by other scorers, without asking again")
    one.add_argument(
        "overrides",
        nargs="*",
        metavar="KEY=VALUE",
        help="quality=[exact_match,judge] and its keys, score=, budget.usd=, limits.*=, retry.*=, pricing=",
    )
    one.add_argument("--force", action="store_true", help="replace scores of the same scorer and version")
    one.add_argument("--config-dir", metavar="DIR", help="a folder of your own beside conf/")
    with_runs(one)
    with_db(one)
    one.set_defaults(command=_rescore)


def _rescore(given: argparse.Namespace) -> int:
    from gencost.config.cell import compose_cell  # noqa: PLC0415 - no part of --help
    from gencost.report.console import make_console  # noqa: PLC0415
    from gencost.sweep.rescoring import Rescoring  # noqa: PLC0415

    # What follows --run ID ... is taken for ids, too, but no id has an equals sign.
    overrides = [*given.overrides, *(word for word in given.run or () if "=" in word)]
    given.run = [word for word in given.run or () if "=" not in word]
    check_overrides(overrides)
    cell = compose_cell(overrides, given.config_dir)
    engine, console = open_db(given), make_console()
    rescoring = Rescoring(cell=cell, engine=engine, run_ids=chosen_runs(engine, given), force=given.force)
    found, interrupted = rescoring.run(console)
    for one in found:
        console.print(one.line(), style="red" if one.error else None, markup=False, highlight=False, soft_wrap=True)
    if interrupted:
        return INTERRUPTED
    if any(one.error for one in found):
        return FAILED
    return OVER_BUDGET if any(one.skipped for one in found) else OK


def check_overrides(overrides: list[str]) -> None:
    """Refuse what would change nothing.

    Raises:
        ConfigError: an override is not about scores, or none names a scorer.
    """
    for override in overrides:
        root = re.split(r"[=.@/]", override.lstrip("+~"))[0]
        if root not in _ROOTS and "@quality." not in override:
            raise ConfigError(f"{override}: rescore asks no model anew; it takes {', '.join(_ROOTS)}")
    if not any(override.startswith("quality=") for override in overrides):
        raise ConfigError("rescore: name scorers, e.g. quality=[exact_match]")
