"""A usage that stands in a record twice: the fuller one holds; one that contradicts the other withholds the cost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from traffic.imports import PICO_USD, calls, gencost, write

# gpt-4o-mini: 120 * .15 + 30 * .60 = 36 USD per 1e6 calls; with 64 of the input cached, PICO_USD
NOT_CACHED = 36_000_000
SENT = {"prompt_tokens": 120, "completion_tokens": 30, "prompt_tokens_details": {"cached_tokens": 64}}
LANGCHAIN = {"input_tokens": 120, "output_tokens": 30, "input_token_details": {"cache_read": 64}}


def traced(outputs: object) -> str:
    """A trace of MLflow whose summary of the counts has totals alone."""
    attributes = {
        "mlflow.spanType": "CHAT_MODEL",
        "mlflow.llm.provider": "openai",
        "mlflow.llm.model": "gpt-4o-mini",
        "mlflow.chat.tokenUsage": {"input_tokens": 120, "output_tokens": 30, "total_tokens": 150},
        "mlflow.spanOutputs": outputs,
    }
    span = {"span_id": "a", "attributes": {name: json.dumps(value) for name, value in attributes.items()}}
    span |= {"start_time_unix_nano": 1795676003000000000, "end_time_unix_nano": 1795676004000000000}
    return write("traces.jsonl", [{"info": {"trace_id": "t"}, "data": {"spans": [span]}}])


def test_a_smaller_usage_with_a_counter_that_nobody_knows_withholds_the_cost_and_no_count(capsys):
    gencost(capsys, "import", "mlflow", traced({"text": "hi", "usage": {**SENT, "prompt_tokens": 70, "units": 7}}))
    assert calls("a.cost_pico_usd, a.usage_tokens_in") == [(None, 120)]


@pytest.mark.parametrize(
    ("outputs", "cost"),
    [
        ({"generations": [[{"message": {"content": "hi", "usage_metadata": LANGCHAIN}}]]}, PICO_USD),
        ({"generations": [[]], "llm_output": {"token_usage": SENT}}, PICO_USD),
        ({"text": "hi", "usage": {"prompt_tokens": 120, "completion_tokens": 30}}, NOT_CACHED),
        ({"text": "hi", "usage": {"prompt_tokens": 500, "completion_tokens": 30}}, None),
        ({"text": "hi", "usage": {"cached_tokens": 64}}, None),
        ({"text": "hi", "usage": {"calls": 3}}, NOT_CACHED),
        ({"text": "hi", "usage": {**SENT, "quantum_tokens": 7}}, None),
    ],
)
def test_mlflow_s_summary_gives_way_to_a_fuller_usage_in_the_outputs(capsys, outputs, cost):
    gencost(capsys, "import", "mlflow", traced(outputs))
    assert calls("a.cost_pico_usd") == [(cost,)]
    gencost(capsys, "audit", "--all")


def test_counts_of_bedrock_beside_the_input_are_read_from_its_body(capsys):
    """56 * .15 + 64 * .075 + 30 * .60: the summary has the 56 alone."""
    usage = {"inputTokens": 56, "outputTokens": 30, "totalTokens": 150, "cacheReadInputTokens": 64}
    body = traced({"output": {"message": {"role": "assistant"}}, "usage": usage})
    Path(body).write_text(Path(body).read_text().replace('\\"input_tokens\\": 120', '\\"input_tokens\\": 56'))
    Path(body).write_text(Path(body).read_text().replace('\\"total_tokens\\": 150', '\\"total_tokens\\": 86'))
    gencost(capsys, "import", "mlflow", body)
    assert calls("a.cost_pico_usd, a.usage_tokens_in") == [(PICO_USD, 120)]


def test_a_library_s_message_inside_the_output_of_a_span_is_looked_at(capsys):
    output = json.dumps({"generations": [[{"message": {"kwargs": {"usage_metadata": LANGCHAIN}}}]]})
    named = {"openinference.span.kind": "LLM", "llm.provider": "openai", "llm.model_name": "gpt-4o-mini"}
    texts = [{"key": key, "value": {"stringValue": it}} for key, it in {**named, "output.value": output}.items()]
    counts = {"llm.token_count.prompt": 120, "llm.token_count.completion": 30}
    attributes = [*texts, *({"key": key, "value": {"intValue": it}} for key, it in counts.items())]
    span = {"traceId": "1" * 32, "spanId": "1" * 16, "name": "llm", "attributes": attributes}
    gencost(capsys, "import", "otlp", write("spans.jsonl", [{"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}]))
    assert calls("a.cost_pico_usd") == [(PICO_USD,)]


def test_promptfoo_s_raw_body_is_looked_at(capsys):
    response = {"output": "x", "tokenUsage": {"prompt": 120, "completion": 30, "total": 150}, "raw": {"usage": SENT}}
    result = {"testIdx": 0, "promptIdx": 0, "provider": {"id": "openai:gpt-4o-mini"}, "response": response}
    gencost(capsys, "import", "promptfoo", write("out.jsonl", [result]), "at=2026-11-20")
    assert calls("a.cost_pico_usd") == [(PICO_USD,)]


def test_litellm_s_response_is_looked_at_and_its_catalogue_s_cost_is_no_charge(capsys):
    body = {"choices": [{"message": {"content": "x"}}], "usage": {**SENT, "cost": 0.5}}
    payload = {"id": "l", "call_type": "acompletion", "custom_llm_provider": "openai", "model": "gpt-4o-mini"}
    payload |= {"startTime": 1795676003.0, "endTime": 1795676004.0, "status": "success", "response": body}
    payload |= {"metadata": {"usage_object": {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150}}}
    gencost(capsys, "import", "litellm", write("payloads.jsonl", [payload]))
    assert calls("a.cost_pico_usd, a.provider_cost_usd") == [(PICO_USD, None)]


@pytest.mark.parametrize(
    "usage",
    [
        "{'prompt_tokens': 120, 'completion_tokens': 30, 'prompt_tokens_details': {'cached_tokens': 64}}",
        "CompletionUsage(completion_tokens=30, prompt_tokens=120, total_tokens=150, completion_tokens_details=None, "
        "prompt_tokens_details=PromptTokensDetails(audio_tokens=0, cached_tokens=64))",
    ],
)
def test_a_usage_as_python_writes_objects_is_read(capsys, usage):
    row = {"id": "1", "ts": "2026-11-20T10:00:00Z", "model": "openai:gpt-4o-mini", "usage": usage}
    cut = {**row, "id": "2", "usage": usage[:-9]}
    gencost(capsys, "import", "table", write("calls.jsonl", [row, cut]))
    assert sorted(calls("t.source_id, a.cost_pico_usd")) == [("1", PICO_USD), ("2", None)]


@pytest.mark.parametrize(("unit", "cost"), [("TOKENS", NOT_CACHED), ("CHARACTERS", None)])
def test_older_usages_of_langfuse_say_what_they_count_and_what_it_cost(capsys, unit, cost):
    usage = {"input": 120, "output": 30, "total": 150, "unit": unit, "inputCost": 0.000018, "totalCost": 0.000036}
    row = {"id": "1", "type": "GENERATION", "startTime": "2026-11-20T10:00:00Z", "model": "gpt-4o-mini", "usage": usage}
    gencost(capsys, "import", "langfuse", write("o.jsonl", [row]), "provider=openai")
    assert calls("a.cost_pico_usd") == [(cost,)]
