"""A counter beside those that a source reads repeats one of them, or the bill is not whole; and odd ways to write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from traffic.imports import PICO_USD, calls, gencost, write

# gpt-4o-mini: 120 * .15 + 30 * .60 = 36 USD per 1e6 calls; with 64 of the input cached, PICO_USD
NOT_CACHED = 36_000_000
ROW = {"id": "1", "ts": "2026-11-20T10:00:00Z", "model": "openai:gpt-4o-mini", "tokens_in": 120, "tokens_out": 30}


def priced() -> tuple:
    (row,) = calls("a.cost_pico_usd, a.cost_reason")
    return row


@pytest.mark.parametrize(
    "more",
    [
        {"prompt_cache_read_tokens": 64},
        {"cachedInputTokens": "64"},
        {"Cached Tokens": 64},
        {"context_cache_tokens": 64},
        {"audio_tokens": 20},
        {"generation_cached_tokens": 64},
        {"realtime_audio_tokens": 64},
        {"prompt_tokens_details": {"cached_tokens": 64}},
        {"web_search_requests": 2},
        {"tokens": 7},
        {"total_tokens_used": 151},
        {"native_tokens_prompt": 130},
        {"llm_usage": {"grounding": 3}},
        {"my_cached_tokens": 64},
        {"tokens": {"input": 120, "output": 30, "special": 3}},
        {"usage": {"prompt_tokens": 120, "completion_tokens": 30}, "tokens_cached": 64},
    ],
)
def test_a_column_that_counts_and_is_not_in_the_map_withholds_the_cost_and_is_named(capsys, more):
    gencost(capsys, "import", "table", write("calls.jsonl", [{**ROW, **more}]))
    cost, reason = priced()
    assert (cost, f"other columns.{list(more)[-1]}" in reason) == (None, True)
    gencost(capsys, "audit", "--all")


def test_a_bill_of_which_no_call_has_a_cost_is_unknown_and_not_0(capsys):
    rows = [{**ROW, "cachedInputTokens": 64}, {**ROW, "id": "2", "cachedInputTokens": 64}]
    printed = gencost(capsys, "import", "table", write("calls.jsonl", rows))
    assert "bill: unknown; 2 calls without a cost" in printed
    printed = gencost(capsys, "import", "table", write("more.jsonl", [{**ROW, "id": "3"}, {**rows[0], "id": "4"}]))
    assert "bill: $0.000036, each call at the price of its day; 1 call without a cost" in printed


def test_a_counter_that_is_not_the_provider_s_is_said_to_be_none(capsys):
    rows = write("calls.jsonl", [{**ROW, "index_cached_tokens": 64, "tokens": {"special": 3}}])
    printed = gencost(capsys, "import", "table", rows)
    assert "if the provider does not bill them: not_billed=[index_cached_tokens,tokens]; else name them" in printed
    more = ("not_billed=[index_cached_tokens,tokens]", "--db", "sqlite:///other.sqlite")
    assert "bill: $0.000036, each call" in gencost(capsys, "import", "table", rows, *more)


def test_a_column_with_dots_is_taken_out_as_the_summary_says(capsys):
    rows = write("calls.jsonl", [{**ROW, "prompt_tokens_details.cached_tokens": 64}])
    printed = gencost(capsys, "import", "table", rows)
    assert "not_billed=[prompt_tokens_details]; else name them" in printed
    more = ("not_billed=[prompt_tokens_details]", "--db", "sqlite:///other.sqlite")
    assert "bill: $0.000036, each call" in gencost(capsys, "import", "table", rows, *more)


def test_so_is_an_attribute_of_a_span(capsys):
    spans = write("spans.jsonl", [span(**ASKED, **COUNTS, **{"app.cached.tokens": 64})])
    assert "not_billed=[app.cached.tokens]" in gencost(capsys, "import", "otlp", spans)
    more = ("not_billed=[app.cached.tokens]", "--db", "sqlite:///other.sqlite")
    assert "bill: $0.000036, each call" in gencost(capsys, "import", "otlp", spans, *more)


def test_what_counts_beside_a_place_inside_an_object_withholds_the_cost(capsys):
    """As Bedrock's log of invocations and Braintrust's metrics have it."""
    place = ["map.tokens_in=metrics.prompt_tokens", "map.tokens_out=metrics.completion_tokens"]
    metrics = {"prompt_tokens": 120, "completion_tokens": 30, "start": 1795676003, "duration": 2, "tokens": 150}
    row = {"id": "1", "ts": "2026-11-20", "model": "openai:gpt-4o-mini"}
    rows = [{**row, "metrics": metrics}, {**row, "id": "2", "metrics": {**metrics, "prompt_cached_tokens": 64}}]
    gencost(capsys, "import", "table", write("calls.jsonl", rows), *place)
    costs = dict(calls("t.source_id, a.cost_pico_usd"))
    assert costs == {"1": NOT_CACHED, "2": None}


@pytest.mark.parametrize(
    "words", ["only.kind=llm", "only={kind: [llm, chat]}", "+only.kind=llm", "source.only.kind=llm"]
)
def test_rows_of_a_kind_are_chosen_by_any_column(capsys, words):
    rows = [{**ROW, "kind": "llm"}, {**ROW, "id": "2", "kind": "tool"}]
    gencost(capsys, "import", "table", write("calls.jsonl", rows), words)
    assert calls("t.source_id") == [("1",)]


@pytest.mark.parametrize(
    "more",
    [
        {"tokens": 150, "prompt_token_count": 120, "answer_tokens": 30},
        {"max_tokens": 1000, "tokens_per_second": 40, "token_limit": 9, "remaining_tokens": 8, "est_tokens": 7},
        {
            "cumulative_tokens": 9000,
            "cached_token_pct": 53,
            "tokens/s": 41,
            "system_prompt_tokens": 40,
            "usage_count": 1,
        },
        {"audio_tokens": 0, "image_tokens": None, "auth_token": "x7", "token_cost": 5},
        {"my_tokens": 7, "chunk_tokens": 300, "tiktoken_prompt_tokens": 118, "my_output_tokens": 31},
        {"cpu_usage": 53, "memoryUsage": 812, "tokens_of_the_question": 12, "tokenizer": 3},
        {"answer_token_f1": 1, "outputTokensPerSecond": 41, "output_token_throughput": 41, "ground_truth_tokens": 9},
        {"output_tokens_p95": 310, "baseline_output_tokens": 64, "prev_prompt_tokens": 80, "response_token_overlap": 1},
        {"cache_created_at": 1795676003, "search_query": "2024"},
    ],
)
def test_columns_that_repeat_a_count_or_count_nothing_change_nothing(capsys, more):
    gencost(capsys, "import", "table", write("calls.jsonl", [{**ROW, **more}]))
    assert priced() == (NOT_CACHED, None)


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        (
            str({"prompt_tokens": 120, "completion_tokens": 30, "prompt_tokens_details": {"cached_tokens": 64}}),
            PICO_USD,
        ),
        ('{"prompt_tokens": 120, "completion_tok', None),
    ],
)
def test_a_usage_as_python_writes_it_is_read_and_one_that_is_cut_is_unknown(capsys, usage, cost):
    gencost(capsys, "import", "table", write("calls.jsonl", [{**ROW, "usage": usage}]))
    assert priced()[0] == cost


@pytest.mark.parametrize("written", ["1,000", "1'000", "1\u00a0000", "1_000", "1000.0"])
def test_counts_may_have_signs_between_thousands(capsys, written):
    gencost(capsys, "import", "table", write("calls.jsonl", [{**ROW, "tokens_in": written}]))
    assert priced() == (168_000_000, None)  # 1000 * .15 + 30 * .60


def test_a_count_that_is_one_or_a_thousand_is_refused(capsys):
    printed = gencost(capsys, "import", "table", write("calls.jsonl", [{**ROW, "tokens_in": "1.000"}]), code=2)
    assert "tokens_in is '1.000', not a whole number" in printed


@pytest.mark.parametrize(
    ("written", "pico_usd"),
    [
        ("0,0000312", PICO_USD),
        ("0.0000312 USD", PICO_USD),
        ("US$3.12e-05", PICO_USD),
        ("$1,234.50", 1_234_500_000_000_000),
        ("1.234,50", 1_234_500_000_000_000),
        ("1,234", None),  # 1.234 or 1234
        ("1,2,3", None),
        ("€0.0000312", None),
    ],
)
def test_an_amount_is_read_as_it_is_written_or_said_to_be_unknown(capsys, written, pico_usd):
    printed = gencost(capsys, "import", "table", write("calls.jsonl", [{**ROW, "cost": written}]))
    assert calls("t.source_cost_pico_usd") == [(pico_usd,)]
    assert ("its own cost in USD of 1" in printed) == (pico_usd is None)


@pytest.mark.parametrize(
    "written", ["2026-11-20 11:00:00 +0100", "2026-11-20 10:00:00.0 +0000 UTC", "Fri, 20 Nov 2026 10:00:00 GMT"]
)
def test_a_time_as_programs_write_it_is_read(capsys, written):
    gencost(capsys, "import", "table", write("calls.jsonl", [{**ROW, "ts": written}]))
    assert calls("q.ts") == [("2026-11-20 10:00:00.000000",)]


@pytest.mark.parametrize("written", ["Fri, 20 Nov 2026 10:00:00 CET", "Nov 20 2026 10:00 PM"])
def test_a_time_with_a_word_that_nobody_knows_is_not_taken_for_utc(capsys, written):
    printed = gencost(capsys, "import", "table", write("calls.jsonl", [{**ROW, "ts": written}]), code=2)
    assert f"'{written}' is not a time" in printed


def test_a_day_of_a_spreadsheet_is_not_taken_for_seconds(capsys):
    printed = gencost(capsys, "import", "table", write("calls.jsonl", [{**ROW, "ts": 46346.4167}]), code=2)
    assert "46346.4167 is not a time" in printed


@pytest.mark.parametrize("word", ["none", "Null", "(null)", "nil", "--", "\u2014"])
def test_more_words_for_nothing(capsys, word):
    gencost(capsys, "import", "table", write("calls.jsonl", [{**ROW, "tokens_cached": word}]))
    assert priced() == (NOT_CACHED, None)


def test_the_usage_inside_an_answer_holds_where_columns_repeat_a_part_of_it(capsys):
    usage = {"prompt_tokens": 120, "completion_tokens": 30, "prompt_tokens_details": {"cached_tokens": 64}}
    answer = {"choices": [{"message": {"content": "Paris."}}], "usage": usage}
    gencost(capsys, "import", "table", write("calls.jsonl", [{**ROW, "answer": answer}]))
    assert priced() == (PICO_USD, None)


def test_columns_that_contradict_the_usage_inside_an_answer_withhold_the_cost(capsys):
    usage = {"prompt_tokens": 500, "completion_tokens": 30}
    answer = {"choices": [{"message": {"content": "Paris."}}], "usage": usage}
    gencost(capsys, "import", "table", write("calls.jsonl", [{**ROW, "answer": answer}]))
    assert "another usage.usage·prompt_tokens=500" in priced()[1]


def test_a_gemini_s_own_body_is_read(capsys):
    """gemini-2.5-flash: 100 * .3 + (50 + 200 thought) * 2.5 = 655 USD per 1e6 calls."""
    counts = {"promptTokenCount": 100, "candidatesTokenCount": 50, "thoughtsTokenCount": 200, "totalTokenCount": 350}
    answer = {"candidates": [{"content": {"parts": [{"text": "Paris."}]}}], "usageMetadata": counts}
    row = {"id": "1", "ts": "2026-11-20", "provider": "Google Gemini", "model": "gemini-2.5-flash", "answer": answer}
    gencost(capsys, "import", "table", write("calls.jsonl", [row]))
    assert priced() == (655_000_000, None)


@pytest.mark.parametrize(
    ("before", "after", "attempts"),
    [
        ({**ROW, "tokens_out": 1}, ROW, 1),  # as far as a stream was, then its end
        (ROW, {**ROW, "tokens_out": 1}, 1),
        (
            {**ROW, "tokens_in": None, "tokens_out": None, "http_status": 429},
            ROW,
            2,
        ),  # a try that failed, then the next
    ],
)
def test_of_records_of_one_call_the_fullest_holds(capsys, before, after, attempts):
    assert "1 call imported; 1 told twice" in gencost(capsys, "import", "table", write("calls.jsonl", [before, after]))
    assert calls("q.status, q.attempts, a.cost_pico_usd") == [("ok", attempts, NOT_CACHED)]


def test_the_fullest_of_two_records_beside_each_other_holds_across_batches(capsys, monkeypatch):
    monkeypatch.setattr("gencost.traffic.importing._BATCH", (10, 2**24))
    rows = [{**ROW, "id": str(number)} for number in range(1, 10)]
    cut = {**ROW, "id": "10", "tokens_out": 1}  # the last of the first batch
    gencost(capsys, "import", "table", write("calls.jsonl", [*rows, cut, {**cut, "tokens_out": 30}]))
    assert set(calls("a.cost_pico_usd")) == {(NOT_CACHED,)}


def csv_text(sign: str) -> str:
    return f"{sign.join(ROW)}\n{sign.join(map(str, ROW.values()))}\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (csv_text(";").replace("tokens_out\n", 'tokens_out;"a, b, c, d, e, f, g"\n'), "utf-8"),
        (csv_text("|"), "utf-8"),
        ("sep=;\n" + csv_text(";"), "utf-8"),
        ('"sep=;"\n' + csv_text(";"), "utf-8"),
        (csv_text("\t"), "utf-16"),
        (csv_text("\t"), "utf-16-le"),
        (csv_text("\t"), "utf-16-be"),
        (csv_text(","), "utf-8-sig"),
    ],
)
def test_csv_as_excel_writes_it(capsys, text, encoding):
    Path("calls.csv").write_bytes(text.encode(encoding))
    gencost(capsys, "import", "table", "calls.csv")
    assert priced() == (NOT_CACHED, None)


def test_a_bad_row_below_excel_s_own_line_is_named_by_its_line(capsys):
    text = "sep=;\n" + csv_text(";").replace(ROW["ts"], "soon")
    Path("calls.csv").write_text(text, encoding="utf-8")
    assert "calls.csv:3: 'soon' is not a time" in gencost(capsys, "import", "table", "calls.csv", code=2)


@pytest.mark.parametrize(("written", "ms"), [("812,5", 812.5), ("1.2s", 1200.0), ("850 ms", 850.0), ("soon", None)])
def test_a_duration_may_have_a_unit_or_a_comma(capsys, written, ms):
    gencost(capsys, "import", "table", write("calls.jsonl", [{**ROW, "latency_ms": written}]))
    assert calls("q.latency_ms") == [(ms,)]


def test_truth_as_postgresql_exports_it(capsys):
    gencost(capsys, "import", "table", write("calls.jsonl", [{**ROW, "from_cache": "t"}]))
    assert calls("a.cost_pico_usd, a.cost_status") == [(0, "cached")]


def test_embeddings_have_no_output(capsys):
    """text-embedding-3-small: 120 * .02."""
    row = {**ROW, "model": "openai:text-embedding-3-small", "tokens_out": ""}
    gencost(capsys, "import", "table", write("calls.jsonl", [row]))
    assert priced() == (2_400_000, None)


def test_a_workbook_is_a_table(capsys):
    book = pytest.importorskip("openpyxl").Workbook()
    for line in (list(ROW), list(ROW.values())):
        book.active.append(line)
    book.save("calls.xlsx")
    gencost(capsys, "import", "table", "calls.xlsx")
    assert priced() == (NOT_CACHED, None)


def test_a_column_that_stands_twice_is_refused(capsys):
    Path("calls.csv").write_text("id,model,tokens_in,tokens_in\n1,openai:m,1,2\n", encoding="utf-8")
    assert "calls.csv: the column 'tokens_in' stands twice" in gencost(capsys, "import", "table", "calls.csv", code=2)


def span(**attributes: object) -> str:
    kinds = {int: "intValue", str: "stringValue"}
    listed = [{"key": key, "value": {kinds[type(it)]: it}} for key, it in attributes.items()]
    times = {"startTimeUnixNano": "1795676003000000000", "endTimeUnixNano": "1795676004000000000"}
    one = {"traceId": "0" * 31 + "1", "spanId": "0" * 15 + "1", "name": "chat", "attributes": listed, **times}
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]})


ASKED = {"gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o-mini"}
COUNTS = {"gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 30}


@pytest.mark.parametrize(
    ("more", "cost"),
    [
        ({"ai.usage.inputTokens": 120, "ai.usage.cachedInputTokens": 64, "ai.usage.reasoningTokens": 20}, PICO_USD),
        ({"ai.usage.inputTokenDetails.noCacheTokens": 56, "ai.usage.inputTokenDetails.cacheReadTokens": 64}, PICO_USD),
        ({"gen_ai.usage.details.cached_tokens": 64}, PICO_USD),  # Pydantic AI
        ({"gen_ai.usage.cache_read.input_tokens": "64"}, PICO_USD),  # digits as a text
        ({"gen_ai.usage.prompt_tokens_details.cache_read": 64}, PICO_USD),  # OpenLIT
        ({"llm.token_count.prompt_details.cache_read": 64}, None),  # of a second convention
        ({"langfuse.observation.usage_details": '{"input": 56, "input_cached_tokens": 64, "output": 30}'}, None),
        ({"llm.token_count.prompt": 120, "app.tokens.total": 150, "gen_ai.request.max_tokens": 500}, NOT_CACHED),
    ],
)
def test_attributes_that_count_beside_the_convention_s_are_read_or_withhold_the_cost(capsys, more, cost):
    gencost(capsys, "import", "otlp", write("spans.jsonl", [span(**ASKED, **COUNTS, **more)]))
    assert priced()[0] == cost
    gencost(capsys, "audit", "--all")


def test_an_input_of_which_nobody_knows_whether_it_holds_cached_tokens_has_no_cost(capsys):
    more = {"gen_ai.system": "anthropic.messages", "gen_ai.request.model": "claude-haiku-4-5"}
    more |= {"ai.usage.inputTokens": 120, "ai.usage.cachedInputTokens": 64}
    gencost(capsys, "import", "otlp", write("spans.jsonl", [span(**{**COUNTS, **more})]))
    assert "cachedInputTokens, inside or beside the input=64" in priced()[1]


def test_metrics_are_said_to_be_no_spans(capsys):
    printed = gencost(capsys, "import", "otlp", write("spans.jsonl", [{"resourceMetrics": []}]))
    assert "1 left out: metrics, not spans or logs" in printed


def test_the_tier_in_the_parameters_holds_where_none_is_served(capsys):
    """gpt-5-mini as flex: half of 120 * .25 + 30 * 2."""
    row = {**ROW, "model": "openai:gpt-5-mini", "params": {"service_tier": "flex"}}
    gencost(capsys, "import", "table", write("calls.jsonl", [row, {**row, "id": "2", "service_tier": "default"}]))
    assert dict(calls("t.source_id, a.cost_pico_usd")) == {"1": 45_000_000, "2": 90_000_000}


@pytest.mark.parametrize(
    ("served", "cost"), [({}, 45_000_000), ({"openai.response.service_tier": "default"}, 90_000_000)]
)
def test_the_tier_asked_holds_where_none_is_served(capsys, served, cost):
    """gpt-5-mini: 120 * .25 + 30 * 2 = 90 USD per 1e6 calls, half as flex."""
    asked = {**ASKED, "gen_ai.request.model": "gpt-5-mini", "openai.request.service_tier": "flex"}
    gencost(capsys, "import", "otlp", write("spans.jsonl", [span(**asked, **COUNTS, **served)]))
    assert priced()[0] == cost
