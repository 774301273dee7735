"""Tables of calls, whatever their columns are called."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from traffic.imports import PICO_USD, calls, gencost, write

ROW = {
    "id": "1",
    "ts": "2026-11-20T10:00:00Z",
    "provider": "openai",
    "model": "gpt-4o-mini",
    "tokens_in": 120,
    "tokens_cached": 64,
    "tokens_out": 30,
    "tokens_reasoning": 20,
    "latency_ms": 812.5,
    "cost_usd": "0.0000312",
    "user": "ada",
}


def csv_of(path: str, rows: list[dict], sign: str = ",") -> str:
    lines = [sign.join(rows[0]), *(sign.join(map(str, row.values())) for row in rows)]
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "json", "parquet", "semicolon.csv", "csv.gz", "jsonl.gz"])
def test_every_format_is_read_to_the_pico_dollar(capsys, ending):
    path = f"calls.{ending}"
    kind = ending.removesuffix(".gz")
    if kind in ("csv", "tsv", "semicolon.csv"):
        csv_of(path, [ROW], {"tsv": "\t", "semicolon.csv": ";"}.get(kind, ","))
    elif kind == "parquet":
        pq.write_table(pa.Table.from_pylist([ROW]), path)
    else:
        Path(path).write_text(json.dumps([ROW], indent=1) if kind == "json" else json.dumps(ROW), encoding="utf-8")
    if ending.endswith(".gz"):
        Path(path).write_bytes(gzip.compress(Path(path).read_bytes()))
    printed = gencost(capsys, "import", "table", path)
    assert "The table says $0.0000312, exact $0.0000312 (1 call with both): the same" in printed
    assert calls("a.cost_pico_usd, t.source_cost_pico_usd, q.latency_ms, q.ts") == [
        (PICO_USD, PICO_USD, 812.5, "2026-11-20 10:00:00.000000")
    ]


def test_columns_of_any_name_are_mapped_and_cached_tokens_may_stand_beside(capsys):
    row = {"when": 1795676003, "llm": "openai/gpt-4o-mini", "fresh": 56, "hit": 64, "answered": 30, "s": 1.5}
    maps = {"time": "when", "model": "llm", "tokens_in": "fresh", "tokens_cached": "hit", "tokens_out": "answered"}
    words = [f"map.{fact}={column}" for fact, column in {**maps, "latency_s": "s"}.items()]
    gencost(capsys, "import", "table", csv_of("calls.csv", [row]), *words, "cached=beside")
    assert calls("q.provider, q.model, a.cost_pico_usd, a.usage_tokens_in, q.latency_ms") == [
        ("openai", "gpt-4o-mini", PICO_USD, 120, 1500.0)
    ]


def test_an_object_in_a_column_is_read_by_its_protocol(capsys):
    usage = {"prompt_tokens": 120, "completion_tokens": 30, "prompt_tokens_details": {"cached_tokens": 64}}
    row = {"id": "1", "model": "openai:gpt-4o-mini", "time": "2026-11-20", "raw": {"usage": usage}}
    gencost(capsys, "import", "table", write("calls.jsonl", [row]), "map.usage=raw.usage")
    assert calls("a.cost_pico_usd") == [(PICO_USD,)]


def test_unknown_counts_are_null_and_counted_and_wrong_ones_are_bad_rows(capsys):
    rows = [{**ROW, "tokens_in": "", "tokens_cached": "", "tokens_out": ""}, {**ROW, "id": "2", "tokens_in": "many"}]
    printed = gencost(capsys, "import", "table", csv_of("calls.csv", rows))
    assert "tokens of 1" in printed
    assert "calls.csv:3: tokens_in is 'many', not a whole number" in printed
    assert calls("a.usage_tokens_in, a.cost_pico_usd, a.cost_status") == [(None, None, "unpriced")]


def test_a_row_without_a_model_or_a_provider_says_how_to_name_it(capsys):
    rows = [{"m": "gpt-4o-mini", "model": ""}, {"m": "", "model": "gpt-4o-mini"}]
    printed = gencost(capsys, "import", "table", csv_of("calls.csv", rows), code=2)
    assert "no model; name its column with map.model=...; here are m, model" in printed
    assert "no provider of model 'gpt-4o-mini': give provider=NAME or map.provider=COLUMN" in printed


def test_a_region_is_read_where_its_column_is_named_and_then_needs_rates_of_its_own(capsys):
    row = {**ROW, "region": "eu"}
    gencost(capsys, "import", "table", csv_of("calls.csv", [row]))
    gencost(capsys, "import", "table", csv_of("named.csv", [{**row, "id": "2"}]), "map.region=region")
    rows = calls("a.region, a.cost_pico_usd, a.cost_reason")
    assert sorted(rows, key=str) == [
        ("eu", None, "the price names no rates for the served region 'eu': add it under region_multiplier"),
        (None, PICO_USD, None),
    ]


def test_failed_rows_are_failed_calls(capsys):
    rows = [{**ROW, "http_status": 429}, {**ROW, "id": "2", "http_status": 200}]
    gencost(capsys, "import", "table", csv_of("calls.csv", rows))
    assert sorted(calls("q.status, q.error_type"), key=str) == [("error", "rate_limit"), ("ok", None)]


def test_langfuse_counts_cached_and_thought_tokens_beside_its_totals(capsys):
    # 56 in + 64 cached + 10 out + 20 thought = 150, as Langfuse splits what OpenAI sent
    details = {"input": 56, "input_cached_tokens": 64, "output": 10, "output_reasoning_tokens": 20, "total": 150}
    row = {"id": "o", "type": "GENERATION", "start_time": "2026-11-20 10:00:00.000000"}
    row |= {"end_time": "2026-11-20 10:00:01.500000", "provided_model_name": "gpt-4o-mini", "total_cost": 3.6e-05}
    row |= {"usage_details": json.dumps(details), "input": "Capital?", "output": "Paris.", "user_id": "ada"}
    path = write("observations.jsonl", [row, {**row, "id": "s", "type": "SPAN"}])
    printed = gencost(capsys, "import", "langfuse", path, "provider=openai")
    assert "says $0.000036, exact $0.0000312 (1 call with both): 1 of 1 model priced otherwise" in printed
    assert calls("a.cost_pico_usd, q.latency_ms, a.usage_tokens_reasoning") == [(PICO_USD, 1500.0, 20)]


def test_langfuse_s_calls_of_several_providers_are_told_by_a_column(capsys):
    row = {"id": "o", "type": "GENERATION", "start_time": "2026-11-20 10:00:00", "usage": {"input": 1, "output": 1}}
    rows = [{**row, "model": "gpt-4o-mini"}, {**row, "id": "c", "model": "claude-sonnet-4-5", "vendor": "anthropic"}]
    rows[0]["vendor"] = "openai"
    gencost(capsys, "import", "langfuse", write("observations.jsonl", rows), "map.provider=vendor")
    assert sorted(calls("q.provider, a.cost_status")) == [("anthropic", "priced"), ("openai", "priced")]


@pytest.mark.parametrize(
    ("more", "facts"),
    [
        ({"usage_details": '{"input": "56", "input_cached_tokens": "64", "output": "30"}'}, ("ok", None, PICO_USD)),
        ({"level": "ERROR", "status_message": "429 Too Many Requests"}, ("error", "rate_limit", None)),
        ({"level": "WARNING", "status_message": "slow"}, ("ok", None, None)),
        # text-embedding-3-small costs 0.02 USD per 1e6 tokens: 120 * 0.02 = 2.4 USD per 1e6 calls
        (
            {
                "type": "EMBEDDING",
                "provided_model_name": "text-embedding-3-small",
                "usage_details": {"input": 120, "total": 120},
            },
            ("ok", None, 2_400_000),
        ),
    ],
)
def test_langfuse_s_quoted_counts_levels_and_embeddings_are_read(capsys, more, facts):
    row = {"id": "o", "type": "GENERATION", "start_time": "2026-11-20 10:00:00", "provided_model_name": "gpt-4o-mini"}
    path = write("observations.jsonl", [{"level": "DEFAULT", **row, **more}])
    gencost(capsys, "import", "langfuse", path, "provider=openai")
    assert calls("q.status, q.error_type, a.cost_pico_usd") == [facts]


def test_words_for_nothing_in_a_table_are_unknown_and_not_bad(capsys):
    head = "id,model,tokens_in,tokens_cached,tokens_out,cost,error,latency_ms,answer\n"
    rows = "a,openai:gpt-4o-mini,120,null,30,NaN,None,N/A,-\nb,openai:gpt-4o-mini,NULL,,None,-,,-,None\n"
    Path("calls.csv").write_text(head + rows, encoding="utf-8")
    assert "2 calls imported" in gencost(capsys, "import", "table", "calls.csv", "texts=keep")
    facts = (
        "t.source_id, q.status, q.latency_ms, a.usage_tokens_in, a.cost_pico_usd, t.source_cost_pico_usd, a.response"
    )
    # 120 * 0.15 + 30 * 0.60 = 36 USD per 1e6 calls
    assert sorted(calls(facts)) == [
        ("a", "ok", None, 120, 36_000_000, None, "-"),
        ("b", "ok", None, None, None, None, "None"),
    ]


@pytest.mark.parametrize(
    ("written", "status", "kind"),
    [("timeout", "error", "timeout"), ("Cancelled", "error", "cancelled"), ("completed", "ok", None)],
)
def test_a_status_in_words_says_whether_a_call_failed(capsys, written, status, kind):
    row = {"model": "openai:gpt-4o-mini", "tokens_in": "1,200", "tokens_out": 0, "status": written}
    gencost(capsys, "import", "table", write("calls.jsonl", [row]))
    assert calls("q.status, q.error_type") == [(status, kind)]


def test_a_cost_in_another_currency_is_not_held_against_the_bill(capsys):
    row = {"model": "openai:gpt-4o-mini", "tokens_in": 120, "tokens_out": 30, "cost": 0.5, "currency": "EUR"}
    assert "its own cost in USD of 1" in gencost(capsys, "import", "table", write("calls.jsonl", [row]))
    assert calls("t.source_cost_pico_usd, a.cost_pico_usd") == [(None, 36_000_000)]


def test_maps_and_narrow_floats_of_parquet_are_tags_parameters_and_costs(capsys):
    table = pa.table(
        {
            "id": ["1"],
            "provider": ["openai"],
            "model": ["gpt-4o-mini"],
            "tags": pa.array([[("route", "pay")]], pa.map_("string", "string")),
            "params": pa.array([[("temperature", 0.1)]], pa.map_("string", pa.float32())),
            "cost_usd": pa.array([0.1], pa.float32()),
        }
    )
    pq.write_table(table, "calls.parquet")
    gencost(capsys, "import", "table", "calls.parquet")
    assert calls("t.tags_json, q.params_json, t.source_cost_pico_usd") == [
        ('{"route": "pay"}', '{"temperature": 0.1}', 10**11)
    ]


@pytest.mark.parametrize("held", ["rows", "data"])
def test_rows_below_a_list_of_their_columns_are_read(capsys, held):
    """Azure Monitor's API and pandas write so; 120 in and 30 out of gpt-4o-mini cost $0.000036."""
    names = ["ts", "model", "tokens_in", "tokens_out"]
    columns = [{"name": name, "type": "string"} for name in names] if held == "rows" else names
    table = {
        "name": "PrimaryResult",
        "columns": columns,
        held: [["2026-11-20T10:00:00Z", "openai:gpt-4o-mini", 120, 30]],
    }
    Path("answer.json").write_text(json.dumps({"tables": [table]}), encoding="utf-8")
    gencost(capsys, "import", "table", "answer.json")
    assert calls("q.ts, a.cost_pico_usd") == [("2026-11-20 10:00:00.000000", 36_000_000)]


