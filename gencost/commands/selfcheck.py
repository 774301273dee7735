"""``gencost selfcheck``."""

from __future__ import annotations

import argparse

from gencost.commands.arguments import Commands
from gencost.exit_codes import OK


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    one = commands.add_parser(
        "selfcheck", help="how true latencies are on this machine: the engine against a server that knows its times"
    )
    one.add_argument("--service-ms", type=float, nargs="+", default=[50.0, 100.0], help="true latencies to try")
    one.add_argument("--in-flight", type=int, nargs="+", default=[1, 16, 64, 256], help="calls at once to try")
    one.add_argument("-n", type=int, default=4000, help="most calls of one line")
    one.set_defaults(command=_selfcheck)


def _selfcheck(given: argparse.Namespace) -> int:
    from gencost.report.console import make_console  # noqa: PLC0415 - no part of --help
    from gencost.selfcheck.check import selfcheck  # noqa: PLC0415

    selfcheck(given.service_ms, given.in_flight, given.n, make_console())
    return OK
