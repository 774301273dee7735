"""LiteLLM's logs become calls with the bill of GenCost's own."""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path

import pytest
from traffic.imports import PICO_USD, SAMPLES, as_stored, calls, everything, gencost, query, sample, write

NAME = "litellm_standard_logging_payload.jsonl"
# What the proxy writes into LiteLLM_SpendLogs of the same call: the counts in metadata, the prompt in its own request.
SPEND_LOG = {
    "request_id": "chatcmpl-1",
    "call_type": "acompletion",
    "api_key": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
    "spend": 3.12e-05,
    "total_tokens": 150,
    "prompt_tokens": 120,
    "completion_tokens": 30,
    "startTime": "2026-11-26 06:53:23.247300",
    "endTime": "2026-11-26 06:53:24.747300",
    "completionStartTime": "2026-11-26 06:53:23.747300",
    "model": "openai/gpt-4o-mini",
    "model_group": "small",
    "custom_llm_provider": "openai",
    "user": "ada@example.com",
    "metadata": '{"usage_object": {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150, '
    '"prompt_tokens_details": {"cached_tokens": 64}, "completion_tokens_details": {"reasoning_tokens": 20}}, '
    '"attempted_retries": 2, "user_api_key_request_route": "/chat/completions"}',
    "cache_hit": "False",
    "request_tags": '["checkout", "env:prod"]',
    "messages": "{}",
    "response": "{}",
    "session_id": "s-1",
    "status": "success",
    "proxy_server_request": '{"model": "small", "messages": [{"role": "user", "content": "Capital of France?"}], '
    '"temperature": 0.5}',
}


def test_payloads_have_the_bill_of_the_same_calls_made_by_gencost(capsys):
    printed = gencost(capsys, "import", "litellm", str(SAMPLES / NAME))
    assert "2 calls imported" in printed
    assert "LiteLLM says $0.0000624, exact $0.0000624 (2 calls with both): the same" in printed
    counts = "a.usage_tokens_in, a.usage_tokens_cached, a.usage_tokens_out, a.usage_tokens_reasoning"
    assert calls(f"a.cost_pico_usd, t.source_cost_pico_usd, {counts}") == [(PICO_USD, PICO_USD, 120, 64, 30, 20)] * 2
    assert calls("a.provider_cost_usd") == [(None,)] * 2  # the cost in the usage of a stream is LiteLLM's own
    whole, streamed = calls("q.latency_ms, a.ttft_ms, q.model, a.response_model, t.tags_json, a.provider_request_id")
    assert whole == (1495.067, None, "gpt-4o-mini", "gpt-4o-mini-2024-07-18", '{"a": "true"}', "chatcmpl-1")
    assert streamed[:2] == (5265.531, 5156.101)  # its response_time is the time to the first token


def test_importing_twice_changes_nothing_and_an_appended_file_adds_its_new_lines(capsys):
    path = write("log.jsonl", sample(NAME)[:1])
    gencost(capsys, "import", "litellm", path)
    before = everything()
    assert "0 calls imported; 1 was there already" in gencost(capsys, "import", "litellm", path)
    assert everything() == before
    write("log.jsonl", sample(NAME))
    assert "1 call imported; 1 was there already" in gencost(capsys, "import", "litellm", path)
    assert query("SELECT count(*) FROM runs WHERE kind = 'imported'") == [(2,)]


def test_a_call_that_a_file_tells_twice_is_one_call(capsys):
    path = write("log.jsonl", [*sample(NAME), *sample(NAME)])
    assert "2 calls imported; 2 told twice" in gencost(capsys, "import", "litellm", path)


def test_a_row_of_spendlogs_is_read_from_its_metadata_and_its_request(capsys):
    gencost(capsys, "import", "litellm", write("spend.jsonl", [SPEND_LOG]), "texts=keep")
    columns = "a.cost_pico_usd, p.text, q.model, q.attempts, q.latency_ms, a.ttft_ms"
    assert calls(columns) == [(PICO_USD, "Capital of France?", "gpt-4o-mini", 3, 1500.0, 500.0)]
    assert calls("t.site, t.session, q.params_json") == [("/chat/completions", "s-1", '{"temperature": 0.5}')]
    assert calls("t.tags_json") == [('{"checkout": "true", "env": "prod", "model_group": "small"}',)]
    assert "ada@example.com" not in as_stored()  # who asked is a digest, whatever is kept of texts


def test_rows_of_spendlogs_are_read_from_a_database(capsys, tmp_path):
    connection = sqlite3.connect(tmp_path / "proxy.sqlite")
    connection.execute(f'CREATE TABLE "LiteLLM_SpendLogs" ({", ".join(SPEND_LOG)})')
    connection.execute(
        f'INSERT INTO "LiteLLM_SpendLogs" VALUES ({", ".join("?" * len(SPEND_LOG))})', list(SPEND_LOG.values())
    )
    connection.commit()
    connection.close()
    assert "1 call imported" in gencost(capsys, "import", "litellm", f"sqlite:///{tmp_path}/proxy.sqlite")
    assert calls("a.cost_pico_usd") == [(PICO_USD,)]


