"""Bills of more than plain tokens: audio, images, citations, units of other kinds, inner calls and fees on top."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gencost.pricing import ModelPricing, cost_of
from gencost.pricing.rates import rate_fields
from gencost.types import Usage
from gencost.values.token_counts import SubCall


def rates(**named: str) -> ModelPricing:
    return ModelPricing(**rate_fields({name: Decimal(rate) for name, rate in named.items()}))


PLAIN = {"input_usd_per_mtok": "1", "output_usd_per_mtok": "2"}


def billed(usage: Usage, price: ModelPricing, others=()) -> list[tuple[str, int]]:
    return [(line.bucket, line.tokens) for line in cost_of(usage, price, others).lines]


def test_each_kind_of_token_has_its_bucket_and_is_no_unit_on_top():
    usage = Usage(
        tokens_in=1000,
        tokens_cached=200,
        tokens_cache_write=50,
        tokens_out=300,
        tokens_reasoning=100,
        more={
            "audio_in": 300,
            "cached_audio": 100,
            "image_in": 40,
            "audio_out": 60,
            "citation": 20,
            "document_page": 2,
        },
    )
    price = rates(
        **PLAIN,
        cached_usd_per_mtok="0.5",
        cache_write_usd_per_mtok="1.5",
        reasoning_usd_per_mtok="3",
        audio_in_usd_per_mtok="10",
        cached_audio_usd_per_mtok="5",
        image_in_usd_per_mtok="4",
        audio_out_usd_per_mtok="20",
        citation_usd_per_mtok="2",
        document_page_usd="0.001",
    )
    # in: 1000 - 200 read - 50 written - 200 other audio - 40 of images = 510; out: 300 - 100 - 60 - 20 = 120
    assert dict(billed(usage, price)) == {
        "input": 510,
        "cached": 100,
        "cached_audio": 100,
        "audio_in": 200,
        "image_in": 40,
        "cache_write": 50,
        "output": 120,
        "reasoning": 100,
        "audio_out": 60,
        "citation": 20,
        "document_page": 2,
    }
    # 510 + 100/2 + 500 + 2000 + 160 + 75 + 240 + 300 + 1200 + 40 = 5075 per million, and two pages
    assert cost_of(usage, price).usd == Decimal("0.005075") + Decimal("0.002")


def test_a_unit_without_a_rate_is_named():
    cost = cost_of(Usage(tokens_in=1, tokens_out=1, more={"document_page": 2}), rates(**PLAIN))
    assert (cost.status, cost.reason) == ("partial", "no rate for document_page: add document_page_usd")


@pytest.mark.parametrize(
    ("more", "usd"),
    [
        ({"request_low": 1}, "0.005"),
        ({"request_high": 1}, "0.012"),
        ({"document_page": 1}, "0.008"),  # no size is named: the fee of every request
    ],
)
def test_a_request_pays_the_fee_of_its_search_context_or_that_of_every_request(more, usd):
    price = rates(
        **PLAIN, per_request_usd="0.008", request_low_usd="0.005", request_high_usd="0.012", document_page_usd="0"
    )
    assert cost_of(Usage(tokens_in=0, tokens_out=0, more=more), price).usd == Decimal(usd)
    any_size = rates(**PLAIN, per_request_usd="0.008", document_page_usd="0")
    assert cost_of(Usage(tokens_in=0, tokens_out=0, more=more), any_size).usd == Decimal("0.008")


def test_where_there_are_only_fees_by_size_a_request_of_no_size_has_no_total():
    by_size = rates(**PLAIN, request_low_usd="0.005")
    cost = cost_of(Usage(tokens_in=1, tokens_out=1), by_size)
    assert (cost.status, cost.reason) == ("partial", "no rate for request: add per_request_usd")


def test_inner_calls_are_billed_by_their_own_rates_and_a_router_on_top_of_them_by_what_it_has_a_rate_for():
    inner = (
        SubCall(model="a", usage=Usage(tokens_in=10, tokens_out=1)),
        SubCall(model="b", usage=Usage(tokens_in=20, tokens_out=2)),
    )
    usage = Usage(tokens_in=30, tokens_out=3, web_searches=1, calls=inner)
    cost = cost_of(
        usage,
        rates(web_search_usd="0.01"),
        (rates(**PLAIN), rates(input_usd_per_mtok="3", output_usd_per_mtok="4"), rates(input_usd_per_mtok="0.5")),
    )
    # a: 10 + 2, b: 60 + 8, the router: 30 x 0.5 = 15 per million, and one search
    assert cost.usd == Decimal("0.000095") + Decimal("0.01")
    assert [(line.bucket, line.tokens) for line in cost.lines] == [
        *(("input", 10), ("output", 1), ("input", 20), ("output", 2)),
        *(("web_search", 1), ("input", 30)),
    ]


def test_one_number_for_how_expensive_a_model_is_blends_three_of_input_with_one_of_output():
    assert rates(input_usd_per_mtok="2", output_usd_per_mtok="6").list_usd_per_mtok == 3  # (3 x 2 + 6) / 4
    assert rates(input_usd_per_mtok="2").list_usd_per_mtok == Decimal("1.5")
    assert (ModelPricing(free=True).list_usd_per_mtok, ModelPricing().list_usd_per_mtok) == (0, None)
