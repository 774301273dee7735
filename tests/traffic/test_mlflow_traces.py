"""MLflow's traces become calls with the provider's counts; MLflow's own cost is never taken for the bill."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from traffic.imports import PICO_USD, as_stored, calls, gencost, query, write

USAGE = {
    "prompt_tokens": 120,
    "completion_tokens": 30,
    "total_tokens": 150,
    "prompt_tokens_details": {"cached_tokens": 64},
    "completion_tokens_details": {"reasoning_tokens": 20},
}
OUTPUTS = {
    "id": "chatcmpl-1",
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Paris."}}],
    "usage": USAGE,
}
INPUTS = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Capital of France?"}], "temperature": 0.2}
CALL = {
    "mlflow.spanType": "CHAT_MODEL",
    "mlflow.spanInputs": INPUTS,
    "mlflow.spanOutputs": OUTPUTS,
    "mlflow.chat.tokenUsage": {
        "input_tokens": 120,
        "output_tokens": 30,
        "total_tokens": 150,
        "cache_read_input_tokens": 64,
    },
    "mlflow.llm.model": "gpt-4o-mini-2024-07-18",
    "mlflow.llm.provider": "openai",
    "mlflow.llm.cost": {"input_cost": 1.0, "output_cost": 1.0, "total_cost": 2.0},
}


def span(attributes: dict, at: str = "aaaaaaaaaaI=", parent: str | None = None, code: str = "STATUS_CODE_OK") -> dict:
    return {
        "span_id": at,
        "parent_span_id": parent,
        "name": "Completions",
        "start_time_unix_nano": 1795699298110221840,
        "end_time_unix_nano": 1795699298120118541,
        "events": [],
        "status": {"code": code, "message": "of Ada" if "ERROR" in code else ""},
        "attributes": {name: json.dumps(value) for name, value in attributes.items()},
    }


def trace(*spans: dict, **tags: str) -> dict:
    info = {
        "trace_id": "tr-1",
        "request_time": "2026-11-26T13:21:37.924Z",
        "state": "OK",
        "trace_metadata": {"mlflow.trace.session": "s-1", "mlflow.trace.user": "ada"},
        "tags": {"mlflow.traceName": "answer", **tags},
    }
    return {"info": info, "data": {"spans": [span({"mlflow.spanType": "CHAIN"}, at="root"), *spans]}}


def test_a_trace_s_call_has_the_provider_s_counts_and_bill(capsys):
    printed = gencost(capsys, "import", "mlflow", write("t.jsonl", [trace(span(CALL, parent="root"), env="prod")]))
    assert "MLflow says $2.00, exact $0.0000312" in printed
    columns = "q.model, a.response_model, a.cost_pico_usd, a.usage_tokens_reasoning, q.latency_ms, t.site, t.tags_json"
    assert calls(columns) == [
        ("gpt-4o-mini", "gpt-4o-mini-2024-07-18", PICO_USD, 20, 9.896701, "answer", '{"env": "prod"}')
    ]
    assert not any(word in as_stored() for word in ("France", "Paris", "s-1", "'ada'"))
    assert "0 calls imported; 1 was there already" in gencost(capsys, "import", "mlflow", "t.jsonl")


def test_counts_of_mlflow_itself_are_read_where_the_answer_has_none(capsys):
    bare = {**CALL, "mlflow.spanOutputs": "Paris."}
    gencost(capsys, "import", "mlflow", write("t.jsonl", [trace(span(bare))]))
    assert calls("a.cost_pico_usd, a.usage_tokens_cached") == [(PICO_USD, 64)]


def test_anthropic_s_cached_tokens_stand_beside_mlflow_s_input(capsys):
    usage = {"input_tokens": 20, "output_tokens": 30, "total_tokens": 50, "cache_read_input_tokens": 100}
    attributes = {**CALL, "mlflow.spanOutputs": "Paris.", "mlflow.chat.tokenUsage": usage}
    attributes |= {"mlflow.llm.provider": "anthropic", "mlflow.llm.model": "claude-haiku-4-5"}
    attributes["mlflow.spanInputs"] = {**INPUTS, "model": "claude-haiku-4-5"}
    gencost(capsys, "import", "mlflow", write("t.jsonl", [trace(span(attributes))]))
    # claude-haiku-4-5, USD per 1e6: 1 in, 0.10 cached, 5 out: 20 + 10 + 150 = 180
    assert calls("a.cost_pico_usd, a.usage_tokens_in") == [(180_000_000, 120)]


def test_a_call_that_two_autologs_tell_is_one_and_a_failed_one_has_no_answer(capsys):
    outer = {name: it for name, it in CALL.items() if name not in ("mlflow.spanOutputs", "mlflow.chat.tokenUsage")}
    failed = {name: CALL[name] for name in ("mlflow.spanType", "mlflow.spanInputs", "mlflow.llm.provider")}
    spans = [span(outer, at="o"), span(CALL, at="i", parent="o"), span(failed, at="f", code="STATUS_CODE_ERROR")]
    printed = gencost(capsys, "import", "mlflow", write("t.jsonl", [trace(*spans)]))
    assert "2 calls imported (1 failed of them)" in printed
    assert "1 left out: a call that the span around it tells, too" in printed
    assert query("SELECT cost_pico_usd FROM responses") == [(PICO_USD,)]
    assert "Ada" not in as_stored()


def test_traces_of_gencost_s_own_are_left_out(capsys):
    own = trace(span(CALL), **{"gencost.request_id": "r"})
    assert "1 left out: a trace of GenCost's own" in gencost(capsys, "import", "mlflow", write("t.jsonl", [own]))


class Store:
    """A tracking store of three traces, two on its first page."""

    def __init__(self, tracking_uri: str) -> None:
        assert tracking_uri == "http://127.0.0.1:5000"

    def search_experiments(self) -> list:
        return [SimpleNamespace(name="shop", experiment_id="1"), SimpleNamespace(name="other", experiment_id="2")]

    def search_traces(self, *, locations: list[str], max_results: int, page_token: str | None) -> Any:
        from mlflow.store.entities import PagedList  # every process of the tests reads this file, one runs it

        assert (locations, max_results) == (["1"], 100)
        numbers, token = ([3], None) if page_token else ([1, 2], "more")
        return PagedList([self.trace(number) for number in numbers], token)

    def trace(self, number: int) -> SimpleNamespace:
        record = trace(span(CALL))
        record["info"]["trace_id"] = f"tr-{number}"
        return SimpleNamespace(info=SimpleNamespace(trace_id=f"tr-{number}"), to_dict=lambda: record)


def test_a_tracking_store_is_read_page_by_page(capsys, monkeypatch):
    monkeypatch.setattr("mlflow.MlflowClient", Store)
    monkeypatch.setattr("gencost.tracking.uri._stage_on_server", lambda *_: "active")
    uri = "http://127.0.0.1:5000"
    assert "3 calls imported" in gencost(capsys, "import", "mlflow", uri, "experiments=[shop]")
    assert calls("a.cost_pico_usd") == [(PICO_USD,)] * 3
    assert "has no experiment 'shpo'" in gencost(capsys, "import", "mlflow", uri, "experiments=[shpo]", code=2)
