"""Exports of tools that have no source of their own are tables, by a map of a few lines."""

from __future__ import annotations

import json

import pytest
from traffic.imports import PICO_USD, as_stored, calls, gencost, write

TS, END, FIRST = "2026-11-20T10:00:00.000Z", "2026-11-20T10:00:01.250Z", "2026-11-20T10:00:00.400Z"
ASKED = [{"role": "user", "content": "Capital of France?"}]
REQUEST = {"model": "gpt-4o-mini", "messages": ASKED, "temperature": 0}
USAGE = {"prompt_tokens": 120, "completion_tokens": 30, "prompt_tokens_details": {"cached_tokens": 64}}
CHOICE = {"index": 0, "message": {"role": "assistant", "content": "Paris."}, "finish_reason": "stop"}
ANSWER = {"id": "c1", "model": "gpt-4o-mini-2024-07-18", "choices": [CHOICE], "usage": USAGE}

LANGSMITH = {
    "id": "r1",
    "run_type": "llm",
    "start_time": "2026-11-20T10:00:00.000000",
    "end_time": "2026-11-20T10:00:01.250000",
    "first_token_time": "2026-11-20T10:00:00.400000",
    "extra": {"metadata": {"ls_provider": "openai", "ls_model_name": "gpt-4o-mini"}},
    "inputs": {"messages": [[{"lc": 1, "kwargs": {"type": "human", "content": "Capital of France?"}}]]},
    "outputs": {"generations": [[{"text": "Paris.", "message": {"kwargs": {"content": "Paris."}}}]]},
    "prompt_tokens": 120,
    "completion_tokens": 30,
    "total_tokens": 150,
    "total_cost": 0.0000312,
    "prompt_token_details": {"cache_read": 64},
}
ATTRIBUTES = {"gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o-mini", "gen_ai.usage.input_tokens": 120}
ATTRIBUTES |= {"gen_ai.usage.output_tokens": 30, "gen_ai.usage.details.cached_tokens": 64}
LOGFIRE = {"span_id": "s1", "start_timestamp": TS, "duration": 1.25, "attributes": ATTRIBUTES}
METRICS = {"start": 1795168800.0, "end": 1795168801.25, "prompt_tokens": 120, "completion_tokens": 30, "tokens": 150}
METRICS |= {"prompt_cached_tokens": 64, "prompt_cache_creation_tokens": 0, "time_to_first_token": 0.4}
BRAINTRUST = {
    "id": "b1",
    "input": ASKED,
    "output": [CHOICE],
    "metadata": {"model": "gpt-4o-mini", "provider": "openai"},
}
BRAINTRUST |= {"metrics": METRICS, "span_attributes": {"type": "llm"}}
WEAVE = {"id": "w1", "started_at": TS, "ended_at": END, "inputs": REQUEST, "output": ANSWER}
WEAVE |= {"summary": {"status": "success"}}
PORTKEY = {"id": "p1", "created_at": "2026-11-20 10:00:00", "ai_org": "openai", "ai_model": "gpt-4o-mini"}
PORTKEY |= {"request": {"body": REQUEST, "headers": {"Authorization": "Bearer sk-aSecretOfOurs123456"}}}
PORTKEY |= {"response": {"body": ANSWER}, "response_time": 1250, "response_status_code": 200}
LLM = {"model_name": "gpt-4o-mini", "token_count": {"prompt": 120, "completion": 30}}
LLM["token_count"] |= {"prompt_details": {"cache_read": 64}}
PHOENIX = {"context": {"span_id": "s1"}, "start_time": TS, "end_time": END, "span_kind": "LLM"}
FLAT = {"llm.model_name": "gpt-4o-mini", "llm.token_count.prompt": 120, "llm.token_count.completion": 30}
FLAT |= {"llm.token_count.prompt_details.cache_read": 64, "output.value": "Paris."}
OF_PHOENIX = [
    *("provider=openai", "only.span_kind=LLM", "map.id=context.span_id", "map.model=attributes.llm.model_name"),
    *("map.tokens_in=attributes.llm.token_count.prompt", "map.tokens_out=attributes.llm.token_count.completion"),
    "map.tokens_cached=attributes.llm.token_count.prompt_details.cache_read",
    *("map.ended=end_time", "map.answer=attributes.output.value"),
]
# name -> row, words of the command, whether its first token, its answer and its prompt are there
TOOLS = {
    "LangSmith": (
        LANGSMITH,
        [
            *("only.run_type=llm", "map.model=extra.metadata.ls_model_name", "map.provider=extra.metadata.ls_provider"),
            *("map.prompt=inputs.messages", "map.answer=outputs", "map.ended=end_time", "map.session=null"),
            *("map.tokens_cached=prompt_token_details.cache_read", "map.first_token=first_token_time"),
        ],
        (400.0, "Paris.", "Capital of France?"),
    ),
    "Logfire": (
        LOGFIRE,
        [
            *("map.id=span_id", "map.time=start_timestamp", "map.latency_s=duration"),
            *("map.provider=attributes.gen_ai.system", "map.model=attributes.gen_ai.request.model"),
            "map.tokens_in=attributes.gen_ai.usage.input_tokens",
            "map.tokens_out=attributes.gen_ai.usage.output_tokens",
            "map.tokens_cached=attributes.gen_ai.usage.details.cached_tokens",
        ],
        (None, "", ""),
    ),
    "Braintrust": (
        BRAINTRUST,
        [
            *("map.time=metrics.start", "map.ended=metrics.end", "map.ttft_s=metrics.time_to_first_token"),
            *("map.model=metadata.model", "map.provider=metadata.provider", "map.tokens_in=metrics.prompt_tokens"),
            *("map.tokens_out=metrics.completion_tokens", "map.tokens_cached=metrics.prompt_cached_tokens"),
        ],
        (400.0, "Paris.", "Capital of France?"),
    ),
    "Weave": (
        WEAVE,
        [
            *("provider=openai", "map.model=inputs.model", "map.prompt=inputs", "map.answer=output"),
            *("map.ended=ended_at", "map.status=summary.status"),
        ],
        (None, "Paris.", "Capital of France?"),
    ),
    "Portkey": (
        PORTKEY,
        [
            *("map.provider=ai_org", "map.model=ai_model", "map.latency_ms=response_time"),
            *("map.http_status=response_status_code", "map.prompt=request.body", "map.answer=response.body"),
        ],
        (None, "Paris.", "Capital of France?"),
    ),
    "Phoenix, nested": (
        {**PHOENIX, "attributes": {"llm": LLM, "output": {"value": "Paris."}}},
        OF_PHOENIX,
        (None, "Paris.", ""),
    ),
    "Phoenix, by attribute": ({**PHOENIX, "attributes": FLAT}, OF_PHOENIX, (None, "Paris.", "")),
}


