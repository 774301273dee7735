"""Log records of OTLP: what they say of a call joins its span, and a call that no span tells is read from them."""

from __future__ import annotations

import base64
import json
import re
from importlib import import_module
from itertools import permutations
from pathlib import Path

import pytest
from traffic.imports import PICO_USD, calls, gencost, write

START, END = 1795676003_000000000, 1795676004_250000000  # 1,250 ms
ASKED = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini"}
COUNTS = {"gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 30}
COUNTS |= {"gen_ai.usage.cache_read.input_tokens": 64}
DETAILS = "gen_ai.client.inference.operation.details"
TRACE = "0" * 31 + "a"


def value(it: object) -> dict:
    if isinstance(it, dict):
        return {"kvlistValue": {"values": [{"key": key, "value": value(inner)} for key, inner in it.items()]}}
    if isinstance(it, list):
        return {"arrayValue": {"values": [value(inner) for inner in it]}}
    kinds = {int: "intValue", str: "stringValue", float: "doubleValue", bool: "boolValue"}
    return {kinds[type(it)]: str(it) if type(it) is int else it}


def attributes(given: dict) -> list[dict]:
    return [{"key": key, "value": value(it)} for key, it in given.items()]


def span(number: int, facts: dict, parent: str = "") -> dict:
    named = {"traceId": TRACE, "spanId": f"{number:016x}", "parentSpanId": parent, "name": "chat"}
    times = {"startTimeUnixNano": str(START), "endTimeUnixNano": str(END)}
    return {"resourceSpans": [{"scopeSpans": [{"spans": [{**named, **times, "attributes": attributes(facts)}]}]}]}


def log(name: str, facts: dict, body: object = None, number: int | None = 1, service: str = "shop") -> dict:
    record = {"timeUnixNano": str(END), "eventName": name, "attributes": attributes(facts)}
    record |= {} if body is None else {"body": value(body)}
    record |= {} if number is None else {"traceId": TRACE, "spanId": f"{number:016x}"}
    resource = {"attributes": attributes({"service.name": service})}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]}


def imported(capsys, *records: dict, db: str | None = None) -> str:
    more = [] if db is None else ["--db", f"sqlite:///{db}"]
    return gencost(capsys, "import", "otlp", write("otlp.jsonl", list(records)), "texts=keep", *more)


TEXTS = {
    "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "Capital of France?"}]}],
    "gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": "Paris."}]}],
}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_texts_of_an_event_join_the_span_whichever_comes_first(capsys, order):
    other = span(2, {"gen_ai.operation.name": "invoke_agent"})
    records = [span(1, {**ASKED, **COUNTS}), log(DETAILS, {**ASKED, **COUNTS, **TEXTS}), other]
    printed = imported(capsys, *(records[place] for place in order))
    assert "1 call imported; 1 left out: not the span of a model's call" in printed
    assert calls("q.latency_ms, a.cost_pico_usd, p.text, a.response") == [
        (1250.0, PICO_USD, "Capital of France?", "Paris.")
    ]


def test_an_event_without_its_span_is_a_call_whose_latency_is_unknown(capsys):
    printed = imported(capsys, log(DETAILS, {**ASKED, **COUNTS, **TEXTS}))
    assert "latency of 1" in printed
    assert calls("q.ts, q.latency_ms, a.cost_pico_usd, a.response") == [
        ("2026-11-26 06:53:24.250000", None, PICO_USD, "Paris.")
    ]
    assert "0 calls imported; 1 was there already" in imported(capsys, span(1, {**ASKED, **COUNTS}))


def test_events_inside_a_span_that_is_no_call_are_calls_each_by_its_answer(capsys):
    """An application's span around two calls, of which one is told twice: two bills."""
    around = span(1, {"http.route": "/ask"})
    events = [log(DETAILS, {**ASKED, **COUNTS, "gen_ai.response.id": answer}) for answer in ("r1", "r2", "r2")]
    imported(capsys, events[0], around, *events[1:])
    assert calls("a.cost_pico_usd") == [(PICO_USD,)] * 2
    imported(capsys, around, *events, db="other.sqlite")


