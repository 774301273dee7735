"""Prompts drawn from recorded traffic: stratified, weighted, answered again for nothing."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from gencost import UnifiedLLM
from gencost.analysis.bills.monthly import DrawnCall, estimated, monthly_remarks
from gencost.analysis.bills.reading import read_bill
from gencost.analysis.recorded.runs import runs
from gencost.cli import main
from gencost.errors import ConfigError, PromptError
from gencost.metrics_db import init_db
from gencost.metrics_db.tables import prompts, requests, responses, traffic
from gencost.providers.mock import MockProvider
from gencost.traffic import RecordedPrompts
from gencost.traffic.recorded_prompts import allocated
from gencost.values.call_site import REPLAYED, SAMPLED, WEIGHT

SIZES = {("a", "m", 1): 90, ("a", "m", 2): 9, ("b", "m", 1): 1}


@pytest.fixture
def engine():
    opened = init_db()
    yield opened
    opened.dispose()


@pytest.fixture
def recorded(engine):
    provider = MockProvider(profiles={"large-latest": {"words": 5}}, sleep=False)
    for site, calls in (("checkout", 40), ("search", 20)):
        with UnifiedLLM(provider=provider, model="large-latest", run=site) as llm, ThreadPoolExecutor(4) as threads:
            list(threads.map(llm.complete, [f"{site} {n}" + " please" * (n % 4 * 30) for n in range(calls)]))
    return engine


def test_each_stratum_gets_its_share_and_at_least_one():
    assert list(allocated(SIZES, 10).values()) == [8, 1, 1]
    assert list(allocated(SIZES, 3).values()) == [1, 1, 1]
    assert allocated(SIZES, None) == allocated(SIZES, 100) == SIZES


@pytest.mark.parametrize("n", range(3, 100, 7))
def test_shares_add_up_and_none_is_above_its_size(n):
    share = allocated(SIZES, n)
    assert sum(share.values()) == n
    assert all(1 <= share[name] <= SIZES[name] for name in SIZES)


def test_weights_of_a_draw_add_up_to_the_traffic(recorded):
    samples = RecordedPrompts(n=12).load()
    assert len(samples) == 12
    assert sum(float(sample.metadata[WEIGHT]) for sample in samples) == pytest.approx(60)
    sites = Counter(sample.call_site.site for sample in samples)
    assert sites["checkout"] > sites["search"] >= 1
    assert {sample.call_site.source for sample in samples} == {SAMPLED}


def test_a_draw_below_the_number_of_strata_is_one_stratum(recorded):
    (sample,) = RecordedPrompts(n=1).load()
    assert float(sample.metadata[WEIGHT]) == 60


def test_the_same_seed_draws_the_same_and_sites_choose(recorded):
    drawn = [[sample.id for sample in RecordedPrompts(n=9, seed=seed, site="checkout").load()] for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert {sample.call_site.site for sample in RecordedPrompts(site="checkout").load()} == {"checkout"}
    assert len(RecordedPrompts(site="checkout").load()) == 40


def test_what_was_asked_is_asked_and_the_answer_can_be_the_reference(recorded):
    (sample,) = RecordedPrompts(n=1, reference="recorded").load()
    with recorded.connect() as connection:
        row = connection.execute(
            select(prompts.c.text, responses.c.response)
            .select_from(requests.join(prompts).join(responses))
            .where(requests.c.request_id == sample.id)
        ).one()
    assert (sample.text, sample.reference) == (row.text, row.response)


def test_traffic_without_texts_or_of_another_site_is_said(recorded):
    with pytest.raises(PromptError, match=r"site=chekout.*did you mean 'checkout'.*sites: checkout, search"):
        RecordedPrompts(site="chekout").load()
    with recorded.begin() as connection:
        connection.execute(update(prompts).values(kind="hashed"))
    with pytest.raises(PromptError, match="60 requests of .*, none with its text: import with texts=keep"):
        RecordedPrompts().load()


@pytest.mark.parametrize("keys", [{"since": "yesterday"}, {"reference": "gold"}, {"n": 0}])
def test_wrong_keys_are_refused(keys):
    with pytest.raises(ConfigError):
        RecordedPrompts(**keys)


def test_the_recorded_answers_are_a_cell_that_is_not_paid_for_again(recorded, gencost_run, capfd):
    before = read_bill(recorded).total.cost_pico_usd
    done = gencost_run(
        "-m", "prompts=traffic", "n=30", "model=small,large", "tracking=none", "report=none", "load.concurrency=2"
    )
    assert done.returncode == 0, done.stderr
    assert "recorded" in done.stdout
    assert "saves" in done.stdout
    sweep_id = next(run.sweep_id for run in runs(recorded) if run.sweep_id)
    cells = {run.cell: run for run in runs(recorded, sweep_id=sweep_id)}
    assert set(cells) == {"recorded", "small", "large"}
    with recorded.connect() as connection:
        of_cell = (
            select(requests.c.prompt_id, requests.c.latency_ms, responses.c.cost_pico_usd)
            .select_from(requests.join(responses).join(traffic))
            .where(traffic.c.source == REPLAYED)
        )
        again = {row.prompt_id: (row.latency_ms, row.cost_pico_usd) for row in connection.execute(of_cell)}
        then = select(requests.c.request_id, requests.c.latency_ms, responses.c.cost_pico_usd).join(responses)
        first = {row.request_id: (row.latency_ms, row.cost_pico_usd) for row in connection.execute(then)}
    assert len(again) == 30
    assert all(first[at] == facts for at, facts in again.items())
    bill = read_bill(recorded, ["source"])
    paid = {row.keys[0]: row.cost_pico_usd for row in bill.rows}
    assert (bill.replayed, paid["application"]) == (30, before)
    assert len(RecordedPrompts().load()) == 60  # what was drawn is not drawn from
    with pytest.raises(SystemExit) as end:
        main(["audit", "--all"])
    assert end.value.code == 0, capfd.readouterr().out
    lines = list(monthly_remarks(recorded, list(cells.values())))
    assert lines[0].startswith("30 days of this traffic, estimated from 30 of 60 requests of 1.0 days: recorded $")
    assert len(lines) == 3


def drawn(stratum: str, weight: float) -> DrawnCall:
    return DrawnCall(stratum=stratum, weight=weight, days=15.0, usd=1.0, replayed=True)


def test_a_month_is_the_weighted_total_with_the_variance_of_the_strata():
    calls = {"a": drawn("s", 2), "b": drawn("s", 2), "c": drawn("t", 5), "d": drawn("t", 5)}
    cost = estimated(calls, {"a": 1.0, "b": 3.0, "c": 10.0, "d": 10.0})
    # 4 * 2 + 10 * 10 = 108 in 15 days; only s spreads: 4^2 * (1 - 2/4) * 2 / 2 = 8; t of 2 degrees: 4.3027
    assert cost.usd == pytest.approx(216)
    assert cost.high - cost.usd == pytest.approx(4.302653 * 8**0.5 * 2, rel=1e-6)


def test_all_of_the_traffic_has_no_uncertainty():
    calls = {"a": drawn("s", 1), "b": drawn("s", 1)}
    cost = estimated(calls, {"a": 1.0, "b": 3.0})
    assert (cost.usd, cost.low, cost.high) == (8.0, 8.0, 8.0)


def test_without_a_value_in_a_stratum_there_is_no_estimate():
    assert estimated({"a": drawn("s", 1), "b": drawn("t", 1)}, {"a": 1.0}) is None
    assert json.dumps(estimated({"a": drawn("s", 1)}, {"a": 1.0}).low) == "null"
