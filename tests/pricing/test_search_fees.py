"""Fees of web searches: the tool that searched and who sells the model decide them, where the user names none."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gencost import CostTracker, load_pricing
from gencost.providers import chat, openai_responses
from gencost.providers.answer import facts_of
from gencost.types import Cost, Response

SEARCH = {"type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "q"}}
PAGE = {**SEARCH, "action": {"type": "open_page", "url": "u"}}
SAID = {"type": "message", "content": [{"type": "output_text", "text": "hi"}]}
USAGE = {"input_tokens": 1000, "output_tokens": 100, "total_tokens": 1100}
PREVIEW, DATED = {"type": "web_search_preview"}, {"type": "web_search_preview_2025_03_11"}
LISTED = CostTracker(load_pricing({"models": {}}))
RATES = {"input_usd_per_mtok": 2, "output_usd_per_mtok": 8}
DAY = datetime(2026, 11, 27, tzinfo=UTC)


def priced(tracker: CostTracker, key: str, answer, at: datetime = DAY) -> Cost:
    provider, _, model = key.partition(":")
    facts = facts_of(answer.reading)
    response = Response(text="hi", latency_ms=1.0, response_model=answer.response_model, **facts)
    return tracker.price(provider=provider, model=model, response=response, at=at)


def searched(tools, *items, **more):
    return openai_responses.response_object({"output": [*items, SAID], "usage": USAGE, "tools": tools, **more})


@pytest.mark.parametrize(
    ("key", "tools", "usd"),
    [
        # 1000 * 2 + 100 * 8 millionths = .0028, and two searches at .025 or .01
        ("openai:gpt-4.1", [PREVIEW], "0.0528"),
        ("openai:gpt-4.1", [{"type": "function"}, DATED], "0.0528"),
        ("openai:gpt-4.1", [{"type": "web_search"}], "0.0228"),
        ("openai:gpt-4.1", [{"type": "web_search_2025_08_26"}], "0.0228"),
        ("openai:gpt-4.1", None, "0.0228"),
        ("litellm:openai/gpt-4.1", [PREVIEW], "0.0528"),
        ("openai:o3", [PREVIEW], "0.0228"),  # it reasons
        ("azure:gpt-4.1", [PREVIEW], None),  # Bing's fee, which no list names
        ("azure:gpt-4.1", [{"type": "web_search"}], None),
    ],
)
def test_a_search_by_the_preview_has_a_fee_of_its_own_with_models_that_do_not_reason(key, tools, usd):
    cost = priced(LISTED, key, searched(tools, SEARCH, PAGE, SEARCH))
    assert cost.usd == (None if usd is None else Decimal(usd))
    assert cost.status == ("partial" if usd is None else "priced")


def test_azure_without_a_search_has_the_list_price():
    assert priced(LISTED, "azure:gpt-4.1", searched([PREVIEW])).usd == Decimal("0.0028")


@pytest.mark.parametrize(
    ("fees", "usd"),
    [
        ({"web_search_usd": 0.01}, "0.0128"),
        ({"web_search_usd": 0.01, "web_search_preview_usd": 0.03}, "0.0328"),
        ({}, None),
    ],
)
def test_a_price_of_ones_own_says_what_a_preview_costs_or_bills_it_as_any_search(fees, usd):
    tracker = CostTracker(load_pricing({"fallback": "none", "models": {"p:m": {**RATES, **fees}}}))
    cost = priced(tracker, "p:m", searched([PREVIEW], SEARCH))
    assert cost.usd == (None if usd is None else Decimal(usd))
    assert usd is not None or cost.reason == "no rate for web_search: add web_search_usd"


def test_the_fee_holds_from_the_month_it_was_seen_and_is_unknown_before():
    answer = searched([PREVIEW], SEARCH)
    before = priced(LISTED, "openai:gpt-4.1", answer, datetime(2025, 8, 31, tzinfo=UTC))
    assert (before.status, before.reason) == ("partial", "no rate for web_search: add web_search_usd")
    assert priced(LISTED, "openai:gpt-4.1", answer, datetime(2025, 9, 1, tzinfo=UTC)).usd == Decimal("0.0278")


@pytest.mark.parametrize(
    ("model", "usd"),
    [
        ("gpt-4o-search-preview-2025-03-11", "0.0285"),  # 1000 * 2.5 + 100 * 10 = .0035, .025
        ("gpt-4o-mini-search-preview", "0.02521"),  # 1000 * .15 + 100 * .6 = .00021, .025
        ("gpt-5-search-api", "0.01225"),  # 1000 * 1.25 + 100 * 10 = .00225, .01
    ],
)
def test_models_that_search_for_every_answer_have_the_fee_of_their_search(model, usd):
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    choices = [{"message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]
    answer = chat.completion({"model": model, "choices": choices, "usage": usage})
    assert priced(LISTED, f"openai:{model}", answer).usd == Decimal(usd)


def test_the_row_of_the_shipped_list_names_it_too():
    cost = priced(CostTracker(), "openai:gpt-4o-2024-08-06", searched([PREVIEW], SEARCH))
    assert cost.usd == Decimal("0.0285")