@pytest.mark.parametrize("tool", TOOLS)
def test_a_map_of_a_few_lines_reads_what_a_tool_exports(capsys, tool):
    """gpt-4o-mini as everywhere here: 120 in, 64 of them cached, 30 out; 1,250 ms."""
    row, words, expected = TOOLS[tool]
    gencost(capsys, "import", "table", write("calls.jsonl", [row]), *words, "texts=keep")
    facts = "q.ts, q.latency_ms, a.cost_pico_usd, q.provider, q.model, a.ttft_ms, a.response, p.text"
    ((*common, ttft_ms, answer, prompt),) = calls(facts)
    assert common == ["2026-11-20 10:00:00.000000", 1250.0, PICO_USD, "openai", "gpt-4o-mini"]
    assert (ttft_ms, answer) == expected[:2]
    assert prompt == expected[2] or not expected[2]
    assert "aSecretOfOurs" not in as_stored()
    gencost(capsys, "audit", "--all")


def test_a_csv_with_json_in_its_cells_is_read_as_helicone_exports_it(capsys):
    pandas = pytest.importorskip("pandas")
    row = {"request_id": "h1", "request_created_at": TS, "delay_ms": 1250, "request_model": "gpt-4o-mini"}
    row |= {"request_body": json.dumps(REQUEST), "response_body": json.dumps(ANSWER), "provider": "openai"}
    row |= {"prompt_tokens": 120, "completion_tokens": 30, "prompt_cache_read_tokens": 64, "response_status": 200}
    pandas.DataFrame([row]).to_csv("calls.csv", index=False)
    words = ["map.id=request_id", "map.time=request_created_at", "map.latency_ms=delay_ms", "map.model=request_model"]
    words += ["map.prompt=request_body", "map.answer=response_body", "map.tokens_cached=prompt_cache_read_tokens"]
    gencost(capsys, "import", "table", "calls.csv", *words, "map.http_status=response_status", "texts=keep")
    facts = calls("a.cost_pico_usd, a.response, p.text, q.params_json")
    assert facts == [(PICO_USD, "Paris.", "Capital of France?", '{"temperature": 0}')]


