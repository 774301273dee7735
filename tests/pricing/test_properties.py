from __future__ import annotations

import ast
import itertools
import random
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gencost.pricing
from gencost.pricing import ModelPricing, buckets, cost_of
from gencost.types import Usage

PARTS = ("input", "tokens_cached", "tokens_cache_write", "tokens_cache_write_1h", "output", "tokens_reasoning")


def usage_of(parts: dict[str, int], searches: int = 0) -> Usage:
    named = {name: count for name, count in parts.items() if name.startswith("tokens_")}
    return Usage(
        tokens_in=sum(parts[name] for name in PARTS[:4]),
        tokens_out=sum(parts[name] for name in PARTS[4:]),
        web_searches=searches,
        **named,
    )


counts = st.fixed_dictionaries(dict.fromkeys(PARTS, st.integers(0, 10**9)))
rates = st.decimals(0, 2000, places=10)
all_rates = st.builds(
    ModelPricing, **{f.name: rates for f in fields(ModelPricing) if f.name.endswith(("_mtok", "_usd"))}
)


@given(counts, all_rates, st.booleans())
def test_buckets_partition_the_tokens(parts, pricing, own_reasoning):
    pricing = pricing if own_reasoning else replace(pricing, reasoning_usd_per_mtok=None)
    split = buckets(usage_of(parts), pricing)
    assert sum(tokens for _, tokens, _ in split) == sum(parts.values())
    assert len({name for name, _, _ in split}) == len(split)


@given(counts, all_rates, st.sampled_from(PARTS), st.integers(1, 10**6))
def test_one_more_token_in_any_bucket_never_costs_less(parts, pricing, grown, more):
    longer = {**parts, grown: parts[grown] + more}
    assert cost_of(usage_of(longer), pricing).pico_usd >= cost_of(usage_of(parts), pricing).pico_usd


@given(st.lists(st.tuples(counts, all_rates), min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_the_sum_of_bills_does_not_depend_on_their_order(calls, order: random.Random):
    bills = [cost_of(usage_of(parts), pricing).pico_usd for parts, pricing in calls]
    shuffled = order.sample(bills, len(bills))
    assert list(itertools.accumulate(shuffled))[-1] == sum(bills)


@given(counts, all_rates, st.integers(0, 100))
def test_the_pico_total_is_the_exact_sum_rounded_once(parts, pricing, searches):
    cost = cost_of(usage_of(parts, searches), pricing)
    numerators = [int(line.usd.scaleb(16)) for line in cost.lines]  # rates have 10 places, a token is a millionth
    whole, rest = divmod(sum(numerators), 10**4)
    rounded_up = rest > 5000 or (rest == 5000 and whole % 2 == 1)
    assert cost.pico_usd == whole + rounded_up


@given(counts, all_rates)
def test_the_bill_does_not_depend_on_the_callers_decimal_context(parts, pricing):
    from decimal import ROUND_UP, localcontext

    usual = cost_of(usage_of(parts), pricing)
    with localcontext() as context:
        context.prec, context.rounding = 3, ROUND_UP
        assert cost_of(usage_of(parts), pricing) == usual


@given(all_rates)
def test_a_block_is_read_back_as_it_was(pricing):
    assert ModelPricing.from_block(pricing.block) == pricing


def test_decimal_rates_are_never_inexact():
    tiny = Decimal("0.000000000000000000000001")
    pricing = ModelPricing(input_usd_per_mtok=tiny, output_usd_per_mtok=Decimal("1999.99999999999999999999"))
    line_in, line_out = cost_of(Usage(tokens_in=10**15, tokens_out=10**15), pricing).lines
    assert (line_in.usd, line_out.usd) == (Decimal("1e-15"), Decimal("1999999999999.99999999999"))


@pytest.mark.parametrize("path", sorted(Path(gencost.pricing.__file__).parent.glob("*.py")), ids=lambda it: it.name)
def test_no_float_is_on_the_way(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), node.lineno
        assert not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "float"), node.lineno
