"""``gencost bill``: what recorded calls cost, split by any keys."""

from __future__ import annotations

import argparse
import sys

from gencost.analysis.bills.bill import Billed
from gencost.analysis.bills.reading import read_bill
from gencost.commands.output import write_text
from gencost.commands.selection import chosen_runs, opened_db
from gencost.process.exit_codes import OK
from gencost.report.bill import bill_csv, bill_json, markdown_bill, print_bill
from gencost.report.console import make_console
from gencost.text.moments import moment


def run(given: argparse.Namespace) -> int:
    """Sum up the chosen calls, by default all of the metrics DB."""
    since = None if given.since is None else moment(given.since, "--since")
    by = [name for text in given.by for name in text.replace(" ", "").split(",") if name]
    with opened_db(given) as engine:
        run_ids = chosen_runs(engine, given) if given.run or given.sweep else None
        bill = read_bill(engine, by, Billed(run_ids=run_ids, since=since))
    if given.format == "table" and not given.output:
        print_bill(bill, make_console())
        return OK
    written = {"json": bill_json, "csv": bill_csv}.get(given.format, markdown_bill)(bill).rstrip("\n") + "\n"
    if given.output:
        write_text(given.output, written, "-o")
    else:
        sys.stdout.write(written)
    return OK
