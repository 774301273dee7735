"""``gencost report``: one HTML page."""

from __future__ import annotations

import argparse
from pathlib import Path

from gencost.commands.compare import compared
from gencost.commands.output import PAGES, check_folder, check_form
from gencost.commands.selection import opened_db
from gencost.errors import ReportError
from gencost.process.exit_codes import OK
from gencost.report.html.page import write_page
from gencost.report.html.report_data import background
from gencost.report.say import attempted
from gencost.text.counted import counted
from gencost.tracking.policy_overview import quick_section


def run(given: argparse.Namespace) -> int:
    """Write the page of the chosen cells."""
    check_folder(given.output)
    check_form(given.output, "-o", PAGES)
    path = Path(given.output)
    if path.is_dir():
        raise ReportError(f"-o {path}: is a folder; name a file in it, e.g. {path / 'report.html'}")
    with opened_db(given) as engine:
        comparison = compared(engine, given)
        section = attempted("the section on policies", lambda: quick_section(engine, comparison))
        write_page(comparison, background(engine, comparison), path, section)
    cells = len(comparison.cells)
    print(f"{path}: {counted(cells, 'cell')}, {path.stat().st_size / 1000:,.0f} kB; open it in a browser")  # noqa: T201 - a command
    return OK
