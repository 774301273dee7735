"""A price list that begins with others is the same for a command as for a run."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from gencost.errors import PricingError
from gencost.pricing import load_pricing

MINE = """defaults: [default, _self_]
models:
  "mock:small-latest": [{input_usd_per_mtok: 7, output_usd_per_mtok: 9}]
"""


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "own" / "pricing"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(MINE)
    return folder


def test_what_it_says_takes_the_place_of_what_it_begins_with(own):
    shipped, mine = load_pricing(), load_pricing(own / "mine.yaml")
    assert mine["mock:small-latest"].input_usd_per_mtok == 7
    assert mine["mock:large-latest"] == shipped["mock:large-latest"]
    assert mine.settings == shipped.settings


def test_a_run_bills_by_it(own, tmp_path, gencost_run):
    done = gencost_run("--config-dir", "own", "pricing=mine", "model=small", "n=3", "tracking=none", "report=none")
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(tmp_path / "llmopt_stage1.sqlite")) as connection:
        rows = connection.execute("SELECT usage_tokens_in, usage_tokens_out, cost_pico_usd FROM responses").fetchall()
    assert [pico for _, _, pico in rows] == [(7 * i + 9 * o) * 10**6 for i, o, _ in rows]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MINE.replace(": 7", ": 010"), "='010': write the number without"),
        (MINE.replace("default,", "parent,"), "='1:30': a rate is a number"),
        (MINE.replace("[{", "{").replace("}]", "}"), "a list in one file and a mapping in the other"),
        (MINE.replace("default,", "nobody,"), "there is no price list 'nobody'"),
        (MINE.replace("default,", "mine,"), "the list is part of itself"),
        (MINE.replace("[default, _self_]", "1"), "defaults=1: write names of price lists"),
    ],
)
def test_what_is_no_price_is_refused_wherever_it_stands(own, gencost_run, text, said):
    (own / "parent.yaml").write_text('models: {"p:m": {input_usd_per_mtok: 1:30, output_usd_per_mtok: 2}}')
    (own / "mine.yaml").write_text(text)
    with pytest.raises(PricingError) as refused:
        load_pricing(own / "mine.yaml")
    assert said in str(refused.value)
    done = gencost_run("--config-dir", "own", "pricing=mine", "n=3", "tracking=none", "report=none")
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
