"""The table of the README, source by fact: complete, and what it says of each source is so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from traffic.imports import SAMPLES, calls, gencost, sample, write
from traffic.known_usage import message_usage
from traffic.test_batches import BODY, MESSAGE, USAGE, output
from traffic.test_evaluations import INSPECT, evaluation, promptfoo
from traffic.test_litellm_log import SPEND_LOG
from traffic.test_mlflow_traces import CALL, OUTPUTS, span, trace
from traffic.test_tables import ROW

from gencost.paths import conf_dir

README = Path(__file__).parents[2] / "gencost" / "traffic" / "README.md"
# Fact of the table -> what a call shows that has it; facts that need a case of their own have tests of their own.
SHOWN = {
    "latency": "q.latency_ms IS NOT NULL",
    "first token": "a.ttft_ms IS NOT NULL",
    "model asked": "q.model <> a.response_model OR a.response_model IS NULL",
    "model served": "a.response_model IS NOT NULL",
    "tokens": "a.usage_tokens_in > 0 AND a.usage_tokens_out > 0",
    "cached tokens": "a.usage_tokens_cached > 0",
    "reasoning tokens": "a.usage_tokens_reasoning > 0",
    "cache writes by time": "a.usage_tokens_cache_write_1h > 0",
    "service tier": "a.service_tier IS NOT NULL",
    "prompt": "p.kind IN ('text', 'conversation')",
    "answer": "a.response <> ''",
    "tries": "q.attempts > 1",
    "site and tags": "t.site IS NOT NULL OR t.tags_json IS NOT NULL",
    "session and user": "t.session IS NOT NULL OR t.user_hash IS NOT NULL",
    "scores": "EXISTS (SELECT 1 FROM scores AS s WHERE s.request_id = q.request_id)",
    "its own cost": "t.source_cost_pico_usd IS NOT NULL",
}
ELSEWHERE = {"time", "errors", "internal calls", "answers of its cache"}
CACHED = {**USAGE, "prompt_tokens_details": {"cached_tokens": 64}}
OBSERVATION = {
    "id": "o",
    "type": "GENERATION",
    "start_time": "2026-11-20 10:00:00.000000",
    "trace_name": "answer",
    "end_time": "2026-11-20 10:00:01.500000",
    "provided_model_name": "gpt-4o-mini",
    "total_cost": 3.12e-05,
    "input": "Capital?",
    "output": "Paris.",
    "user_id": "ada",
    "usage_details": '{"input": 56, "input_cached_tokens": 64, "output": 10, "output_reasoning_tokens": 20}',
}


def recorded(name: str) -> str:
    return str(SAMPLES / name)


def inspected() -> str:
    """Inspect's real log with a call that was tried three times."""
    log = json.loads(INSPECT.read_text(encoding="utf-8"))
    (event,) = [it for it in log["samples"][0]["events"] if it["event"] == "model"]
    event["retries"] = 2
    Path("log.json").write_text(json.dumps(log), encoding="utf-8")
    return "log.json"


def claude_trace() -> dict:
    message = {**MESSAGE, "usage": message_usage(0)}
    call = {**CALL, "mlflow.spanOutputs": message, "mlflow.llm.provider": "anthropic"}
    return trace(span({**call, "mlflow.spanInputs": {"model": "claude-haiku-4-5", "messages": []}}, at="c"))


def traced() -> str:
    served = {**CALL, "mlflow.spanOutputs": {**OUTPUTS, "service_tier": "default"}}
    return write("traces.jsonl", [trace(span(served)), claude_trace()])


def payloads() -> str:
    """LiteLLM's real payloads, and one of Anthropic, whose usage object has the writes by their time."""
    lines = sample("litellm_standard_logging_payload.jsonl")
    usage = {"prompt_tokens": 1120, "completion_tokens": 30, "total_tokens": 1150, **message_usage(0)}
    claude = {**lines[0], "id": "msg_1", "litellm_call_id": "c", "custom_llm_provider": "anthropic"}
    claude |= {"model": "claude-haiku-4-5", "metadata": {"usage_object": usage}}
    return write("payloads.jsonl", [*lines, claude])


def spent() -> str:
    claude = {**SPEND_LOG, "request_id": "msg_1", "custom_llm_provider": "anthropic", "model": "claude-haiku-4-5"}
    usage = {"prompt_tokens": 1120, "completion_tokens": 30, "total_tokens": 1150, **message_usage(0)}
    return write("spend.jsonl", [SPEND_LOG, {**claude, "metadata": json.dumps({"usage_object": usage})}])


