"""The command ``gencost``: what is done with recorded calls, and with this machine."""

from __future__ import annotations

import argparse
import os
import pkgutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from dotenv import load_dotenv

from gencost.commands.parsers import parser
from gencost.errors import GenCostError, UserError
from gencost.exit_codes import FAILED, INTERRUPTED, USER_ERROR
from gencost.paths import see_own_modules
from gencost.text import for_terminal

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code; a mistake of the user's is one line and exit code 2."""
    load_dotenv(Path.cwd() / ".env")
    see_own_modules()
    given = parser().parse_args(arguments)
    try:
        command: Command = pkgutil.resolve_name(given.command)
        code = command(given)
    except UserError as error:
        print(for_terminal(f"gencost: {error}"), file=sys.stderr)  # noqa: T201 - a door
        code = USER_ERROR
    except GenCostError as error:
        print(for_terminal(f"gencost: {error}"), file=sys.stderr)  # noqa: T201 - a door
        code = FAILED
    except BrokenPipeError:  # as after ``| head``: whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = FAILED
    except OSError as error:
        print(for_terminal(f"gencost: {error}"), file=sys.stderr)  # noqa: T201 - a door
        code = FAILED
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)
