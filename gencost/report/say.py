"""Messages while cells run and when they are over; what fails here costs no call that is recorded."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TypeVar

from gencost.metrics_db.store import refusal
from gencost.report.console import make_console, sentence
from gencost.report.reason import reason

console = make_console()

T = TypeVar("T")


def say(line: str, *, bad: bool = False) -> None:
    """Say a sentence."""
    sentence(console, line, "red" if bad else None)


def show(line: str) -> None:
    """Show a path, a command or an address, which is never broken, so that it can be copied."""
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def now(what: str) -> None:
    """Say on a terminal what is being done after the last call."""
    if console.is_terminal:
        console.print(f"{what} ...", style="dim", highlight=False, markup=False)


def _say_missing(line: str, error: BaseException) -> None:
    say(line if refusal(error) else f"{line}; no recorded call is lost with it", bad=True)


_tell: ContextVar[Callable[[str, BaseException], object]] = ContextVar("tell", default=_say_missing)


def attempted(what: str, make: Callable[[], T]) -> T | None:
    """Make one of the things that follow the calls; where it fails, it fails alone, with one line.

    Args:
        what: names it in that line.
        make: makes it.

    Returns:
        What was made; None if it could not be.
    """
    try:
        return make()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the door of whatever is made when the calls are over
        _tell.get()(f"{what} failed: {explained(error)}", error)
        return None


@contextlib.contextmanager
def collected() -> Iterator[list[str]]:
    """Collect the lines of ``attempted`` instead of printing them."""
    lines: list[str] = []
    token = _tell.set(lambda line, _error: lines.append(line))
    try:
        yield lines
    finally:
        _tell.reset(token)


def explained(error: BaseException) -> str:
    """Say in one line what went wrong, with secrets masked; for an error in GenCost's own code also where."""
    return reason(error, refusal(error))
