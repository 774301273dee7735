"""``gencost audit``."""

from __future__ import annotations

import argparse

from gencost.commands.arguments import Commands, chosen_runs, open_db, with_db, with_runs
from gencost.errors import MetricsDBError
from gencost.exit_codes import FAILED, OK

_SHOWN = 50


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    what = "recompute every figure of one call, of some runs or of the whole DB; exit code 1 if one is not reproduced"
    one = commands.add_parser("audit", help=what, description=what)
    one.add_argument("request", nargs="?", metavar="REQUEST_ID", help="its first characters will do")
    one.add_argument("--all", action="store_true", help="every call of the metrics DB")
    with_runs(one)
    with_db(one)
    one.set_defaults(command=_audit)


def _audit(given: argparse.Namespace) -> int:
    from gencost.audit.check import audit  # noqa: PLC0415 - no part of --help
    from gencost.audit.page import show_request  # noqa: PLC0415
    from gencost.report.console import make_console  # noqa: PLC0415

    if sum([given.request is not None, given.all, given.run is not None, given.sweep is not None]) > 1:
        raise MetricsDBError("audit: name one call, or runs, or --all, not several of them")
    engine, console = open_db(given), make_console()
    if given.request is not None:
        return OK if show_request(engine, given.request, console) else FAILED
    found = audit(engine, None if given.all else chosen_runs(engine, given))
    for request_id, verdict in found.failures[:_SHOWN]:
        line = f"{request_id}  {verdict.figure}: recorded {verdict.recorded}, recomputed {verdict.recomputed}"
        console.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
    if len(found.failures) > _SHOWN:
        console.print(f"... and {len(found.failures) - _SHOWN:,} more", style="red")
    for figure, count in found.not_recomputed.items():
        console.print(f"{figure}: {count:,} cannot be recomputed from what is recorded", highlight=False)
    console.print(
        f"{found.requests:,} requests: {found.figures:,} figures reproduced, {len(found.failures):,} not",
        highlight=False,
    )
    return FAILED if found.failures else OK
