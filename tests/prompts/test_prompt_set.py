from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from gencost.errors import ConfigError, PromptError
from gencost.paths import conf_dir
from gencost.prompts.prompt_set import PromptSet, digest, draw
from gencost.types import Message, Sample

SAMPLES = [Sample(id=name, messages=(Message(role="user", content=name),)) for name in "abcde"]


def write(tmp_path, name: str, text: str | bytes) -> str:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_the_baseline_has_five_prompts_of_five_kinds():
    samples = PromptSet(path=str(conf_dir() / "prompts" / "baseline.csv")).load()
    assert [s.category for s in samples] == ["qa", "reasoning", "coding", "long_form", "extraction"]
    assert [s.reference for s in samples] == ["1969", "9", None, None, "INV-20418"]


ROW = {"id": "q1", "text": "Why?", "reference": "Because", "category": "qa", "level": "3"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.csv", "id,text,reference,category,level\nq1,Why?,Because,qa,3\n"),
        ("p.jsonl", json.dumps(ROW) + "\n\n"),
        ("p.yaml", "- {id: q1, text: 'Why?', reference: Because, category: qa, level: 3}\n"),
    ],
)
def test_csv_jsonl_and_yaml_give_the_same_sample(tmp_path, name, content):
    (sample,) = PromptSet(path=write(tmp_path, name, content)).load()
    assert (sample.id, sample.text, sample.reference, sample.category) == ("q1", "Why?", "Because", "qa")
    assert sample.metadata == {"level": "3"}


def test_parquet_gives_the_same_sample(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist([ROW]), tmp_path / "p.parquet")
    (sample,) = PromptSet(path=str(tmp_path / "p.parquet")).load()
    assert (sample.id, sample.text, sample.reference) == ("q1", "Why?", "Because")


def test_columns_may_have_other_names_and_rows_are_numbered_without_ids(tmp_path):
    path = write(tmp_path, "p.csv", "question,answer\nWhy?,Because\nHow?,Somehow\n")
    samples = PromptSet(path=path, columns={"text": "question", "reference": "answer"}).load()
    assert [(s.id, s.text, s.reference) for s in samples] == [("1", "Why?", "Because"), ("2", "How?", "Somehow")]


def test_a_template_fills_in_columns_and_leaves_braces_of_the_data_alone(tmp_path):
    path = write(tmp_path, "p.csv", "text,lang\n{not a field},Python\n")
    (sample,) = PromptSet(path=path, template="In {lang}: {text}", system="Be brief.").load()
    assert [m.content for m in sample.messages] == ["Be brief.", "In Python: {not a field}"]


def test_a_template_needs_its_own_columns_alone_and_takes_them_by_their_whole_names(tmp_path):
    path = write(tmp_path, "p.csv", "source,to.lang\nhello,French\n")
    (sample,) = PromptSet(path=path, template="Say {source} in {to.lang}: {{}}").load()
    assert sample.text == "Say hello in French: {}"


def test_a_blank_reference_or_messages_cell_is_none(tmp_path):
    (sample,) = PromptSet(path=write(tmp_path, "p.csv", "text,reference,category,messages\nWhy?,, ,\n")).load()
    assert (sample.text, sample.reference, sample.category) == ("Why?", None, None)


def test_a_column_of_later_rows_is_a_column(tmp_path):
    path = write(tmp_path, "p.jsonl", '{"text": "a"}\n{"text": "b", "answer": "c"}')
    assert [s.reference for s in PromptSet(path=path, columns={"reference": "answer"}).load()] == [None, "c"]


def test_a_format_reads_a_file_with_another_ending(tmp_path):
    assert PromptSet(path=write(tmp_path, "p.txt", "text\nWhy?\n"), format="csv").load()[0].text == "Why?"
    with pytest.raises(PromptError, match="there is no format 'ods'; use .csv"):
        PromptSet(path=str(tmp_path / "p.txt"), format="ods").load()


def test_an_answer_longer_than_the_csv_default_is_read(tmp_path):
    long = "x" * 200_000  # the csv module's own limit is 131,072
    assert PromptSet(path=write(tmp_path, "p.csv", f"text\n{long}\n")).load()[0].text == long


