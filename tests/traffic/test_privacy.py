"""Nothing that a person wrote is stored unless the user says so; equal texts stay equal."""

from __future__ import annotations

import json

import pytest
from traffic.imports import as_stored, gencost, query, write

from gencost.metrics_db import init_db
from gencost.traffic.privacy import Privacy
from gencost.traffic.redaction import Redaction

CANARIES = ("Ada Lovelace", "Roma", "get_wages", "secret thought", "be kind", "s-17", "u-23", "stopword", "wage_tool")
PAYLOAD = {
    "id": "chatcmpl-1",
    "litellm_call_id": "c-1",
    "call_type": "acompletion",
    "status": "success",
    "custom_llm_provider": "openai",
    "model": "gpt-4o-mini",
    "startTime": 1795676003.0,
    "endTime": 1795676004.0,
    "session_id": "s-17",
    "end_user": "u-23",
    "request_tags": ["checkout"],
    "metadata": {"usage_object": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}},
    "messages": [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": "Wages of Ada Lovelace, ada@example.com, +44 20 7946 0958, key sk-abcdefghijkl?"},
    ],
    "model_parameters": {"temperature": 0.2, "stop": ["stopword"], "tools": [{"function": {"name": "wage_tool"}}]},
    "response": {
        "id": "chatcmpl-1",
        "model": "gpt-4o-mini",
        "choices": [
            {
                "index": 0,
                "finish_reason": "tool_calls",
                "message": {
                    "role": "assistant",
                    "content": "Roma",
                    "reasoning_content": "secret thought",
                    "tool_calls": [
                        {"id": "t", "function": {"name": "get_wages", "arguments": '{"of": "Ada Lovelace"}'}}
                    ],
                },
            }
        ],
    },
}
FAILED = {**PAYLOAD, "litellm_call_id": "c-2", "status": "failure", "response": {}}
FAILED |= {"error_str": "refused: Wages of Ada Lovelace", "error_information": {"error_code": "400"}}


@pytest.mark.parametrize("texts", ["hash", "drop"])
def test_no_word_of_a_prompt_an_answer_or_an_error_is_stored(capsys, texts):
    gencost(capsys, "import", "litellm", write("log.jsonl", [PAYLOAD, FAILED]), f"texts={texts}")
    stored = as_stored()
    assert [word for word in CANARIES if word in stored] == []
    assert "checkout" in stored
    assert '"temperature": 0.2' in stored


NUMBERS_BY_NAMES = {
    "metadata": {"Ada Lovelace": 1, "temperature": 2},
    "tools": {"get_wages": {"of": {"wage_tool": 3}}},
    "response_format": {"json_schema": {"schema": {"properties": {"stopword": {"minimum": 0}}}}},
    "extra_body": {"top_k": 4, "be kind": 5},
    "thinking": {"budget_tokens": {"Roma": 6}},
    "logit_bias": {"Roma": -100},
    "Ada Lovelace": 7,
    "service_tier": "secret thought",
    "user": 4479460958,
}
API = {"logit_bias": {"50256": -100}, "thinking": {"budget_tokens": 1024}, "seed": 7, "service_tier": "flex"}
API |= {"extra_body": {"google": {"thinking_config": {"thinking_budget": 64}}}, "reasoning": {"effort": "low"}}


@pytest.mark.parametrize("texts", ["hash", "drop"])
def test_a_name_that_a_person_gave_is_hidden_and_one_of_the_api_is_not(capsys, texts):
    rows = [{"id": str(n), "model": "gpt-4o", "params": it} for n, it in enumerate((NUMBERS_BY_NAMES, API))]
    gencost(capsys, "import", "table", write("calls.jsonl", rows), f"texts={texts}", "provider=openai")
    assert [word for word in (*CANARIES, "4479460958") if word in as_stored()] == []
    assert query("SELECT params_json FROM requests WHERE params_json LIKE '%50256%'") == [
        (json.dumps(API, sort_keys=True),)
    ]


def test_equal_names_and_values_have_equal_digests_and_others_do_not():
    hidden = [Privacy().params({"metadata": {name: 1}, name: 2}) for name in ("Ada", "Ada", "Eve")]
    assert hidden[0] == hidden[1]
    assert not set(map(str, hidden[0].values())) & set(map(str, hidden[2].values())) - {"2"}
    assert len({*hidden[0], *hidden[2]}) == 3  # metadata, and a digest of each name


def test_names_of_what_is_kept_are_redacted_too():
    privacy = Privacy(texts="keep", redaction=Redaction(["email"]))
    assert privacy.params({"ada@example.com": {"ada@example.com": 1}}) == {"[email]": {"[email]": 1}}


