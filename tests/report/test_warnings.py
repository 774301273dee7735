from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest

from gencost.analysis.answer_facts import AnswerFacts
from gencost.analysis.overhead import Overhead
from gencost.analysis.recorded.asked_load import AskedLoad
from gencost.analysis.recorded.runs import Run
from gencost.analysis.summary import CellSummary, ProviderCost
from gencost.analysis.timing import timing
from gencost.report.warnings import notes, warnings

RUN = Run(
    run_id="r",
    sweep_id=None,
    name="n",
    cell="c",
    mlflow_run_id=None,
    score=None,
    seed=0,
    status="finished",
    error_message=None,
    started_at=datetime(2026, 1, 1, tzinfo=UTC),
    ended_at=None,
    client_bound=False,
    loop_lag_p99_ms=1.0,
)
COLUMNS = ["ts", "queue_ms", "latency_ms", "backoff_ms", "attempts", "status", "from_cache", "ttft_ms"]
NO_TIMES = timing(
    pd.DataFrame(columns=[*COLUMNS, "usage_tokens_out"]).astype({"from_cache": bool, "ts": "datetime64[ns, UTC]"})
)
CALM = CellSummary(
    run=RUN,
    n=100,
    ok=100,
    errors=0,
    pending=0,
    skipped=0,
    cached=0,
    timing=NO_TIMES,
    cost_pico_usd_total=10**12,
    cost_usd_mean=0.01,
    priced=100,
    unpriced=0,
    cost_reasons={},
    free=False,
    saved_pico_usd=None,
    provider_cost=None,
    overhead=Overhead(),
    score_means={},
    score_counts={},
    tokens_in_total=1,
    tokens_out_total=1,
)


def test_where_all_is_well_nothing_is_said():
    assert warnings([CALM]) == notes([CALM]) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unpriced": 3}, "3 of 100 answers have no known cost"),
        ({"pending": 2}, "2 calls were sent without a known end"),
        ({"overhead": Overhead(lost=4)}, "4 calls were in flight at a crash and may have been billed twice"),
        ({"run": replace(RUN, client_bound=True, loop_lag_p99_ms=9.0)}, "ran up to 9.0 ms late .* fewer calls"),
        ({"answers": AnswerFacts(cut=3)}, "3 of 100 answers were cut off at a limit of tokens: raise max_tokens"),
        (
            {"answers": AnswerFacts(empty=1, only_thinking=2)},
            "1 of 100 answers is empty; 2 of 100 answers are a thought",
        ),
        ({"answers": AnswerFacts(served={("a", "b"): 9})}, "9 of 100 answers came from b, asked was a"),
        (
            {"provider_cost": ProviderCost(calls=9, charged_usd=1.1, ours_usd=1.0)},
            r"charged \$1.100 for 9 calls .*\$1.00",
        ),
        ({"timing": replace(NO_TIMES, due_per_s=100.0, sent_per_s=90.0)}, "100.0 calls/s were due and 90.0 were sent"),
    ],
)
def test_what_must_not_be_overlooked_is_said_with_its_figures(changes, said):
    (line,) = warnings([replace(CALM, **changes)])
    assert re.search(said, line)


CLOSED = AskedLoad(in_flight=100, closed=True)
HALF = replace(NO_TIMES, in_flight_mean=50.0, in_flight_max=99, due_per_s=100.0, sent_per_s=90.0)


@pytest.mark.parametrize(
    ("run", "n", "said"),
    [
        ({}, 999, "999 calls are so few that the first and the last weigh: raise n or repeats"),
        ({"load": replace(CLOSED, limited=True)}, 5000, r"the limits of the account let calls wait \(queue_ms\)"),
        ({"loop_lag_p99_ms": 3.0}, 5000, "this process is the limit: load.processes=2, if there is a core for it"),
        ({"load": replace(CLOSED, processes=2), "loop_lag_p99_ms": 3.0}, 5000, "these 2 .* limit: load.processes=3"),
        ({}, 5000, "places were empty between calls"),
    ],
)
def test_a_closed_loop_says_how_many_places_were_taken_and_why_not_all(run, n, said):
    cell = replace(CALM, n=n, run=replace(RUN, **{"load": CLOSED, **run}), timing=HALF)
    assert warnings([cell]) == []  # nothing is due in it
    (line,) = notes([cell])
    assert re.fullmatch(rf"c: in flight: 100 asked, 50.0 on average, 99 at most; {said}.*\.", line)
    full = replace(cell, timing=replace(HALF, in_flight_mean=95.0))
    assert notes([full]) == ["c: in flight: 100 asked, 95.0 on average, 99 at most."]
    few = replace(cell, run=replace(cell.run, load=replace(CLOSED, in_flight=8)))
    assert notes([few]) == []


