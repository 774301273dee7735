"""Answers as providers, relays and local servers really send them: what is recorded of each is right by arithmetic.

Each line of bills.jsonl is one situation from a public report: what the server says, the rates (none: the shipped
prices), and what the bill must be.
"""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from pathlib import Path

import pytest
from providers.scripted import Said, _answer, http

from gencost import UnifiedLLM
from gencost.audit.check import audit
from gencost.cost_tracker import CostTracker
from gencost.errors import PricingError
from gencost.metrics_db import Writer
from gencost.pricing import load_pricing
from gencost.providers.anthropic import AnthropicProvider
from gencost.providers.openai import OpenAIProvider
from gencost.providers.openai_responses import OpenAIResponsesProvider

CASES = [json.loads(line) for line in (Path(__file__).parent / "bills.jsonl").read_text(encoding="utf-8").splitlines()]
PROTOCOLS = {"chat": OpenAIProvider, "messages": AnthropicProvider, "responses": OpenAIResponsesProvider}


def as_sent(case) -> bytes:
    body = case["body"].encode() if isinstance(case["body"], str) else case["body"]
    kind = "text/event-stream" if case["stream"] else "application/json"
    return http(body, Content_Type=kind)


async def called(case, tracker: CostTracker, writer: Writer):
    server = await asyncio.start_server(lambda r, w: _answer(r, w, Said(), [as_sent(case)]), "127.0.0.1", 0)
    base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    provider = PROTOCOLS[case["protocol"]](name=case["provider"], base_url=base_url, stream=case["stream"])
    llm = UnifiedLLM(provider=provider, model=case["model"], cost_tracker=tracker, writer=writer)
    try:
        return await llm.acomplete("A question?")
    finally:
        await llm.aclose()
        server.close()


def prices(case) -> CostTracker:
    return CostTracker(None if case["rates"] is None else load_pricing({"fallback": "none", "models": case["rates"]}))


@pytest.mark.parametrize("case", CASES, ids=lambda it: it["id"])
def test_the_bill_is_right_and_an_audit_says_so(case, engine):
    right = case["right"]
    if "refused" in right:
        with pytest.raises(PricingError, match=right["refused"]):
            prices(case)
        return
    with Writer(engine) as writer:
        record = asyncio.run(called(case, prices(case), writer))
    check_bill(record, right)
    report = audit(engine, None)
    assert [(verdict.figure, verdict.recorded, verdict.recomputed) for _, verdict in report.failures] == []


def check_bill(record, right) -> None:
    if "try_usd" in right:
        (attempt,) = record.attempts
        assert (record.status, attempt.cost.usd) == ("error", Decimal(right["try_usd"]))
        return
    cost, usage = record.cost, record.response.usage
    assert record.response.text, "the text is kept"
    if right.get("unknown"):
        assert (cost.pico_usd, bool(cost.reason)) == (None, True)
    if "usd" in right:
        assert (cost.usd, cost.reason) == (Decimal(right["usd"]), None)
    if "tokens" in right:
        assert [usage.tokens_in, usage.tokens_out] == right["tokens"]
    if "reasoning" in right:
        assert usage.tokens_reasoning == right["reasoning"]
    if "charged" in right:
        assert record.response.provider_cost_usd == Decimal(right["charged"])
