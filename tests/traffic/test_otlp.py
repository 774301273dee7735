"""Spans of four dialects become calls with one bill, however many spans tell a call."""

from __future__ import annotations

import base64
import json
from importlib import import_module
from pathlib import Path

import pytest
from traffic.imports import PICO_USD, SAMPLES, as_stored, calls, everything, gencost, query, write

COUNTS = "a.usage_tokens_in, a.usage_tokens_cached, a.usage_tokens_out, a.usage_tokens_reasoning"
START = 1795674932678282054


def value(it: object) -> dict:
    if isinstance(it, list):
        return {"arrayValue": {"values": [value(inner) for inner in it]}}
    kinds = {bool: "boolValue", int: "intValue", float: "doubleValue"}
    return {kinds.get(type(it), "stringValue"): str(it) if type(it) is int else it}


def span(attributes: dict, at: str = "1", parent: str = "", **more: object) -> dict:
    """A span of 1.5 s; ``at`` and ``parent`` are the last digits of ids."""
    listed = [{"key": name, "value": value(it)} for name, it in attributes.items()]
    ids = {
        "traceId": "a" * 32,
        "spanId": at.rjust(16, "0"),
        **({"parentSpanId": parent.rjust(16, "0")} if parent else {}),
    }
    times = {"startTimeUnixNano": str(START), "endTimeUnixNano": str(START + 1_500_000_000)}
    return {**ids, "name": "s", **times, "attributes": listed, "status": {}, **more}


def line(*spans: dict, scope: str = "", resource: dict | None = None) -> dict:
    own = [{"key": name, "value": value(it)} for name, it in (resource or {}).items()]
    return {
        "resourceSpans": [
            {"resource": {"attributes": own}, "scopeSpans": [{"scope": {"name": scope}, "spans": [*spans]}]}
        ]
    }


NEW = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
    "gen_ai.response.id": "chatcmpl-1",
    "gen_ai.usage.input_tokens": 120,
    "gen_ai.usage.output_tokens": 30,
    "gen_ai.usage.cache_read.input_tokens": 64,
    "gen_ai.usage.reasoning.output_tokens": 20,
}
OLD = {
    "gen_ai.system": "OpenAI",
    "llm.request.type": "chat",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
    "gen_ai.usage.prompt_tokens": 120,
    "gen_ai.usage.completion_tokens": 30,
    "llm.usage.total_tokens": 150,
    "gen_ai.usage.cache_read_input_tokens": 64,
    "gen_ai.usage.reasoning_tokens": 20,
    "gen_ai.prompt.0.role": "user",
    "gen_ai.prompt.0.content": "Capital of France?",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.content": "Paris.",
}
OPENINFERENCE = {
    "openinference.span.kind": "LLM",
    "llm.system": "openai",
    "llm.model_name": "gpt-4o-mini-2024-07-18",
    "llm.invocation_parameters": '{"model": "gpt-4o-mini", "temperature": 0.2}',
    "llm.token_count.prompt": 120,
    "llm.token_count.completion": 30,
    "llm.token_count.total": 150,
    "llm.token_count.prompt_details.cache_read": 64,
    "llm.token_count.completion_details.reasoning": 20,
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.content": "Capital of France?",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.content": "Paris.",
    "llm.finish_reason": "stop",
    "session.id": "s-1",
}


@pytest.mark.parametrize("name", ["genai_openai_1.3b0", "openllmetry_0.62.4", "openinference_0.1.66"])
def test_the_spans_of_real_instrumentations_have_the_bill_of_the_calls(capsys, name):
    name = f"otlp_{name}.jsonl"
    printed = gencost(capsys, "import", "otlp", str(SAMPLES / name))
    assert "4 calls imported" in printed
    # three answers and 4 tokens of text-embedding-3-small at 0.02 USD per 1e6: 3 * 31.2 + 0.08 USD per 1e6
    assert [row[0] for row in calls("a.cost_pico_usd")] == [PICO_USD, PICO_USD, PICO_USD, 80_000]
    assert "Paris" not in as_stored()
    before = everything()
    gencost(capsys, "import", "otlp", str(SAMPLES / name))
    assert everything() == before


