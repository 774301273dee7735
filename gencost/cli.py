"""The command ``gencost``: what is done with recorded calls, and with this machine."""

from __future__ import annotations

import argparse
import gc
import os
import pkgutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from gencost.process.stopping import leave_at_once, stop_alike

if Path(sys.argv[0]).stem == "gencost":
    leave_at_once()  # before what takes its time to import

from gencost.commands.parsers import parser
from gencost.commands.words import read_words
from gencost.config.working_folder import load_env_file, see_own_modules
from gencost.errors import GenCostError, UserError
from gencost.process.exit_codes import FAILED, INTERRUPTED, USER_ERROR
from gencost.process.imports import light
from gencost.process.waiting import shown_enough, wait_for
from gencost.text.safe import for_terminal

Command = Callable[[argparse.Namespace], int]

_OBJECTS = 50_000  # new objects, before garbage is collected
# The commands that write, or run scorers and policies of the user.
_WRITING = tuple(
    f"gencost.commands.{name}" for name in ("import_", "mlflow", "policy", "reread", "rescore", "selfcheck")
)
_WITH_USERS_CODE = ("gencost.commands.audit", "gencost.commands.policy", "gencost.commands.rescore")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code; a mistake of the user's is one line and exit code 2."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["run"]:
        _run(words[1:])
    leave_at_once()
    try:
        see_own_modules()
        load_env_file()
        code = _carried_out(words)
    except UserError as error:
        print(for_terminal(f"gencost: {error}"), file=sys.stderr)  # noqa: T201 - a door
        code = USER_ERROR
    except GenCostError as error:
        print(for_terminal(f"gencost: {error}"), file=sys.stderr)  # noqa: T201 - a door
        code = FAILED
    except BrokenPipeError:  # ``| head`` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = FAILED
    except OSError as error:
        print(for_terminal(f"gencost: {error}"), file=sys.stderr)  # noqa: T201 - a door
        code = FAILED
    except KeyboardInterrupt:
        code = INTERRUPTED
    finally:
        stop_alike()
    sys.exit(code)


def _carried_out(words: Sequence[str]) -> int:
    given = read_words(parser(), words)
    wait_for("reading what is recorded")
    command = _loaded(given.command)
    shown_enough()
    if given.command.startswith(_WRITING):  # the others leave nothing half done
        stop_alike()
    return command(given)


def _loaded(name: str) -> Command:
    """Import a command; the rows that it reads hold no cycles, so that they are looked through rarely."""
    with light(arrow=name.startswith(_WITH_USERS_CODE)):
        command: Command = pkgutil.resolve_name(name)
    gc.set_threshold(_OBJECTS)
    return command


def _run(words: Sequence[str]) -> NoReturn:
    """Hand over to ``python -m gencost.run``, which reads the command line itself."""
    leave_at_once()  # before what takes its time to import
    pkgutil.resolve_name("gencost.config.menu:show_help_alone")(words)
    wait_for("reading the configuration")
    sys.argv = [str(Path(sys.argv[0]).with_name("gencost-run")), *words]
    pkgutil.resolve_name("gencost.run:main")()
    raise AssertionError("gencost.run exits")