def test_a_byte_that_is_not_utf8_is_placed_in_the_whole_file(tmp_path):
    # "text\n" + 19,999 a's + "\n" = 20,005 bytes and two lines, far beyond one block of the decoder
    path = write(tmp_path, "p.csv", b"text\n" + b"a" * 19_999 + b"\n\xfc\n")
    with pytest.raises(PromptError, match="not UTF-8 at byte 20005, line 3"):
        PromptSet(path=path).load()


def test_conversations_are_kept_turn_by_turn(tmp_path):
    turns = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    (sample,) = PromptSet(path=write(tmp_path, "p.jsonl", json.dumps({"messages": turns}))).load()
    assert [(m.role, m.content) for m in sample.messages] == [("system", "s"), ("user", "u")]
    assert json.loads(sample.text) == turns


def test_rows_stand_in_the_only_list_of_mappings_of_a_file(tmp_path):
    text = "providers: [openai:gpt-4o]\ntests:\n- vars: {question: Why}\n- vars: {question: How}\n"  # promptfoo
    prompts = PromptSet(path=write(tmp_path, "p.yaml", text), columns={"text": "vars.question"})
    assert [sample.text for sample in prompts.load()] == ["Why", "How"]


def test_rows_of_hugging_faces_datasets_server_are_read(tmp_path):
    rows = {"features": [{"name": "text"}], "rows": [{"row_idx": 0, "row": {"text": "Why?"}, "truncated_cells": []}]}
    assert PromptSet(path=write(tmp_path, "p.json", json.dumps(rows))).load()[0].text == "Why?"


def test_lines_of_delimiters_alone_are_blank_lines(tmp_path):
    samples = PromptSet(path=write(tmp_path, "p.csv", "text,reference\nWhy?,x\n,\nHow?,y\n,\n")).load()
    assert [(sample.id, sample.text) for sample in samples] == [("1", "Why?"), ("2", "How?")]


def test_a_list_that_python_wrote_into_a_cell_is_a_conversation(tmp_path):
    path = write(tmp_path, "p.csv", "messages\n\"[{'role': 'user', 'content': 'Isn\\'t it?'}]\"\n")
    assert PromptSet(path=path).load()[0].text == "Isn't it?"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("p.jsonl", '{"text": [{"role": "user", "content": "x"}]}', "row 1: it is a conversation: .*messages=text"),
        ("p.csv", "", "has no rows"),
        ("p.csv", "text\n", "has no rows"),
        ("p.csv", "prompt\nWhy?\n", "has no column 'text'.*it has prompt; name yours with prompts.columns.text=prompt"),
        ("p.csv", "text,text\na,b\n", "two columns are named 'text'"),
        ("p.csv", "text\n  \n", "row 1: the prompt is empty"),
        ("p.csv", "id,text\na,x\na,y\n", "1 ids stand more than once, e.g. 'a'"),
        ("p.csv", b"text\nGr\xfc\xdfe\n", "not UTF-8 at byte 7, line 2"),
        ("p.csv", "text\na,b\n", "line 2: more values than columns"),
        ("p.jsonl", "{", "line 1: not JSON"),
        ("p.jsonl", "[1]", "line 1: an object is expected"),
        ("p.jsonl", "[" * 100_000, "line 1: not JSON"),
        ("p.jsonl", '{"text": "\\ud800"}', "row 1: .*no valid Unicode"),
        (
            "p.jsonl",
            '{"messages": [{"role": "robot", "content": "x"}]}',
            "row 1: message 1: role 'robot' does",
        ),
        ("p.jsonl", '{"messages": [{"role": "user", "content": " "}]}', "row 1: message 1: it is empty"),
        ("p.jsonl", '{"messages": []}', "row 1: messages is \\[\\]: give a list"),
        ("p.jsonl", '{"messages": 3}', "row 1: messages is 3: give a list"),
        ("p.jsonl", '{"text": ["a"]}', "row 1: text is \\['a'\\], no text"),
        ("p.yaml", "- {text: 'Prime?', reference: true}", "row 1: reference is True, no text: .* in YAML .* quotes"),
        ("p.yaml", "- {1: x}", "has no column 'text'; it has 1"),
        ("p.yaml", "a: [", "not YAML"),
        ("p.yaml", "a: 1", "a list of mappings"),
        ("p.parquet", "x", "not Parquet"),
        ("p.txt", "x", "cannot tell its format"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line_that_names_the_place(tmp_path, name, content, said):
    with pytest.raises(PromptError, match=said) as caught:
        PromptSet(path=write(tmp_path, name, content)).load()
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named():
    with pytest.raises(PromptError, match="missing.csv: No such file"):
        PromptSet(path="missing.csv").load()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", "prompts.path: it is empty: give the path of a file"),
        (".", "prompts.path: .: it is a folder: name a file in it"),
        (
            "https://example.org/p.csv",
            "https://example.org/p.csv: only files of this machine are read: download it first",
        ),
    ],
)
def test_what_is_not_a_file_is_said(path, said):
    with pytest.raises(PromptError, match=re.escape(said)):
        PromptSet(path=path).load()


