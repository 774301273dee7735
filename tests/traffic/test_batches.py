"""Results of batches are billed at the rates of a batch, whatever tier they name."""

from __future__ import annotations

import pytest
from traffic.imports import as_stored, calls, gencost, query, write

USAGE = {
    "prompt_tokens": 120,
    "completion_tokens": 30,
    "total_tokens": 150,
    "prompt_tokens_details": {"cached_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 20},
}
# gpt-4o-mini in a batch, USD per 1e6 tokens: 0.075 in, 0.30 out. 120 * 0.075 + 30 * 0.30 = 18 per 1e6 calls.
PICO_USD = 18_000_000
BODY = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1795676004,
    "model": "gpt-4o-mini-2024-07-18",
    "service_tier": "default",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Paris."}}],
    "usage": USAGE,
}


def output(custom_id: str, body: dict = BODY, status: int = 200) -> dict:
    response = {"status_code": status, "request_id": f"req_{custom_id}", "body": body}
    return {"id": f"batch_req_{custom_id}", "custom_id": custom_id, "response": response, "error": None}


EXPIRED = {
    "id": "batch_req_x",
    "custom_id": "x",
    "response": None,
    "error": {"code": "batch_expired", "message": "This request could not be executed before the completion window."},
}
REQUEST = {
    "custom_id": "a",
    "method": "POST",
    "url": "/v1/chat/completions",
    "body": {
        "model": "gpt-4o-mini",
        "temperature": 0.5,
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Capital of France?"}],
    },
}


def test_the_output_of_a_batch_is_billed_as_one_and_has_its_own_times(capsys):
    gencost(capsys, "import", "openai_batch", write("output.jsonl", [output("b"), output("a")]))
    columns = "t.source_id, q.prompt_id, a.cost_pico_usd, a.service_tier, q.latency_ms, a.ttft_ms, q.attempts, q.ts"
    rest = (PICO_USD, "batch", None, None, 1, "2026-11-26 06:53:24.000000")
    assert sorted(calls(columns)) == [("batch_req_a", "a", *rest), ("batch_req_b", "b", *rest)]


def test_its_input_file_has_the_prompts_and_the_models_asked(capsys):
    requests = write("input.jsonl", [{**REQUEST, "custom_id": "other"}, REQUEST])
    path = write("output.jsonl", [output("a")])
    gencost(capsys, "import", "openai_batch", path, f"requests={requests}", "texts=keep")
    assert calls("q.model, a.response_model, p.kind, a.response, q.params_json") == [
        ("gpt-4o-mini", "gpt-4o-mini-2024-07-18", "conversation", "Paris.", '{"temperature": 0.5}')
    ]


def test_items_of_the_error_file_are_failed_calls_at_no_known_cost(capsys):
    refused = output("r", {"error": {"type": "invalid_request_error", "message": "'Ada' is too long"}}, 400)
    cancelled = {**EXPIRED, "id": "batch_req_c", "error": {"code": "batch_cancelled", "message": "cancelled"}}
    printed = gencost(capsys, "import", "openai_batch", write("error.jsonl", [refused, EXPIRED, cancelled]))
    assert "3 calls imported (3 failed of them)" in printed
    assert sorted(calls("q.error_type, q.status, a.cost_pico_usd, q.model")) == [
        ("bad_request", "error", None, "unknown"),
        ("cancelled", "error", None, "unknown"),
        ("timeout", "error", None, "unknown"),
    ]
    assert "Ada" not in as_stored()


def test_a_batch_of_responses_and_one_of_embeddings(capsys):
    usage = {"input_tokens": 120, "output_tokens": 30, "total_tokens": 150}
    message = {"type": "message", "content": [{"type": "output_text", "text": "Paris."}]}
    response = {"id": "resp_1", "object": "response", "created_at": 1795676004, "status": "completed"}
    response |= {"model": "gpt-4o-mini-2024-07-18", "output": [message], "usage": usage}
    vectors = {"object": "list", "data": [{"embedding": [0.1], "index": 0}], "model": "text-embedding-3-small"}
    vectors["usage"] = {"prompt_tokens": 4, "total_tokens": 4}
    path = write("output.jsonl", [output("r", response), output("e", vectors)])
    gencost(capsys, "import", "openai_batch", path, "at=2026-11-20")
    assert sorted(calls("q.prompt_id, a.usage_tokens_in, a.usage_tokens_out, q.ts")) == [
        ("e", 4, 0, "2026-11-20 00:00:00.000000"),
        ("r", 120, 30, "2026-11-26 06:53:24.000000"),
    ]
    assert query("SELECT cost_pico_usd FROM responses WHERE usage_tokens_in = 120") == [(PICO_USD,)]


def test_a_request_in_place_of_a_result_is_told(capsys):
    printed = gencost(capsys, "import", "openai_batch", write("input.jsonl", [REQUEST]), code=2)
    assert "1 record cannot be read" in printed
    assert "it is a request; give the file with requests=FILE" in printed


MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-haiku-4-5-20251001",
    "content": [{"type": "text", "text": "Paris."}],
    "stop_reason": "end_turn",
    "usage": {
        "input_tokens": 20,
        "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 0,
        "output_tokens": 30,
        "service_tier": "batch",
    },
}
# claude-haiku-4-5 in a batch, USD per 1e6 tokens: 0.50 in, 0.05 cached, 2.50 out: 20 * 0.5 + 100 * 0.05 + 30 * 2.5.
HAIKU_PICO_USD = 90_000_000


@pytest.mark.parametrize("tier", ["batch", None])
def test_the_results_of_anthropic_s_batches(capsys, tier):
    message = {**MESSAGE, "usage": {**MESSAGE["usage"], "service_tier": tier}}
    lines = [
        {"custom_id": "a", "result": {"type": "succeeded", "message": message}},
        {"custom_id": "b", "result": {"type": "expired"}},
        {"custom_id": "c", "result": {"type": "canceled"}},
        {
            "custom_id": "d",
            "result": {
                "type": "errored",
                "error": {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
            },
        },
    ]
    path = write("results.jsonl", lines)
    printed = gencost(capsys, "import", "anthropic_batch", path, "at=2026-11-20")
    assert "not in the log: time of 4, prompt of 4, latency of 4" in printed
    assert sorted(calls("q.prompt_id, q.status, q.error_type, a.cost_pico_usd, a.usage_tokens_in")) == [
        ("a", "ok", None, HAIKU_PICO_USD, 120),
        ("b", "error", "timeout", None, None),
        ("c", "error", "cancelled", None, None),
        ("d", "error", "overloaded", None, None),
    ]
    assert "0 calls imported; 4 were there already" in gencost(capsys, "import", "anthropic_batch", path)
