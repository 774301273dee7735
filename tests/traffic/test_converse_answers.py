"""Answers of Bedrock's Converse, whole and as events, in logs: their text, and the tier that decides their rates."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from traffic.test_other_tools import CONVERSED, STREAMED

from gencost import CostTracker, load_pricing
from gencost.providers.answer import facts_of
from gencost.traffic.bodies import answer_of
from gencost.types import Response


@pytest.mark.parametrize("answer", [CONVERSED, STREAMED], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("words", "usd"),
    [
        (
            {"performanceConfig": {"latency": "optimized"}},
            None,
        ),  # sooner and dearer, and the price names no rates for it
        ({"serviceTier": {"type": "flex"}}, None),
        ({"serviceTier": {"type": "priority"}}, "0.00056"),  # 20 * 4 + 30 * 16
        ({"serviceTier": {"type": "default"}, "performanceConfig": {"latency": "standard"}}, "0.00028"),
    ],
)
def test_bedrock_s_tiers_and_optimised_latency_have_their_own_rates_or_no_bill(answer, words, usd):
    body = (
        [*answer[:-1], {"metadata": {**answer[-1]["metadata"], **words}}]
        if isinstance(answer, list)
        else answer | words
    )
    rates = {"input_usd_per_mtok": 2, "output_usd_per_mtok": 8}
    rates["service_tiers"] = {"priority": {"input_usd_per_mtok": 4, "output_usd_per_mtok": 16}}
    tracker = CostTracker(load_pricing({"fallback": "none", "models": {"bedrock:m": rates}}))
    response = Response(text="Paris.", latency_ms=1.0, **facts_of(answer_of(body).reading))
    cost = tracker.price(provider="bedrock", model="m", response=response, at=datetime(2026, 11, 27, tzinfo=UTC))
    assert (cost.status, cost.usd) == (("partial", None) if usd is None else ("priced", Decimal(usd)))


def test_functions_and_thoughts_of_a_converse_stream_are_put_together():
    def delta(index, **piece):
        return {"contentBlockDelta": {"delta": piece, "contentBlockIndex": index}}

    events = [
        delta(0, reasoningContent={"text": "Look "}),
        delta(0, reasoningContent={"text": "it up."}),
        {"contentBlockStart": {"start": {"toolUse": {"toolUseId": "t", "name": "find"}}, "contentBlockIndex": 1}},
        delta(1, toolUse={"input": '{"q":'}),
        delta(1, toolUse={"input": ' "a"}'}),
        {"messageStop": {"stopReason": "tool_use"}},
        {"contentBlockDelta": {"delta": {}, "contentBlockIndex": []}},
    ]
    answer = answer_of(events)
    (call,) = answer.tool_calls
    assert (answer.reasoning, answer.finish_reason, call.name, call.arguments) == (
        *("Look it up.", "tool_use", "find", '{"q": "a"}'),
    )
