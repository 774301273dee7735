"""``gencost compare`` and ``gencost power``."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from gencost.commands.arguments import (
    Commands,
    chosen_runs,
    named_ids,
    open_db,
    with_db,
    with_ids,
    with_runs,
)
from gencost.commands.arguments import write as write_file
from gencost.errors import ConfigError
from gencost.exit_codes import FAILED, OK

if TYPE_CHECKING:
    from gencost.analysis.results import Results
    from gencost.decision.compare import Comparison
    from gencost.decision.gate import Verdict
    from gencost.metrics_db import Engine

FORMATS = ("table", "markdown", "json", "csv")
_FILE_WIDTH = 120


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    """Describe the commands."""
    compare = commands.add_parser("compare", help="cells side by side: differences with intervals, and the decision")
    with_ids(compare)
    compare.add_argument("--format", choices=FORMATS, default="table")
    compare.add_argument("-o", "--output", metavar="FILE", help="write there instead of the terminal")
    with_criteria(compare)
    compare.add_argument("--baseline", metavar="CELL", help="show differences against this cell, not the reference")
    compare.add_argument(
        "--fail-if",
        metavar="CONDITION",
        help='exit code 1 if it holds for a cell, e.g. "quality.delta_ci_low < -0.02 or cost.mean_ratio > 1"',
    )
    compare.add_argument("--junit", metavar="FILE", help="write what --fail-if came to as JUnit XML")
    with_db(compare)
    compare.set_defaults(command=_compare)
    power = commands.add_parser("power", help="how many prompts it takes to see a difference in quality")
    power.add_argument("--delta", type=float, required=True, help="the difference to be seen, e.g. 0.02")
    power.add_argument("--level", type=float, default=0.8, help="the probability of seeing it; default 0.8")
    power.add_argument("--baseline", metavar="CELL", help="only pairs with this cell")
    with_runs(power)
    with_db(power)
    power.set_defaults(command=_power)


def with_criteria(command: argparse.ArgumentParser) -> None:
    """Let a command override what a cell must meet to be chosen; the default is the recorded ``decision``."""
    command.add_argument("--reference", metavar="CELL", help="whose quality is asked for; best: the highest")
    command.add_argument("--margin", type=float, help="how much lower the quality may be")
    command.add_argument("--max-p95-ms", type=float, help="highest 95th percentile of latency")
    command.add_argument("--min-quality", type=float, help="lowest mean quality")


def compared(engine: Engine, given: argparse.Namespace) -> Comparison:
    """Compare the chosen runs by the recorded criteria of the first, where the command says nothing else.

    Raises:
        UserError: an id or a cell is unknown.
    """
    from gencost.analysis.request_facts import recorded_decision  # noqa: PLC0415
    from gencost.analysis.results import read_results  # noqa: PLC0415
    from gencost.decision.compare import compare  # noqa: PLC0415 - pandas, no part of --help
    from gencost.decision.decide import BEST, Criteria  # noqa: PLC0415

    results = read_results(engine, named_ids(engine, given))
    found = {k: v for k, v in recorded_decision(engine, results.runs[0].run_id).items() if k != "sequential"}
    for name in ("margin", "max_p95_ms", "min_quality"):
        if getattr(given, name) is not None:
            found[name] = getattr(given, name)
    reference = given.reference or found.get("reference") or BEST
    if reference != BEST:
        try:
            reference = results.cell_named(reference, "--reference")
        except ConfigError as error:
            if given.reference is not None:
                raise
            print(f"gencost: recorded decision.reference: {error}; best is taken", file=sys.stderr)  # noqa: T201 - a door
            reference = BEST
    baseline = _baseline(results, given)
    return compare(results, Criteria(**{**found, "reference": reference}), results.runs[0].seed, baseline)


def _compare(given: argparse.Namespace) -> int:
    if given.fail_if and not given.baseline:
        raise ConfigError("--fail-if needs --baseline CELL: what differences and ratios are against")
    if given.junit and not given.fail_if:
        raise ConfigError("--junit needs --fail-if: a test case is a cell for which that holds or does not")
    comparison = compared(open_db(given), given)
    baseline = _baseline(comparison.results, given)
    verdicts = _verdicts(comparison, baseline, given)
    _show(comparison, baseline, verdicts, given)
    for one in verdicts:
        if one.fails:
            print(f"gencost: {one.cell} fails: {one.why}", file=sys.stderr)  # noqa: T201 - a door
    return FAILED if any(one.fails for one in verdicts) else OK


def _baseline(results: Results, given: argparse.Namespace) -> str | None:
    asked: str | None = getattr(given, "baseline", None)
    return None if asked is None else results.cell_named(asked, "--baseline")


def _verdicts(comparison: Comparison, baseline: str | None, given: argparse.Namespace) -> list[Verdict]:
    from gencost.decision.gate import judge  # noqa: PLC0415 - no part of --help
    from gencost.report.structured import junit  # noqa: PLC0415

    if not given.fail_if or baseline is None:
        return []
    verdicts = judge(comparison, baseline, given.fail_if)
    if given.junit:
        write_file(given.junit, junit(verdicts, given.fail_if, baseline), "--junit")
    return verdicts


def _show(comparison: Comparison, baseline: str | None, verdicts: list[Verdict], given: argparse.Namespace) -> None:
    from gencost.report.comparison import View, comparison_text, markdown_comparison, print_comparison  # noqa: PLC0415
    from gencost.report.console import make_console  # noqa: PLC0415
    from gencost.report.structured import as_json, comparison_frame  # noqa: PLC0415

    view = View(comparison=comparison, base=baseline)
    if given.format == "table" and not given.output:
        print_comparison(view, make_console())
        return
    if given.format == "json":
        text = as_json(comparison, baseline, verdicts) + "\n"
    elif given.format == "csv":
        text = comparison_frame(comparison, view.against).to_csv(index=False, lineterminator="\n")
    else:
        text = markdown_comparison(view) + "\n" if given.format == "markdown" else comparison_text(view, _FILE_WIDTH)
    if given.output:
        write_file(given.output, text, "-o")
    else:
        sys.stdout.write(text)


def _power(given: argparse.Namespace) -> int:
    from gencost.analysis.results import read_results  # noqa: PLC0415 - pandas, no part of --help
    from gencost.report.console import make_console  # noqa: PLC0415
    from gencost.report.power import power_rows  # noqa: PLC0415
    from gencost.report.table import print_rows  # noqa: PLC0415

    engine = open_db(given)
    results: Results = read_results(engine, chosen_runs(engine, given))
    baseline = _baseline(results, given)
    console = make_console()
    print_rows(*power_rows(results, given.delta, given.level, baseline), console)
    said = (
        f"prompts to see a difference of {given.delta:g} in quality with probability {given.level:g}, two-sided at 5 %"
    )
    console.print(f"{said}; paired: asked of both; unpaired: different ones for each", style="dim", highlight=False)
    return OK
