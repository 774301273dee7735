"""Usages as libraries keep them: of one call they are its usage, of several nobody knows the tiers."""

from __future__ import annotations

import pytest
from usage.test_spellings_of_counts import PARTS, PLAIN

from gencost.audit.coverage import uncovered
from gencost.usage import read_usage

COUNTS = {"input_tokens": 120, "output_tokens": 30}
CACHED = {**COUNTS, "input_tokens_details": {"cached_tokens": 64}}
PYDANTIC = {**COUNTS, "cache_read_tokens": 64, "cache_write_tokens": 0, "cache_audio_read_tokens": 0}
SDK = {"inputTokens": 120, "inputTokenDetails": {"cacheReadTokens": 64}, "outputTokens": 30, "totalTokens": 150}


@pytest.mark.parametrize(
    "usage",
    [
        {**PARTS, "cached_prompt_tokens": 64, "successful_requests": 1},
        {**PARTS, "prompt_tokens_cached": 64, "successful_requests": 1, "total_cost": 0.1},
        {**CACHED, "requests": 1, "output_tokens_details": {"reasoning_tokens": 0}},
        {**CACHED, "requests": 1, "request_usage_entries": [CACHED]},
        {**PYDANTIC, "requests": 1, "details": {"cached_tokens": 64, "rejected_prediction_tokens": 7}},
        {**PYDANTIC, "details": {"input_tokens": 56, "cache_read_input_tokens": 64, "output_tokens": 30}},
        {**SDK, "raw": CACHED},
        {**SDK, "raw": {"input_tokens": 56, "cache_read_input_tokens": 64, "output_tokens": 30}},
        {**SDK, "raw": None},
    ],
)
def test_the_sum_of_one_call_is_its_usage(usage):
    counted = read_usage(usage, "chat", text=True).usage
    assert (counted.tokens_in, counted.tokens_cached, counted.tokens_out) == (120, 64, 30)
    assert (counted.unread, uncovered(usage, counted)) == ((), [])


@pytest.mark.parametrize(
    ("usage", "named"),
    [
        ({**PLAIN, "successful_requests": 2}, "successful_requests=2"),
        ({**COUNTS, "requests": 3}, "requests=3"),
        ({**PYDANTIC, "details": {"cached_tokens": 64, "web_search_requests": 2}}, "details.web_search_requests=2"),
        ({**SDK, "raw": {**CACHED, "search_units": 2}}, "search_units=2"),
        ({**SDK, "raw": {"input_tokens": 56, "output_tokens": 30}}, "raw.input_tokens=56"),
        ({**SDK, "raw": {**CACHED, "raw": CACHED}}, "raw.raw.input_tokens=120"),
    ],
)
def test_a_sum_of_several_calls_and_what_the_vendor_says_otherwise_are_named(usage, named):
    assert named in read_usage(usage, "chat", text=True).usage.unread
