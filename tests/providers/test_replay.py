from __future__ import annotations

import asyncio
from dataclasses import fields
from decimal import Decimal

import pytest
from test_mock import request

from gencost.errors import ConfigError, ProviderError
from gencost.providers.replay import ReplayProvider

# (0.00406 * 1e6 - 60 * 53) / 30 = 29.33; (0.0040799999999999 -> 0.00408 * 1e6 - 60 * 53) / 30 = 30 tokens in
CALLS = """id,query,model,answer,out,latency,cost
s,Why?,v/m1,Because,53,1.5,0.0040799999999999
s,Why?,v/m1,Therefore,53,2.5,0.00408
s,Why?,v/m2,So,1,0.25,0.00009
"""
COLUMNS = {"prompt": "query", "model": "model", "response": "answer", "tokens_out": "out", "latency_s": "latency"}
RATES = {"input_usd_per_mtok": 30, "output_usd_per_mtok": 60}


MADE = '{"prompt": "Why?", "model": "m", "response": "So", "latency_s": 1}\n'


def vars_of(provider: ReplayProvider) -> dict:
    return {f.name: getattr(provider, f.name) for f in fields(provider)}


def replay(tmp_path, text=CALLS, **facts) -> ReplayProvider:
    (tmp_path / "calls.csv").write_text(text)
    settings = {"columns": {**COLUMNS, "cost_usd": "cost"}, "model_prefix": "v/", "derive_tokens_in": {"m1": RATES}}
    return ReplayProvider(path=str(tmp_path / "calls.csv"), **{**settings, **facts})


def ask(provider, **facts):
    return asyncio.run(provider.complete(request(**facts)))


def test_the_recorded_answer_comes_back_with_its_latency(tmp_path):
    answer = ask(replay(tmp_path), model="m1", text="Why?")
    assert (answer.text, answer.latency_ms, answer.usage.tokens_out) == ("Because", 1500.0, 53)


def test_a_recorded_answer_without_a_latency_has_none(tmp_path):
    text = CALLS.replace(",1.5,", ",,")
    assert [ask(replay(tmp_path, text), model="m1", text="Why?", repeat=i).latency_ms for i in (0, 1)] == [None, 2500.0]


def test_input_tokens_follow_from_the_recorded_cost(tmp_path):
    answer = ask(replay(tmp_path), model="m1", text="Why?")
    assert answer.usage.tokens_in == 30
    assert answer.provider_cost_usd == Decimal("0.00408")  # the float's noise is beyond 1e-12 USD


def test_input_tokens_that_are_no_whole_number_name_the_row(tmp_path):
    with pytest.raises(ConfigError, match="row 1: tokens in 29.33"):
        replay(tmp_path, CALLS.replace("0.0040799999999999", "0.00406")).check("m1")


def test_several_records_of_one_prompt_are_its_repeats(tmp_path):
    provider = replay(tmp_path)
    assert [ask(provider, model="m1", text="Why?", repeat=i).text for i in (0, 1)] == ["Because", "Therefore"]
    with pytest.raises(ProviderError, match="repeat 2 of prompt 's' was not recorded"):
        ask(provider, model="m1", text="Why?", repeat=2)


def test_a_repeat_column_says_which_repeat_a_row_is(tmp_path):
    rows = "query,model,answer,latency,repeat\nWhy?,m,second,1,1\nWhy?,m,first,1,0\n"
    provider = replay(tmp_path, rows, columns={k: v for k, v in COLUMNS.items() if k != "tokens_out"})
    assert [ask(provider, model="m", text="Why?", repeat=i).text for i in (0, 1)] == ["first", "second"]
    with pytest.raises(ConfigError, match="row 2: repeat 1 is recorded in row 1, too"):
        replay(tmp_path, rows.replace(",0\n", ",1\n"), columns=provider.columns).check("m")


