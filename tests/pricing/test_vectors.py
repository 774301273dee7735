"""35 published bills: exact from the rates they state, and from genai-prices where it has the model on that day."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

import pytest

from gencost import CostTracker, load_pricing
from gencost.pricing import Registry
from gencost.types import Cost, Response, Usage


class Vector(NamedTuple):
    """Tokens are inclusive; rates in USD per million; a tier holds above its threshold."""

    id: str
    key: str
    day: str | None
    tokens: tuple[int, int, int, int]  # in, out, of the input: cached, cache-written
    rates: str  # input, output, cached, cache write; - is not stated
    tier: str  # threshold, input, output; empty without one
    usd: str


VECTORS = [
    # pydantic/genai-prices@47df840a tests/test_price_calc.py::test_sync_success_with_provider
    Vector("V01", "openai:gpt-4o", "2025-01-01", (1000, 100, 0, 0), "2.5 10 - -", "", "0.0035"),
    # Helicone/helicone packages/__tests__/cost/modelCostFromRegistry.test.ts (basic GPT-4o)
    Vector("V02", "openai:gpt-4o", "2025-01-01", (1000, 500, 0, 0), "2.5 10 - -", "", "0.0075"),
    # pydantic/genai-prices prices/providers/openai.yml o3 (before 2025-06-10 cut)
    Vector("V03", "openai:o3", "2025-06-09", (1000000, 1000000, 0, 0), "10 40 - -", "", "50"),
    # pydantic/genai-prices prices/providers/openai.yml o3 start_date 2025-06-10
    Vector("V04", "openai:o3", "2025-06-10", (1000000, 1000000, 0, 0), "2 8 - -", "", "10"),
    # pydantic/genai-prices@47df840a tests/test_end_to_end.py::test_openai_without_caching
    Vector("V05", "openai:gpt-4.1-2025-04-14", "2025-06-01", (131609, 610, 0, 0), "2 8 0.5 -", "", "0.268098"),
    # pydantic/genai-prices@47df840a tests/test_end_to_end.py::test_openai_caching
    Vector("V06", "openai:gpt-4.1-2025-04-14", "2025-06-01", (131609, 610, 131584, 0), "2 8 0.5 -", "", "0.070722"),
    # pydantic/genai-prices@47df840a tests/test_end_to_end.py::test_anthropic_without_caching
    Vector(
        "V07",
        "anthropic:claude-3-7-sonnet-20250219",
        "2025-06-01",
        (144222, 197, 0, 0),
        "3 15 0.3 3.75",
        "",
        "0.435621",
    ),
    # pydantic/genai-prices@47df840a tests/test_end_to_end.py::test_anthropic_caching_write (raw input_tokens=11 +
    # cache_creation=144211)
    Vector(
        "V08",
        "anthropic:claude-3-7-sonnet-20250219",
        "2025-06-01",
        (144222, 197, 0, 144211),
        "3 15 0.3 3.75",
        "",
        "0.54377925",
    ),
    # pydantic/genai-prices@47df840a tests/test_end_to_end.py::test_anthropic_caching_read (raw input_tokens=11 +
    # cache_read=144211)
    Vector(
        "V09",
        "anthropic:claude-3-7-sonnet-20250219",
        "2025-06-01",
        (144222, 197, 144211, 0),
        "3 15 0.3 3.75",
        "",
        "0.0462513",
    ),
    # pydantic/genai-prices@47df840a tests/test_price_calc.py::test_sync_success_with_url
    Vector("V10", "anthropic:claude-3.5-sonnet", "2025-01-01", (1000, 100, 30, 20), "3 15 0.3 3.75", "", "0.004434"),
    # BerriAI/litellm#9812 (billing console: 0.05439; litellm reported 0.091311)
    Vector("V11", "anthropic:claude-3-7-sonnet", "2025-04-08", (12307, 550, 0, 12304), "3 15 0.3 3.75", "", "0.054399"),
    # BerriAI/litellm#14849 issue arithmetic (issue prints 0.1849; litellm reported 0.7642). ARITHMETIC-ONLY: rates
    # as printed in the issue, not the list price at that date
    Vector(
        "V12", "google:gemini-2.5-pro", "2025-09-24", (262960, 1744, 257955, 0), "1.25 10 0.625 -", "", "0.184918125"
    ),
    # PostHog/posthog#71065 (22 output INCLUDES 21 reasoning; buggy value 0.0001102)
    Vector("V13", "google:gemini-2.5-flash", "2026-07-15", (9, 22, 0, 0), "0.30 2.50 - -", "", "0.0000577"),
    # earendil-works/pi PR#2148 (input part 0.0027719 = 3914*0.5+16298*0.05; output rate $3 from catalogue)
    Vector(
        "V14", "google:gemini-3-flash-preview", "2026-03-14", (20212, 931, 16298, 0), "0.50 3 0.05 -", "", "0.0055649"
    ),
    # BerriAI/litellm#15945 (cost_usd 0.03790550000000001 shows float drift)
    Vector("V15", "openai:gpt-5", "2025-10-26", (9126, 3197, 4864, 0), "1.25 10 0.125 -", "", "0.0379055"),
    # pydantic/genai-prices@47df840a tests/test_tiered_pricing.py ..._at_threshold (> not >=)
    Vector(
        "V16", "anthropic:claude-sonnet-4.5", "2025-10-01", (200000, 0, 0, 0), "3 15 0.3 3.75", "200000 6 22.5", "0.6"
    ),
    # pydantic/genai-prices@47df840a tests/test_tiered_pricing.py ..._just_above_threshold (whole request re-priced)
    Vector(
        "V17",
        "anthropic:claude-sonnet-4.5",
        "2025-10-01",
        (200001, 0, 0, 0),
        "3 15 0.3 3.75",
        "200000 6 22.5",
        "1.200006",
    ),
    # pydantic/genai-prices@47df840a tests/test_tiered_pricing.py ..._with_output_below_threshold
    Vector(
        "V18",
        "anthropic:claude-sonnet-4.5",
        "2025-10-01",
        (100000, 100000, 0, 0),
        "3 15 0.3 3.75",
        "200000 6 22.5",
        "1.8",
    ),
    # pydantic/genai-prices@47df840a tests/test_tiered_pricing.py ..._with_output_above_threshold
    Vector(
        "V19",
        "anthropic:claude-sonnet-4.5",
        "2025-10-01",
        (300000, 100000, 0, 0),
        "3 15 0.3 3.75",
        "200000 6 22.5",
        "4.05",
    ),
    # pydantic/genai-prices@47df840a tests/test_tiered_pricing.py::test_openai_gpt_5_4_tiered_pricing_with_output
    Vector("V20", "openai:gpt-5.4", "2026-08-01", (300000, 100000, 0, 0), "2.5 15 0.25 -", "272000 5 22.5", "3.75"),
    # pydantic/genai-prices@47df840a tests/test_tiered_pricing.py::test_openai_gpt_5_4_tiered_pricing_with_cache
    Vector("V21", "openai:gpt-5.4", "2026-08-01", (100000, 0, 100000, 0), "2.5 15 0.25 -", "272000 5 22.5", "0.025"),
    # pydantic/genai-prices@47df840a tests/test_tiered_pricing.py::test_google_gemini_tiered_pricing_below_threshold
    Vector(
        "V22", "google:gemini-1.5-flash", "2025-01-01", (100000, 0, 0, 0), "0.075 0.3 - -", "128000 0.15 0.6", "0.0075"
    ),
    # pydantic/genai-prices@47df840a tests/test_tiered_pricing.py::test_google_gemini_tiered_pricing_above_threshold
    Vector(
        "V23", "google:gemini-1.5-flash", "2025-01-01", (500000, 0, 0, 0), "0.075 0.3 - -", "128000 0.15 0.6", "0.075"
    ),
    # pydantic/genai-prices@47df840a tests/test_tiered_pricing.py::test_multi_tier_boundary_transitions
    Vector("V24", "mock:multi-tier", None, (100001, 0, 0, 0), "1 3 - -", "100000 2 5", "0.200002"),
    # pydantic/genai-prices@47df840a tests/test_price_calc.py::test_openrouter_kimi_k27_code_dated_price
    Vector(
        "V25",
        "openrouter:moonshotai/kimi-k2.7-code",
        "2026-08-01",
        (2038030, 13034, 0, 0),
        "0.75 3.5 - -",
        "",
        "1.5741415",
    ),
    # pydantic/genai-prices@47df840a tests/test_price_calc.py::test_moonshotai_kimi_k27_code_price
    Vector("V26", "moonshotai:kimi-k2.7-code", "2026-08-01", (1000, 100, 100, 0), "0.95 4 0.19 -", "", "0.001274"),
    # pydantic/genai-prices@47df840a tests/test_price_calc.py::test_openrouter_glm_51_dated_price
    Vector("V27", "openrouter:z-ai/glm-5.1", "2026-08-01", (27447, 83, 0, 0), "0.98 3.08 - -", "", "0.0271537"),
    # pydantic/genai-prices@47df840a tests/test_price_calc.py::test_openrouter_deepseek_v32_price (no cache rate =>
    # cached at input rate)
    Vector(
        "V28",
        "openrouter:deepseek/deepseek-v3.2",
        "2026-08-01",
        (2000000, 1000000, 1000000, 0),
        "0.2288 0.3432 0.2288 -",
        "",
        "0.8008",
    ),
    # pydantic/genai-prices@47df840a tests/test_price_calc.py::test_zhipuai_glm_52_price (CNY price converted to
    # USD)
    Vector("V29", "zhipuai:GLM-5.2", "2026-08-01", (1000, 100, 0, 0), "1.103 3.862 - -", "", "0.0014892"),
    # AgentOps-AI/tokencost@e7f7c19 tests/test_costs.py::test_calculate_cost_by_tokens cached
    Vector("V30", "openai:gpt-4o", "2025-09-05", (100, 0, 100, 0), "2.5 10 1.25 -", "", "0.000125"),
    # AgentOps-AI/tokencost@e7f7c19 tests/test_costs.py::test_calculate_prompt_cost gpt-4o (below 6 dp: 0.000038 if
    # rounded half-up)
    Vector("V31", "openai:gpt-4o", "2025-09-05", (15, 0, 0, 0), "2.5 10 - -", "", "0.0000375"),
    # mlflow/mlflow tests/utils/test_providers.py::test_cost_per_token_cache_read_tokens
    Vector("V32", "test:test-model", None, (1000, 500, 200, 0), "1 2 0.5 -", "", "0.0019"),
    # mlflow/mlflow tests/utils/test_providers.py::test_cost_per_token_cache_creation_tokens
    Vector("V33", "test:test-model", None, (1000, 500, 0, 300), "1 2 0.5 3", "", "0.0026"),
    # declared free: must be 0 with status=free, not unknown
    Vector("V34", "local:free-model", None, (100000, 5000, 0, 0), "0 0 - -", "", "0"),
    # Wei-Shaw/sub2api#5771 (xAI completion_tokens=1499 EXCLUDES reasoning 2809 => output 4308; equals provider
    # cost_in_usd_ticks=232856000/1e10; buggy 0.0162631)
    Vector("V35", "x-ai:grok-4.20", "2026-08-18", (10120, 4308, 128, 0), "1.25 2.5 0.2 -", "199999 2.5 5", "0.0232856"),
]

NOT_OF_A_PROVIDER = ("mock", "test", "local")

KNOWN = {
    "V12": "the vector states the rates of an issue, not the list price: cached 0.125, and 2.5 above 200,000 tokens",
    "V28": "it names no cached rate on that day: genai-prices bills those tokens as input, GenCost refuses to guess",
}


def bill(vector: Vector, tracker: CostTracker) -> Cost:
    tokens_in, tokens_out, cached, written = vector.tokens
    usage = Usage(tokens_in=tokens_in, tokens_out=tokens_out, tokens_cached=cached, tokens_cache_write=written)
    provider, _, model = vector.key.partition(":")
    answer = Response(text="", usage=usage, latency_ms=1.0, response_model=model)
    day = datetime.fromisoformat(vector.day or "2026-01-01").replace(hour=12, tzinfo=UTC)
    return tracker.price(provider=provider, model=model, response=answer, at=day)


def stated(vector: Vector) -> CostTracker:
    """The vector's own rates; the published vectors mean the input rate where they state none for cached tokens."""
    if vector.key == "local:free-model":
        return CostTracker(load_pricing({"models": {vector.key: {"free": True}}}))
    price_in, price_out, cached, written = vector.rates.replace("-", vector.rates.split()[0]).split()
    rates = {
        "input_usd_per_mtok": price_in,
        "output_usd_per_mtok": price_out,
        "cached_usd_per_mtok": cached,
        "cache_write_usd_per_mtok": written,
    }
    if vector.tier:
        above, tier_in, tier_out = vector.tier.split()
        rates["tiers"] = [
            {**rates, "above": int(above), "input_usd_per_mtok": tier_in, "output_usd_per_mtok": tier_out}
        ]
    return CostTracker(load_pricing({"fallback": "none", "models": {vector.key: rates}}))


def by_id(vectors: list[Vector]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", vectors, ids=lambda it: it.id)


OF_A_PROVIDER = [it for it in VECTORS if it.key.partition(":")[0] not in NOT_OF_A_PROVIDER]


def test_all_published_vectors_are_here():
    assert [it.id for it in VECTORS] == [f"V{n:02}" for n in range(1, 36)]
    assert len(OF_A_PROVIDER) == 31


@by_id(VECTORS)
def test_the_stated_rates_give_the_published_bill(vector):
    cost = bill(vector, stated(vector))
    assert cost.status == ("free" if vector.key == "local:free-model" else "priced")
    assert cost.pico_usd == Decimal(vector.usd) * 10**12


@by_id([it for it in OF_A_PROVIDER if it.id not in KNOWN])
def test_genai_prices_gives_the_published_bill(vector):
    cost = bill(vector, CostTracker(Registry()))
    assert cost.reason is None
    assert cost.pico_usd == Decimal(vector.usd) * 10**12


@by_id([it for it in VECTORS if it.id in KNOWN])
def test_what_is_known_to_disagree_still_does(vector):
    assert bill(vector, CostTracker(Registry())).usd != Decimal(vector.usd), KNOWN[vector.id]
