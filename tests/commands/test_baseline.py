"""Gates against yesterday: a file or an earlier run, each cell beside its own predecessor; none passes untested."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from command_line import gencost
from made import START, record, store

from gencost.metrics_db import init_db

SECRET = "sk-canary"
N = 60


def night(engine, number: int, pico: dict[str, int], score: float = 1.0) -> None:
    """A sweep ``night<number>`` whose cells cost so much a call."""
    ids = [f"{name}{number}".ljust(8, "0") for name in pico]
    cells = {
        f"m={name},n={N}": [
            record(run_id, i, pico=cost, score=score, text=SECRET, prompt=f"{SECRET} {i}") for i in range(N)
        ]
        for run_id, (name, cost) in zip(ids, pico.items(), strict=True)
    }
    config = json.dumps({"decision": {"margin": 0.05}, "seed": 0, "provider": {"api_key": SECRET}})
    started = START.replace(day=number)
    store(engine, cells, ids=ids, sweep_id=f"night{number}", name="nightly", config_json=config, started_at=started)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> Path:
    """Two nights of two cells; in the second, the small one costs twice as much."""
    path = tmp_path_factory.mktemp("nights") / "llmopt_stage1.sqlite"
    engine = init_db(f"sqlite:///{path}")
    night(engine, 1, {"small": 1000, "large": 9000})
    night(engine, 2, {"small": 2000, "large": 9000})
    engine.dispose()
    return path


@pytest.fixture
def nights(recorded):
    shutil.copy(recorded, ".")
    engine = init_db()
    yield engine
    engine.dispose()


DEARER = ("--fail-if", "cost.mean_ratio > 1.05 or quality.delta_ci_low < -0.07")


def test_a_saved_baseline_needs_no_database_of_yesterday(nights, capsys, tmp_path):
    gencost(capsys, "compare", "night1", "--save-baseline", "b.json")
    engine = init_db("sqlite:///today.sqlite")
    night(engine, 2, {"small": 2000, "large": 9000})
    engine.dispose()
    gate = ("--db", "sqlite:///today.sqlite", "--baseline", "b.json", *DEARER, "--junit", "gate.xml")
    code, out, err = gencost(capsys, "compare", *gate, "--format", "json")
    assert code == 1
    assert err == "gencost: m small fails: cost.mean_ratio = 2, quality.delta_ci_low = -0.0601719\n"  # z^2 / (60 + z^2)
    large, small = json.loads(out)["predecessors"]
    assert (small["cell"], small["baseline"]["cost_usd_mean"], small["now"]["cost_usd_mean"]) == ("m small", 1e-9, 2e-9)
    assert (small["cost.mean_ratio"], large["cost.mean_ratio"]) == (2.0, 1.0)
    suite = ET.parse("gate.xml").getroot()
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("2", "1")


def test_a_baseline_holds_no_text_and_no_key(nights, capsys, tmp_path):
    gencost(capsys, "compare", "night1", "--save-baseline", "b.json")
    text = (tmp_path / "b.json").read_text(encoding="utf-8")
    assert SECRET not in text
    assert (json.loads(text)["format"], json.loads(text)["version"]) == ("gencost baseline", 1)


def test_an_earlier_sweep_is_a_baseline_too_cell_by_cell(nights, capsys):
    code, out, _ = gencost(capsys, "compare", "last", "--baseline", "last~1", *DEARER, "--format", "markdown")
    assert code == 1
    assert out.startswith("**Gate failed for 1 of 2 cells: m small**\n")
    assert "| m small | quality | 1.000 | 1.000 | +0.000" in out
    assert re.search(r"^\|  \| mean cost \| \S+ \| \S+ \| x 2\.00", out, re.MULTILINE)


def test_a_run_can_stand_beside_its_own_baseline(nights, capsys):
    gencost(capsys, "compare", "night2", "--save-baseline", "b.json")
    code, out, _ = gencost(capsys, "compare", "night2", "--baseline", "b.json", *DEARER)
    assert code == 0
    assert out.startswith("Gate passed: 2 cells")


def test_a_cell_that_is_new_is_said_not_passed(nights, capsys):
    night(nights, 3, {"small": 2000, "huge": 1})
    code, out, _ = gencost(capsys, "compare", "night3", "--baseline", "night2", *DEARER)
    assert code == 0  # small was tested
    assert "not in the baseline, so not tested: m huge" in " ".join(out.split())
    assert "only in the baseline: m large" in " ".join(out.split())


def test_a_gate_that_tested_nothing_does_not_pass(nights, capsys):
    night(nights, 3, {"huge": 1, "vast": 1})
    gate = ("--baseline", "night2", *DEARER, "--junit", "gate.xml")
    code, _, err = gencost(capsys, "compare", "night3", *gate)
    assert (code, ET.parse("gate.xml").getroot().attrib["tests"]) == (2, "0")
    assert "--fail-if tested nothing" in err
    code, _, err = gencost(capsys, "compare", "small300", "--baseline", "small300", *DEARER)
    assert code == 2


def test_a_cell_without_one_finished_call_fails_whatever_the_condition(nights, capsys):
    store(nights, {"m=none": []}, ids=["none0000"], sweep_id=None, started_at=START.replace(day=9))
    code, _, err = gencost(capsys, "compare", "last", "--fail-if", "errors.count > 5")
    assert code == 1
    assert "no call came to an end: there is nothing to test" in err


def test_an_absolute_condition_needs_no_baseline(nights, capsys):
    assert gencost(capsys, "compare", "night1", "--fail-if", "quality.mean < 0.9 or errors.rate > 0")[0] == 0
    code, _, err = gencost(capsys, "compare", "night1", "--fail-if", "cost.total > 0.0000001")
    assert (code, err) == (1, "gencost: m large fails: cost.total = 5.4e-07\n")  # 60 x 9000 pico-USD; small: 6e-08
    code, _, err = gencost(capsys, "compare", "night1", "--fail-if", "quality.delta < 0")
    assert (code, err.count("\n")) == (2, 1)
    assert "quality.delta is a difference: say from what with --baseline" in err


def test_a_failed_gate_does_not_replace_the_baseline(nights, capsys, tmp_path):
    gencost(capsys, "compare", "night1", "--save-baseline", "b.json")
    before = (tmp_path / "b.json").read_bytes()
    assert gencost(capsys, "compare", "night2", "--baseline", "b.json", "--save-baseline", "b.json", *DEARER)[0] == 1
    assert (tmp_path / "b.json").read_bytes() == before


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read: No such file or directory"),
        ("{", "is not JSON"),
        ("[]", "is not a baseline: make one with gencost compare --save-baseline FILE"),
        ('{"format": "gencost baseline", "version": 99}', "is a baseline of version 99, this GenCost reads 1"),
        ('{"format": "gencost baseline", "version": 1, "tables": {}}', "is damaged"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(nights, capsys, tmp_path, content, problem):
    if content is not None:
        (tmp_path / "b.json").write_text(content, encoding="utf-8")
    code, _, err = gencost(capsys, "compare", "--baseline", "b.json")
    assert (code, err.count("\n")) == (2, 1)
    assert problem in err


def test_a_baseline_that_means_nothing_or_the_cells_themselves_is_one_line(nights, capsys):
    code, _, err = gencost(capsys, "compare", "night2", "--baseline", "smoll")
    assert (code, err.count("\n")) == (2, 1)
    assert "'smoll' is not a cell" in err
    code, _, err = gencost(capsys, "compare", "night2", "--baseline", "night2")
    assert "these are the cells themselves" in err
