"""Spans as stores keep them: data frames, ClickHouse's table, Zipkin's objects, vLLM's own names."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from traffic.imports import PICO_USD, calls, gencost, write

TIMES = {"start_time": "2026-11-20T10:00:00+00:00", "end_time": "2026-11-20T10:00:01.500000+00:00"}
COUNTS = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": "120",
    "gen_ai.usage.output_tokens": "30",
    "gen_ai.usage.cache_read.input_tokens": "64",
}
COLUMNS = {
    "context.trace_id": "t",
    "context.span_id": "1",
    **TIMES,
    "attributes.openinference.span.kind": "LLM",
    "attributes.llm.provider": "openai",
    "attributes.llm.model_name": "gpt-4o-mini",
    "attributes.llm.token_count.prompt": 120,
    "attributes.llm.token_count.completion": 30,
    "attributes.llm.token_count.prompt_details.cache_read": 64.0,
}
AROUND = {"context.trace_id": "t", "context.span_id": "0", **TIMES, "attributes.openinference.span.kind": "CHAIN"}
ONCE = [(120, 30, 1500.0, PICO_USD)]


def read() -> list[tuple]:
    return calls("a.usage_tokens_in, a.usage_tokens_out, q.latency_ms, a.cost_pico_usd")


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_data_frame_of_spans_is_read_by_its_columns(capsys, form):
    log, empty = f"spans.{form}", dict.fromkeys(COLUMNS)
    if form == "jsonl":
        write(log, [COLUMNS, AROUND])
    elif form == "csv":
        with Path(log).open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, COLUMNS)
            table.writeheader()
            table.writerows([COLUMNS, AROUND])
    else:
        pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pa.Table.from_pylist([COLUMNS, {**empty, **AROUND}]), log)
    assert "1 call imported; 1 left out: not the span of a model's call" in gencost(capsys, "import", "otlp", log)
    assert read() == ONCE


def test_the_answer_of_phoenixs_api_is_a_list_of_spans(capsys):
    attributes = {name.removeprefix("attributes."): it for name, it in COLUMNS.items() if name.startswith("attr")}
    span = {"context": {"trace_id": "t", "span_id": "1"}, **TIMES, "span_kind": "LLM", "attributes": attributes}
    Path("spans.json").write_text(json.dumps({"data": [span], "next_cursor": None}), encoding="utf-8")
    gencost(capsys, "import", "otlp", "spans.json")
    assert read() == ONCE


def test_rows_of_clickhouse_and_spans_of_zipkin_are_read(capsys):
    row = {"Timestamp": "2026-11-20 10:00:00.000000000", "TraceId": "t", "SpanId": "1", "ParentSpanId": ""}
    row |= {"SpanName": "chat", "SpanAttributes": COUNTS, "Duration": "1500000000", "StatusCode": "STATUS_CODE_OK"}
    zipkin = {"traceId": "t", "id": "2", "name": "chat", "timestamp": 1795600000000000, "duration": 1500000}
    failed = {
        **zipkin,
        "id": "3",
        "timestamp": 1795600001000000,
        "tags": {**dict(list(COUNTS.items())[:3]), "error": "429 Too Many Requests"},
    }
    gencost(capsys, "import", "otlp", write("spans.jsonl", [row, {**zipkin, "tags": COUNTS}, failed]))
    assert read()[:2] == ONCE * 2
    assert calls("q.status")[2:] == [("error",)]


def test_vllms_own_span_of_a_request_is_a_call(capsys):
    names = {"gen_ai.response.model": "m", "gen_ai.latency.time_to_first_token": 0.25, "gen_ai.usage.num_sequences": 1}
    names |= {"gen_ai.usage.prompt_tokens": 120, "gen_ai.usage.completion_tokens": 30}
    span = {"context": {"trace_id": "t", "span_id": "1"}, **TIMES, "name": "llm_request", "attributes": names}
    gencost(capsys, "import", "otlp", write("spans.jsonl", [span]), "provider=local")
    told = "q.model, a.usage_tokens_in, a.usage_tokens_out, a.ttft_ms, a.usage_more_json"
    assert calls(told) == [("m", 120, 30, 250.0, None)]