def test_a_prompt_set_has_the_name_of_its_file_unless_it_has_one():
    assert PromptSet(path="data/my prompts.csv").name == "my prompts"
    assert PromptSet(path="data/my prompts.csv", name="mine").name == "mine"


def test_a_number_of_examples_without_a_file_is_refused():
    with pytest.raises(ConfigError, match=r"prompts\.examples\.n=5: of which file\? give prompts\.examples\.path="):
        PromptSet(path="p.csv", examples={"n": 5})


def test_a_template_with_an_unknown_field_names_the_columns(tmp_path):
    with pytest.raises(PromptError, match="'topic' is not a column; here are text"):
        PromptSet(path=write(tmp_path, "p.csv", "text\nx\n"), template="{topic}").load()


@pytest.mark.parametrize("template", ["{text", "}"])
def test_a_template_that_is_none_is_refused(template):
    with pytest.raises(ConfigError, match="prompts.template=.*write {{ for a plain brace"):
        PromptSet(path="p.csv", template=template)


def test_a_template_does_not_hide_an_empty_prompt(tmp_path):
    with pytest.raises(PromptError, match="row 1: the prompt is empty"):
        PromptSet(path=write(tmp_path, "p.csv", "id,text\n1,\n"), template="Answer: {text}").load()


def test_a_mapped_column_that_is_missing_names_its_own_key(tmp_path):
    with pytest.raises(PromptError, match="no column 'answer'.*prompts.columns.reference="):
        PromptSet(path=write(tmp_path, "p.csv", "text\nx\n"), columns={"reference": "answer"}).load()


def test_a_column_map_with_an_unknown_key_names_the_nearest():
    with pytest.raises(ConfigError, match="prompts.columns.txt.*did you mean 'text'"):
        PromptSet(path="p.csv", columns={"txt": "q"})


def test_distinct_keeps_the_first_of_equal_ids(tmp_path):
    path = write(tmp_path, "p.csv", "id,text,answer\na,x,1\nb,y,2\na,x,3\n")
    assert [(s.id, s.text) for s in PromptSet(path=path, distinct=True).load()] == [("a", "x"), ("b", "y")]


def test_a_draw_is_balanced():
    assert set(Counter(s.id for s, _ in draw(SAMPLES, 50, 1, seed=3)).values()) == {10}
    assert set(Counter(s.id for s, _ in draw(SAMPLES, 7, 1, seed=3)).values()) == {1, 2}


def test_no_call_of_a_draw_is_another():
    drawn = [(s.id, repeat) for s, repeat in draw(SAMPLES, 23, 3, seed=1)]
    assert len(drawn) == len(set(drawn)) == 69


def test_a_larger_draw_continues_a_smaller_one():
    assert draw(SAMPLES, 50, 1, seed=9)[:12] == draw(SAMPLES, 12, 1, seed=9)


def test_the_seed_decides_the_order():
    assert draw(SAMPLES, 50, 1, seed=1) == draw(SAMPLES, 50, 1, seed=1)
    assert draw(SAMPLES, 50, 1, seed=1) != draw(SAMPLES, 50, 1, seed=2)


def test_without_n_each_sample_is_asked_once():
    assert sorted(s.id for s, _ in draw(SAMPLES, None, 1, seed=0)) == list("abcde")


@pytest.mark.parametrize(("n", "repeats"), [(0, 1), (-1, 1), (5, 0)])
def test_a_draw_of_nothing_is_refused(n, repeats):
    with pytest.raises(ConfigError, match="at least"):
        draw(SAMPLES, n, repeats, seed=0)


def test_the_digest_depends_on_ids_texts_and_references():
    other = Sample(id="a", messages=(Message(role="user", content="a"),), reference="r")
    assert digest(SAMPLES) == digest(list(SAMPLES))
    assert digest([SAMPLES[0]]) != digest([other])