BEDROCK = ["provider=bedrock", "cached=beside", "map.id=requestId", "map.model=modelId", "map.error=errorCode"]
BEDROCK += ["map.tokens_in=input.inputTokenCount", "map.tokens_out=output.outputTokenCount"]
BEDROCK += ["map.tokens_cached=input.cacheReadInputTokenCount", "map.answer=output.outputBodyJson"]
BEDROCK += ["map.tokens_cache_write=input.cacheWriteInputTokenCount", "map.prompt=input.inputBodyJson"]
EVENTS = [
    {"type": "message_start", "message": {"role": "assistant", "usage": {"input_tokens": 20, "output_tokens": 1}}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Par"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "is."}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 30}},
]
CONVERSED = {"output": {"message": {"role": "assistant", "content": [{"text": "Paris."}]}}, "stopReason": "end_turn"}
CONVERSED["usage"] = {"inputTokens": 20, "outputTokens": 30, "totalTokens": 50}
STREAMED = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {"delta": {"text": "Par"}, "contentBlockIndex": 0}},
    {"contentBlockDelta": {"delta": {"text": "is."}, "contentBlockIndex": 0}},
    {"messageStop": {"stopReason": "end_turn"}},
    {"metadata": {"usage": CONVERSED["usage"], "performanceConfig": {"latency": "standard"}}},
]


@pytest.mark.parametrize("answer", [EVENTS, CONVERSED, STREAMED], ids=["events of a stream", "Converse", "its stream"])
def test_bedrock_s_log_of_invocations_is_read_with_its_answers(capsys, answer):
    """claude-haiku-4-5 in one region, a tenth dearer: (20 * 1 + 30 * 5) * 1.1 = 187 USD per 1e6 calls."""
    row = {"timestamp": TS, "requestId": "r1", "modelId": "us.anthropic.claude-haiku-4-5-20251001-v1:0"}
    row |= {"input": {"inputBodyJson": {"messages": ASKED, "max_tokens": 9}, "inputTokenCount": 20}}
    row |= {"output": {"outputBodyJson": answer, "outputTokenCount": 30}}
    failed = {**row, "requestId": "r2", "errorCode": "ThrottlingException", "input": {}, "output": {}}
    gencost(capsys, "import", "table", write("calls.jsonl", [row, failed]), *BEDROCK, "texts=keep")
    facts = calls("q.status, q.error_type, a.cost_pico_usd, a.response, a.finish_reason, p.text")
    assert ("ok", None, 187_000_000, "Paris.", "end_turn", "Capital of France?") in facts
    assert {row[:2] for row in facts} == {("ok", None), ("error", "rate_limit")}


