"""gencost compare and gencost power, as typed."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree as ET

import pytest
from command_line import gencost
from made import record, store

from gencost.metrics_db import init_db


@pytest.fixture
def recorded():
    """A sweep of two cells and a run of another day; b costs half of a, c twice."""
    engine = init_db()
    cells = {"a": ("aaaa1111", "m=a", "sweep1", 1000), "b": ("bbbb2222", "m=b", "sweep1", 500)}
    cells["c"] = ("cccc3333", "m=c", "tuesday", 2000)
    for run_id, cell, sweep_id, pico in cells.values():
        records = [record(run_id, i, pico=pico, score=0.5 + i / 100) for i in range(12)]
        store(engine, {cell: records}, ids=[run_id], sweep_id=sweep_id)
    yield engine
    engine.dispose()


def test_json_has_every_cell_pair_and_the_decision(recorded, capsys):
    code, out, _ = gencost(capsys, "compare", "sweep1", "--format", "json")
    parsed = json.loads(out)
    assert code == 0
    assert [one["cell"] for one in parsed["cells"]] == ["m a", "m b"]
    assert parsed["pairs"][0]["cost"]["ratio"]["value"] == 0.5
    pinned = {k: parsed["decision"][k] for k in ("outcome", "cell", "probable", "reference", "n_prompts", "margin")}
    # as good and half the cost, but 12 prompts show nothing
    assert pinned == {"outcome": "undecided", "cell": "m a", "probable": "m b", "reference": "m a"} | {
        "n_prompts": 12,
        "margin": 0.02,
    }
    assert parsed["decision"]["n_needed"] == 189  # 1.96^2 x 0.98 / 0.02
    assert parsed["criteria"]["margin"] == 0.02


def test_csv_has_a_row_a_cell(recorded, capsys):
    _, out, _ = gencost(capsys, "compare", "sweep1", "--format", "csv", "--baseline", "a")
    a, b = csv.DictReader(io.StringIO(out))
    assert (a["cell"], a["against"], b["against"], b["cost_ratio"]) == ("m a", "", "m a", "0.5")


def test_sweeps_and_runs_are_mixed_across_days(recorded, capsys):
    _, out, _ = gencost(capsys, "compare", "tues", "aaaa", "--format", "json")
    assert [one["cell"] for one in json.loads(out)["cells"]] == ["m c", "m a"]


def test_the_criteria_of_the_command_win(recorded, capsys):
    _, out, _ = gencost(capsys, "compare", "sweep1", "--format", "json", "--reference", "a", "--min-quality", "0.9")
    parsed = json.loads(out)
    assert (parsed["decision"]["cell"], parsed["decision"]["reference"]) == (None, "m a")
    assert parsed["criteria"]["min_quality"] == 0.9


def test_a_condition_that_holds_is_exit_code_1_and_a_junit_failure(recorded, capsys):
    gate = ("--baseline", "a", "--fail-if", "cost.mean_ratio < 0.6", "--junit", "gate.xml")
    code, _, err = gencost(capsys, "compare", "sweep1", *gate)
    assert code == 1
    assert "m b fails: cost.mean_ratio = 0.5" in err
    suite = ET.parse("gate.xml").getroot()
    assert suite.attrib["failures"] == "1"
    assert suite[0].attrib["name"] == "m b"
    code, _, _ = gencost(capsys, "compare", "sweep1", "--baseline", "a", "--fail-if", "cost.mean_ratio > 0.6")
    assert code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("compare", "nope"), "no run begins like this"),
        (("compare", "sweep1", "--reference", "m=z"), "is not a cell"),
        (("compare", "sweep1", "--junit", "x.xml"), "needs --fail-if"),
        (("compare", "sweep1", "--margin", "-1"), "margin"),
        (("compare", "sweep1", "--margin", "2"), "--margin 2: the scores lie between 0 and 1"),
        (("compare", "sweep1", "-o", "no/such/folder/x"), "cannot be written"),
        (("power", "--delta", "0"), "must be > 0"),
        (("power", "--delta", "1", "--run", "last"), "power holds two cells against each other, and here is one"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(recorded, capsys, arguments, said):
    code, _, err = gencost(capsys, *arguments)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1


def test_markdown_and_table_go_to_a_file(recorded, capsys, tmp_path):
    gencost(capsys, "compare", "sweep1", "--format", "markdown", "-o", "c.md")
    assert (tmp_path / "c.md").read_text(encoding="utf-8").startswith("**Undecided: m b")


def test_power_says_what_a_difference_takes(recorded, capsys):
    code, out, _ = gencost(capsys, "power", "--delta", "0.01", "--sweep", "sweep1")
    assert code == 0
    assert "m a against m b" in out
    assert "n/a" in out  # they never differ, so no variance was recorded


def test_a_full_disk_behind_the_output_is_one_line(recorded, capsys, monkeypatch):
    def full(text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sys.stdout.write", full)
    code, _, err = gencost(capsys, "compare", "sweep1", "--format", "json")
    assert (code, err) == (1, "gencost: [Errno 28] No space left on device\n")


def test_null_takes_a_recorded_criterion_away(capsys):
    limits = {"max_p95_ms": 1, "max_ttft_p95_ms": 1, "min_quality": 2, "rare_cost": 25, "reference": "m=b"}
    config = {"decision": {"margin": 0.1, **limits}, "traffic": {"calls_per_month": 9}}
    engine = init_db()
    cells = {f"m={name}": [record(name, i, score=1.0) for i in range(3)] for name in "ab"}
    store(engine, cells, config_json=json.dumps(config))
    engine.dispose()
    keys = [*limits, "calls_per_month"]
    _, out, _ = gencost(capsys, "compare", "--format", "json")
    assert None not in [json.loads(out)["criteria"][key] for key in keys]
    options = [word for key in keys for word in (f"--{key.replace('_', '-')}", "null")]
    code, out, _ = gencost(capsys, "compare", *options, "--format", "json")
    assert [json.loads(out)["criteria"][key] for key in keys] == [None] * 6
    assert json.loads(out)["criteria"]["margin"] == 0.1
    code, _, err = gencost(capsys, "compare", "--rare-cost", "nul")
    assert (code, err) == (
        2,
        "gencost: compare: --rare-cost: 'nul': give a number, e.g. 0.05; see gencost compare --help\n",
    )
