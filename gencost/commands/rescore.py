"""``gencost rescore``: score recorded answers without asking again."""

from __future__ import annotations

import argparse
import re

from gencost.commands.selection import chosen_runs, opened_db
from gencost.config.cell import compose_cell
from gencost.errors import ConfigError
from gencost.process.exit_codes import FAILED, INTERRUPTED, OK, OVER_BUDGET
from gencost.report.console import make_console
from gencost.sweep.rescoring import Rescoring

_ROOTS = ("quality", "reading", "score", "scoring", "budget", "limits", "retry", "pricing")


def run(given: argparse.Namespace) -> int:
    """Score the chosen answers.

    Returns:
        The exit code: 1 if a scorer failed on every answer, 3 if the budget left answers out, 130 after Ctrl-C.
    """
    # What follows --run ID ... is taken for ids, too, but no id has an equals sign.
    overrides = [*given.overrides, *(word for word in given.run or () if "=" in word)]
    given.run = [word for word in given.run or () if "=" not in word]
    check_overrides(overrides)
    cell = compose_cell(overrides, given.config_dir)
    console = make_console()
    with opened_db(given) as engine:
        rescoring = Rescoring(cell=cell, engine=engine, run_ids=chosen_runs(engine, given), force=given.force)
        ends, interrupted = rescoring.run(console)
    for end in ends:
        console.print(end.line(), style="red" if end.failed else None, markup=False, highlight=False, soft_wrap=True)
    if interrupted:
        return INTERRUPTED
    if any(end.failed for end in ends):
        return FAILED
    return OVER_BUDGET if any(end.skipped for end in ends) else OK


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
