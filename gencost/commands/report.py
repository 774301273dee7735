"""``gencost report``."""

from __future__ import annotations

import argparse

from gencost.commands.arguments import Commands, open_db, with_db, with_ids
from gencost.commands.compare import compared, with_criteria
from gencost.errors import ReportError
from gencost.exit_codes import OK


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    what = "one HTML page: the decision, tables, figures, and texts side by side; it needs no network"
    one = commands.add_parser("report", help=what, description=what)
    with_ids(one)
    one.add_argument("-o", "--output", metavar="FILE", default="report.html", help="default: report.html")
    with_criteria(one)
    with_db(one)
    one.set_defaults(command=_report)


def _report(given: argparse.Namespace) -> int:
    from pathlib import Path  # noqa: PLC0415 - no part of --help

    from gencost.report.page import write_page  # noqa: PLC0415
    from gencost.report.report_data import background  # noqa: PLC0415 - pandas

    path = Path(given.output)
    if not path.absolute().parent.is_dir():
        raise ReportError(f"-o {path}: its folder does not exist; make it first")
    if path.is_dir():
        raise ReportError(f"-o {path}: is a folder; name a file in it, e.g. {path / 'report.html'}")
    engine = open_db(given)
    comparison = compared(engine, given)
    write_page(comparison, background(engine, comparison), path)
    cells = len(comparison.cells)
    print(f"{path}: {cells:,} cell{'s' * (cells > 1)}, {path.stat().st_size / 1000:,.0f} kB; open it in a browser")  # noqa: T201 - a command
    return OK
