"""A policy as a cell: a user's command line, then the metrics DB; ``small`` and ``large`` are models of the mock."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
from pathlib import Path

import dying
import pytest
import yaml
from in_process import sweep_in

from gencost.analysis.recorded.listing import listed
from gencost.cli import main
from gencost.metrics_db import init_db
from gencost.metrics_db.runs import tracked_run
from gencost.paths import conf_dir
from gencost.tracking.content import cell_start

QUIET = ("tracking=none", "report=none", "load.concurrency=4")
CASCADE = {"_target_": "gencost.policies.cascade.Cascade", "cells": ["small", "large"], "gate": "proxy"}
CELLS = {name: {"provider": "mock", "model": f"{name}-latest"} for name in ("small", "large")}
BOUNDED = {it: {"provider": "mock", "model": {"name": f"{it}-latest", "params": {"max_tokens": 200}}} for it in CELLS}
TOTAL = """SELECT (SELECT coalesce(sum(cost_pico_usd), 0) FROM responses)
    + (SELECT coalesce(sum(cost_pico_usd), 0) FROM attempts WHERE error_type IS NOT NULL)"""
ROLES = "SELECT role, status, policy_cell, count(*) FROM requests GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"


def query(folder: Path, text: str) -> list[tuple]:
    connection = sqlite3.connect(folder / "llmopt_stage1.sqlite")
    try:
        return connection.execute(text).fetchall()
    finally:
        connection.close()


def policy_file(folder: Path, name: str = "policy.yaml", **content: object) -> str:
    """A file with the cascade small -> large, or what is given instead of its parts."""
    made = {"gencost_policy": 1, "cells": CELLS, "policy": {**CASCADE, "at_least": 0.45}, **content}
    (folder / name).write_text(yaml.safe_dump(made), encoding="utf-8")
    return name


def constant(cell: str) -> dict[str, str]:
    return {"_target_": "gencost.policies.constant.SingleCell", "cell": cell}


@pytest.fixture(scope="module")
def swept(tmp_path_factory) -> Path:
    """A sweep of a cascade and of both of its cells alone, 40 calls each."""
    folder = tmp_path_factory.mktemp("swept")
    policy_file(folder)
    for cell in CELLS:
        policy_file(folder, f"{cell}.yaml", policy=constant(cell))
    sweep_in(folder, "-m", "policy=file", "policy.path=policy.yaml,small.yaml,large.yaml", "n=40", *QUIET[:2])
    return folder


def test_mlflow_gets_each_policy_with_its_cells_and_without_the_price_of_a_model(swept):
    engine = init_db(f"sqlite:///{swept}/llmopt_stage1.sqlite")
    ids = [run_id for (run_id,) in query(swept, "SELECT run_id FROM runs")]
    starts = [cell_start(tracked_run(engine, run_id), "a policy", None) for run_id in ids]
    engine.dispose()
    assert {start.params["model.name"] for start in starts} == {"policy.yaml", "small.yaml", "large.yaml"}
    assert {start.params["policy.cells.small.model.name"] for start in starts} == {"small-latest"}
    assert [start.tags["gencost.price"] for start in starts] == ["null"] * 3


def test_the_list_counts_what_was_made_for_answers(swept):
    engine = init_db(f"sqlite:///{swept}/llmopt_stage1.sqlite")
    (entry,) = listed(engine)
    engine.dispose()
    assert entry.money.pico_usd == query(swept, TOTAL)[0][0]  # every call of the sweep is an answer or made for one
    assert (entry.money.calls, entry.money.known, entry.money.unpriced) == (120, 120, 0)


def test_an_answer_with_a_step_of_unknown_cost_has_no_known_cost_in_the_list(swept, tmp_path):
    shutil.copy(swept / "llmopt_stage1.sqlite", tmp_path)
    with contextlib.closing(sqlite3.connect(tmp_path / "llmopt_stage1.sqlite")) as connection, connection:
        parents = "SELECT parent_request_id FROM requests WHERE role = 'step'"
        connection.execute(f"UPDATE responses SET cost_pico_usd = NULL WHERE request_id NOT IN ({parents})")
    engine = init_db(f"sqlite:///{tmp_path}/llmopt_stage1.sqlite")
    (entry,) = listed(engine)
    engine.dispose()
    assert (entry.money.known, entry.money.unpriced, entry.cost_usd) == (0, 120, None)  # the steps are unknown, too


def test_every_answer_is_a_sample_and_every_call_before_it_a_step_of_it(swept):
    of_cascade = "run_id = (SELECT run_id FROM runs WHERE cell LIKE '%=policy.yaml%')"
    per_cell = dict(
        query(swept, f"SELECT role || ' ' || policy_cell, count(*) FROM requests WHERE {of_cascade} GROUP BY 1")
    )
    kept, steps, asked_again = (per_cell[it] for it in ("sample small", "step small", "sample large"))
    assert kept + asked_again == 40
    assert steps == asked_again
    assert 0 < steps < 40
    # each step belongs to an answer to the same prompt by the other cell, and was asked before it
    pairs = """SELECT count(*) FROM requests step JOIN requests answer ON answer.request_id = step.parent_request_id
        WHERE step.role = 'step' AND answer.role = 'sample' AND answer.prompt_id = step.prompt_id
        AND answer.repeat = step.repeat AND answer.run_id = step.run_id AND step.ts < answer.ts"""
    assert query(swept, pairs) == [(steps,)]


def test_an_answer_costs_and_takes_what_all_of_its_calls_do(swept, monkeypatch, capsys):
    monkeypatch.chdir(swept)
    with pytest.raises(SystemExit):
        main(["compare", "--format", "json"])
    cells = json.loads(capsys.readouterr().out)["cells"]
    total_usd = sum(cell["cost_usd_mean"] * cell["ok"] for cell in cells)
    assert total_usd == pytest.approx(query(swept, TOTAL)[0][0] / 1e12, rel=1e-9)  # no cost is counted twice, or lost
    sums = query(
        swept,
        """SELECT sum(latency_ms) FROM requests JOIN runs USING (run_id) WHERE cell LIKE '%=policy.yaml%'
        GROUP BY coalesce(parent_request_id, request_id)""",
    )
    cascade = next(cell for cell in cells if "policy.yaml" in cell["cell"])
    assert cascade["latency_p50_ms"] == pytest.approx(statistics.median(ms for (ms,) in sums))


def test_every_figure_of_it_is_reproduced(swept, monkeypatch, capsys):
    monkeypatch.chdir(swept)
    with pytest.raises(SystemExit) as done:
        main(["audit"])
    out = capsys.readouterr().out
    assert not done.value.code
    assert re.search(r"\d+ requests: [\d,]+ figures reproduced, 0 not", out)


def test_the_recorded_config_has_the_cells_of_the_policy_and_no_model_of_its_own(swept):
    (text,) = query(swept, "SELECT config_json FROM runs WHERE cell LIKE '%=policy.yaml%'")[0]
    config = json.loads(text)
    assert config["policy"]["cells"]["large"]["model"]["name"] == "large-latest"
    assert config["model"] == {"name": "policy.yaml"}
    assert "provider" not in config
    keys = query(swept, "SELECT count(DISTINCT cell_key) FROM runs")
    assert keys == [(3,)]


def test_a_crash_between_two_steps_pays_none_again(gencost_run, tmp_path):
    node = {**yaml.safe_load((conf_dir() / "provider" / "mock.yaml").read_text()), "_target_": "dying.Dying"}
    cells = {name: {"provider": node, "model": f"{name}-latest"} for name in CELLS}
    policy_file(tmp_path, cells=cells, policy={**CASCADE, "at_least": 2})  # asks both
    command = ["policy=file", "policy.path=policy.yaml", "n=20", "repeats=2", *QUIET]
    words, killed = [sys.executable, "-m", "gencost.run", *command], dying.environment(signal.SIGKILL, at=38)
    assert subprocess.run(words, cwd=tmp_path, capture_output=True, env=killed).returncode == -signal.SIGKILL
    lost = query(tmp_path, "SELECT count(*) FROM requests WHERE status = 'pending'")[0][0]
    waiting = "role = 'step' AND status = 'ok' AND parent_request_id IS NULL"
    begun = query(tmp_path, f"SELECT count(*) FROM requests WHERE {waiting} AND policy_cell = 'small'")[0][0]
    assert begun > 0
    done = gencost_run(*command, "resume=true")
    assert done.returncode == 0, done.stdout + done.stderr
    assert query(tmp_path, ROLES) == [
        ("sample", "ok", "large", 40),
        ("step", "ok", "small", 40),
        *[it for it in query(tmp_path, ROLES) if it[0] == "superseded"],
    ]
    assert query(tmp_path, "SELECT count(*) FROM requests WHERE role = 'superseded'") == [(lost,)]
    assert query(tmp_path, f"SELECT count(*) FROM requests WHERE {waiting}") == [(0,)]


def test_a_dry_run_says_what_is_certain_and_what_it_may_come_to(gencost_run, tmp_path):
    policy_file(tmp_path, cells=BOUNDED)
    done = gencost_run("policy=file", "policy.path=policy.yaml", "n=40", "dry_run=true", *QUIET)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"small in policy.yaml: 40 calls; output length from max_tokens=200, no answer", done.stdout)
    assert re.search(r"large in policy.yaml: 40 calls; .*; 0 calls are certain", done.stdout)
    low, expected, worst = re.search(r"all cells, USD: (\S+) / (\S+) / (\S+)", done.stdout).groups()
    assert expected == "n/a"  # the gate decides, and nobody knows it yet
    gencost_run("policy=file", "policy.path=policy.yaml", "n=40", *QUIET)
    assert float(low) < query(tmp_path, TOTAL)[0][0] / 1e12 < float(worst)


def test_a_budget_holds_for_every_step_and_a_larger_one_goes_on_after_the_last(gencost_run, tmp_path):
    policy_file(tmp_path, cells=BOUNDED, policy={**CASCADE, "at_least": 2})
    command = ("policy=file", "policy.path=policy.yaml", "n=40", *QUIET)
    done = gencost_run(*command, "budget.usd=0.03")
    assert done.returncode == 3, done.stdout + done.stderr
    assert 0 < query(tmp_path, TOTAL)[0][0] <= 0.03e12
    more = gencost_run(*command, "budget.usd=9", "resume=true")
    assert more.returncode == 0, more.stdout + more.stderr
    answered = query(tmp_path, "SELECT role, policy_cell, count(*) FROM requests WHERE status = 'ok' GROUP BY 1, 2")
    assert answered == [("sample", "large", 40), ("step", "small", 40)]  # nothing was paid for twice


def test_a_failed_step_goes_on_and_a_failed_answer_is_an_error(gencost_run, tmp_path):
    node = yaml.safe_load((conf_dir() / "provider" / "mock.yaml").read_text())
    cells = {"small": {"provider": {**node, "error_rate": 0.5}, "model": "small-latest"}, "large": CELLS["large"]}
    policy_file(tmp_path, cells=cells, policy={**CASCADE, "at_least": 0})  # keeps any answer
    done = gencost_run("policy=file", "policy.path=policy.yaml", "n=40", "retry.tries=1", *QUIET)
    assert done.returncode == 0, done.stdout + done.stderr
    roles = {(role, cell): n for role, _, cell, n in query(tmp_path, ROLES)}
    assert roles["sample", "small"] + roles["sample", "large"] == 40
    assert roles["sample", "large"] == roles["step", "small"] > 0
    assert query(tmp_path, "SELECT DISTINCT status FROM requests WHERE role = 'step'") == [("error",)]


def test_a_judge_may_be_the_gate_and_is_part_of_the_cost(gencost_run, tmp_path, capfd):
    policy_file(tmp_path, policy={**CASCADE, "gate": "judge", "at_least": 0.75})
    free = ("quality=[proxy,judge]", "quality.judge.with_reference=false")
    done = gencost_run("policy=file", "policy.path=policy.yaml", "n=40", *free, *QUIET)
    assert done.returncode == 0, done.stdout + done.stderr
    gate = "SELECT count(*) FROM requests WHERE role = 'judge' AND parent_request_id IS NOT NULL"
    assert query(tmp_path, gate) == [(40,)]  # the answer of small to each
    large = query(tmp_path, "SELECT count(*) FROM requests WHERE role = 'sample' AND policy_cell = 'large'")[0][0]
    assert 0 < large < 40
    later = query(tmp_path, "SELECT count(*) FROM requests WHERE role = 'judge' AND parent_request_id IS NULL")
    assert later == [(large,)]  # the policy does not look at the last cell's answers; the score does
    assert f"{large} judge calls are not in the table" in done.stdout
    with pytest.raises(SystemExit):
        main(["compare", "--format", "json"])
    (cell,) = json.loads(capfd.readouterr().out)["cells"]
    apart = """SELECT sum(cost_pico_usd) FROM responses JOIN requests USING (request_id)
        WHERE role = 'judge' AND parent_request_id IS NULL"""
    expected = (query(tmp_path, TOTAL)[0][0] - query(tmp_path, apart)[0][0]) / 1e12
    assert cell["cost_usd_mean"] * cell["ok"] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        ({}, ("policy=length",), "gencost.run needs to know the cells that it may ask"),
        ({"cells": {}}, (), "names no cells"),
        (
            {"cells": {"small": {"provider": "mok", "model": "m"}}},
            (),
            "(did you mean 'mock'?)",
        ),
        ({"cells": {"small": CELLS["small"], "b": CELLS["small"]}}, (), "are the same provider, model and parameters"),
        (
            {"policy": {**CASCADE, "gate": "proxi", "at_least": 1}},
            (),
            "its gate 'proxi' is not among the scorers (did you",
        ),
        ({"policy": {**CASCADE, "gate": "exact_match"}}, ("quality=[exact_match]",), "needs the reference"),
        ({"policy": constant("medium")}, (), "the policy asks 'medium'"),
        ({"cells": {**CELLS, "x": {"provider": "mock", "model": "no"}}}, (), "'no' is not a mock model"),
    ],
)
def test_a_mistake_is_one_line_before_the_first_call(gencost_run, tmp_path, content, arguments, said):
    policy_file(tmp_path, **content)
    done = gencost_run("policy=file", "policy.path=policy.yaml", "n=2", *QUIET, *arguments)
    if "policy=length" in arguments:
        done = gencost_run("n=2", *QUIET, *arguments)
    assert said in done.stdout + done.stderr
    assert done.returncode == 2, done.stdout + done.stderr
    assert not (tmp_path / "llmopt_stage1.sqlite").exists()
