"""The working folder: keys and addresses in its ``.env``, which a shell did not set, and classes of the user's own."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from dotenv import load_dotenv
from dotenv.parser import parse_stream

from gencost.errors import ConfigError, UserError


def load_env_file() -> None:
    """Set what ``.env`` gives and the environment lacks; a line that cannot be read is named and left out.

    Raises:
        ConfigError: the file is there and cannot be read.
    """
    path = Path.cwd() / ".env"
    if not (path.is_file() or path.is_fifo()):  # password managers provide it as a pipe
        return
    try:
        text = path.read_text(encoding="utf-8-sig")  # drop a byte order mark, as editors on Windows write it
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}: make it readable, or take it away") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: it is not UTF-8: save it as such") from None
    bindings = list(parse_stream(io.StringIO(text)))
    for binding in bindings:
        if binding.error:
            line = f"{path} line {binding.original.line}: left out, as it cannot be read: write NAME=value"
            print(f"gencost: {line}", file=sys.stderr)  # noqa: T201 - a door
    load_dotenv(stream=io.StringIO("".join(binding.original.string for binding in bindings if not binding.error)))


def see_own_modules() -> None:
    """Let the user's classes be imported from the working folder, as by ``python -m``; console scripts do not.

    Raises:
        UserError: somebody has deleted that folder.
    """
    try:
        folder = str(Path.cwd())
    except FileNotFoundError:
        raise UserError("the working folder is deleted: change to another one") from None
    if folder not in sys.path and "" not in sys.path:
        sys.path.append(folder)
