"""What a provider sent with an answer is evidence, too: counts and charge are read from it once more."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from gencost import UnifiedLLM
from gencost.audit.check import audit
from gencost.cost_tracker import CostTracker
from gencost.metrics_db import Writer
from gencost.pricing import load_pricing
from gencost.protocols import Provider
from gencost.types import Response
from gencost.usage import read_usage

RAW = {
    "prompt_tokens": 100,
    "completion_tokens": 20,
    "prompt_tokens_details": {"cached_tokens": 60},
    "cost": 0.00045,
}
RATES = {"p:m": {"input_usd_per_mtok": 5, "cached_usd_per_mtok": 2.5, "output_usd_per_mtok": 5}}


class Router(Provider):
    name = "p"

    async def complete(self, request):
        reading = read_usage(RAW, "chat")
        facts = {"usage": reading.usage, "raw_usage": RAW, "provider_cost_usd": reading.charged_usd}
        return Response(text="yes", latency_ms=1.0, response_model="m", **facts)


@pytest.fixture
def called(engine):
    """One call outside any run: 40 x 5 + 60 x 2.5 + 20 x 5 = 450 millionths of a USD."""
    tracker = CostTracker(load_pricing({"models": RATES, "fallback": "none"}))
    with Writer(engine) as writer, UnifiedLLM(provider=Router(), model="m", cost_tracker=tracker, writer=writer) as llm:
        assert str(llm.complete("Well?").cost.usd) == "0.00045"
    return engine


def failures(engine) -> set[str]:
    return {verdict.figure for _, verdict in audit(engine, None).failures}


def test_a_call_outside_any_run_is_reproduced(called):
    assert failures(called) == set()


@pytest.mark.parametrize(
    ("statement", "figure"),
    [
        ("UPDATE responses SET provider_cost_usd = 0.0004", "provider_cost_usd"),
        ("UPDATE responses SET provider_cost_usd = NULL", "provider_cost_usd"),
        (
            "UPDATE responses SET raw_usage_json = replace(raw_usage_json, '60', '61')",
            "tokens as the provider sent them",
        ),
        ("UPDATE responses SET raw_usage_json = replace(raw_usage_json, '0.00045', '0.5')", "provider_cost_usd"),
        ("UPDATE responses SET raw_usage_json = '[]'", "usage as sent"),
        ("UPDATE responses SET raw_usage_json = '{'", "usage as sent"),
        ("UPDATE responses SET usage_tokens_cached = 0", "tokens as the provider sent them"),
    ],
)
def test_an_edit_is_found(called, statement, figure):
    with called.begin() as connection:
        connection.execute(text(statement))
    assert figure in failures(called)