def messages() -> str:
    usage = {**message_usage(0), "service_tier": "batch"}
    lines = [{"custom_id": "a", "result": {"type": "succeeded", "message": {**MESSAGE, "usage": usage}}}]
    return write("results.jsonl", lines)


# Column of the table -> source, log and keys of the import.
LOGS = {
    "OTel genai": ("otlp", lambda: str(_both("genai_openai_1.3b0", "genai_anthropic_1.3b0"))),
    "OpenLLMetry": ("otlp", lambda: recorded("otlp_openllmetry_0.62.4.jsonl")),
    "OpenInference": ("otlp", lambda: recorded("otlp_openinference_0.1.66.jsonl")),
    "LiteLLM payload": ("litellm", payloads),
    "LiteLLM SpendLogs": ("litellm", spent),
    "MLflow": ("mlflow", traced),
    "OpenAI batch": ("openai_batch", lambda: write("out.jsonl", [output("a", {**BODY, "usage": CACHED})])),
    "Anthropic batch": ("anthropic_batch", messages),
    "Inspect": ("inspect", inspected, "provider=openai"),
    "promptfoo": ("promptfoo", lambda: evaluation(promptfoo("openai:gpt-4o-mini", 0))),
    "Langfuse": ("langfuse", lambda: write("observations.jsonl", [OBSERVATION]), "provider=openai"),
    "table": ("table", lambda: write("calls.jsonl", [ROW])),
}


def _both(*names: str) -> Path:
    text = "".join(Path(recorded(f"otlp_{name}.jsonl")).read_text(encoding="utf-8") for name in names)
    Path("spans.jsonl").write_text(text, encoding="utf-8")
    return Path("spans.jsonl")


def told() -> dict[str, dict[str, str]]:
    """Column -> fact -> cell of both tables."""
    whole = README.read_text(encoding="utf-8").partition("## What each log tells")[2]
    columns: dict[str, dict[str, str]] = {}
    names: list[str] = []
    for line in whole.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or set(line) <= set("|-"):
            continue
        if cells[0] == "fact":
            names = cells[1:]
            continue
        assert len(cells) == len(names) + 1, line
        for name, cell in zip(names, cells[1:], strict=True):
            assert cells[0] not in columns.setdefault(name, {}), line
            columns[name][cells[0]] = cell
    return columns


def test_every_source_has_a_column_and_every_column_every_fact():
    columns = told()
    assert set(columns) == set(LOGS)
    sources = {path.stem for path in (conf_dir() / "source").glob("*.yaml")} - {"any"}
    assert {source for source, *_ in LOGS.values()} == sources
    assert all(set(facts) == set(SHOWN) | ELSEWHERE for facts in columns.values())
    assert all(cell for facts in columns.values() for cell in facts.values())


@pytest.mark.parametrize("column", LOGS)
def test_what_the_table_says_of_a_source_is_so(column, capsys):
    source, log, *keys = LOGS[column]
    printed = gencost(capsys, "import", source, log(), "texts=keep", *keys)
    facts = told()[column]
    shown = calls(", ".join(f"({condition})" for condition in SHOWN.values()))
    assert shown, printed
    seen = {fact for fact, values in zip(SHOWN, zip(*shown, strict=True), strict=True) if any(values)}
    assert ("time of" in printed) == facts["time"].startswith("lost")
    wrong = {fact: cell for fact, cell in facts.items() if cell.startswith("kept") and fact in set(SHOWN) - seen}
    assert not wrong, "the table says kept"
    wrong = {fact: cell for fact, cell in facts.items() if cell.startswith(("lost", "none")) and fact in seen}
    assert not wrong, "the table says lost"


def test_a_table_has_a_column_for_every_fact():
    known = set(yaml.safe_load((conf_dir() / "source" / "table.yaml").read_text(encoding="utf-8"))["map"])
    assert {
        "time",
        "latency_ms",
        "ttft_ms",
        "model",
        "model_served",
        "tokens_in",
        "tokens_out",
        "service_tier",
    } <= known
    assert {"tokens_cached", "tokens_reasoning", "tokens_cache_write_1h", "prompt", "answer", "attempts"} <= known
    assert {"error", "site", "tags", "session", "user", "cost_usd", "internal", "from_cache"} <= known
