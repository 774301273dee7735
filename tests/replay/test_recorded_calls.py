"""One file is the prompts and the recorded answers: every stored fact comes back, each call gets its own."""

from __future__ import annotations

import json
import sqlite3

import pytest

from gencost.audit.check import audit
from gencost.config.cell import compose_cell
from gencost.metrics_db import init_db
from gencost.runner.cell_key import cell_key

ASK = ("provider=replay", "model=recorded", "model.name=m", "n=null", "quality=[exact_match]")
QUIET = ("tracking=none", "report=none")


def turns(*texts: str) -> list[dict]:
    return [{"role": "user" if i % 2 == 0 else "assistant", "content": text} for i, text in enumerate(texts)]


def row(name: str | None, asked: list[dict] | str = "hi", **facts) -> dict:
    named = {} if name is None else {"id": name}
    key = "text" if isinstance(asked, str) else "messages"
    return {**named, key: asked, "model": "m", "response": "Hello", **facts}


@pytest.fixture
def replayed(tmp_path, gencost_run):
    """Replay rows; a list of texts is the file as it stands."""

    def replay(rows, *more: str, prompts=None):
        lines = [it if isinstance(it, str) else json.dumps(it) for it in rows]
        (tmp_path / "calls.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        asked = rows if prompts is None else prompts
        (tmp_path / "asked.jsonl").write_text("\n".join(map(json.dumps, asked)) if prompts else "", encoding="utf-8")
        path = "calls.jsonl" if prompts is None else "asked.jsonl"
        return gencost_run(*ASK, "provider.path=calls.jsonl", f"prompts.path={path}", *more, *QUIET)

    return replay


def stored(columns: str) -> dict[str, tuple]:
    """Columns of the calls by prompt."""
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    query = f"SELECT prompt_id, {columns} FROM requests LEFT JOIN responses USING (request_id)"
    rows = {at: tuple(values) for at, *values in connection.execute(query)}
    connection.close()
    return rows


def test_conversations_that_end_alike_get_their_own_answers_without_a_column_map(replayed):
    ends = ("Are you sure?", "yes")
    rows = [
        row("a", turns("cancel my order", *ends), response="Order cancelled.", reference="Order cancelled."),
        row("b", turns("delete my account", *ends), response="Account deleted.", reference="Account deleted."),
    ]
    assert "quality 1.000" in replayed(rows).stdout
    without_ids = [{key: value for key, value in it.items() if key != "id"} for it in rows]
    assert "quality 1.000" in replayed(without_ids).stdout


def test_an_id_finds_its_record_where_a_template_changed_the_request(replayed):
    rows = [row("a", "one", response="1", reference="1"), row("b", "two", response="2", reference="2")]
    done = replayed(rows, "prompts.system=Be brief")
    assert "quality 1.000" in done.stdout
    assert "2 of 2 prompts have their answers by id alone" in done.stdout + done.stderr


def test_a_file_of_ids_and_answers_alone_answers(replayed):
    rows = [{"id": "a", "model": "m", "response": "1"}, {"id": "b", "model": "m", "response": "2"}]
    prompts = [{"id": "b", "text": "two", "reference": "2"}, {"id": "a", "text": "one", "reference": "1"}]
    assert "quality 1.000" in replayed(rows, prompts=prompts).stdout


def test_tools_that_a_row_sends_along_are_part_of_its_request(replayed):
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    rows = [row(None, "go", response="no"), row(None, "go", tools=[tool], response="yes")]
    replayed(rows)
    assert {answer for (answer,) in stored("response").values()} == {"no", "yes"}


def test_two_records_of_one_request_without_ids_are_refused_naming_both(replayed):
    done = replayed([row(None, "other"), row(None), row(None)])
    assert done.returncode == 2
    assert "row 3: it records the same request of m as row 2, and neither has an id" in done.stderr


def test_every_stored_fact_of_a_record_comes_back(replayed):
    facts = {"tokens_in": 20, "tokens_out": 6, "tokens_cached": 5, "tokens_cache_write": 3, "tokens_reasoning": 2}
    more = {"latency_ms": 99, "ttft_ms": 12.5, "server_ms": 90, "cost_usd": 0.25, "finish_reason": "stop"}
    replayed([row("a", **facts, **more, ts="2023-03-01T00:00:00Z", human=0.75)])
    columns = ", ".join([*(f"usage_{name}" for name in facts), *more, "latency_ms", "extra_json", "cost_status"])
    (*values, extra, status) = stored(columns)["a"]
    assert values == [20, 6, 5, 3, 2, 99, 12.5, 90, 0.25, "stop", 99]
    assert json.loads(extra) == {"recorded": {"human": 0.75, "ts": "2023-03-01T00:00:00+00:00"}}
    assert status == "priced"
    engine = init_db(None)
    assert audit(engine, None).failures == []
    engine.dispose()


def test_the_registry_bills_before_a_recorded_cost_where_it_knows_the_rates(replayed):
    rates = ("model.price.input_usd_per_mtok=1", "model.price.output_usd_per_mtok=2")
    replayed([row("a", tokens_in=20, tokens_out=6, cost_usd=0.25)], *rates)
    assert stored("cost_pico_usd, provider_cost_usd")["a"] == (20 * 10**6 + 6 * 2 * 10**6, 0.25)


def test_what_was_not_recorded_is_unknown(replayed):
    replayed([row("a")])
    assert stored("latency_ms, ttft_ms, cost_usd, usage_tokens_in, extra_json")["a"] == (None,) * 5


def test_a_call_of_a_function_is_an_answer_without_a_text(replayed):
    calls = [{"id": "c1", "name": "get", "arguments": {"city": "Oslo"}}]
    replayed([row("a", response=None, tool_calls=calls), row("b", "2", response=None, tool_calls=json.dumps(calls))])
    for text, called in stored("response, tool_calls_json").values():
        assert (text, json.loads(called)) == ("", [{"id": "c1", "name": "get", "arguments": '{"city": "Oslo"}'}])


FAILED = [
    ({"error_type": "timeout"}, "timeout"),
    ({"error_type": "stale_connection"}, "stale_connection"),
    ({"status": 429}, "rate_limit"),
    ({"status": "429.0"}, "rate_limit"),
    ({"status": "error", "error": "Rate limit exceeded"}, "rate_limit"),
    ({"status": "failed"}, "error"),
    ({"error": {"message": "no", "code": 401}}, "auth"),
    ({"error_type": "MyOwnError"}, "MyOwnError"),
]


BY_HTTP = [({"http_status": 503}, "server_error")]
BESIDE = [*BY_HTTP, ({"status": "error", "http_status": 429}, "rate_limit"), *FAILED]


@pytest.mark.parametrize("calls", [FAILED, BY_HTTP, BESIDE], ids=["status", "http_status", "one beside the other"])
def test_a_call_that_failed_fails_again_once_and_at_once(replayed, calls):
    rows = [row(str(i), f"q{i}", response=None, latency_ms=7, **facts) for i, (facts, _) in enumerate(calls)]
    replayed([*rows, row("b", "2")], "retry.give_up_after=null")
    failed = {str(i): ("error", error_type, 1, 0.0) for i, (_, error_type) in enumerate(calls)}
    assert stored("status, error_type, attempts, backoff_ms") == {**failed, "b": ("ok", None, 1, 0.0)}


def test_a_success_of_http_beside_no_status_is_an_answer(replayed):
    replayed([row("a", "1", http_status=200), row("b", "2", status="ok"), row("c", "3", http_status="")])
    assert set(stored("status").values()) == {("ok",)}


def test_an_error_column_that_says_none_is_no_failure(replayed):
    says_none = [None, "", "None", "null", False, 0]
    replayed([row(str(i), f"q{i}", error=error, status="ok") for i, error in enumerate(says_none)])
    assert stored("status") == {str(i): ("ok",) for i in range(6)}


def test_an_empty_csv_response_fails_if_the_error_column_or_the_map_says_so(tmp_path, gencost_run):
    rows = "id,text,model,response,err\na,1,m,,boom\nb,2,m,,\nc,3,m,fine,\n"
    (tmp_path / "calls.csv").write_text(rows)
    command = (*ASK, "provider.path=calls.csv", "prompts.path=calls.csv", "provider.columns.error=err", *QUIET)
    gencost_run(*command)
    assert {at: status for at, (status,) in stored("status").items()} == {"a": "error", "b": "ok", "c": "ok"}
    gencost_run(*command, "provider.empty=failed", "metrics_db.url=sqlite:///other.sqlite")
    connection = sqlite3.connect("other.sqlite")
    failed = connection.execute("SELECT prompt_id, error_type FROM requests WHERE status = 'error' ORDER BY 1")
    assert [at for at, _ in failed] == ["a", "b"]
    connection.close()


@pytest.mark.parametrize("as_text", [False, True])
def test_a_column_inside_json_is_named_by_its_path(replayed, as_text):
    body = {"choices": [{"message": {"content": "Hi"}}], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}
    rows = [row("a", response=None, reference="Hi", body=json.dumps(body) if as_text else body)]
    paths = ("response=body.choices.0.message.content", "tokens_in=body.usage.prompt_tokens")
    done = replayed(rows, *(f"provider.columns.{it}" for it in (*paths, "tokens_out=body.usage.completion_tokens")))
    assert "quality 1.000" in done.stdout
    assert stored("response, usage_tokens_in, usage_tokens_out")["a"] == ("Hi", 9, 2)


BAD = [row(str(i), f"q{i}", latency_ms="fast") for i in range(12)]


def test_every_bad_row_is_counted_and_the_first_ten_are_listed(replayed):
    done = replayed([row("good", "?"), "{", *BAD], prompts=[row("good", "?")])
    assert done.returncode == 2
    assert "13 bad rows" in done.stderr
    assert "line 2: not JSON" in done.stderr
    assert done.stderr.count("'fast' is not a number") == 9
    assert "double quotes; an object must stand on one line; row 3: column" in done.stderr
    assert "and 3 more" in done.stderr


def test_bad_rows_can_be_left_out_which_is_said(replayed):
    done = replayed([row("good", "?"), "{", *BAD], "provider.on_bad_row=skip", prompts=[row("good", "?")])
    assert done.returncode == 0
    assert "left out: calls.jsonl: 13 bad rows" in done.stdout + done.stderr
    assert stored("status") == {"good": ("ok",)}


def test_recorded_repeats_that_are_not_asked_are_mentioned(replayed):
    rows = [row("a", repeat=i, response=str(i)) for i in range(3)]
    done = replayed(rows, "prompts.distinct=true", "repeats=2")
    assert "m: 1 recorded repeats of 1 prompts are not asked, e.g. of 'a'" in done.stdout + done.stderr
    assert "recorded repeats" not in replayed(rows, "prompts.distinct=true", "repeats=3").stdout


def test_a_replay_has_no_rates_and_says_nothing_of_this_client(replayed):
    from gencost.analysis.results import read_results

    replayed([row(str(i), f"q{i}", latency_ms=100, tokens_in=3, tokens_out=2) for i in range(30)])
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    ((run_id, bound, lag),) = connection.execute("SELECT run_id, client_bound, loop_lag_p99_ms FROM runs")
    connection.close()
    engine = init_db(None)
    metrics = read_results(engine, [run_id]).metrics()
    engine.dispose()
    assert (bound, lag, metrics["latency_p50_ms"]) == (None, None, 100)
    assert [name for name in metrics if "flight" in name or ("per_s" in name and "p50" not in name)] == []


def test_a_replay_of_before_keeps_its_cell_key():
    today = compose_cell(["model=recorded", "model.name=m", "provider.path=calls.csv"]).resolved["provider"]
    first = [
        "prompt",
        "model",
        "response",
        "tokens_in",
        "tokens_out",
        "latency_s",
        "latency_ms",
        "cost_usd",
        "finish_reason",
        "repeat",
    ]
    before = {key: value for key, value in today.items() if key not in ("empty", "on_bad_row")}
    before["columns"] = {key: key for key in first}
    keys = [cell_key({"provider": node, "model": "m", "params": {}}) for node in (before, today)]
    assert keys[0] == keys[1]
    other = {**today, "columns": {**today["columns"], "id": "number"}}
    assert cell_key({"provider": other, "model": "m", "params": {}}) != keys[0]
