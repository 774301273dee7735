"""The command ``gencost``: what is done with recorded calls, and with this machine."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from dotenv import load_dotenv

from gencost.commands import audit, compare, mlflow, prices, report, rescore, selfcheck
from gencost.errors import UserError
from gencost.exit_codes import INTERRUPTED, USER_ERROR

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
        code = INTERRUPTED
    sys.exit(code)


def parser() -> argparse.ArgumentParser:
    """Describe every command."""
    top = argparse.ArgumentParser(
        prog="gencost", description="Look at recorded calls. Make them with python -m gencost.run."
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for group in (compare, report, audit, prices, mlflow, selfcheck, rescore):
        group.add(commands)
    return top
