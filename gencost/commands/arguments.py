"""Arguments that several commands share."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from gencost.errors import MetricsDBError, ReportError

if TYPE_CHECKING:
    from gencost.metrics_db import Engine

Commands = argparse._SubParsersAction  # argparse has no public name for it

_SHORTEST = 4


def with_db(command: argparse.ArgumentParser) -> None:
    """Let a command choose its metrics DB."""
    command.add_argument("--db", metavar="URL", help="default: LLMOPT_DB_URL, else sqlite:///llmopt_stage1.sqlite")


def with_runs(command: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    """Let a command choose its runs; the default is what the last command recorded.

    Returns:
        The group of choices, for more of them.
    """
    group = command.add_argument_group("which calls; default: what the last command recorded")
    which = group.add_mutually_exclusive_group()
    which.add_argument("--sweep", metavar="ID", help="the cells of this sweep; its first characters will do")
    which.add_argument("--run", metavar="ID", nargs="+", help="these runs; their first characters will do")
    return which


def with_ids(command: argparse.ArgumentParser) -> None:
    """Let a command choose its cells, across sweeps and days; the default is the last command."""
    command.add_argument(
        "ids",
        metavar="SWEEP|RUN",
        nargs="*",
        help="sweeps and runs, mixed; first characters will do; default: what the last command ran",
    )


def named_ids(engine: Engine, given: argparse.Namespace) -> list[str]:
    """Find the run ids of the chosen cells.

    Raises:
        MetricsDBError: there are none, or an id is not unique.
    """
    from gencost.analysis.runs import last_command, named_runs  # noqa: PLC0415 - pandas

    found = named_runs(engine, given.ids) if given.ids else last_command(engine)
    if not found:
        raise MetricsDBError("the metrics DB has no run yet: make one with python -m gencost.run")
    return found


def write(path: str, text: str, flag: str) -> None:
    """Write a file that the user named.

    Raises:
        ReportError: it cannot be written.
    """
    from pathlib import Path  # noqa: PLC0415 - no part of --help

    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReportError(f"{flag} {path}: cannot be written: {error.strerror}") from None


def open_db(given: argparse.Namespace) -> Engine:
    """Open a metrics DB that is there.

    Raises:
        MetricsDBError: it cannot be opened, or its file does not exist.
    """
    from pathlib import Path  # noqa: PLC0415 - no part of --help

    from gencost.metrics_db import db_url, init_db  # noqa: PLC0415

    url = db_url(given.db)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        raise MetricsDBError(f"metrics DB {url.database} does not exist: name another with --db or LLMOPT_DB_URL")
    return init_db(given.db)


def chosen_runs(engine: Engine, given: argparse.Namespace) -> list[str]:
    """Find the ids of the chosen runs.

    Raises:
        MetricsDBError: there are none, or an id is not unique.
    """
    from gencost.analysis.runs import last_command, matching_runs  # noqa: PLC0415 - pandas

    for start in [*(given.run or []), *([] if given.sweep is None else [given.sweep])]:
        if len(start) < _SHORTEST:
            raise MetricsDBError(f"{start!r}: give at least {_SHORTEST} characters of the id")
    if given.run:
        found = [run_id for start in given.run for run_id in matching_runs(engine, run=start)]
        return list(dict.fromkeys(found))
    found = last_command(engine) if given.sweep is None else matching_runs(engine, sweep=given.sweep)
    if not found:
        raise MetricsDBError("the metrics DB has no run yet: make one with python -m gencost.run")
    return found