def test_calls_of_litellm_itself_are_marked_and_are_no_samples(capsys):
    judge = {**SPEND_LOG, "request_id": "j", "metadata": {"internal_call_origin": "shadow_eval_judge"}}
    health = {**SPEND_LOG, "request_id": "h", "request_tags": ["litellm-internal-health-check"]}
    printed = gencost(capsys, "import", "litellm", write("spend.jsonl", [judge, health, SPEND_LOG]))
    assert "2 internal" in printed
    assert sorted(calls("t.internal, q.role")) == [(0, "sample"), (1, "judge"), (1, "judge")]


def test_an_answer_of_its_cache_costs_nothing_and_what_it_saved_is_kept(capsys):
    gencost(capsys, "import", "litellm", write("spend.jsonl", [{**SPEND_LOG, "cache_hit": "True", "spend": 0.0}]))
    assert calls("q.from_cache, a.cost_pico_usd, a.saved_pico_usd, a.cost_status") == [(1, 0, PICO_USD, "cached")]


@pytest.mark.parametrize(
    ("information", "kind", "status"),
    [
        ({"error_code": "429", "error_class": "RateLimitError"}, "rate_limit", 429),
        ({"error_code": "", "error_class": "Timeout"}, "timeout", None),
        ({"error_code": "400", "error_class": "ContextWindowExceededError"}, "bad_request", 400),
        ({"error_code": None, "error_class": "APIConnectionError"}, "connection", None),
    ],
)
def test_a_failed_call_has_an_error_and_no_cost(capsys, information, kind, status):
    failed = {**sample(NAME)[0], "status": "failure", "response": {}, "response_cost": 0.0}
    failed |= {"error_str": "the prompt was: Capital of France?", "error_information": information}
    failed["metadata"] = {"usage_object": None}
    failed |= dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), 0)
    assert "1 failed" in gencost(capsys, "import", "litellm", write("log.jsonl", [failed]))
    assert calls("q.status, q.error_type, a.cost_pico_usd") == [("error", kind, None)]
    assert query("SELECT http_status FROM attempts") == [(status,)]
    assert "France" not in as_stored()


def test_each_failure_of_a_call_that_is_tried_again_is_one(capsys):
    first = {**sample(NAME)[0], "status": "failure", "error_information": {"error_code": "500"}}
    lines = [first, {**first, "startTime": first["startTime"] + 2}, sample(NAME)[0], first]
    assert "3 calls imported (2 failed of them); 1 told twice" in gencost(
        capsys, "import", "litellm", write("log.jsonl", lines)
    )


def test_what_asks_no_model_is_left_out(capsys):
    tool = {**SPEND_LOG, "request_id": "t", "call_type": "call_mcp_tool", "model": ""}
    printed = gencost(capsys, "import", "litellm", write("spend.jsonl", [tool, SPEND_LOG]))
    assert "1 call imported; 1 left out: not a model's call" in printed


def test_a_number_that_nobody_knows_makes_the_bill_partial(capsys):
    payload = sample(NAME)[0]
    payload["metadata"]["usage_object"]["quantum_tokens"] = 7
    assert "quantum_tokens=7" in gencost(capsys, "import", "litellm", write("log.jsonl", [payload]))
    assert calls("a.cost_status, a.cost_pico_usd") == [("partial", None)]


def test_an_embedding_is_billed_by_its_input(capsys):
    usage = {"prompt_tokens": 4, "completion_tokens": 0, "total_tokens": 4}
    row = {**SPEND_LOG, "call_type": "aembedding", "model": "text-embedding-3-small", "spend": 8e-8}
    row |= {"metadata": {"usage_object": usage}, "prompt_tokens": 4, "completion_tokens": 0, "total_tokens": 4}
    gencost(capsys, "import", "litellm", write("spend.jsonl", [row]))
    assert calls("a.cost_pico_usd, a.usage_tokens_in, a.usage_tokens_out") == [(80_000, 4, 0)]  # 4 * 0.02 USD / 1e6


def test_a_table_of_spendlogs_is_the_same_calls_as_its_json(capsys):
    rows = [SPEND_LOG, {**SPEND_LOG, "request_id": "2", "metadata": "{}"}]
    with Path("spend.csv").open("w", newline="", encoding="utf-8") as table:
        writer = csv.DictWriter(table, SPEND_LOG)
        writer.writeheader()
        writer.writerows(rows)
    printed = gencost(capsys, "import", "litellm", "spend.csv")
    # The second has three totals alone: 120 * 0.15 + 30 * 0.60 = 36 USD per 1e6 calls if nothing was cached.
    assert sorted(calls("a.cost_pico_usd")) == [(PICO_USD,), (36_000_000,)]
    assert "cached and reasoning tokens of 1" in printed
    assert "2 were there already" in gencost(capsys, "import", "litellm", write("spend.jsonl", rows))


def test_a_table_of_something_else_that_has_ids_and_models_is_refused(capsys):
    """GenCost's own results have both; each row was a call without time, tokens and texts."""
    path = write("results.jsonl", [{"request_id": "1", "model": "small-latest", "latency_ms": 20.0}])
    printed = gencost(capsys, "import", "litellm", path, code=2)
    assert "neither a StandardLoggingPayload nor a row of SpendLogs" in printed
    assert calls("q.request_id") == []
