"""The part of the command line that is about any calls, whoever made them: import and bill."""

from __future__ import annotations

import argparse

from gencost.commands.options import AS_RECORDED, FORMATS, with_db, with_output, with_runs
from gencost.commands.words import CommandParser as Parser

Commands = argparse._SubParsersAction  # argparse has no public name for it


def bill(commands: Commands[Parser]) -> None:
    """Describe ``gencost bill``."""
    what = "what recorded calls cost, whoever made them: calls, tokens, cost, latency and errors by any keys"
    billing = commands.add_parser("bill", help=what, description=what)
    billing.add_argument(
        "--by",
        metavar="KEY,...",
        nargs="+",
        action="extend",
        default=[],
        help="site, provider, model, hour, day, week, month, run, name, cell, sweep, session, user, source, role, "
        "category, status, tag.NAME, ...; default: one row",
    )
    billing.add_argument("--since", metavar="WHEN", help="only later calls: 30d or 12h ago, 2026-11-01, an ISO time")
    with_output(billing, FORMATS)
    billing.add_argument("--as-recorded", action="store_true", help=AS_RECORDED)
    with_runs(billing, "every call")
    with_db(billing)
    billing.set_defaults(command="gencost.commands.bill:run")


def importing(commands: Commands[Parser]) -> None:
    """Describe ``gencost import``."""
    what = "the calls of another tool's log: billed exactly, at the price of their day; importing again changes nothing"
    imported = commands.add_parser("import", help=what, description=what)
    imported.add_argument("source", metavar="SOURCE", help="a file of conf/source: litellm, otlp, openai_batch, ...")
    imported.add_argument(
        "paths",
        nargs="+",
        metavar="PATH|KEY=VALUE",
        help="files, folders, or a URL; texts=hash|keep|drop, redact=[email,...], on_bad_line=skip|fail, "
        "map.FACT=FIELD, at=DATE, pricing=NAME",
    )
    imported.add_argument("--config-dir", metavar="DIR", help="a folder of your own beside conf/")
    with_db(imported)
    imported.set_defaults(command="gencost.commands.import_:run")
