from __future__ import annotations

import json
from collections import Counter

import pytest

from gencost.errors import ConfigError, PromptError
from gencost.paths import conf_dir
from gencost.prompts import PromptSet, digest, draw
from gencost.types import Message, Sample

SAMPLES = [Sample(id=name, messages=(Message(role="user", content=name),)) for name in "abcde"]


def write(tmp_path, name: str, text: str | bytes) -> str:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_the_baseline_has_five_prompts_of_five_kinds():
    samples = PromptSet(path=str(conf_dir() / "prompts" / "baseline.csv")).load()
    assert [s.category for s in samples] == ["qa", "reasoning", "coding", "long_form", "extraction"]
    assert samples[0].reference == "1969"


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


def test_conversations_are_kept_turn_by_turn(tmp_path):
    turns = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    (sample,) = PromptSet(path=write(tmp_path, "p.jsonl", json.dumps({"messages": turns}))).load()
    assert [(m.role, m.content) for m in sample.messages] == [("system", "s"), ("user", "u")]
    assert json.loads(sample.text) == turns


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("p.csv", "", "has no rows"),
        ("p.csv", "text\n", "has no rows"),
        ("p.csv", "prompt\nWhy?\n", "has no column 'text'.*it has prompt"),
        ("p.csv", "text\n  \n", "row 1: the prompt is empty"),
        ("p.csv", "id,text\na,x\na,y\n", "1 ids stand more than once, e.g. 'a'"),
        ("p.csv", b"text\nGr\xfc\xdfe\n", "not UTF-8 at byte 7"),
        ("p.csv", "text\na,b\n", "line 2: more values than columns"),
        ("p.jsonl", "{", "line 1: not JSON"),
        ("p.jsonl", "[1]", "line 1: an object is expected"),
        ("p.jsonl", '{"text": "\\ud800"}', "row 1: no valid Unicode"),
        ("p.jsonl", '{"messages": [{"role": "robot", "content": "x"}]}', "row 1: a message needs a role"),
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


def test_a_template_with_an_unknown_field_names_the_columns(tmp_path):
    with pytest.raises(PromptError, match="'topic' is no column; here are text"):
        PromptSet(path=write(tmp_path, "p.csv", "text\nx\n"), template="{topic}").load()


def test_a_column_map_with_an_unknown_key_names_the_nearest():
    with pytest.raises(ConfigError, match="prompts.columns.txt.*did you mean 'text'"):
        PromptSet(path="p.csv", columns={"txt": "q"})


def test_distinct_keeps_the_first_of_equal_ids(tmp_path):
    path = write(tmp_path, "p.csv", "id,text\na,x\nb,y\na,z\n")
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