def test_messages_of_the_older_convention_join_their_span_in_order(capsys):
    records = [
        log("gen_ai.system.message", {"gen_ai.system": "openai"}, {"content": "Be brief."}),
        log("gen_ai.user.message", {"gen_ai.system": "openai"}, {"content": "Capital of France?"}),
        log("gen_ai.choice", {}, {"index": 0, "finish_reason": "stop", "message": {"content": "Paris."}}),
        span(1, {**ASKED, **COUNTS}),
    ]
    assert "1 call imported\n" in imported(capsys, *records)
    ((text, answer, finish),) = calls("p.text, a.response, a.finish_reason")
    assert finish == "stop"
    assert [(it["role"], it["content"]) for it in json.loads(text)] == [
        ("system", "Be brief."),
        ("user", "Capital of France?"),
    ]
    assert answer == "Paris."


def test_messages_without_a_span_and_other_log_records_are_no_calls(capsys):
    other = log("app.started", {"k": "v"}, "ready", number=None)
    printed = imported(capsys, log("gen_ai.user.message", {}, {"content": "hi"}), other)
    assert "0 calls imported; 2 left out: a log record that tells nothing of a model's call" in printed


CLAUDE = {"event.name": "api_request", "model": "claude-haiku-4-5", "input_tokens": "20", "output_tokens": "30"}
CLAUDE |= {"cache_read_tokens": "100", "cache_creation_tokens": "1000", "cost_usd": "0.00143", "duration_ms": "1250"}
CODEX = {"event.name": "codex.sse_event", "event.kind": "response.completed", "model": "gpt-5-mini"}
CODEX |= {"input_token_count": 120, "cached_token_count": 64, "output_token_count": 30, "reasoning_token_count": 20}
CODEX |= {"tool_token_count": 150, "conversation.id": "c1"}
GEMINI = {"event.name": "gemini_cli.api_response", "model": "gemini-2.5-flash", "duration_ms": 1250}
GEMINI |= {"input_token_count": 100, "output_token_count": 50, "thoughts_token_count": 200, "tool_token_count": 0}
GEMINI |= {"cached_content_token_count": 0, "total_token_count": 350, "status_code": 200}


@pytest.mark.parametrize(
    ("facts", "body", "expected"),
    [
        # claude-haiku-4-5: 20 * 1 + 100 * .1 + 1000 * 1.25 + 30 * 5 = 1430 USD per 1e6 calls; 1,120 in all
        (CLAUDE, "claude_code.api_request", (1120, 30, 1_430_000_000, 1250.0)),
        # gpt-5-mini: 56 * .25 + 64 * .025 + 30 * 2 = 75.6
        (CODEX, None, (120, 30, 75_600_000, None)),
        # gemini-2.5-flash: 100 * .3 + (50 + 200) * 2.5 = 655
        (GEMINI, None, (100, 250, 655_000_000, 1250.0)),
    ],
)
def test_the_event_of_a_coding_agent_is_a_call(capsys, facts, body, expected):
    name = str(facts["event.name"])
    printed = imported(capsys, log(name, facts, body, number=None), log(name, {**facts, "model": "m2"}, body))
    assert "2 calls imported" in printed
    tokens = "a.usage_tokens_in, a.usage_tokens_out, a.cost_pico_usd, q.latency_ms"
    assert [row[:-1] for row in calls(f"{tokens}, q.model") if row[-1] != "m2"] == [expected]
    gencost(capsys, "audit", "--all")


def test_a_gemini_cli_tells_a_call_in_two_records_which_is_one(capsys):
    again = {**ASKED, **COUNTS, "gen_ai.provider.name": "gcp.gemini"}
    records = [log(GEMINI["event.name"], GEMINI, service="gemini-cli"), log(DETAILS, again, service="gemini-cli")]
    imported(capsys, *records)
    assert calls("a.cost_pico_usd") == [(655_000_000,)]