def test_a_stream_has_its_time_to_the_first_chunk(capsys):
    names = ("otlp_genai_openai_1.3b0.jsonl", "otlp_openllmetry_0.62.4.jsonl")
    gencost(capsys, "import", "otlp", *(str(SAMPLES / name) for name in names))
    ttfts = [row[0] for row in calls("a.ttft_ms") if row[0] is not None]
    # 0.0405587... s as an attribute; 967330003645 - 967297284099 ns from the first event
    assert ttfts == [pytest.approx(40.5587, abs=1e-4), pytest.approx(32.719546, abs=1e-6)]


@pytest.mark.parametrize("attributes", [NEW, OLD, OPENINFERENCE], ids=["new", "old", "openinference"])
def test_every_dialect_has_the_same_counts_and_the_same_bill(capsys, attributes):
    gencost(capsys, "import", "otlp", write("t.jsonl", [line(span(attributes))]), "texts=keep")
    assert calls(f"q.provider, q.model, a.response_model, a.cost_pico_usd, q.latency_ms, {COUNTS}") == [
        ("openai", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", PICO_USD, 1500.0, 120, 64, 30, 20)
    ]
    if attributes is not NEW:
        assert calls("p.text, a.response") == [("Capital of France?", "Paris.")]


def test_equal_prompts_of_two_dialects_are_equal_and_nothing_of_them_is_readable(capsys):
    spans = [span(OLD), span(OPENINFERENCE, at="2")]
    gencost(capsys, "import", "otlp", write("t.jsonl", [line(it) for it in spans]))
    assert query("SELECT count(DISTINCT prompt_sha256), count(*) FROM requests") == [(1, 2)]
    assert query("SELECT count(DISTINCT response_sha256) FROM responses") == [(1,)]
    assert not any(word in as_stored() for word in ("France", "Paris", "s-1"))


MESSAGES = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": "claude-haiku-4-5",
    "gen_ai.response.id": "msg_1",
    "gen_ai.usage.input_tokens": 1020,
    "gen_ai.usage.output_tokens": 30,
    "gen_ai.usage.cache_creation.input_tokens": 1000,
}
BY_TIME = {
    "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 600,
    "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 400,
}
# claude-haiku-4-5, USD per 1e6: 1 in, 1.25 and 2 written, 5 out: 20 * 1 + 600 * 1.25 + 400 * 2 + 30 * 5 = 1,720
SPLIT_PICO_USD = 1_720_000_000


@pytest.mark.parametrize("order", ["inner first", "outer first", "apart"])
def test_a_call_that_two_spans_tell_is_one_with_the_split_of_the_inner(capsys, order):
    outer = line(span(MESSAGES), scope="opentelemetry.instrumentation.genai.anthropic")
    http = line(span({"http.route": "x"}, at="2", parent="1"))
    inner = line(span({**MESSAGES, **BY_TIME}, at="3", parent="2"), scope="com.anthropic.sdk.python")
    lines = {"inner first": [inner, http, outer], "outer first": [outer, http, inner], "apart": [inner, outer, http]}
    printed = gencost(capsys, "import", "otlp", write("t.jsonl", lines[order]))
    assert "1 call imported" in printed
    assert "1 left out: a call that the span around or beside it tells, too" in printed
    written = "a.usage_tokens_cache_write, a.usage_tokens_cache_write_1h"
    assert calls(f"t.source_id, a.cost_pico_usd, {written}") == [
        (f"{'a' * 32}:{'1'.rjust(16, '0')}", SPLIT_PICO_USD, 600, 400)
    ]


def test_the_two_spans_of_a_real_call_of_anthropic_are_one(capsys):
    printed = gencost(capsys, "import", "otlp", str(SAMPLES / "otlp_genai_anthropic_1.3b0.jsonl"))
    assert "1 call imported; 1 left out" in printed
    # 20 in, 100 cached at 0.10, 600 and 400 written, 30 out: 20 + 10 + 750 + 800 + 150 = 1,730 USD per 1e6 calls
    assert calls("q.provider, a.cost_pico_usd, a.usage_tokens_in") == [("anthropic", 1_730_000_000, 1120)]


def test_calls_with_one_response_id_side_by_side_are_two(capsys):
    """A server may give every answer the same id: only a span inside another tells the same call."""
    spans = [span(NEW, at="2", parent="1"), span(NEW, at="3", parent="1"), span({"x": "y"}, at="1")]
    assert "2 calls imported" in gencost(capsys, "import", "otlp", write("t.jsonl", [line(*spans)]))


