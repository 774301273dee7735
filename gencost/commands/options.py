"""Options that several commands of ``gencost`` share."""

from __future__ import annotations

import argparse
import contextlib
import math
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any

from gencost.commands.words import CommandParser as Parser

AS_RECORDED = "without what gencost reread --apply corrected"
FORMATS = ("table", "markdown", "json", "csv")
REFERENCE = "ids or first characters of them, last, last~1, names"
PRICING = "a registry like conf/pricing/default.yaml, or the name of one in conf/pricing; default: default"
_MOST_SEED = 2**32 - 1


def whole(text: str) -> int:
    """Read a whole number of 1 or more.

    Raises:
        argparse.ArgumentTypeError: it is another.
    """
    if not (text.isdecimal() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text!r}: give a whole number >= 1")
    return int(text)


def seed(text: str) -> int:
    """Read a seed, a whole number of 0 or more, as scikit-learn takes it.

    Raises:
        argparse.ArgumentTypeError: it is another.
    """
    if not text.isdecimal() or len(text) > 10 or int(text) > _MOST_SEED:
        raise argparse.ArgumentTypeError(f"{text[:40]!r}: give a whole number from 0 to {_MOST_SEED}")
    return int(text)


def above_zero(text: str) -> float:
    """Read a number above 0.

    Raises:
        argparse.ArgumentTypeError: it is another.
    """
    with contextlib.suppress(ValueError):
        if 0 < float(text) < math.inf:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r}: give a number > 0")


def any_number(text: str) -> float:
    """Read a number.

    Raises:
        argparse.ArgumentTypeError: it is not a number, or has a percent sign.
    """
    with contextlib.suppress(ValueError):
        return float(text)
    with contextlib.suppress(ValueError):
        raise argparse.ArgumentTypeError(f"{text!r}: give a number without a sign: {float(text.rstrip('% ')) / 100:g}")
    raise argparse.ArgumentTypeError(f"{text!r}: give a number, e.g. 0.05")


NULL = "null"  # as in the config: takes a recorded value away


def or_null(number: Callable[[str], float]) -> Callable[[str], float | str]:
    """Read a number, or ``null``, which removes the value of the recorded config.

    Args:
        number: reads a number, and refuses anything else.
    """

    def read(text: str) -> float | str:
        return NULL if text.strip().lower() in (NULL, "none") else number(text)

    return read


def with_db(command: Parser) -> None:
    """Let a command choose its metrics DB."""
    command.add_argument("--db", metavar="URL", help="default: LLMOPT_DB_URL, else sqlite:///llmopt_stage1.sqlite")


def with_output(command: Parser, formats: Sequence[str]) -> None:
    """Let a command write a file, in several forms."""
    command.add_argument(
        "--format", choices=formats, action=_Form, default="table", help="default: table, for the terminal"
    )
    endings = [ending for ending, form in _OF_ENDINGS.items() if form in formats]
    command.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        action=_ToFile,
        const=endings,
        help=f"write there instead of the terminal; {_listed(endings)} choose the form where --format does not",
    )


_OTHERS = {".html", ".htm", ".pdf", ".xlsx", ".parquet", ".xml", ".yaml", ".png"}  # what is written would be another
_OF_ENDINGS = {".csv": "csv", ".json": "json", ".md": "markdown"}


def _listed(endings: Sequence[str]) -> str:
    return f"{', '.join(endings[:-1])} and {endings[-1]}"


class _Form(argparse.Action):
    """The form of the output, which takes precedence over the ending of a file."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:  # noqa: ARG002 - argparse's own
        namespace.format, namespace.form_is_named = values, True


class _ToFile(argparse.Action):
    """A file to write, whose ending says in which form; ``const`` lists the endings of forms that there are."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:  # noqa: ARG002 - argparse's own
        namespace.output = values
        ending = PurePath(values).suffix.lower()
        if ending in _OTHERS:
            parser.error(f"-o {values}: there is no such form here: choose from {', '.join(self.const)}")
        if ending not in _OF_ENDINGS or getattr(namespace, "form_is_named", False):
            return
        if ending not in self.const:
            parser.error(f"-o {values}: there is no such form here: choose from {', '.join(self.const)}")
        namespace.format = _OF_ENDINGS[ending]


def with_runs(command: Parser, default: str = "what the last command recorded") -> argparse._MutuallyExclusiveGroup:
    """Let a command choose its runs; return the group of choices, for more of them."""
    group = command.add_argument_group(f"which calls; default: {default}")
    which = group.add_mutually_exclusive_group()
    which.add_argument("--sweep", metavar="ID", help=f"the cells of this sweep: {REFERENCE}")
    which.add_argument("--run", metavar="ID", nargs="+", help=f"these runs: {REFERENCE}")
    return which


def with_ids(command: Parser, default: str = "default: what the last command ran") -> None:
    """Let a command choose its cells, across sweeps and days."""
    command.add_argument("ids", metavar="SWEEP|RUN", nargs="*", help=f"sweeps and runs, mixed: {REFERENCE}; {default}")


def with_criteria(command: Parser) -> None:
    """Let a command override what a cell must meet to be chosen; the default is the recorded ``decision``."""
    command.add_argument(
        "--reference",
        metavar="CELL",
        help="the cell in use now; best: no cell may be better; null: that of highest list price, or cost",
    )
    command.add_argument("--margin", type=any_number, help="how much lower the quality may be")
    command.add_argument(
        "--max-p95-ms", type=or_null(above_zero), help="highest 95th percentile of latency; null: no limit"
    )
    command.add_argument(
        "--max-ttft-p95-ms",
        type=or_null(above_zero),
        help="highest 95th percentile of the time to first token; or null",
    )
    command.add_argument("--errors", choices=("fail", "ignore"), help="failed calls count as wrong, or are left out")
    command.add_argument("--min-quality", type=or_null(any_number), help="lowest mean quality; null: no limit")
    command.add_argument(
        "--rare-cost",
        type=or_null(any_number),
        metavar="N",
        help="times the mean that an unseen call may cost; null: none",
    )
    command.add_argument("--score", metavar="NAME", help="the scorer that decides; default: the recorded one")
    command.add_argument(
        "--calls-per-month",
        type=or_null(above_zero),
        metavar="N",
        help="of your application: what a switch saves each month; or null",
    )


def with_calls_out(command: Parser) -> None:
    """Let a command choose its calls and prices, and write every call to a file."""
    command.add_argument("--pricing", metavar="FILE", help=PRICING)
    command.add_argument("-o", "--output", metavar="FILE", help="write every call to this .csv or .json file")
    with_runs(command)
    with_db(command)
