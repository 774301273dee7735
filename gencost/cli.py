"""The command ``gencost``: what is done with recorded calls, and with this machine."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from dotenv import load_dotenv

from gencost.errors import UserError

OK, USER_ERROR = 0, 2

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code; a mistake of the user's is one line and exit code 2."""
    load_dotenv(Path.cwd() / ".env")
    given = parser().parse_args(arguments)
    command: Command = given.command
    try:
        code = command(given)
    except UserError as error:
        print(f"gencost: {error}", file=sys.stderr)  # noqa: T201 - a door
        code = USER_ERROR
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def parser() -> argparse.ArgumentParser:
    """Describe every command."""
    top = argparse.ArgumentParser(prog="gencost", description="Look at recorded calls; make them with gencost.run.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _selfcheck(commands)
    return top


def _selfcheck(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    one = commands.add_parser(
        "selfcheck", help="how true latencies are on this machine: the engine against a server that knows its times"
    )
    one.add_argument("--service-ms", type=float, nargs="+", default=[50.0, 100.0], help="true latencies to try")
    one.add_argument("--in-flight", type=int, nargs="+", default=[1, 16, 64, 256], help="calls at once to try")
    one.add_argument("-n", type=int, default=4000, help="most calls of one line")

    def run(given: argparse.Namespace) -> int:
        from gencost.report.console import make_console  # noqa: PLC0415 - no part of --help
        from gencost.selfcheck import selfcheck  # noqa: PLC0415

        selfcheck(given.service_ms, given.in_flight, given.n, make_console())
        return OK

    one.set_defaults(command=run)
