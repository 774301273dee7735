"""``gencost compare``: cells side by side, and the decision."""

from __future__ import annotations

import argparse
import io
import sys
from dataclasses import dataclass

from gencost.analysis.recorded.frames import SCORE_PREFIX
from gencost.analysis.recorded.request_facts import recorded_config
from gencost.analysis.results import Results, read_results
from gencost.commands.baseline import EarlierCells, earlier, is_cell, save_baseline
from gencost.commands.options import NULL
from gencost.commands.output import write_text
from gencost.commands.selection import named_ids, opened_db
from gencost.decision.compare import Comparison, compare
from gencost.decision.criteria import BEST, Criteria, check_margin, recorded_criteria
from gencost.decision.gate import GateResult, check_absolute, check_condition, verdicts
from gencost.errors import ConfigError
from gencost.metrics_db import Engine
from gencost.process.exit_codes import FAILED, OK
from gencost.report.comparison import View, comparison_text, markdown_comparison, print_comparison
from gencost.report.console import make_console
from gencost.report.predecessors import markdown_predecessors, print_predecessors, records
from gencost.report.safe_csv import write_safe_csv
from gencost.report.structured import as_json, comparison_frame, junit
from gencost.text.safe import for_terminal

_FILE_WIDTH = 120
_CRITERIA = ("margin", "max_p95_ms", "max_ttft_p95_ms", "min_quality", "errors", "rare_cost", "calls_per_month")


def run(given: argparse.Namespace) -> int:
    """Compare the chosen cells; exit code 1 if ``--fail-if`` holds for one, 2 if it tested nothing."""
    if given.junit and not given.fail_if:
        raise ConfigError("--junit needs --fail-if: a test case is a cell for which that holds or does not")
    with opened_db(given) as engine:
        comparison = compared(engine, given)
        baseline = _baseline(comparison.results, given)
        before = None
        if given.baseline is not None and baseline is None:
            before = earlier(engine, comparison.results, comparison.criteria, given)
        gate = _Gate(baseline=baseline, before=before, verdicts=_verdicts(comparison, baseline, before, given.fail_if))
        if given.save_baseline and not gate.failed:
            save_baseline(engine, comparison.results, given.save_baseline)
    for remark in comparison.results.remarks:
        _complain(remark)
    if given.junit:
        write_text(given.junit, junit(gate.verdicts, given.fail_if, given.baseline or "nothing"), "--junit")
    _show(comparison, gate, given)
    for verdict in gate.failed:
        _complain(f"{verdict.cell} fails: {verdict.why}")
    if given.fail_if and not gate.verdicts:
        raise ConfigError("--fail-if tested nothing: no cell stands beside the baseline; a gate cannot pass like this")
    return FAILED if gate.failed else OK


@dataclass(frozen=True, kw_only=True)
class _Gate:
    baseline: str | None
    before: EarlierCells | None
    verdicts: list[GateResult]

    @property
    def failed(self) -> list[GateResult]:
        return [verdict for verdict in self.verdicts if verdict.fails]


def _complain(line: str) -> None:
    print(for_terminal(f"gencost: {line}"), file=sys.stderr)  # noqa: T201 - a door


def compared(engine: Engine, given: argparse.Namespace) -> Comparison:
    """Compare the chosen runs by the recorded criteria of the first, where the command says nothing else.

    Raises:
        UserError: an id or a cell is unknown.
    """
    results = read_results(engine, named_ids(engine, given), given.score)
    criteria = recorded_criteria(recorded_config(engine, results.runs[0].run_id))
    for name in _CRITERIA:
        if getattr(given, name) is not None:
            criteria[name] = None if getattr(given, name) == NULL else getattr(given, name)
    if given.margin is not None and (scores := results.calls.get(f"{SCORE_PREFIX}{results.score}")) is not None:
        check_margin(given.margin, scores.min(), scores.max())
    criteria["reference"] = _reference(results, given.reference, criteria.get("reference"))
    baseline = _baseline(results, given)
    return compare(results, Criteria.of(criteria), results.runs[0].seed, baseline)


def _reference(results: Results, asked: str | None, recorded: str | None) -> str | None:
    """The reference as a cell's name, ``best``, or None for what ``decision.reference: null`` means.

    Raises:
        ConfigError: the one that was asked for is not a cell; a recorded one that is not is left out, with a note.
    """
    name = asked or recorded
    if name in {None, NULL, BEST}:
        return None if name == NULL else name
    try:
        return results.cell_named(name, "--reference")
    except ConfigError as error:
        if asked is not None:
            raise
        message = f"gencost: recorded decision.reference: {error}; it counts as null"
        print(message, file=sys.stderr)  # noqa: T201 - a door
        return None


def _baseline(results: Results, given: argparse.Namespace) -> str | None:
    """The cell that is the baseline; None without a baseline, or if it is a file or another run."""
    asked: str | None = getattr(given, "baseline", None)
    return results.cell_named(asked, "--baseline") if asked is not None and is_cell(results, asked) else None


def _verdicts(
    comparison: Comparison, baseline: str | None, before: EarlierCells | None, condition: str | None
) -> list[GateResult]:
    if not condition:
        return []
    if before is not None:
        return verdicts(condition, {predecessor.cell: predecessor.facts for predecessor in before.found})
    return (
        check_absolute(comparison, condition) if baseline is None else check_condition(comparison, baseline, condition)
    )


def _show(comparison: Comparison, gate: _Gate, given: argparse.Namespace) -> None:
    view, before = View(comparison=comparison, base=gate.baseline), gate.before
    condition = (given.fail_if, gate.verdicts)
    if given.format == "table" and not given.output:
        if before is None:
            print_comparison(view, make_console())
        else:
            print_predecessors(before.found, before.matched, condition, make_console())
        return
    if given.format == "json":
        beside = None if before is None else records(before.found)
        text = as_json(comparison, given.baseline and (gate.baseline or given.baseline), gate.verdicts, beside) + "\n"
    elif given.format == "csv":
        written = io.StringIO()
        write_safe_csv(comparison_frame(comparison, view.against), written)
        text = written.getvalue()
    elif given.format == "markdown":
        text = markdown_comparison(view) + "\n"
        if before is not None:
            text = markdown_predecessors(before.found, before.matched, condition) + "\n"
    else:
        text = comparison_text(view, _FILE_WIDTH)
    if given.output:
        write_text(given.output, text, "-o")
    else:
        sys.stdout.write(text)