@pytest.mark.parametrize(
    "written", ["2026/11/20 11:00:00", "20 Nov 2026 11:00:00", "2026-11-20T11:00:00+01:00[Europe/Berlin]"]
)
def test_a_time_that_can_be_read_in_one_way_is_one_of_its_zone(capsys, written):
    row = {"id": "1", "ts": written, "model": "openai:gpt-4o-mini", "tokens_in": 120, "tokens_out": 30}
    gencost(capsys, "import", "table", write("calls.jsonl", [row]), "time_zone=Europe/Berlin")
    assert calls("q.ts") == [("2026-11-20 10:00:00.000000",)]


@pytest.mark.parametrize("took", ["0:00:01.500000", "0 days 00:00:01.5", "1.5 sec", "1500 msec", "1,5 seconds"])
def test_a_duration_is_read_as_it_is_written(capsys, took):
    row = {"id": "1", "ts": "2026-11-20T10:00:00Z", "model": "openai:m", "latency_s": took}
    gencost(capsys, "import", "table", write("calls.jsonl", [row]))
    assert calls("q.latency_ms") == [(1500.0,)]


def test_a_call_written_as_json_into_the_only_such_field_of_a_log_line_is_read(capsys):
    """As CloudWatch, Docker and Kafka wrap lines; the time beside it is that of the call."""
    call = json.dumps({"model": "openai:gpt-4o-mini", "tokens_in": 120, "tokens_out": 30})
    docker = {"log": f"{call}\n", "stream": "stdout", "time": "2026-11-20T10:00:00Z"}
    event = {"eventId": "e", "timestamp": 1795600000000, "message": call}
    Path("events.json").write_text(json.dumps({"events": [event], "searchedLogStreams": []}), encoding="utf-8")
    gencost(capsys, "import", "table", write("docker.log", [docker]), "events.json")
    assert calls("q.ts, a.cost_pico_usd") == [
        ("2026-11-20 10:00:00.000000", 36_000_000),
        ("2026-11-25 09:46:40.000000", 36_000_000),
    ]
