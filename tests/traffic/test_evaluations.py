"""Logs of evaluations become cells: paired by their samples, their scores beside the calls."""

from __future__ import annotations

import json
import zipfile
from importlib import import_module
from pathlib import Path

import pytest
from traffic.imports import PICO_USD, SAMPLES, as_stored, calls, gencost, query, write

INSPECT = SAMPLES / "inspect_0.3.285.json"
COUNTS = "a.usage_tokens_in, a.usage_tokens_cached, a.usage_tokens_out, a.usage_tokens_reasoning"


def packed(log: dict, path: str, *, by_zstandard: bool) -> str:
    """The log as Inspect's .eval: a zip, whose members Inspect packs by Zstandard."""
    members = {"header.json": {key: log[key] for key in log if key not in ("samples", "reductions")}}
    members |= {f"samples/{it['id']}_epoch_{it['epoch']}.json": it for it in log["samples"]}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            data = json.dumps(content).encode()
            archive.writestr(name, import_module("zstandard").compress(data) if by_zstandard else data)
    if by_zstandard:  # Python 3.11's zipfile cannot write that method: say it in both places where a zip names it
        whole = bytearray(Path(path).read_bytes())
        for signature, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
            at = whole.find(signature)
            while at >= 0:
                whole[at + place : at + place + 2] = (93).to_bytes(2, "little")
                at = whole.find(signature, at + 4)
        Path(path).write_bytes(whole)
    return path


@pytest.mark.parametrize("form", ["json", "eval", "zstandard"])
def test_inspect_s_calls_have_the_counts_of_the_wire_and_their_sample_s_scores(capsys, form):
    log = json.loads(INSPECT.read_text(encoding="utf-8"))
    path = str(INSPECT) if form == "json" else packed(log, "log.eval", by_zstandard=form == "zstandard")
    printed = gencost(capsys, "import", "inspect", path, "texts=keep", "provider=openai")
    assert "4 calls imported" in printed
    assert calls(f"q.prompt_id, q.repeat, a.cost_pico_usd, {COUNTS}") == [
        ("q1", 0, PICO_USD, 120, 64, 30, 20),
        ("q2", 0, PICO_USD, 120, 64, 30, 20),
        ("q1", 1, PICO_USD, 120, 64, 30, 20),
        ("q2", 1, PICO_USD, 120, 64, 30, 20),
    ]
    assert query("SELECT scorer, value, count(*) FROM scores GROUP BY 1, 2") == [
        ("includes", 0.0, 2),
        ("includes", 1.0, 2),
    ]
    assert any("Capital of France?" in row[0] for row in query("SELECT text FROM prompts"))
    assert calls("q.reference, a.response, q.latency_ms")[0] == ("Paris", "Paris.", pytest.approx(34.825108))
    assert "0 calls imported; 4 were there already" in gencost(capsys, "import", "inspect", str(INSPECT))


def test_inspect_s_own_counts_leave_out_what_was_cached(capsys):
    log = json.loads(INSPECT.read_text(encoding="utf-8"))
    for sample in log["samples"]:
        for event in sample["events"]:
            event.pop("call", None)  # as with log_model_api=false
    Path("log.json").write_text(json.dumps(log), encoding="utf-8")
    gencost(capsys, "import", "inspect", "log.json", "provider=openai")
    assert calls(f"a.cost_pico_usd, {COUNTS}") == [(PICO_USD, 120, 64, 30, 20)] * 4
    assert not any(word in as_stored() for word in ("France", "Paris", "brief"))


def test_a_grader_s_call_and_a_failed_call_of_inspect(capsys):
    log = json.loads(INSPECT.read_text(encoding="utf-8"))
    log["samples"] = log["samples"][:1]
    (event,) = [it for it in log["samples"][0]["events"] if it["event"] == "model"]
    failed = {**event, "uuid": "f", "error": "429 Too Many Requests: rate_limit_exceeded", "retries": 2, "output": {}}
    log["samples"][0]["events"] += [{**event, "uuid": "g", "role": "grader"}, failed]
    Path("log.json").write_text(json.dumps(log), encoding="utf-8")
    assert "1 internal" in gencost(capsys, "import", "inspect", "log.json")
    rows = calls("t.source_id, t.internal, q.role, q.status, q.error_type, q.attempts")
    assert {row[0]: row[1:] for row in rows}["g"] == (1, "judge", "ok", None, 1)
    assert {row[0]: row[1:] for row in rows}["f"] == (0, "sample", "error", "rate_limit", 3)


def promptfoo(provider: str, test: int, **more: object) -> dict:
    usage = {"prompt": 120, "completion": 30, "total": 150, "numRequests": 1}
    usage["completionDetails"] = {"reasoning": 20, "cacheReadInputTokens": 64}
    response = {"output": "Paris.", "tokenUsage": usage, "cached": False, "cost": 3.12e-05}
    prompt = {"raw": '[{"role": "user", "content": "Capital of France?"}]', "label": "capitals"}
    return {
        "promptIdx": 0,
        "testIdx": test,
        "provider": {"id": provider, "label": ""},
        "prompt": prompt,
        "response": response,
        "failureReason": 0,
        "success": True,
        "score": 1,
        "latencyMs": 812,
        "namedScores": {"clear": 0.5},
        "cost": 3.12e-05,
        **more,
    }


def evaluation(*results: dict) -> str:
    whole = {"version": 3, "timestamp": "2026-11-20T10:00:00.000Z", "prompts": [], "results": [*results]}
    Path("out.json").write_text(
        json.dumps({"evalId": "eval-1", "results": whole, "config": {}}, indent=2), encoding="utf-8"
    )
    return "out.json"