def test_a_client_that_is_too_slow_names_the_process_and_the_remedy():
    bound = replace(RUN, client_bound=True, loop_lag_p99_ms=9.0, load=replace(CLOSED, closed=False))
    client, late = warnings([replace(CALM, run=bound, timing=HALF)])
    assert "may be as much too long; this process is the limit: load.processes=2, or fewer calls in flight" in client
    assert late.endswith("queue_ms has the waits: this process is the limit: load.processes=2, or lower the rate.")


@pytest.mark.parametrize(
    "changes",
    [
        {"provider_cost": ProviderCost(calls=9, charged_usd=1.004, ours_usd=1.0)},  # 0.4 %: rounding
        {"timing": replace(NO_TIMES, due_per_s=100.0, sent_per_s=96.0)},
    ],
)
def test_small_differences_are_no_warning(changes):
    assert warnings([replace(CALM, **changes)]) == []


def test_money_beside_the_results_is_noted():
    spent = Overhead(calls={"warmup": 5, "judge": 2}, pico_usd={"judge": 3 * 10**12})
    lines = notes([replace(CALM, cost_pico_usd_total=2 * 10**12, overhead=spent, cached=7, saved_pico_usd=10**12)])
    assert lines == [
        "c: 5 warmup calls are not in the table and cost n/a.",
        "c: 2 judge calls are not in the table and cost $3.000.",
        "c: in all $5.000, as gencost bill says; the total cost is that of the answers, $2.000.",
        "c: 7 answers came from the cache, which saved $1.000.",
    ]


def test_a_longer_name_of_the_same_model_is_a_note():
    facts = AnswerFacts(served={("gpt-4o", "gpt-4o-2024-08-06"): 100})
    assert warnings([replace(CALM, answers=facts)]) == []
    assert notes([replace(CALM, answers=facts)]) == [
        "c: 100 of 100 answers came from gpt-4o-2024-08-06, asked was gpt-4o."
    ]


def test_a_cell_that_found_its_prompts_in_the_servers_cache_is_said_with_the_remedy():
    shares = (0.0, 0.9)
    first, second = (
        replace(one, answers=AnswerFacts(asked=("p:m",), cached_input_share=share))
        for one, share in zip(cells(2), shares, strict=True)
    )
    (line,) = warnings([first, second])
    assert re.search("90% of the input of c1 in its prompt cache and 0% of that of c0.*load.warmup", line)
    assert warnings([first, replace(second, answers=replace(second.answers, cached_input_share=0.05))]) == []
    assert warnings([first, replace(second, answers=replace(second.answers, asked=("p:other",)))]) == []


def cells(n: int, **changes) -> list[CellSummary]:
    return [replace(CALM, run=replace(RUN, cell=f"c{i}"), **changes) for i in range(n)]


def test_what_is_the_same_for_many_cells_is_said_once():
    sent = "2 calls were sent without a known end and may be billed."
    assert warnings(cells(5, pending=2)) == [f"all 5 cells: {sent}"]
    assert warnings([*cells(5, pending=2), CALM]) == [f"c0; c1; c2; 2 more: {sent}"]


def test_a_burst_missed_no_rate_and_a_slow_client_is_not_told_to_send_more():
    burst = replace(NO_TIMES, due_per_s=5000.0, sent_per_s=90.0)  # 100 calls due within 20 ms
    assert warnings([replace(CALM, timing=burst)]) == []
    late, slow = replace(NO_TIMES, due_per_s=100.0, sent_per_s=90.0), replace(RUN, client_bound=True)
    said = warnings([replace(CALM, timing=late, run=slow)])
    assert len(said) == 2
    assert not any("raise load.concurrency" in line for line in said)


def test_a_single_call_is_no_evidence_of_a_slow_client():
    assert warnings([replace(CALM, n=1, run=replace(RUN, client_bound=True))]) == []


def test_of_many_cells_three_lines_of_a_kind_are_shown():
    many = [replace(one, pending=i + 1) for i, one in enumerate(cells(9))]
    lines = warnings(many)
    assert len(lines) == 4
    assert lines[0].startswith("c0: 1 call was sent")
    assert lines[3] == "6 more cells: the like of the line above."
