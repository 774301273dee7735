"""``gencost compare``: cells side by side, and the decision."""

from __future__ import annotations

import argparse
import sys

from gencost.analysis.request_facts import recorded_decision
from gencost.analysis.results import Results, read_results
from gencost.commands.output import write_text
from gencost.commands.selection import named_ids, opened_db
from gencost.decision.compare import Comparison, compare
from gencost.decision.criteria import BEST, Criteria
from gencost.decision.gate import GateResult, check_condition
from gencost.errors import ConfigError
from gencost.exit_codes import FAILED, OK
from gencost.metrics_db import Engine
from gencost.report.comparison import View, comparison_text, markdown_comparison, print_comparison
from gencost.report.console import make_console
from gencost.report.structured import as_json, comparison_frame, junit

_FILE_WIDTH = 120
_CRITERIA = ("margin", "max_p95_ms", "max_ttft_p95_ms", "min_quality", "errors")


def run(given: argparse.Namespace) -> int:
    """Compare the chosen cells; exit code 1 if ``--fail-if`` holds for one."""
    if given.fail_if and not given.baseline:
        raise ConfigError("--fail-if needs --baseline CELL: what differences and ratios are against")
    if given.junit and not given.fail_if:
        raise ConfigError("--junit needs --fail-if: a test case is a cell for which that holds or does not")
    with opened_db(given) as engine:
        comparison = compared(engine, given)
    for remark in comparison.results.remarks:
        print(f"gencost: {remark}", file=sys.stderr)  # noqa: T201 - a door
    baseline = _baseline(comparison.results, given)
    verdicts = _verdicts(comparison, baseline, given)
    _show(comparison, baseline, verdicts, given)
    for verdict in verdicts:
        if verdict.fails:
            print(f"gencost: {verdict.cell} fails: {verdict.why}", file=sys.stderr)  # noqa: T201 - a door
    return FAILED if any(verdict.fails for verdict in verdicts) else OK


def compared(engine: Engine, given: argparse.Namespace) -> Comparison:
    """Compare the chosen runs by the recorded criteria of the first, where the command says nothing else.

    Raises:
        UserError: an id or a cell is unknown.
    """
    results = read_results(engine, named_ids(engine, given))
    criteria = recorded_decision(engine, results.runs[0].run_id)
    for name in _CRITERIA:
        if getattr(given, name) is not None:
            criteria[name] = getattr(given, name)
    criteria["reference"] = _reference(results, given.reference, criteria.get("reference"))
    baseline = _baseline(results, given)
    return compare(results, Criteria.of(criteria), results.runs[0].seed, baseline)


def _reference(results: Results, asked: str | None, recorded: str | None) -> str | None:
    """The reference as a cell's name, ``best``, or None for the one of highest list price.

    Raises:
        ConfigError: what was asked for is not a cell; a recorded one that is none is left out, and said.
    """
    name = asked or recorded
    if name is None or name == BEST:
        return name
    try:
        return results.cell_named(name, "--reference")
    except ConfigError as error:
        if asked is not None:
            raise
        message = f"gencost: recorded decision.reference: {error}; the cell of highest list price is taken"
        print(message, file=sys.stderr)  # noqa: T201 - a door
        return None


def _baseline(results: Results, given: argparse.Namespace) -> str | None:
    asked: str | None = getattr(given, "baseline", None)
    return None if asked is None else results.cell_named(asked, "--baseline")


def _verdicts(comparison: Comparison, baseline: str | None, given: argparse.Namespace) -> list[GateResult]:
    if not given.fail_if or baseline is None:
        return []
    verdicts = check_condition(comparison, baseline, given.fail_if)
    if given.junit:
        write_text(given.junit, junit(verdicts, given.fail_if, baseline), "--junit")
    return verdicts


def _show(comparison: Comparison, baseline: str | None, verdicts: list[GateResult], given: argparse.Namespace) -> None:
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
        write_text(given.output, text, "-o")
    else:
        sys.stdout.write(text)
