"""Spans that are not written as OTLP are read with the same map: one object a span, or Jaeger's and Tempo's traces."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from traffic.imports import PICO_USD, calls, gencost

from gencost.text.inside import inside

TRACE, SPAN, PARENT = "a" * 32, "b" * 16, "c" * 16
START, END = "2026-11-20T10:00:00.000000Z", "2026-11-20T10:00:01.250000Z"
US = 1795168800_000_000  # START since 1970
FACTS = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini"}
FACTS |= {"gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 30}
FACTS |= {"gen_ai.usage.cache_read.input_tokens": 64}
PRINTED = {
    "name": "chat",
    "context": {"trace_id": f"0x{TRACE}", "span_id": f"0x{SPAN}"},
    "parent_id": f"0x{PARENT}",
    "start_time": START,
    "end_time": END,
    "status": {"status_code": "UNSET"},
    "attributes": FACTS,
    "resource": {"attributes": {"service.name": "shop"}},
}
LOGFIRE = {"trace_id": TRACE, "span_id": SPAN, "start_timestamp": START, "end_timestamp": END, "attributes": FACTS}
COUNTED = {"prompt": 120, "completion": 30, "prompt_details": {"cache_read": 64}}
TURNS = [{"message": {"role": "user", "content": "Capital of France?"}}]
LLM = {"model_name": "gpt-4o-mini", "system": "openai", "token_count": COUNTED, "input_messages": TURNS}
NESTED = {"context": {"trace_id": TRACE, "span_id": SPAN}, "span_kind": "LLM", "start_time": START, "end_time": END}
NESTED |= {"attributes": {"llm": LLM, "output": {"value": "Paris."}}, "status_code": "OK"}
OTLP = {"traceId": TRACE, "spanId": SPAN, "startTimeUnixNano": f"{US}000", "endTimeUnixNano": f"{US + 1_250_000}000"}
KINDS = {int: "intValue", str: "stringValue"}
OTLP["attributes"] = [{"key": key, "value": {KINDS[type(it)]: it}} for key, it in FACTS.items()]
TEMPO = {"trace": {"batches": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": [OTLP]}]}]}}
TAGS = [{"key": key, "type": "string", "value": it} for key, it in FACTS.items()]
AROUND = {"traceID": TRACE, "spanID": PARENT, "operationName": "GET", "startTime": US, "duration": 9, "tags": []}
OF_CALL = {"traceID": TRACE, "spanID": SPAN, "operationName": "chat", "startTime": US, "duration": 1_250_000}
OF_CALL |= {"tags": TAGS, "processID": "p1", "references": [{"refType": "CHILD_OF", "spanID": PARENT}]}
JAEGER = {"data": [{"spans": [OF_CALL, AROUND], "processes": {"p1": {"serviceName": "shop"}}}]}
FORMS = {"printed by an SDK": PRINTED, "Logfire": LOGFIRE, "Phoenix": NESTED, "Tempo": TEMPO, "Jaeger": JAEGER}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("indent", [None, 4])
def test_a_span_of_another_form_is_the_same_call(capsys, form, indent):
    Path("spans.json").write_text(json.dumps(FORMS[form], indent=indent), encoding="utf-8")
    gencost(capsys, "import", "otlp", "spans.json", "texts=keep")
    facts = calls("t.source_id, q.ts, q.latency_ms, a.cost_pico_usd, q.provider, q.model")
    assert facts == [
        (f"{TRACE}:{SPAN}", "2026-11-20 10:00:00.000000", 1250.0, PICO_USD, "openai", "gpt-4o-mini"),
    ]


def test_messages_and_failures_of_such_spans_are_read(capsys):
    failed = {**PRINTED, "context": {"trace_id": TRACE, "span_id": "d" * 16}}
    failed |= {"status": {"status_code": "ERROR", "description": "429 Too Many Requests"}}
    Path("spans.jsonl").write_text(f"{json.dumps(NESTED)}\n{json.dumps(failed)}\n", encoding="utf-8")
    gencost(capsys, "import", "otlp", "spans.jsonl", "texts=keep")
    assert set(calls("q.status, q.error_type, p.text, a.response")) == {
        ("ok", None, "Capital of France?", "Paris."),
        ("error", "rate_limit", "", None),
    }


def test_a_time_that_is_none_names_its_record(capsys):
    Path("spans.jsonl").write_text(json.dumps({**LOGFIRE, "start_timestamp": "soon"}), encoding="utf-8")
    assert "spans.jsonl:1: 'soon' is not a time" in gencost(capsys, "import", "otlp", "spans.jsonl", code=2)


def test_a_path_goes_through_keys_that_hold_dots():
    row = {"attributes": {"gen_ai.usage": {"input_tokens": 120}, "gen_ai.usage.output_tokens": 30, "a": {"b": 1}}}
    paths = ("attributes.gen_ai.usage.input_tokens", "attributes.gen_ai.usage.output_tokens", "attributes.a.b")
    assert [inside(row, path) for path in (*paths, "attributes.a.c", "attributes.gen_ai")] == [120, 30, 1, None, None]