def test_two_instrumentations_that_tell_a_call_side_by_side_are_one(capsys):
    named = {**OPENINFERENCE, "llm.response.id": NEW["gen_ai.response.id"]}
    spans = [line(span(NEW, at="2", parent="1"), scope="one"), line(span(named, at="3", parent="1"), scope="two")]
    printed = gencost(capsys, "import", "otlp", write("t.jsonl", spans))
    assert "1 call imported; 1 left out: a call that the span around or beside it tells, too" in printed


def test_a_failed_try_inside_a_call_is_a_failed_call_and_the_call_is_not(capsys):
    failed = {name: it for name, it in NEW.items() if "usage" not in name and "response" not in name}
    tries = [
        span({**failed, "error.type": "429"}, at="2", parent="1", status={"code": 2}),
        span(NEW, at="3", parent="1"),
    ]
    gencost(capsys, "import", "otlp", write("t.jsonl", [line(span(NEW, at="1"), *tries)]))
    assert sorted(calls("q.status, q.error_type, a.cost_pico_usd")) == [
        ("error", "rate_limit", None),
        ("ok", None, PICO_USD),
    ]


@pytest.mark.parametrize(("status", "told"), [({}, "error"), ({"code": 1}, "ok")])
def test_a_named_error_without_a_status_is_a_failure(capsys, status, told):
    gencost(capsys, "import", "otlp", write("t.jsonl", [line(span({**NEW, "error.type": "Timeout"}, status=status))]))
    assert calls("q.status") == [(told,)]


@pytest.mark.parametrize(("currency", "pico_usd"), [("USD", 500_000_000_000), ("EUR", None)])
def test_a_cost_in_another_currency_is_not_dollars(capsys, currency, pico_usd):
    cost = {"gen_ai.usage.cost.amount": 0.5, "gen_ai.usage.cost.currency": currency}
    printed = gencost(capsys, "import", "otlp", write("t.jsonl", [line(span({**NEW, **cost}))]))
    assert calls("t.source_cost_pico_usd, a.cost_pico_usd") == [(pico_usd, PICO_USD)]
    assert ("its own cost in USD of 1" in printed) is (pico_usd is None)


@pytest.mark.parametrize(
    ("named", "provider"),
    [("openai.chat", "openai"), ("google.generative-ai", "google"), ("azure-openai.chat", "azure")],
)
def test_a_provider_named_with_its_api_is_the_provider(capsys, named, provider):
    gencost(capsys, "import", "otlp", write("t.jsonl", [line(span({**NEW, "gen_ai.provider.name": named}))]))
    assert calls("q.provider") == [(provider,)]


