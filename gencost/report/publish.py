"""Publish recorded cells when they are over: the comparison on the terminal, the files, the HTML report.

Imported when the calls are over: the statistics packages take a second that no first call need wait for.

Invariant: each of these is attempted by itself, so that what fails takes nothing else with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from gencost.analysis.results import Results
from gencost.config.schema import ReportConfig
from gencost.decision.compare import Comparison, compare, side_by_side
from gencost.decision.criteria import Criteria
from gencost.errors import ConfigError
from gencost.metrics_db import Engine
from gencost.report.comparison import AT_MOST, View, shown_parts
from gencost.report.files import file_stem
from gencost.report.html.policy_section import PolicySection
from gencost.report.html.report_data import background
from gencost.report.say import attempted, console, say


def compare_as(results: Results, config: Mapping[str, Any]) -> Comparison:
    """Compare the cells of a run or sweep by the criteria of a resolved config; says so if they name no cell of it."""
    criteria = Criteria.of_config(config)
    without_reference = replace(criteria, reference=None)
    if len(results.runs) == 1:
        criteria = without_reference
    compared = attempted("the comparison", partial(_compare_as, results, criteria, config["seed"]))
    return compared or side_by_side(results, without_reference, config["seed"])


def _compare_as(results: Results, criteria: Criteria, seed: int) -> Comparison:
    try:
        return compare(results, criteria, seed, attempt=attempted)
    except ConfigError as error:
        say(f"{error}; it counts as null", bad=True)
        return compare(results, replace(criteria, reference=None), seed, attempt=attempted)


def conclude(comparison: Comparison) -> None:
    """Print the result of a run or sweep: the cells, their differences, the decision, and warnings."""
    for remark in comparison.results.remarks:
        say(remark, bad=True)
    for what, show in shown_parts(View(comparison=comparison, at_most=AT_MOST), console):
        attempted(what, show)


def write_report(
    engine: Engine,
    comparison: Comparison,
    settings: ReportConfig,
    folder: Path,
    policies: Callable[[Comparison], PolicySection | None],
) -> list[Path]:
    """Write the HTML report of a sweep; empty if it is not wanted or could not be made.

    Args:
        engine: the metrics DB.
        comparison: of the sweep.
        settings: say whether it is wanted.
        folder: of the file.
        policies: makes its section on policies; None has none.
    """
    if not settings.html:
        return []
    path = folder / f"{file_stem(comparison.results.runs[0].name)}_report.html"
    written = attempted(path.name, partial(_write_report, engine, comparison, path, policies))
    return [] if written is None else [written]


def _write_report(
    engine: Engine, comparison: Comparison, path: Path, policies: Callable[[Comparison], PolicySection | None]
) -> Path:
    from gencost.report.html.page import write_page  # noqa: PLC0415 - only where it is wanted

    section = attempted("the section on policies", partial(policies, comparison))
    return write_page(comparison, background(engine, comparison), path, section)
