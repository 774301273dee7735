"""``gencost power``: how many prompts it takes to see a difference in quality."""

from __future__ import annotations

import argparse

from gencost.analysis.results import read_results
from gencost.commands.selection import chosen_runs, opened_db
from gencost.errors import ConfigError
from gencost.process.exit_codes import OK
from gencost.report.console import make_console
from gencost.report.power import power_rows
from gencost.report.table import print_rows


def run(given: argparse.Namespace) -> int:
    """Print the number of prompts for each pair of cells."""
    with opened_db(given) as engine:
        results = read_results(engine, chosen_runs(engine, given))
    baseline = None if given.baseline is None else results.cell_named(given.baseline, "--baseline")
    titles, rows = power_rows(results, given.delta, given.level, baseline)
    if not rows:
        raise ConfigError("power holds two cells against each other, and here is one: name more with --sweep or --run")
    console = make_console()
    print_rows(titles, rows, console)
    title = (
        f"prompts to see a difference of {given.delta:g} in quality with probability {given.level:g}, two-sided at 5 %"
    )
    console.print(f"{title}; paired: asked of both; unpaired: different ones for each", style="dim", highlight=False)
    return OK
