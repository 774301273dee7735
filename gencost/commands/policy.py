"""``gencost policy``: which cell for which prompt, judged on recorded calls."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gencost.analysis.recorded_grid import read_grid
from gencost.analysis.request_facts import recorded_decision, run_facts
from gencost.analysis.runs import runs
from gencost.commands.output import check_folder, write_text
from gencost.commands.selection import named_ids, opened_db
from gencost.config.policy import compose_policies
from gencost.decision.decide import Criteria
from gencost.errors import ConfigError
from gencost.exit_codes import OK
from gencost.metrics_db import Engine
from gencost.policies.evaluate import Evaluation, evaluate
from gencost.policies.file import as_file
from gencost.policies.gates import with_gates
from gencost.report.console import make_console
from gencost.report.policies import markdown_policies, policies_json, print_policies

_OF_A_CELL = ("provider", "model")


def run(given: argparse.Namespace) -> int:
    """Judge policies on the chosen cells."""
    for path in (given.output, given.export):
        if path is not None:
            check_folder(path)
    policies = compose_policies([word for word in given.ids if "=" in word], given.config_dir)
    given.ids = [word for word in given.ids if "=" not in word]
    with opened_db(given) as engine:
        run_ids = named_ids(engine, given)
        evaluation = evaluated(engine, run_ids, policies, given)
        if given.export is not None:
            write_text(given.export, _file(engine, run_ids, evaluation, given.margin), "--export")
    _show(evaluation, given)
    return OK


def evaluated(
    engine: Engine, run_ids: Sequence[str], policies: Sequence[Any] | None, given: argparse.Namespace
) -> Evaluation:
    """Judge policies by the recorded margin of the first cell, where the command says nothing else.

    Raises:
        UserError: the recorded calls do not allow it.
    """
    facts = run_facts(engine, run_ids[0]) or {}
    config = json.loads(facts.get("config_json") or "{}")
    margin = recorded_decision(engine, run_ids[0]).get("margin", Criteria.margin)
    given.margin = Criteria(margin=margin if given.margin is None else given.margin).margin
    named = [gate for policy in policies or () if (gate := getattr(policy, "gate", ""))]
    grid = with_gates(read_grid(engine, run_ids), config.get("quality") or {}, named)
    return evaluate(grid, given.margin, given.seed, policies)


def _show(evaluation: Evaluation, given: argparse.Namespace) -> None:
    if given.format == "table" and not given.output:
        print_policies(evaluation, make_console())
        return
    text = policies_json(evaluation) if given.format == "json" else markdown_policies(evaluation)
    if given.output:
        write_text(given.output, text + "\n", "-o")
    else:
        sys.stdout.write(text + "\n")


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
    names = [one.cell for one in evaluation.singles]
    nodes = {name: _cell(engine, run.run_id) for name, run in zip(names, cells, strict=True)}
    return as_file(evaluation.policy, nodes, made)


def _cell(engine: Engine, run_id: str) -> Mapping[str, Any]:
    """How a cell is called, from its recorded config, secrets masked."""
    facts = run_facts(engine, run_id)
    if facts is None:
        raise ConfigError(f"run {run_id} has no recorded config")
    config = json.loads(facts["config_json"])
    return {key: config.get(key) for key in _OF_A_CELL}