CHUNKS = [
    {"candidates": [{"content": {"role": "model", "parts": [{"text": "Par"}]}}]},
    {
        "candidates": [{"content": {"parts": [{"text": "is."}]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 100, "candidatesTokenCount": 50, "thoughtsTokenCount": 200},
    },
]


def test_vertex_logs_of_requests_and_responses_are_read_from_bigquery_s_json(capsys):
    """gemini-2.5-flash: 100 * .3 + (50 + 200 thought) * 2.5 = 655 USD per 1e6 calls."""
    asked = {"contents": [{"role": "user", "parts": [{"text": "Capital of France?"}]}]}
    row = {"logging_time": "2026-11-20 10:00:00.123456 UTC", "request_id": "1", "model": "gemini-2.5-flash"}
    row |= {"full_request": json.dumps(asked), "full_response": json.dumps(CHUNKS)}
    words = ["provider=vertex", "map.time=logging_time", "map.prompt=full_request", "map.answer=full_response"]
    gencost(capsys, "import", "table", write("calls.jsonl", [row]), *words, "texts=keep")
    assert calls("q.ts, a.cost_pico_usd, a.response, p.text") == [
        ("2026-11-20 10:00:00.123456", 655_000_000, "Paris.", "Capital of France?")
    ]


@pytest.mark.parametrize(
    ("written", "words", "utc"),
    [
        ("11/20/2026, 10:00:00.000 AM", ['time_format="%m/%d/%Y, %I:%M:%S.%f %p"'], "10"),
        ("20.11.2026 22:00", ['time_format="%d.%m.%Y %H:%M"', "time_zone=Europe/Berlin"], "21"),
        ("2026-11-20 10:00:00", ["time_zone=America/New_York"], "15"),
        ("2026-11-20T10:00:00Z", ["time_zone=America/New_York"], "10"),
        (1795168800, ["time_zone=America/New_York"], "10"),
    ],
)
def test_a_time_of_another_form_or_zone_is_read_where_the_map_says_so(capsys, written, words, utc):
    row = {"id": "1", "ts": written, "model": "openai:gpt-4o-mini", "tokens_in": 120, "tokens_out": 30}
    gencost(capsys, "import", "table", write("calls.jsonl", [row]), *words)
    assert calls("q.ts") == [(f"2026-11-20 {utc}:00:00.000000",)]


def test_a_zone_that_nobody_knows_and_a_time_of_another_form_are_named(capsys):
    rows = write("calls.jsonl", [{"ts": "2026-11-20", "model": "openai:gpt-4o-mini"}])
    assert "time_zone='Berlin': write a name" in gencost(capsys, "import", "table", rows, "time_zone=Berlin", code=2)
    printed = gencost(capsys, "import", "table", rows, "time_format=%d.%m.%Y", code=2)
    assert "'2026-11-20' is not a time as time_format='%d.%m.%Y' has it" in printed


@pytest.mark.parametrize(("column", "value"), [("duration_ns", 1_250_000_000), ("duration_us", 1_250_000)])
def test_a_duration_of_another_unit_is_read(capsys, column, value):
    row = {"id": "1", "ts": TS, "model": "openai:gpt-4o-mini", column: value}
    gencost(capsys, "import", "table", write("calls.jsonl", [row]))
    assert calls("q.latency_ms") == [(1250.0,)]


ERRORS = [False, 0, "false", "0", {"code": 0, "message": ""}, {}]


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_column_that_says_no_is_no_failure(capsys, error):
    row = {"id": "1", "ts": TS, "model": "openai:gpt-4o-mini", "error": error}
    gencost(capsys, "import", "table", write("calls.jsonl", [row, {**row, "id": "2", "error": {"code": 5}}]))
    assert sorted(calls("q.status")) == [("error",), ("ok",)]


def test_a_time_in_small_letters_is_read_and_cached_tokens_beside_the_input_are_hinted_at(capsys):
    row = {"id": "1", "ts": "2026-11-20t10:00:00z", "model": "openai:gpt-4o-mini", "tokens_in": 20, "tokens_out": 30}
    printed = gencost(capsys, "import", "table", write("calls.jsonl", [{**row, "tokens_cached": 100}]))
    assert "if tokens_in leaves cached tokens out: cached=beside" in printed
    assert calls("q.ts") == [("2026-11-20 10:00:00.000000",)]


def test_keys_may_stand_behind_options(capsys):
    row = {"id": "1", "ts": TS, "model": "gpt-4o-mini", "prompt": "Hello"}
    command = ("import", "table", write("calls.jsonl", [row]), "--db", "sqlite:///llmopt_stage1.sqlite")
    gencost(capsys, *command, "provider=openai", "texts=keep")
    assert calls("p.text") == [("Hello",)]