@pytest.mark.parametrize("texts", ["hash", "drop"])
def test_a_sentence_inside_a_usage_or_in_place_of_a_reason_is_hidden_and_words_of_the_api_are_not(capsys, texts):
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "service_tier": "default", "notes": [{"of": "Ada Lovelace"}]}
    row = {"id": "1", "ts": "2026-11-20", "model": "openai:gpt-4o", "usage": usage, "finish_reason": "be kind"}
    rows = [row, {**row, "id": "2", "finish_reason": "stop"}]
    gencost(capsys, "import", "table", write("calls.jsonl", rows), f"texts={texts}")
    stored = as_stored()
    assert [word for word in CANARIES if word in stored] == []
    assert query("SELECT count(*) FROM responses WHERE finish_reason = 'stop'") == [(1,)]
    assert '"service_tier": "default"' in stored
    gencost(capsys, "audit", "--all")


@pytest.mark.parametrize("texts", ["hash", "keep", "drop"])
def test_what_is_stored_readable_in_any_mode_is_redacted(capsys, texts):
    names = ("site", "category", "prompt_id", "id")
    row = {
        **dict.fromkeys(names, "of ada@example.com"),
        "model": "gpt-4o",
        "tags": {"ada@example.com": "ada@example.com"},
    }
    words = (f"texts={texts}", "provider=openai", "redact=[email]")
    gencost(capsys, "import", "table", write("calls.jsonl", [row]), *words)
    assert "ada@" not in as_stored()
    assert query("SELECT category, site FROM requests JOIN traffic USING (request_id)") == [("of [email]",) * 2]


def test_digests_are_equal_for_equal_texts_alone(capsys):
    other = {**PAYLOAD, "litellm_call_id": "c-3", "messages": [{"role": "user", "content": "Another"}]}
    gencost(capsys, "import", "litellm", write("log.jsonl", [PAYLOAD, {**PAYLOAD, "litellm_call_id": "c-2"}, other]))
    assert query("SELECT count(DISTINCT prompt_sha256), count(*) FROM requests") == [(2, 3)]
    assert query("SELECT count(DISTINCT response_sha256) FROM responses") == [(1,)]
    assert query("SELECT DISTINCT kind, text FROM prompts") == [("hashed", "")]


def test_dropped_texts_are_equal_to_nothing(capsys):
    gencost(
        capsys, "import", "litellm", write("log.jsonl", [PAYLOAD, {**PAYLOAD, "litellm_call_id": "c-2"}]), "texts=drop"
    )
    assert query("SELECT count(DISTINCT prompt_sha256), count(*) FROM requests") == [(2, 2)]
    assert query("SELECT DISTINCT kind FROM prompts") == [("absent",)]


def test_a_secret_makes_other_digests_and_is_not_stored(capsys):
    path = write("log.jsonl", [PAYLOAD])
    gencost(capsys, "import", "litellm", path)
    gencost(capsys, "import", "litellm", path, "hash_secret=swordfish", "--db", "sqlite:///keyed.sqlite")
    plain = query("SELECT prompt_sha256, user_hash FROM requests JOIN traffic USING (request_id)")[0]
    engine = init_db("sqlite:///keyed.sqlite")
    with engine.connect() as connection:
        digests = "SELECT prompt_sha256, user_hash FROM requests JOIN traffic USING (request_id)"
        keyed = connection.exec_driver_sql(digests).one()
        recorded = connection.exec_driver_sql("SELECT config_json, overrides, command FROM runs").one()
    engine.dispose()
    assert "swordfish" not in str(recorded)
    assert not set(keyed) & set(plain)