def test_a_row_without_a_response_recorded_none(tmp_path):
    path = tmp_path / "calls.jsonl"
    path.write_text('{"prompt": "Why?", "model": "m", "response": null}\n' + MADE.replace("Why?", "How?"))
    provider = ReplayProvider(path=str(path))
    assert ask(provider, model="m", text="How?").text == "So"
    with pytest.raises(ProviderError, match="was not recorded"):
        ask(provider, model="m", text="Why?")


def test_a_row_without_a_model_is_named(tmp_path):
    path = tmp_path / "calls.jsonl"
    path.write_text(MADE + MADE.replace('"m"', "null"))
    with pytest.raises(ConfigError, match="row 2: no value in column 'model'"):
        ReplayProvider(path=str(path)).check("m")


def test_parquet_gives_the_same_record_as_csv(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    row = {"query": "Why?", "model": "v/m1", "answer": "Because", "out": 53, "latency": 1.5, "cost": 0.0040799999999999}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "calls.parquet")
    from_csv = replay(tmp_path)
    from_parquet = ReplayProvider(**{**vars_of(from_csv), "path": str(tmp_path / "calls.parquet")})
    assert ask(from_parquet, model="m1", text="Why?") == ask(from_csv, model="m1", text="Why?")


def test_what_was_not_recorded_is_an_error_not_an_answer(tmp_path):
    with pytest.raises(ProviderError, match="was not recorded for m1") as caught:
        ask(replay(tmp_path), model="m1", text="How?", prompt_id="t")
    assert caught.value.error_type == "not_recorded"


def test_tokens_that_were_not_recorded_stay_unknown(tmp_path):
    assert ask(replay(tmp_path), model="m2", text="Why?").usage is None


def test_the_latency_can_be_lived(tmp_path):
    import time

    provider = replay(tmp_path, CALLS.replace("0.25", "0.03"), sleep=True)
    started = time.monotonic()
    ask(provider, model="m2", text="Why?")
    assert time.monotonic() - started >= 0.03


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"columns": {**COLUMNS, "prompt": "question"}}, "no column 'question' for prompt"),
        ({"columns": {"promt": "query"}}, "provider.columns.promt.*did you mean 'prompt'"),
        ({"columns": {**COLUMNS, "latency_ms": "latency"}}, "latency_s or latency_ms, not both"),
        ({"text": CALLS.replace("1.5", "fast")}, "row 1: column 'latency': 'fast' is not a number"),
        ({"text": CALLS.replace("1.5", "nan")}, "row 1: column 'latency': 'nan' is not a number from 0"),
        ({"text": CALLS.replace("1.5", "-1.5")}, "row 1: column 'latency': '-1.5' is not a number from 0"),
        ({"text": CALLS.replace("0.00408\n", "inf\n")}, "row 2: column 'cost': 'inf' is not a number from 0"),
        ({"text": CALLS.replace(",53,", ",-53,")}, "row 1: column 'out': '-53' is not a number from 0"),
        ({"text": ""}, "has no rows"),
        ({"derive_tokens_in": {"m1": {"input_usd_per_mtok": 30}}}, "provider.derive_tokens_in.m1=.*give input_usd"),
        ({"derive_tokens_in": {"m1": {**RATES, "input_usd_per_mtok": "x"}}}, "provider.derive_tokens_in.m1="),
        ({"derive_tokens_in": {"m1": {**RATES, "input_usd_per_mtok": 0}}}, "input_usd_per_mtok=0: no tokens follow"),
        ({"derive_tokens_in": {"m1": 30}}, "provider.derive_tokens_in.m1=30: give"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_before_the_first_call(tmp_path, facts, said):
    with pytest.raises(ConfigError, match=said):
        replay(tmp_path, **facts).check("m1")


def test_a_model_that_was_not_recorded_names_those_that_were(tmp_path):
    with pytest.raises(ConfigError, match="'m3' is not in .*it has m1, m2"):
        replay(tmp_path).check("m3")
