"""``gencost policy``: which cell for which prompt, judged on recorded calls."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gencost.analysis.recorded.grid_reader import read_grid
from gencost.analysis.recorded.request_facts import recorded_config, run_facts
from gencost.analysis.recorded.runs import Run, runs
from gencost.analysis.results import read_results
from gencost.commands.mlflow import store_of
from gencost.commands.output import PAGES, YAML, check_figure, check_folder, check_form, write_text
from gencost.commands.selection import named_ids, opened_db
from gencost.config.policy import compose_policies
from gencost.config.policy_file import PolicyFile
from gencost.decision.compare import compare
from gencost.decision.criteria import Criteria, check_margin, recorded_criteria
from gencost.errors import ConfigError
from gencost.masking import masked
from gencost.metrics_db import Engine
from gencost.metrics_db.runs import tracked_run
from gencost.policies.evaluate import Evaluation, evaluate
from gencost.policies.file import as_file
from gencost.policies.gates import name_of, with_gates
from gencost.process.exit_codes import OK
from gencost.report.console import make_console
from gencost.report.figures.policy_plot import policy_curves
from gencost.report.html.page import write_page
from gencost.report.html.policy_section import policy_section
from gencost.report.html.report_data import background
from gencost.report.policies import markdown_policies, policies_json, print_policies
from gencost.tracking import Tracking
from gencost.tracking.policies import PolicyRuns, log_policies
from gencost.tracking.sync import MLflowSync

_OF_A_CELL = ("provider", "model")


def run(given: argparse.Namespace) -> int:
    """Judge policies on the chosen cells."""
    _check_files(given)
    policies = compose_policies([word for word in given.ids if "=" in word], given.config_dir)
    given.ids = [word for word in given.ids if "=" not in word]
    with opened_db(given) as engine:
        run_ids = named_ids(engine, given)
        evaluation = evaluated(engine, run_ids, policies, given)
        if given.export is not None:
            write_text(given.export, _file(engine, run_ids, evaluation, given.margin), "--export")
        if given.plot is not None:
            policy_curves(evaluation, Path(given.plot))
        if given.report is not None:
            _report(engine, run_ids, evaluation, given)
        _show(evaluation, given)
        if given.mlflow:
            _log(engine, run_ids[0], evaluation, given)
    return OK


def _check_files(given: argparse.Namespace) -> None:
    """Refuse files that cannot be written and words that would do nothing, before anything is computed."""
    if given.uri is not None and not given.mlflow:
        raise ConfigError(f"--uri {masked(given.uri)}: says where --mlflow logs the policies; give --mlflow, too")
    for flag, path in (("-o", given.output), ("--export", given.export), ("--report", given.report)):
        if path is not None:
            check_folder(path, flag)
    for flag, path, endings in (("--export", given.export, YAML), ("--report", given.report, PAGES)):
        if path is not None:
            check_form(path, flag, endings)
    if given.plot is not None:
        check_figure(given.plot, "--plot")


def evaluated(
    engine: Engine, run_ids: Sequence[str], policies: Sequence[Any] | None, given: argparse.Namespace
) -> Evaluation:
    """Judge policies by the recorded margin of the first cell, where the command says nothing else.

    Raises:
        UserError: the recorded calls do not allow it.
    """
    config = recorded_config(engine, run_ids[0])
    margin = recorded_criteria(config).get("margin", Criteria.margin)
    asked = given.margin
    given.margin = Criteria(margin=margin if asked is None else asked).margin
    named = [gate for policy in policies or () if (gate := getattr(policy, "gate", ""))]
    grid = with_gates(read_grid(engine, run_ids), config.get("quality") or {}, named)
    if asked is not None:
        check_margin(asked, *grid.quality_range)
    return evaluate(grid, given.margin, given.seed, policies, _fitted_to(runs(engine, run_ids=run_ids), policies or ()))


def _fitted_to(cells: Sequence[Run], policies: Sequence[Any]) -> Set[str]:
    """Names of the policies that were exported as fitted to calls of these cells."""
    here = {part for cell in cells for part in cell.parts}
    files = [policy for policy in policies if isinstance(policy, PolicyFile)]
    return {policy.name for policy in files if here & policy.evidence}


def _show(evaluation: Evaluation, given: argparse.Namespace) -> None:
    if given.format == "table" and not given.output:
        print_policies(evaluation, make_console())
        return
    text = policies_json(evaluation) if given.format == "json" else markdown_policies(evaluation)
    if given.output:
        write_text(given.output, text + "\n", "-o")
    else:
        sys.stdout.write(text + "\n")


def _report(engine: Engine, run_ids: Sequence[str], evaluation: Evaluation, given: argparse.Namespace) -> None:
    """Write the HTML report of the cells with a section on policies."""
    results = read_results(engine, run_ids)
    comparison = compare(results, Criteria(margin=given.margin), results.runs[0].seed)
    write_page(comparison, background(engine, comparison), Path(given.report), policy_section(evaluation))


def _log(engine: Engine, run_id: str, evaluation: Evaluation, given: argparse.Namespace) -> None:
    """Log the policies where the runs are."""
    run = tracked_run(engine, run_id)
    tracking = Tracking(*store_of(run, given.uri))
    parent = None if run.sweep_id is None else MLflowSync(engine, tracking).start_sweep(run.sweep_id)
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / "policies.json", policy_curves(evaluation, Path(folder) / "policies.png")]
        files[0].write_text(policies_json(evaluation), encoding="utf-8")
        common = PolicyRuns(
            parent=parent,
            sweep_id=run.sweep_id,
            verdict=evaluation.verdict,
            margin=given.margin,
            seed=given.seed,
            files=files,
        )
        log_policies(tracking, evaluation.policies, common)


def _file(engine: Engine, run_ids: Sequence[str], evaluation: Evaluation, margin: float) -> str:
    """The policy to use as a file, with the ids of the runs that it rests on."""
    cells = runs(engine, run_ids=run_ids)
    made = {
        "made": {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "verdict": evaluation.verdict,
            "margin": margin,
            "prompts": int(evaluation.grid.clusters.max()) + 1,
        },
        "evidence": {
            "sweep_ids": sorted({run.sweep_id for run in cells if run.sweep_id is not None}),
            "run_ids": [part for run in cells for part in run.parts],
        },
    }
    names = [single.cell for single in evaluation.singles]
    nodes = {name: _cell(engine, run.run_id) for name, run in zip(names, cells, strict=True)}
    return as_file(evaluation.policy, nodes, made, _gate_of(engine, run_ids[0], evaluation.policy))


def _gate_of(engine: Engine, run_id: str, policy: Any) -> Mapping[str, Any]:
    """The scorer of a policy's gate by its name, as the run recorded it; empty without a gate."""
    facts, gate = run_facts(engine, run_id) or {}, getattr(policy, "gate", "")
    scorers = json.loads(facts.get("config_json") or "{}").get("quality") or {}
    node = next((node for node in scorers.values() if gate and name_of(node) == gate), None)
    return {} if node is None else {gate: node}


def _cell(engine: Engine, run_id: str) -> Mapping[str, Any]:
    """Name a cell from its recorded config, secrets masked."""
    facts = run_facts(engine, run_id)
    if facts is None:
        raise ConfigError(f"run {run_id} has no recorded config")
    config = json.loads(facts["config_json"])
    return {key: config.get(key) for key in _OF_A_CELL}
