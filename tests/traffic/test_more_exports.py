"""Exports of more tools, as they write them: each gives one call of 120 tokens in, 64 of them cached, and 30 out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from traffic.imports import PICO_USD, calls, gencost, write

START, END = "2026-11-20T10:00:00.000Z", "2026-11-20T10:00:01.250Z"
ASKED = [{"role": "user", "content": "Capital of France?"}]
USAGE = {"prompt_tokens": 120, "completion_tokens": 30, "prompt_tokens_details": {"cached_tokens": 64}}
SAID = {"role": "assistant", "content": "Paris."}
OBSERVED = {"id": "o1", "type": "GENERATION", "startTime": START, "endTime": END, "model": "gpt-4o-mini"}
OBSERVED |= {"input": ASKED, "output": SAID, "usageDetails": {"input": 56, "input_cached_tokens": 64, "output": 30}}
TRACE = {"id": "t", "timestamp": START, "name": "faq", "userId": "u", "sessionId": "s", "totalCost": 0.0000312}
TRACE |= {"observations": [{**OBSERVED, "id": "o0", "type": "SPAN", "usageDetails": {}}, OBSERVED], "input": "?"}
POSTHOG = {"uuid": "1", "properties": {"$ai_output_choices": [SAID], "$ai_model": "gpt-4o-mini", "usage": USAGE}}
FLAT = {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150, "original_usage.prompt_tokens": 120}
FLAT |= {"original_usage.completion_tokens": 30, "original_usage.prompt_tokens_details.cached_tokens": 64}
OPIK = {"id": "1", "trace_id": "t", "type": "llm", "model": "gpt-4o-mini", "output": SAID, "usage": FLAT}
KONG = {"ai": {"meta": {"model": "gpt-4o-mini"}, "usage": {**USAGE, "time_per_token": 40, "cost": 0.0000312}}}
RESPONSE = {"id": "r", "model": "gpt-4o-mini", "output": [{"type": "message", "role": "assistant"}]}
RESPONSE["output"][0]["content"] = [{"type": "output_text", "text": "Paris."}]
RESPONSE["usage"] = {"input_tokens": 120, "output_tokens": 30, "input_tokens_details": {"cached_tokens": 64}}
EVENTS = [{"type": "response.created", "response": {}}, {"type": "response.completed", "response": RESPONSE}]
CHUNKS = [{"model": "gpt-4o-mini", "choices": [{"index": 0, "delta": {"content": "Paris."}}]}]
CHUNKS += [{"model": "gpt-4o-mini", "choices": [], "usage": USAGE}]
SENT = "".join(f"data: {json.dumps(it)}\n\n" for it in CHUNKS) + "data: [DONE]\n\n"
EXPORTS = {
    "a stream as it was sent": ("table", {"model": "gpt-4o-mini", "response": SENT}, []),
    "a trace of Langfuse": ("langfuse", TRACE, []),
    "a page of traces of Langfuse": ("langfuse", {"data": [TRACE], "meta": {"page": 1}}, []),
    "PostHog": (
        "table",
        POSTHOG,
        ["map.model=properties.$ai_model", "map.answer=properties.$ai_output_choices", "map.usage=properties.usage"],
    ),
    "Opik": ("table", {"content": [{**OPIK, "id": "0", "type": "general", "model": None}, OPIK]}, []),
    "Kong": ("table", {**KONG, "answer": "Paris."}, ["map.model=ai.meta.model", "map.usage=ai.usage"]),
    "a stream of Responses": ("table", {"model": "gpt-4o-mini", "response": EVENTS}, []),
}


@pytest.mark.parametrize("export", EXPORTS)
def test_an_export_is_one_call(capsys, export):
    source, document, words = EXPORTS[export]
    Path("export.json").write_text(json.dumps(document), encoding="utf-8")
    gencost(capsys, "import", source, "export.json", "provider=openai", *words, "texts=keep")
    assert calls("q.model, a.cost_pico_usd, a.response") == [("gpt-4o-mini", PICO_USD, "Paris.")]
    gencost(capsys, "audit", "--all")


def test_a_trace_says_where_its_calls_belong(capsys):
    gencost(capsys, "import", "langfuse", write("trace.jsonl", [TRACE]), "provider=openai", "texts=keep")
    assert calls("t.site, t.session, q.latency_ms, p.text") == [("faq", "s", 1250.0, "Capital of France?")]


def test_a_cost_of_litellm_s_without_a_model_is_a_sum(capsys):
    day = {"startTime": "2026-11-20", "spend": 0.0312, "models": {"gpt-4o-mini": 0.0312}}
    printed = gencost(capsys, "import", "litellm", write("spend.jsonl", [day]), code=2)
    assert "a cost of 0.0312 without a model: a row that sums calls" in printed


CAMEL = {"requestId": "1", "createdAt": START, "latencyMs": 1250, "modelId": "gpt-4o-mini", "totalTokens": 150}
CAMEL |= {"inputTokens": 120, "outputTokens": 30, "cachedInputTokens": 64, "finishReason": "stop", "choices": [SAID]}


def test_names_in_camel_case_need_no_map_but_for_cached_tokens(capsys):
    """Those are inside of the input or beside it, as the user knows: until he says it, no cost is."""
    words = ["provider=openai", "map.tokens_cached=cachedInputTokens"]
    gencost(capsys, "import", "table", write("calls.jsonl", [CAMEL]), *words, "texts=keep")
    facts = "t.source_id, q.latency_ms, a.cost_pico_usd, a.response, a.finish_reason"
    assert calls(facts) == [("1", 1250.0, PICO_USD, "Paris.", "stop")]


def test_tokens_in_columns_that_nobody_reads_are_named_with_the_remedy(capsys):
    row = {"id": "1", "ts": START, "model": "openai:gpt-4o-mini", "llm_input_tokens": 120, "llm_output_tokens": 30}
    printed = gencost(capsys, "import", "table", write("calls.jsonl", [row]))
    assert "if columns of yours count tokens: map.tokens_in=COLUMN map.tokens_out=COLUMN" in printed
    assert calls("a.cost_pico_usd, a.raw_usage_json") == [
        (None, '{"other columns": {"llm_input_tokens": 120, "llm_output_tokens": 30}}')
    ]


USED = {"input_tokens": 56, "output_tokens": 30, "total_tokens": 150, "input_tokens_cache_read": 64}
SAMPLE = {
    "id": "q",
    "epoch": 1,
    "messages": [*ASKED, SAID],
    "started_at": START,
    "model_usage": {"openai/gpt-4o-mini": USED},
}
SAMPLE["output"] = {
    "model": "gpt-4o-mini",
    "choices": [{"message": SAID, "stop_reason": "stop"}],
    "usage": USED,
    "time": 1,
}


def test_a_sample_of_inspect_s_without_its_events_is_the_call_of_its_output(capsys):
    several = {**SAMPLE, "id": "r", "model_usage": {"openai/gpt-4o-mini": {**USED, "output_tokens": 90}}}
    log = {"eval": {"eval_id": "e", "task": "t", "model": "m"}, "samples": [SAMPLE, several]}
    Path("log.json").write_text(json.dumps(log), encoding="utf-8")
    printed = gencost(capsys, "import", "inspect", "log.json", "texts=keep")
    assert "log.json sample r epoch 1: model_usage sums calls whose events are not in the log" in printed
    assert calls("q.latency_ms, a.cost_pico_usd, p.text") == [(1000.0, PICO_USD, "Capital of France?")]


def test_a_result_of_promptfoo_s_of_one_request_is_audited_whole(capsys):
    usage = {"prompt": 120, "completion": 30, "total": 150, "numRequests": 1}
    result = {"provider": {"id": "openai:gpt-4o-mini"}, "response": {"output": "Paris.", "tokenUsage": usage}}
    gencost(capsys, "import", "promptfoo", write("out.jsonl", [result]))
    assert calls("a.cost_pico_usd") == [(36_000_000,)]
    gencost(capsys, "audit", "--all")


def test_a_result_of_promptfoo_s_that_sums_requests_has_no_cost(capsys):
    usage = {"prompt": 360, "completion": 90, "total": 450, "numRequests": 3}
    result = {"provider": {"id": "openai:gpt-4o-mini"}, "response": {"output": "Paris.", "tokenUsage": usage}}
    gencost(capsys, "import", "promptfoo", write("out.jsonl", [result]))
    assert calls("a.usage_tokens_in, a.cost_pico_usd, a.cost_status") == [(360, None, "partial")]
