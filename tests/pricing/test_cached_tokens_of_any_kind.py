"""Cached tokens of which nobody says the kind: priced where all kinds have one rate, else not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gencost.audit.coverage import uncovered
from gencost.errors import UsageError
from gencost.pricing import ModelPricing, buckets, cost_of
from gencost.types import Usage
from gencost.usage import read_usage

D = Decimal
TEXT = {"input_usd_per_mtok": D(3), "output_usd_per_mtok": D(15), "cached_usd_per_mtok": D("0.75")}
SAME = {"image_in_usd_per_mtok": D(3), "cached_image_usd_per_mtok": D("0.75")}
# As xAI says it: 300 in, of which 256 are of a picture and 128 were cached
XAI = {
    "prompt_tokens": 300,
    "completion_tokens": 10,
    "total_tokens": 310,
    "prompt_tokens_details": {"text_tokens": 44, "audio_tokens": 0, "image_tokens": 256, "cached_tokens": 128},
}
# As Gemini does: more of it is of a picture or was cached than there is
GEMINI = {
    "promptTokenCount": 326,
    "candidatesTokenCount": 10,
    "totalTokenCount": 336,
    "cachedContentTokenCount": 173,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 68}, {"modality": "IMAGE", "tokenCount": 258}],
}
SAYS_NOT = "cached tokens are not split into text and others, and the price does not give them one rate "


def counted(raw, protocol) -> Usage:
    usage = read_usage(raw, protocol, text=True).usage
    assert (usage.unread, uncovered(raw, usage)) == ((), [])
    return usage


@pytest.mark.parametrize(
    ("raw", "protocol", "micro_usd"),
    [
        (XAI, "chat", "762"),  # 172 * 3 + 128 * .75 + 10 * 15
        (GEMINI, "gemini", "738.75"),  # 153 * 3 + 173 * .75 + 10 * 15
    ],
)
def test_where_all_have_one_rate_it_does_not_matter_which_were_cached(raw, protocol, micro_usd):
    pricing = ModelPricing(**TEXT, more=SAME)
    cost = cost_of(counted(raw, protocol), pricing)
    assert (cost.usd, [line.bucket for line in cost.lines]) == (D(micro_usd) / 10**6, ["input", "cached", "output"])


@pytest.mark.parametrize(
    "other",
    [{}, {"image_in_usd_per_mtok": D(4)}, {"cached_image_usd_per_mtok": D(3)}, {"cached_image_usd_per_mtok": None}],
)
def test_where_rates_differ_or_lack_there_is_no_total(other):
    more = {name: rate for name, rate in {**SAME, **other}.items() if other and rate is not None}
    cost = cost_of(counted(XAI, "chat"), ModelPricing(**TEXT, more=more))
    assert (cost.pico_usd, cost.status, SAYS_NOT in cost.reason) == (None, "partial", True)


@pytest.mark.parametrize("more", [SAME, {}])
def test_each_token_is_in_one_bucket(more):
    parts = buckets(counted(GEMINI, "gemini"), ModelPricing(**TEXT, more=more))
    assert sum(tokens for _, tokens, _ in parts) == 336


def test_what_is_cached_where_the_kinds_are_told_is_billed_by_kind():
    """32 * 3 + 36 * .75 + 121 * 4 + 137 * 1 + 10 * 15."""
    details = [{"modality": "IMAGE", "tokenCount": 137}, {"modality": "TEXT", "tokenCount": 36}]
    rates = {"image_in_usd_per_mtok": D(4), "cached_image_usd_per_mtok": D(1)}
    usage = counted({**GEMINI, "cacheTokensDetails": details}, "gemini")
    assert cost_of(usage, ModelPricing(**TEXT, more=rates)).usd == D(32 * 3 + 121 * 4 + 137 + 150 + 27) / 10**6


def test_they_cannot_be_more_than_the_input():
    with pytest.raises(UsageError, match=r"\(310\) exceed tokens_in \(300\)"):
        Usage(tokens_in=300, tokens_out=1, tokens_cached=128, more={"image_in": 310, "cached_unsplit": 128})