def test_promptfoo_s_providers_are_cells_that_are_compared(capsys):
    results = [
        promptfoo(f"openai:chat:{model}", test) for model in ("gpt-4o-mini", "gpt-4o-2024-08-06") for test in (0, 1)
    ]
    printed = gencost(capsys, "import", "promptfoo", evaluation(*results))
    assert "4 calls imported" in printed
    mini = query("SELECT cost_pico_usd FROM requests JOIN responses USING (request_id) WHERE model = 'gpt-4o-mini'")
    assert mini == [(PICO_USD,)] * 2
    assert query("SELECT DISTINCT scorer, value FROM scores ORDER BY 1") == [
        ("promptfoo", 1.0),
        ("promptfoo_clear", 0.5),
    ]
    table = gencost(capsys, "compare")
    assert "promptfoo openai:gpt-4o-mini" in table
    assert "o-2024-08-06" in table
    assert "France" not in as_stored()


LABELS = {
    "capitals": "capitals",
    "Capital of {{country}}?": "prompt 0",
    "Capital of France?": "prompt 0",
    "a.txt: Capital of France?": "prompt 0",
    "a.md: Capital of F...": "prompt 0",
    "a.txt": "a.txt",
}


@pytest.mark.parametrize(("label", "site"), LABELS.items())
def test_a_label_that_promptfoo_made_of_the_prompt_is_not_its_name(capsys, label, site):
    prompt = {"raw": "Capital of France?", "label": label}
    gencost(capsys, "import", "promptfoo", evaluation(promptfoo("openai:gpt-4o-mini", 0, prompt=prompt)))
    assert calls("t.site") == [(site,)]
    assert "Capital of" not in as_stored()


def test_an_answer_of_promptfoo_s_cache_is_not_free_but_unknown(capsys):
    response = {"output": "Paris.", "tokenUsage": {"cached": 150, "total": 150}, "cached": True, "cost": 0}
    gencost(capsys, "import", "promptfoo", evaluation(promptfoo("openai:gpt-4o-mini", 0, response=response, cost=0)))
    assert calls("q.from_cache, a.cost_pico_usd, a.cost_status, t.source_cost_pico_usd, a.usage_tokens_in") == [
        (1, None, "unpriced", None, None)
    ]


def test_a_failed_assertion_of_promptfoo_is_no_failed_call(capsys):
    failed = {"failureReason": 2, "error": "API error: 429 Too Many Requests", "response": {"error": "API error: 429"}}
    results = [
        promptfoo(
            "openai:gpt-4o-mini", 0, failureReason=1, error="Expected output to contain Rome", success=False, score=0
        ),
        promptfoo("openai:gpt-4o-mini", 1, **failed),
    ]
    path = write("out.jsonl", [{**it, "timestamp": "2026-11-20T10:00:00Z"} for it in results])
    assert "1 failed" in gencost(capsys, "import", "promptfoo", path)
    assert sorted(calls("q.prompt_id, q.status, q.error_type")) == [("0", "ok", None), ("1", "error", "rate_limit")]
    assert query("SELECT value FROM scores WHERE scorer = 'promptfoo' ORDER BY 1") == [(0.0,), (1.0,)]


def test_functions_that_an_answer_in_promptfoo_calls_are_functions(capsys):
    output = [{"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]
    response = {**promptfoo("", 0)["response"], "output": output, "finishReason": "tool_calls"}
    path = evaluation(promptfoo("openai:gpt-4o-mini", 0, response=response))
    gencost(capsys, "import", "promptfoo", path, "texts=keep")
    ((answer, functions, finish, pico_usd),) = calls("response, tool_calls_json, finish_reason, cost_pico_usd")
    assert (answer, finish, pico_usd) == ("", "tool_calls", PICO_USD)
    assert json.loads(functions) == [{"id": "call_1", "name": "weather", "arguments": "{}"}]


@pytest.mark.parametrize(
    ("words", "http", "kind"),
    [
        ("API call error: Error: Request failed after 4 retries: TypeError: fetch failed", 0, "connection"),
        ("connect ECONNREFUSED 127.0.0.1:1", None, "connection"),
        ("Error: Request timed out after 300000 ms", None, "timeout"),
        ("API error", 429, "rate_limit"),
        ("API error", 503, "server_error"),
        ("something else", 200, "error_body"),
    ],
)
def test_a_call_that_failed_in_promptfoo_is_named_by_its_status_or_its_words(capsys, words, http, kind):
    response = {"error": words, "metadata": {"http": {"status": http}}}
    failed = {"failureReason": 2, "error": words, "response": response, "success": False, "score": 0}
    gencost(capsys, "import", "promptfoo", evaluation(promptfoo("openai:gpt-4o-mini", 0, **failed)))
    assert calls("q.error_type, a.cost_pico_usd") == [(kind, None)]


def test_promptfoo_s_judges_are_marked(capsys):
    usage = {"prompt": 120, "completion": 30, "total": 150, "assertions": {"total": 90, "prompt": 80, "completion": 10}}
    response = {"output": "Paris.", "tokenUsage": {"prompt": 120, "completion": 30, "total": 150}}
    printed = gencost(
        capsys,
        "import",
        "promptfoo",
        evaluation(promptfoo("openai:gpt-4o-mini", 0, response=response, tokenUsage=usage)),
    )
    assert "2 calls imported (1 internal" in printed
    assert sorted(calls("t.internal, a.usage_tokens_in")) == [(0, 120), (1, 80)]