def test_kept_texts_are_whole_and_redacted_where_asked(capsys):
    rules = "redact=[email,phone,key,{name: 'Ada \\w+'}]"
    gencost(capsys, "import", "litellm", write("log.jsonl", [PAYLOAD, FAILED]), "texts=keep", rules)
    ((text, answer, called, thought),) = query(
        """SELECT text, response, tool_calls_json, reasoning FROM responses JOIN requests USING (request_id)
        JOIN prompts ON sha256 = prompt_sha256"""
    )
    assert "Wages of [name], [email], [phone], key sk-***?" in text
    assert (answer, thought) == ("Roma", "secret thought")
    assert "get_wages" in called
    assert "[name]" in called
    assert query("SELECT error_message FROM requests WHERE status = 'error'") == [("refused: Wages of [name]",)]
    assert not any(word in as_stored() for word in ("Lovelace", "ada@", "7946 0958", "abcdefghijkl", "u-23"))


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("texts=kept", "source.texts='kept': choose from hash, keep, drop (did you mean 'keep'?)"),
        ("on_bad_line=stop", "choose from skip, fail"),
        ("redact=[emial]", "there is no rule 'emial'"),
        ("redact=[{x: '('}]", "is not a regular expression"),
        ("map.sesion=x", "sesion"),
        ("at=yesterday", "write a day or a time"),
        ("hash_secret=", "source.hash_secret is empty"),
    ],
)
def test_a_wrong_key_is_one_line_before_anything_is_read(capsys, word, told):
    printed = gencost(capsys, "import", "litellm", write("log.jsonl", [PAYLOAD]), word, code=2)
    assert told in printed
    assert len(printed.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("source", "word", "told"),
    [
        ("table", "delimiter=xx", "source.delimiter='xx': give one sign"),
        ("table", "protocol=caht", "source.protocol='caht': choose from chat, messages"),
        ("openai_batch", "requests=none.jsonl", "requests=none.jsonl: there is no such file"),
        ("anthropic_batch", "requests=none.jsonl", "requests=none.jsonl: there is no such file"),
    ],
)
def test_so_is_a_wrong_key_of_one_source(capsys, source, word, told):
    printed = gencost(capsys, "import", source, write("log.jsonl", [PAYLOAD]), word, code=2)
    assert told in printed
    assert len(printed.strip().splitlines()) == 1


def test_a_source_or_a_file_that_is_not_there_is_one_line(capsys):
    assert "source 'lightllm' does not exist (did you mean 'litellm'?)" in gencost(
        capsys, "import", "lightllm", "x", code=2
    )
    assert "there is no such file" in gencost(capsys, "import", "litellm", "x.jsonl", code=2)
    assert "name a file" in gencost(capsys, "import", "litellm", "texts=keep", code=2)


def test_what_has_no_text_is_neither_scored_nor_called_blank(capsys):
    gencost(capsys, "import", "litellm", write("log.jsonl", [PAYLOAD]))
    assert "have no text: import them with texts=keep" in gencost(capsys, "rescore", "quality=[proxy]")
    assert query("SELECT count(*) FROM scores") == [(0,)]
    ((run_id,),) = query("SELECT run_id FROM runs")
    table = gencost(capsys, "compare")
    assert "empty" not in table
    assert "a thought without" not in table
    assert "is of kind imported" in gencost(capsys, "mlflow", "sync", "--run", run_id, code=2)
    audited = gencost(capsys, "audit", "--all")
    assert "0 not" in audited
    assert "prompt text: 1 cannot be recomputed" in audited


def test_a_kept_import_is_audited_to_the_last_figure(capsys):
    gencost(capsys, "import", "litellm", write("log.jsonl", [PAYLOAD, FAILED]), "texts=keep")
    audited = gencost(capsys, "audit", "--all")
    assert "0 not" in audited
    assert "cannot be recomputed" not in audited
    gencost(capsys, "report")


BROKEN = "a\ud800b\x00c"


@pytest.mark.parametrize("texts", ["hash", "keep", "drop"])
def test_half_a_character_and_nul_anywhere_in_a_record_are_stored_as_what_they_replace(capsys, texts):
    names = ("id", "provider", "model", "error", "site", "session", "user", "category", "prompt_id", "service_tier")
    row = {**dict.fromkeys((*names, "prompt", "answer", "reference"), BROKEN), "params": {BROKEN: 2, "stop": BROKEN}}
    row |= {"tags": {BROKEN: BROKEN}, "response_id": BROKEN, "finish_reason": BROKEN, "response_model": BROKEN}
    rows = [row, {name: it for name, it in row.items() if name != "error"} | {"id": "a\ud801b\x00c"}]
    printed = gencost(capsys, "import", "table", write("calls.jsonl", rows), f"texts={texts}", "provider=openai")
    assert "2 calls imported" in printed
    assert query("SELECT count(DISTINCT request_id) FROM requests") == [(2,)]
    assert not [it for it in ("\\x00", "\\u0000", "\\ud8") if it in as_stored()]
    params = query("SELECT DISTINCT params_json FROM requests")[0][0]
    assert ('"a\ufffdb\ufffdc": 2' in params) is (texts == "keep")


def test_turns_are_written_alike_whether_or_not_there_is_anything_to_redact():
    said = ['"quoted" \\ and\nnext\tline', "ä€𝄞 \u2028\x7f\x1b", "</s> {}"]
    turns = [{"role": role, "content": text} for role in ("system", "user", "assistant") for text in said]
    for asked in (turns, turns[3:4], turns[:1]):
        plain = Privacy(texts="keep").prompt(asked, "1")
        assert plain == Privacy(texts="keep", redaction=Redaction(["iban"])).prompt(asked, "1")
