"""What a reader missed is found by a check that does not share it, shown by reread, and corrected beside the record."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from rich.console import Console
from sqlalchemy import select, text

from gencost import UnifiedLLM
from gencost.analysis.recorded import frames
from gencost.analysis.recorded.corrections import as_recorded
from gencost.audit.check import audit
from gencost.audit.coverage import uncovered
from gencost.audit.page import show_request
from gencost.audit.reread import reread
from gencost.cost_tracker import CostTracker
from gencost.metrics_db import Writer, tables
from gencost.metrics_db.run_rows import insert_runs
from gencost.pricing import load_pricing
from gencost.protocols import Provider
from gencost.types import Response, Usage
from gencost.usage import READER

RAW = {"prompt_tokens": 30, "completion_tokens": 100, "total_tokens": 730}
PRICES = {"models": {"p:m": {"input_usd_per_mtok": 2, "output_usd_per_mtok": 8}}, "fallback": "none"}
OLD, NEW = 860_000_000, 5_660_000_000  # 30 x 2 + 100 x 8, and 30 x 2 + 700 x 8 millionths of a USD, in 1e-12 USD


class Old(Provider):
    """What an earlier reader made of an answer whose thinking only the total shows."""

    name = "p"

    async def complete(self, request):
        usage = Usage(tokens_in=30, tokens_out=100)
        return Response(text="yes", latency_ms=1.0, response_model="m", usage=usage, raw_usage=RAW)


@pytest.fixture
def recorded(engine):
    """One run of one call as an earlier GenCost recorded it."""
    import json

    facts = {"run_id": "r", "cell": "c", "name": "n", "cell_key": "k", "seed": 0, "status": "running"}
    config = {"pricing": PRICES, "model": {"name": "m"}}
    more = {"config_json": json.dumps(config), "versions_json": "{}", "started_at": datetime.now(UTC)}
    insert_runs(engine, [{**facts, **more}])
    tracker = CostTracker(load_pricing(PRICES))
    with (
        Writer(engine) as writer,
        UnifiedLLM(provider=Old(), model="m", cost_tracker=tracker, writer=writer, run_id="r") as llm,
    ):
        assert llm.complete("Well?").cost.pico_usd == OLD
    return engine


def costs(engine) -> list[int]:
    return frames.calls(engine, ["r"])["cost_pico_usd"].tolist()


def test_the_second_check_finds_what_the_reader_missed(recorded):
    figures = {verdict.figure for _, verdict in audit(recorded, None).failures}
    assert {"tokens as the provider sent them", "usage as sent"} <= figures


def test_reread_shows_what_changes_and_writes_only_when_asked(recorded):
    (change,) = reread(recorded, ["r"], apply=False)
    assert (change.before.tokens_out, change.after.tokens_out) == (100, 700)
    assert (change.before_pico_usd, change.cost.pico_usd) == (OLD, NEW)
    assert costs(recorded) == [OLD]


def test_a_correction_holds_for_every_reader_but_who_asks_for_the_first(recorded):
    list(reread(recorded, ["r"], apply=True))
    assert costs(recorded) == [NEW]
    assert costs(as_recorded(recorded)) == [OLD]
    assert list(reread(recorded, ["r"], apply=True)) == []  # there is nothing left to correct
    with recorded.connect() as connection:
        assert connection.scalar(select(tables.responses.c.cost_pico_usd)) == OLD
        assert connection.scalar(select(tables.corrections.c.reader)) == f"{READER} chat"


def test_the_page_of_a_call_shows_what_was_recorded_and_its_correction(recorded):
    list(reread(recorded, ["r"], apply=True))
    with recorded.connect() as connection:
        (request_id,) = connection.scalars(select(tables.requests.c.request_id))
    page = Console(file=io.StringIO(), width=160)
    assert show_request(recorded, request_id, page)
    shown = page.file.getvalue()
    assert "$0.000860000000" in shown
    (after,) = shown.split("correction\n")[1:]
    assert "$0.005660000000" in after
    assert '"tokens_out": 700' in after


def test_an_audit_checks_both(recorded):
    list(reread(recorded, ["r"], apply=True))
    assert {verdict.figure for _, verdict in audit(recorded, None).failures} == set()
    with recorded.begin() as connection:
        connection.execute(text("UPDATE corrections SET cost_pico_usd = 1"))
    assert {verdict.figure for _, verdict in audit(recorded, None).failures} == {"corrected cost"}


@pytest.mark.parametrize(
    ("raw", "missing"),
    [
        ({"prompt_tokens": 30, "completion_tokens": 100}, []),
        ({"prompt_tokens": 30, "completion_tokens": 100, "queue_time": 7}, []),
        ({"prompt_tokens": 30, "completion_tokens": 100, "rest": float("inf")}, []),
        ({"prompt_tokens": 30, "completion_tokens": 100, "audio_tokens": 41}, ["audio_tokens=41"]),
        ({"prompt_tokens": 30, "completion_tokens": 100, "calls": [{"n": 3}]}, ["calls[].n=3"]),
        (
            {"prompt_tokens": 30, "generated_tokens": 90, "context_tokens": 7},
            ["generated_tokens=90", "context_tokens=7"],
        ),
        ({"prompt_tokens": 30, "completion_tokens": 100, "hit_rate": 7, "output_tps": 9, "text_tokens": 20}, []),
        (RAW, ["total_tokens=730", "total_tokens=730 is more than the 130 billed"]),
    ],
)
def test_a_number_must_be_a_sum_of_what_was_billed(raw, missing):
    assert uncovered(raw, Usage(tokens_in=30, tokens_out=100)) == missing


def test_the_prompt_of_a_tool_is_part_of_the_input_and_tokens_that_are_not_billed_are_none():
    raw = {"promptTokenCount": 20, "toolUsePromptTokenCount": 10, "candidatesTokenCount": 100}
    assert uncovered(raw, Usage(tokens_in=30, tokens_out=100)) == []
    cohere = {
        "billed_units": {"input_tokens": 30, "output_tokens": 100},
        "tokens": {"input_tokens": 58},
        "cached_tokens": 57,
    }
    assert uncovered(cohere, Usage(tokens_in=30, tokens_out=100)) == []


def test_rates_that_later_rules_choose_otherwise_are_reread_s_and_no_fault_once_corrected(recorded):
    def faults() -> list[str]:
        return [str(it.recomputed) for _, it in audit(recorded, None).failures if it.figure.startswith("rates of")]

    with recorded.begin() as connection:  # what was billed at 2 USD a million is at 3 by today's rules
        connection.execute(text("UPDATE runs SET config_json = replace(config_json, '_mtok\": 2', '_mtok\": 3')"))
        connection.execute(text("UPDATE responses SET usage_reader = '1 chat'"))
    (fault,) = faults()
    assert fault.endswith("by later rules: gencost reread --apply corrects it")
    list(reread(recorded, ["r"], apply=True))
    assert faults() == []


def test_a_price_in_exact_decimals_is_the_corrected_one(recorded):
    (change,) = reread(recorded, None, apply=False)
    assert change.cost.usd == Decimal("0.00566")