def test_an_agent_s_span_with_the_sums_of_its_calls_is_not_a_call(capsys):
    agent = {**NEW, "gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 240}
    printed = gencost(capsys, "import", "otlp", write("t.jsonl", [line(span(NEW, at="2", parent="1"), span(agent))]))
    assert "1 call imported; 1 left out: not the span of a model's call" in printed


def test_cached_tokens_that_cannot_be_inside_the_input_stand_beside_it(capsys):
    exclusive = {**MESSAGES, "gen_ai.usage.input_tokens": 20}  # older instrumentations of Anthropic
    gencost(capsys, "import", "otlp", write("t.jsonl", [line(span(exclusive))]))
    assert calls("a.usage_tokens_in, a.usage_tokens_cache_write") == [(1020, 1000)]


def test_a_span_that_failed_is_a_failed_call(capsys):
    attributes = {name: it for name, it in NEW.items() if "usage" not in name and "response" not in name}
    failed = span({**attributes, "error.type": "RateLimitError"}, status={"code": 2, "message": "quota of Ada"})
    gencost(capsys, "import", "otlp", write("t.jsonl", [line(failed)]))
    assert calls("q.status, q.error_type, a.cost_pico_usd") == [("error", "rate_limit", None)]
    assert "Ada" not in as_stored()


def test_an_instrumentation_that_drops_cached_tokens_is_named(capsys):
    scope = "opentelemetry.instrumentation.openai_v2"
    printed = gencost(capsys, "import", "otlp", write("t.jsonl", [line(span(OLD), scope=scope)]))
    assert "cached tokens of 1" in printed


def test_the_service_is_a_tag_and_an_unknown_count_makes_the_bill_partial(capsys):
    attributes = {**NEW, "gen_ai.usage.quantum_tokens": 7, "gen_ai.agent.name": "clerk"}
    record = line(span(attributes), resource={"service.name": "shop"})
    printed = gencost(capsys, "import", "otlp", write("t.jsonl", [record]))
    assert "quantum_tokens=7" in printed
    assert calls("t.site, t.tags_json, a.cost_status") == [("clerk", '{"name": "shop"}', "partial")]


@pytest.mark.parametrize("framed", [False, True])
def test_protobuf_is_the_same_calls_as_json(capsys, framed):
    text = (SAMPLES / "otlp_genai_openai_1.3b0.jsonl").read_text(encoding="utf-8")
    spans = [it for row in text.splitlines() for it in json.loads(row)["resourceSpans"]]
    parse = import_module("google.protobuf.json_format").ParseDict
    traces = import_module("opentelemetry.proto.trace.v1.trace_pb2").TracesData

    def hexed(it: dict) -> dict:
        for scope in it["scopeSpans"]:
            for one in scope["spans"]:
                for key in ("traceId", "spanId"):
                    one[key] = base64.b64encode(bytes.fromhex(one[key])).decode()
        return it

    data = parse({"resourceSpans": [hexed(it) for it in spans]}, traces()).SerializeToString()
    Path("t.pb").write_bytes(len(data).to_bytes(4, "big") + data if framed else data)
    gencost(capsys, "import", "otlp", "t.pb")
    assert [row[0] for row in calls("a.cost_pico_usd")] == [PICO_USD, PICO_USD, PICO_USD, 80_000]
    again = gencost(capsys, "import", "otlp", str(SAMPLES / "otlp_genai_openai_1.3b0.jsonl"))
    assert "0 calls imported; 4 were there already" in again


def test_lines_that_are_not_otlp_are_counted_and_shown(capsys):
    lines = [f'{{"a": {n}}}' for n in range(12)]
    printed = gencost(capsys, "import", "otlp", write("t.jsonl", ["{", *lines, line(span(NEW))]))
    assert "1 call imported" in printed
    assert "13 records cannot be read, the first of them:" in printed
    assert printed.count("t.jsonl:") == 10
    assert "t.jsonl:1: not JSON" in printed
    assert gencost(capsys, "import", "otlp", "t.jsonl", "on_bad_line=fail", code=2).startswith(
        "gencost: t.jsonl:1: not JSON"
    )


def test_a_span_of_vercel_s_ai_sdk_inside_another_is_one_call_with_its_texts(capsys):
    """The outer span, of ``streamText``, has the same counts, and no names of the conventions."""
    shared = {"ai.usage.inputTokens": 120, "ai.usage.outputTokens": 30, "ai.usage.cachedInputTokens": 64}
    shared |= {"ai.model.id": "gpt-4o-mini", "ai.model.provider": "openai.chat", "ai.telemetry.functionId": "checkout"}
    turns = [{"role": "user", "content": [{"type": "text", "text": "Capital of France?"}]}]
    told = {"gen_ai.system": "openai.chat", "gen_ai.request.model": "gpt-4o-mini", "ai.response.text": "Paris."}
    told |= {"gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 30}
    told |= {"ai.prompt.messages": json.dumps(turns), "ai.response.avgOutputTokensPerSecond": 24}
    times = {"startTimeUnixNano": "1795676003000000000", "endTimeUnixNano": "1795676004250000000"}
    event = {"name": "ai.stream.firstChunk", "timeUnixNano": "1795676003400500000"}
    spans = [
        {"spanId": f"{n:016x}", "parentSpanId": parent, "traceId": "0" * 31 + "1", **times, "events": events}
        for n, parent, events in ((2, f"{1:016x}", [event]), (1, "", []))
    ]
    for span, facts in zip(spans, ({**shared, **told}, shared), strict=True):
        kinds = {int: "intValue", str: "stringValue"}
        span["attributes"] = [{"key": key, "value": {kinds[type(it)]: it}} for key, it in facts.items()]
    line = {"resourceSpans": [{"scopeSpans": [{"scope": {"name": "ai"}, "spans": spans}]}]}
    gencost(capsys, "import", "otlp", write("spans.jsonl", [line]), "texts=keep")
    facts = calls("q.latency_ms, a.ttft_ms, a.cost_pico_usd, p.text, a.response, t.site")
    assert facts == [(1250.0, 400.5, PICO_USD, "Capital of France?", "Paris.", "checkout")]
