"""gencost list, and the ids that a run prints."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from command_line import gencost
from made import START, record, run_row, store

from gencost.metrics_db import init_db, insert_runs


@pytest.fixture
def recorded():
    engine = init_db()
    cells = {"m=a": [record("aaaa1111", i) for i in range(3)], "m=b": [record("bbbb2222", i, pico=None) for i in (0,)]}
    store(engine, cells, ids=["aaaa1111", "bbbb2222"], sweep_id="5eed0001", name="nightly")
    later = {"started_at": START + timedelta(days=1), "status": "failed"}
    store(engine, {"m=c": []}, ids=["cccc3333"], sweep_id=None, name="try", **later)
    imported = {"kind": "imported", "started_at": START + timedelta(days=2), "name": "support logs", "sweep_id": None}
    insert_runs(engine, [{**run_row("dddd4444", "litellm"), **imported}])
    yield engine
    engine.dispose()


def test_json_has_every_fact_of_each_command_newest_first(recorded, capfd):
    _, out, _ = gencost(capfd, "list", "--format", "json")
    imported, single, sweep = json.loads(out)
    assert sweep == {
        "id": "5eed0001",
        "kind": "sweep",
        "name": "nightly",
        "cell": None,
        "when": "2026-01-01T00:00:00+00:00",
        "cells": 2,
        "calls": 4,
        "cost_usd": 0.00006,  # 3 x 20,000,000 pico-USD; the fourth is unknown
        "unpriced": 1,
        "status": "finished",
    }
    assert (single["kind"], single["cell"], single["calls"], single["status"]) == ("run", "m c", 0, "failed")
    assert single["cost_usd"] is None
    assert (imported["kind"], imported["name"]) == ("imported", "support logs")


def test_the_table_fits_80_columns(recorded, capfd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    insert_runs(recorded, [{**run_row("eeee5555", "c=" + "x" * 90), "sweep_id": None, "name": "n" * 40}])
    _, out, _ = gencost(capfd, "list")
    assert max(map(len, out.splitlines())) <= 80
    assert "$0.00006000+" in out
    assert "[imported]" in re.sub(r"\s", "", out)
    assert "cost with +: further answers have no known one" in out


def test_a_named_sweep_is_listed_run_by_run(recorded, capfd):
    _, out, _ = gencost(capfd, "list", "nightly", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["id"], row["cell"], row["calls"], row["cost_usd"]) for row in rows] == [
        ("aaaa1111", "m a", "3", "6e-05"),
        ("bbbb2222", "m b", "1", ""),
    ]


def test_the_newest_twenty_are_shown_and_the_rest_on_demand(recorded, capfd):
    insert_runs(recorded, [{**run_row(f"{i:08d}", "c"), "sweep_id": None} for i in range(25)])
    _, out, _ = gencost(capfd, "list")
    assert len(re.findall(r"\d\d:\d\d", out)) == 20
    assert "older ones: gencost list --all" in out
    _, out, _ = gencost(capfd, "list", "--all", "--format", "markdown")
    assert len(re.findall(r"\d\d:\d\d", out)) == 28  # the sweep, two runs and 25


def test_an_empty_db_says_how_to_begin(capfd):
    init_db().dispose()
    assert gencost(capfd, "list")[:2] == (
        0,
        "nothing is recorded yet: make calls with gencost run -m model=small,large n=50\n",
    )
    assert gencost(capfd, "list", "--format", "json")[1] == "[]\n"


def test_the_id_that_a_run_prints_is_taken_by_every_command(gencost_run, capfd):
    out = gencost_run("-m", "model=small,large", "n=2", "tracking=none", "report=none").stdout
    (printed,) = re.findall(r"^sweep +\w{8}: gencost (compare \w{8})$", out, re.MULTILINE)
    assert gencost(capfd, *printed.split())[0] == 0
    for words in (
        "compare last",
        "compare baseline",
        "audit last",
        "reprice --sweep last",
        "power --delta 1 --run last",
    ):
        assert gencost(capfd, *words.split())[0] != 2, words


def test_another_db_is_part_of_the_command_that_is_printed(gencost_run, tmp_path, capfd):
    (tmp_path / "my folder").mkdir()
    url = "metrics_db.url='sqlite:///my folder/x.sqlite'"
    out = gencost_run("model=small", "n=1", "tracking=none", "report=none", url).stdout
    assert re.search(r"^run +\w{8}: gencost compare \w{8} --db 'sqlite:///my folder/x.sqlite'$", out, re.MULTILINE)