def test_pieces_of_a_codex_stream_are_no_calls_and_errors_are(capsys):
    piece = log("codex.sse_event", {"event.kind": "response.output_text.delta", "model": "gpt-5-mini"})
    fine = log("codex.api_request", {"model": "gpt-5-mini", "http.response.status_code": 200, "duration_ms": 3})
    failed = log("claude_code.api_error", {"model": "claude-haiku-4-5", "error": "Overloaded", "status_code": "529"})
    printed = imported(capsys, piece, fine, failed)
    assert "1 call imported (1 failed of them); 2 left out" in printed
    assert calls("q.status, q.error_type") == [("error", "overloaded")]


def test_a_new_count_of_an_agent_withholds_the_cost(capsys):
    imported(capsys, log("codex.sse_event", {**CODEX, "audio_token_count": 7}))
    assert calls("a.cost_pico_usd, a.cost_status") == [(None, "partial")]


@pytest.mark.parametrize("held", [0, 2000])
def test_log_records_in_a_file_of_their_own_join_their_spans_however_many_there_are(capsys, monkeypatch, held):
    monkeypatch.setattr("gencost.traffic.log_join.LogJoin.held", held)
    logs = [log(DETAILS, {**ASKED, **COUNTS, **TEXTS}, number=number) for number in range(1, 6)]
    spans = [span(number, {**ASKED, **COUNTS}) for number in range(1, 6)]
    write("logs.jsonl", logs)
    gencost(capsys, "import", "otlp", write("spans.jsonl", spans), "logs=logs.jsonl", "texts=keep")
    facts = calls("q.latency_ms, a.cost_pico_usd, p.text, a.response")
    assert facts == [(1250.0, PICO_USD, "Capital of France?", "Paris.")] * 5


def test_of_a_file_of_logs_and_one_of_spans_the_times_hold_in_either_order(capsys):
    write("logs.jsonl", [log(DETAILS, {**ASKED, **COUNTS})])
    write("spans.jsonl", [span(1, {**ASKED, **COUNTS})])
    for place, files in enumerate((["logs.jsonl", "spans.jsonl"], ["spans.jsonl", "logs.jsonl"])):
        printed = gencost(capsys, "import", "otlp", *files, "--db", f"sqlite:///{place}.sqlite")
        assert "1 call imported; 1 told twice" in printed
        assert "latency of" not in printed


def in_protobuf(record: dict) -> bytes:
    """A record of JSON as a message behind its length, ids in base64 as JSON of protobuf has them."""
    kinds = {"resourceSpans": ("trace", "TracesData"), "resourceLogs": ("logs", "LogsData")}
    kinds["resourceMetrics"] = ("metrics", "MetricsData")
    module, name = kinds[next(iter(record))]
    text = re.sub(
        r'"(traceId|spanId)": "([0-9a-f]+)"',
        lambda it: f'"{it[1]}": "{base64.b64encode(bytes.fromhex(it[2])).decode()}"',
        json.dumps(record),
    )
    message = getattr(import_module(f"opentelemetry.proto.{module}.v1.{module}_pb2"), name)
    data = import_module("google.protobuf.json_format").Parse(text, message()).SerializeToString()
    return len(data).to_bytes(4, "big") + data


METRICS = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "tokens", "sum": {"dataPoints": []}}]}]}]}


def test_log_records_in_protobuf_are_those_of_json(capsys):
    records = [log(DETAILS, {**ASKED, **COUNTS, **TEXTS}), span(1, {**ASKED, **COUNTS}), METRICS]
    Path("logs.pb").write_bytes(b"".join(map(in_protobuf, records)))
    printed = gencost(capsys, "import", "otlp", "logs.pb", "texts=keep")
    assert "1 left out: metrics, not spans or logs" in printed
    assert calls("q.latency_ms, a.cost_pico_usd, p.text, a.response") == [
        (1250.0, PICO_USD, "Capital of France?", "Paris.")
    ]


def test_a_file_that_is_no_protobuf_of_otlp_is_told(capsys):
    Path("x.bin").write_bytes(b"\x0a\x03abc\xff")
    assert "x.bin#1: not OTLP: neither spans nor log records" in gencost(capsys, "import", "otlp", "x.bin", code=2)
