"""A price on the command line for a server of one's own; experiments named by prompt files; what a dry run rests on."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime

import pytest

from gencost.config.cell import compose_cell, experiment_name
from gencost.cost_tracker import CostTracker
from gencost.pricing import load_pricing
from gencost.types import Response, Usage

NOW = datetime(2026, 11, 26, tzinfo=UTC)
PRICE = ("model.price.input_usd_per_mtok=0.2", "model.price.output_usd_per_mtok=0.6")
QUIET = ("tracking=none", "report=none", "model=small")


def rows(query: str) -> list[tuple]:
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def priced(served: str | None) -> float | None:
    given = {"local:qwen": {"input_usd_per_mtok": 0.2, "output_usd_per_mtok": 0.6, "source": "command line"}}
    tracker = CostTracker(load_pricing({"models": {}, "given": given}))
    usage = Usage(tokens_in=1_000_000, tokens_out=1_000_000)
    answer = Response(text="", usage=usage, latency_ms=1.0, response_model=served)
    usd = tracker.price(provider="local", model="qwen", response=answer, at=NOW).usd
    return None if usd is None else float(usd)


@pytest.mark.parametrize("served", [None, "qwen", "/models/Qwen3-8B-Q4_K_M.gguf", "gpt-4o"])
def test_the_price_holds_whatever_the_server_calls_its_model(served):
    assert priced(served) == 0.8  # 0.2 + 0.6


def test_it_is_recorded_as_a_block_and_neither_sent_nor_a_part_of_the_cell(gencost_run):
    assert gencost_run(*QUIET, "n=2", *PRICE).returncode == 0
    assert gencost_run(*QUIET, "n=2").returncode == 0
    blocks = dict(rows("SELECT source, block FROM prices"))
    assert json.loads(blocks["command line"]) == {"input_usd_per_mtok": "0.2", "output_usd_per_mtok": "0.6"}
    assert rows("SELECT count(DISTINCT cell_key), count(DISTINCT cell) FROM runs") == [(1, 1)]
    assert rows("SELECT count(*) FROM requests WHERE params_json LIKE '%price%'") == [(0,)]
    usd = "0.2 * usage_tokens_in + 0.6 * usage_tokens_out"
    ours = "JOIN prices USING (price_id) WHERE source = 'command line'"
    assert rows(f"SELECT count(*) FROM responses {ours} AND abs(cost_usd - ({usd}) / 1e6) < 1e-12") == [(2,)]


def test_it_comes_before_the_price_list():
    cell = compose_cell(["model=gpt_4o", *PRICE])
    (block,) = cell.config.pricing["given"].values()
    assert (block["input_usd_per_mtok"], block["source"]) == (0.2, "command line")
    assert "price" not in cell.params


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (PRICE[:1], "model.price: mock:small-latest: give input_usd_per_mtok and output_usd_per_mtok"),
        (("model.price.input_usd_per_mtokens=1",), "did you mean 'input_usd_per_mtok'"),
        (("model.price.input_usd_per_mtok=-1", PRICE[1]), "a rate is a number from 0 to 2000 USD"),
    ],
)
def test_a_price_that_cannot_be_is_one_line(gencost_run, words, problem):
    done = gencost_run(*QUIET, *words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert problem in done.stderr


def test_a_missing_price_is_told_with_its_key_and_where_it_goes(gencost_run):
    out = " ".join(gencost_run(*QUIET, "n=1", "pricing=openai_2023").stdout.split())
    assert 'add under models in conf/pricing/NAME.yaml: "mock:small-latest"' in out
    assert "or give model.price.input_usd_per_mtok=... and model.price.output_usd_per_mtok=..." in out


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("my.csv", "my"),
        ("../data/Support questions.v2.jsonl", "Support questions.v2"),
        ("/tmp/.hidden.csv", "hidden"),
        ("-x.csv", "x"),
        ("....", "set"),
        (None, "set"),
    ],
)
def test_an_experiment_is_named_by_its_prompt_file(path, name):
    assert experiment_name(path, "set") == name


def test_a_run_has_the_name_of_its_prompts_unless_one_is_given(gencost_run, tmp_path):
    for file in ("first.csv", "second.csv"):
        (tmp_path / file).write_text("text\nWhy?\n")
    gencost_run(*QUIET, "prompts.path=first.csv")
    gencost_run(*QUIET, "prompts.path=first.csv", "name=mine")
    assert gencost_run("-m", *QUIET, "prompts.path=first.csv,second.csv").returncode == 0  # one sweep has one name
    assert rows("SELECT name FROM runs ORDER BY started_at, cell") == [
        ("first",),
        ("mine",),
        ("baseline",),
        ("baseline",),
    ]
    assert (tmp_path / "outputs" / "first").is_dir()


def test_a_dry_run_shows_its_arithmetic_and_keeps_other_settings_apart(gencost_run):
    gencost_run(*QUIET, "n=3", "model.temperature=0.5")
    out = gencost_run(*QUIET, "n=3", "dry_run=true", *PRICE).stdout
    assert "3 recorded answers, all of other settings" in out
    assert "x $0.2 + " in out
    gencost_run(*QUIET, "n=2")
    out = gencost_run(*QUIET, "n=3", "dry_run=true").stdout
    assert "2 recorded answers of these settings; 3 of other settings are left out" in out
    out = gencost_run(*QUIET, "n=3", "dry_run=true", "model.price.gpu_hour.usd_per_hour=1.8").stdout
    assert "min of the machine / 60 x $1.8 an hour = $" in out
