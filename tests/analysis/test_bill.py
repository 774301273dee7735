"""A bill is exactly the sum of its rows, however they are split, on every database."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from rows import PRICE, failed, record, run_row
from sqlalchemy import insert

from gencost.analysis.bills.bill import Billed
from gencost.analysis.bills.keys import KEYS
from gencost.analysis.bills.reading import read_bill
from gencost.analysis.recorded.corrections import as_recorded
from gencost.analysis.results import read_results
from gencost.errors import ConfigError
from gencost.metrics_db import Writer, init_db, insert_runs
from gencost.metrics_db.tables import corrections
from gencost.report.bill import bill_notes
from gencost.types import Attempt, CallSite, Cost, Usage
from gencost.values.call_site import REPLAYED

START = datetime(2026, 11, 1, tzinfo=UTC)


def call(prompt: str, *, model="m", at=START, site: CallSite | None = None, **facts):
    made = record("r", prompt, **facts)
    return replace(made, request=replace(made.request, ts=at, model=model, call_site=site))


def store(engine, *records):
    async def write(writer):
        for each in records:
            await writer.pending(each.request)
            await writer.settle(each, [PRICE])

    insert_runs(engine, [run_row("r", "c")])
    with Writer(engine) as writer:
        asyncio.run(write(writer))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def db(request, tmp_path):
    url = f"sqlite:///{tmp_path}/b.sqlite"
    opened = init_db(url if request.param == "sqlite" else request.getfixturevalue("postgres_database"))
    yield opened
    opened.dispose()


def test_sums_and_percentiles_are_those_of_the_rows_by_any_key(db):
    drawn = np.random.default_rng(7)
    picos = [int(pico) for pico in drawn.integers(1, 10**9, 60)]
    times = [float(ms) for ms in drawn.integers(1, 1000, 60)]
    store(db, *(call(f"p{n}", pico=picos[n], latency_ms=times[n], model=f"m{n % 3}") for n in range(60)))
    bill = read_bill(db, ["model"])
    for row in bill.rows:
        places = range(int(row.keys[0][1:]), 60, 3)
        assert row.cost_pico_usd == sum(picos[n] for n in places)
        assert row.p50_ms == pytest.approx(np.percentile([times[n] for n in places], 50), rel=1e-12)
        assert row.p95_ms == pytest.approx(np.percentile([times[n] for n in places], 95), rel=1e-12)
        assert (row.calls, row.tokens_in, row.tokens_out) == (20, 40, 60)  # 2 in, 3 out a call
    assert [row.cost_pico_usd for row in bill.rows] == sorted((row.cost_pico_usd for row in bill.rows), reverse=True)
    assert (bill.total.cost_pico_usd, bill.total.calls) == (sum(picos), 60)
    assert bill.total.p50_ms == pytest.approx(np.percentile(times, 50), rel=1e-12)


def test_a_sum_beyond_64_bits_is_exact(db):
    store(db, *(call(f"p{n}", pico=2**63 - 1) for n in range(3)))
    assert read_bill(db).total.cost_pico_usd == 3 * (2**63 - 1)


def test_unknown_is_none_and_counted_and_failed_calls_are_errors(db):
    store(db, call("a", pico=None, model="unpriced"), call("b"), replace(failed("r", "c"), request=call("c").request))
    by_model = {row.keys[0]: row for row in read_bill(db, ["model"]).rows}
    assert (by_model["unpriced"].cost_usd, by_model["unpriced"].unpriced) == (None, 1)
    assert (by_model["m"].cost_usd, by_model["m"].errors, by_model["m"].calls) == (Decimal("1e-9"), 1, 2)
    assert by_model["m"].source_cost_usd is None


def test_what_failed_tries_cost_is_in_the_bill(db):
    cost = Cost(pico_usd=7, status="priced", price_id="p")
    tries = (
        Attempt(attempt=1, ts=START, service_ms=1.0, error_type="truncated", cost=cost),
        Attempt(attempt=2, ts=START, service_ms=1.0, cost=Cost(pico_usd=1000, status="priced", price_id="p")),
    )
    store(db, call("a", attempts=tries), call("b"))
    assert read_bill(db).total.cost_pico_usd == 1000 + 7 + 1000


def test_bill_and_comparison_agree_on_all_that_a_cell_cost_and_name_what_is_beside_its_answers(db):
    def tried(*picos: int) -> tuple[Attempt, ...]:
        ends = [None if n == len(picos) - 1 else "truncated" for n in range(len(picos))]
        costs = [Cost(pico_usd=pico, status="priced", price_id="p") for pico in picos]
        return tuple(
            Attempt(attempt=n, ts=START, service_ms=1.0, error_type=end, cost=cost)
            for n, (end, cost) in enumerate(zip(ends, costs, strict=True), start=1)
        )

    judged = call("c", pico=30)
    judged = replace(judged, request=replace(judged.request, role="judge"))
    store(db, call("a", attempts=tried(7, 1000)), call("b"), judged)
    total = read_bill(db).total
    (cell,) = read_results(db, ["r"]).summaries
    assert (cell.cost_pico_usd_total, cell.overhead.pico_usd) == (2000, {"judge": 30, "failed_tries": 7})
    assert total.cost_pico_usd == cell.all_calls_pico_usd == 2000 + 7 + 30
    assert total.tries_pico_usd == 7
    assert any(note.endswith("of it is what failed tries cost") for note in bill_notes(read_bill(db)))


def test_the_newest_correction_counts_unless_what_was_recorded_is_asked_for(db):
    store(db, call("a"), call("b"))
    usage = {"tokens_in": 10, "tokens_out": 20, "tokens_cached": 4, "tokens_cache_write": 1, "tokens_cache_write_1h": 2}
    fixed = {"request_id": "r-a-0", "cost_status": "priced"}
    with db.begin() as connection:
        for day, pico in ((1, 5), (2, 6)):
            row = {**fixed, "reader": "9 chat", "ts": START + timedelta(days=day), "cost_pico_usd": pico}
            connection.execute(insert(corrections), {**row, "usage_json": json.dumps(usage)})
    total = read_bill(db).total
    assert (total.cost_pico_usd, total.tokens_in, total.tokens_cached, total.tokens_cache_write) == (1006, 12, 4, 3)
    recorded = read_bill(as_recorded(db)).total
    assert (recorded.cost_pico_usd, recorded.tokens_in, recorded.tokens_cache_write) == (2000, 4, 0)


def test_a_correction_to_no_usage_makes_the_cost_unknown(db):
    store(db, call("a"))
    with db.begin() as connection:
        row = {"request_id": "r-a-0", "reader": "9 chat", "ts": START, "cost_status": "unpriced"}
        connection.execute(insert(corrections), row)
    total = read_bill(db).total
    assert (total.cost_usd, total.unpriced, total.tokens_in) == (None, 1, None)


def test_sites_tags_sessions_and_users_are_keys(db):
    pay = CallSite(site="checkout", tags={"route": "pay", "a.b": "1"}, session="s", user_hash="u", source="litellm")
    store(db, call("a", site=pay), call("b"))
    by = ["site", "tag.route", "tag.a.b", "tag.none", "session", "user", "source"]
    rows = {row.keys for row in read_bill(db, by).rows}
    assert rows == {("checkout", "pay", "1", None, "s", "u", "litellm"), (None,) * 7}


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("hour", ["2026-12-27T23", "2026-12-28T00"]),
        ("day", ["2026-12-27", "2026-12-28"]),
        ("week", ["2026-W52", "2026-W53"]),  # 28 December 2026 is a Monday, and 2026 has 53 ISO weeks
        ("month", ["2026-12"]),
    ],
)
def test_times_are_utc_and_in_order(db, key, names):
    night = datetime(2026, 12, 27, 23, 59, 59, 999_999, tzinfo=UTC)
    store(db, call("a", at=night), call("b", at=night + timedelta(microseconds=1), pico=10**6))
    assert [row.keys[0] for row in read_bill(db, [key]).rows] == names


def test_every_key_can_be_asked_for(db):
    store(db, call("a", site=CallSite(site="checkout")))
    assert [read_bill(db, [key]).total.calls for key in KEYS] == [1] * len(KEYS)


def test_since_and_runs_choose_calls(db):
    store(db, call("a"), call("b", at=START + timedelta(days=2)))
    assert read_bill(db, billed=Billed(since=START + timedelta(days=1))).total.calls == 1
    assert read_bill(db, billed=Billed(run_ids=["other"])).total.calls == 0


def test_a_month_is_thirty_days_like_those_covered(db):
    store(db, call("a", pico=10**12), call("b", at=START + timedelta(days=15), pico=10**12))
    bill = read_bill(db)
    assert bill.days == 15
    assert bill.month_usd(bill.total) == 4.0  # 2 USD in 15 days


def test_answers_given_again_from_the_record_are_not_paid_twice(db):
    store(db, call("a"), call("b", site=CallSite(source=REPLAYED)))
    bill = read_bill(db)
    assert (bill.total.calls, bill.total.cost_pico_usd, bill.replayed) == (1, 1000, 1)


def test_parts_of_a_usage_are_summed_by_bucket(db):
    usage = Usage(tokens_in=100, tokens_cached=40, tokens_cache_write=10, tokens_cache_write_1h=5, tokens_out=9)
    made = call("a")
    store(db, replace(made, response=replace(made.response, usage=replace(usage, tokens_reasoning=3))))
    row = read_bill(db).total
    assert (row.tokens_in, row.tokens_cached, row.tokens_cache_write) == (100, 40, 15)
    assert (row.tokens_out, row.tokens_reasoning) == (9, 3)


@pytest.mark.parametrize(
    ("by", "said"),
    [(["modle"], r"--by modle: there is no such key \(did you mean 'model'"), (["day", "day"], "day is there twice")],
)
def test_a_key_that_does_not_exist_names_the_nearest(engine, by, said):
    with pytest.raises(ConfigError, match=said):
        read_bill(engine, by)
