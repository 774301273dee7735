"""What was typed arrives, whatever the format; what cannot be sent is refused at its row."""

from __future__ import annotations

import json
import re
from zipfile import ZipFile

import pytest

from gencost.errors import ConfigError, PromptError
from gencost.prompts.prompt_set import PromptSet
from gencost.tabular import parquet_rows, read_rows


def load(tmp_path, name: str, content: str, **keys):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8", newline="")
    return PromptSet(path=str(path), **keys)


def references(tmp_path, name: str, content: str) -> list[str | None]:
    return [sample.reference for sample in load(tmp_path, name, content).load()]


TYPED = ["1.10", "1e5", "7", "12345678901234567890", "-0.50"]


def test_numbers_of_json_keep_their_text(tmp_path):
    lines = [f'{{"text": "?", "reference": {number}}}' for number in TYPED]
    assert references(tmp_path, "p.jsonl", "\n".join(lines)) == TYPED
    assert references(tmp_path, "p.json", f"[{','.join(lines)}]") == TYPED
    assert references(tmp_path, "q.json", f'{{"data": [{",".join(lines)}]}}') == TYPED


def test_numbers_inside_objects_keep_their_text(tmp_path):
    written = '{"total": 1.10, "parts": [1e5, -0.50, null, "x"]}'
    assert references(tmp_path, "p.jsonl", f'{{"text": "?", "reference": {written}}}') == [written]
    assert references(tmp_path, "p.ndjson", '{"text": "?", "reference": -Infinity}') == ["-Infinity"]


@pytest.mark.parametrize(
    "typed", ["12:30:45", "010", "1_000", "no", "on", "2024-01-15", "1.10", "0x1F", "1e5", "+5", "=", "0o7", ".inf"]
)
def test_yaml_takes_nothing_for_something_else(tmp_path, typed):
    assert references(tmp_path, "p.yaml", f"- {{text: Q, id: 007, reference: {typed}}}") == [typed]
    assert load(tmp_path, "p.yaml", "- {text: Q, id: 007}").load()[0].id == "007"


def test_yaml_booleans_are_still_refused_and_its_null_is_none(tmp_path):
    with pytest.raises(PromptError, match="row 1: reference is True, no text"):
        references(tmp_path, "p.yaml", "- {text: Q, reference: true}")
    assert references(tmp_path, "p.yaml", "- {text: Q, reference: ~}") == [None]


def test_parquet_integers_with_a_gap_and_narrow_floats(tmp_path):
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        "text": ["a", "b", "c"],
        "reference": pa.array([7.0, None, 8.0]),  # as pandas writes integers with a gap
        "narrow": pa.array([0.1, 0.25, None], pa.float32()),
        "whole": pa.array([1.0, 2.0, 3.0]),
        "half": pa.array([np.float16(0.1), None, np.float16(2.5)], pa.float16()),
        "list": pa.array([[0.1, None], None, []], pa.list_(pa.float32())),
        "struct": pa.array([{"v": 0.1}] * 3, pa.struct([("v", pa.float32())])),
    }
    pq.write_table(pa.table(columns), tmp_path / "p.parquet")
    samples = PromptSet(path=str(tmp_path / "p.parquet")).load()
    assert [sample.reference for sample in samples] == ["7", None, "8"]
    assert [sample.metadata["narrow"] for sample in samples] == ["0.1", "0.25", ""]
    assert [sample.metadata["half"] for sample in samples] == ["0.1", "", "2.5"]
    assert [sample.metadata["list"] for sample in samples] == ["[0.1, null]", "", "[]"]
    assert samples[0].metadata["struct"] == '{"v": 0.1}'
    assert [sample.metadata["whole"] for sample in samples] == ["1.0", "2.0", "3.0"]


def test_narrow_floats_are_decimals_and_maps_are_objects_however_deep_they_are(tmp_path):
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    narrow = pa.float32()
    nested = {
        "large_list": pa.array([[0.1, None], None], pa.large_list(narrow)),
        "fixed": pa.array([[0.1, 0.3]] * 2, pa.list_(narrow, 2)),
        "map": pa.array([[("a", 0.1)], None], pa.map_(pa.string(), narrow)),
        "pairs": pa.array([[(1, 0.1)], None], pa.map_(pa.int64(), narrow)),
        "halves": pa.array([[np.float16(0.1)], None], pa.list_(pa.float16())),
        "deep": pa.array(
            [[("a", [{"x": 0.1, "y": "z"}])], None],
            pa.map_("string", pa.list_(pa.struct([("x", narrow), ("y", "string")]))),
        ),
        "coded": pa.array([0.1, None], narrow).dictionary_encode(),
        "most": pa.array([3.4028234663852886e38, float("inf")], narrow),
    }
    pq.write_table(pa.table(nested), tmp_path / "p.parquet")
    expected = {
        "large_list": [0.1, None],
        "fixed": [0.1, 0.3],
        "map": {"a": 0.1},
        "pairs": [(1, 0.1)],
        "halves": [0.1],
        "deep": {"a": [{"x": 0.1, "y": "z"}]},
        "coded": 0.1,
        "most": 3.4028235e38,  # eight digits make it again, and no seven do
    }
    rows = read_rows(tmp_path / "p.parquet")
    assert rows == [expected, dict.fromkeys(expected) | {"fixed": [0.1, 0.3], "most": float("inf")}]
    assert list(parquet_rows(tmp_path / "p.parquet")) == rows


FORMULA = b"<f>B2</f><v></v>"  # as openpyxl writes it, which does not compute


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (b'<c r="C3">' + FORMULA, "the value of =B2 is not stored: open the workbook"),
        (b'<c r="C3" t="e"><f>B2</f><v>#N/A</v>', "it holds the error #N/A"),
        (b'<c r="C3" t="str"><f>B2</f><v></v>', None),  # an empty text is a value
        (b'<c r="C3" t="str"><f>B2</f><v>Because</v>', "Because"),
    ],
)
def test_a_formula_is_its_stored_value_or_an_error_that_names_its_cell(tmp_path, cell, told):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["id", "text", "reference"], ["q1", "Why?", "7"], ["q2", "What?", "=B2"], [None, None, None]):
        book.active.append(row)
    book.save(tmp_path / "written.xlsx")
    with ZipFile(tmp_path / "written.xlsx") as written, ZipFile(tmp_path / "p.xlsx", "w") as changed:
        for name in written.namelist():
            changed.writestr(name, written.read(name).replace(b'<c r="C3">' + FORMULA, cell))
    bad: dict[int, str] = {}
    rows = read_rows(tmp_path / "p.xlsx", bad=bad)
    assert [row.get("id") for row in rows] == ["q1", None if bad else "q2"]
    if not bad:
        assert rows[1]["reference"] == told
        return
    assert f"p.xlsx cell C3: {told}" in bad[2]
    with pytest.raises(PromptError, match=re.escape(f"cell C3: {told}")):
        PromptSet(path=str(tmp_path / "p.xlsx")).load()


def test_a_workbook_is_read(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["id", "text", "reference", None], ["q1", "Why?", 7, "x"], [None, None, None, None]):
        book.active.append(row)
    book.save(tmp_path / "p.xlsx")
    (sample,) = PromptSet(path=str(tmp_path / "p.xlsx")).load()
    assert (sample.id, sample.text, sample.reference) == ("q1", "Why?", "7")
    book.active["C2"].number_format = "000"
    book.active["C3"], book.active["B3"], book.active["A3"] = 0.5, "How much?", "q2"
    book.active["C3"].number_format = "0%"
    book.save(tmp_path / "p.xlsx")
    assert [sample.reference for sample in PromptSet(path=str(tmp_path / "p.xlsx")).load()] == ["007", "50%"]
    book.active["D1"] = "text"
    book.save(tmp_path / "p.xlsx")
    with pytest.raises(PromptError, match="two columns are named 'text'"):
        PromptSet(path=str(tmp_path / "p.xlsx")).load()
    (tmp_path / "bad.xlsx").write_bytes(b"x")
    with pytest.raises(PromptError, match="bad.xlsx: not a workbook"):
        PromptSet(path=str(tmp_path / "bad.xlsx")).load()


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_a_delimiter_is_detected_and_said(tmp_path, sign, name):
    prompts = load(tmp_path, "p.csv", f"id{sign}text{sign}reference\nq1{sign}Why, then?{sign}Because\n")
    (sample,) = prompts.load()
    assert (sample.text, sample.reference) == ("Why, then?", "Because")
    assert prompts.remarks == [f"{prompts.path}: columns are parted by {name}; say otherwise with prompts.delimiter"]
    given = load(tmp_path, "p.csv", f"text{sign}reference\nq{sign}1\n", delimiter=sign)
    assert given.load()[0].reference == "1"
    assert given.remarks == []


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ("id;text;score,avg\n1;Why?;0,5\n", {"score,avg": "0,5"}),  # 3 columns by semicolons, 2 by commas
        ("id\ttext;long\ttext\n1\ta\tWhy?\n", {"text;long": "a"}),
        ("note (a; b; c),text\nx,Why?\n", {"note (a; b; c)": "x"}),  # by semicolons the row would have 1 of 3
        ("\n\nid,text\n1,Why?\n", {}),
    ],
)
def test_the_delimiter_parts_names_and_row_alike(tmp_path, content, columns):
    (sample,) = load(tmp_path, "p.csv", content).load()
    assert (sample.text, dict(sample.metadata)) == ("Why?", columns)


def test_a_tsv_file_is_parted_by_tabs(tmp_path):
    assert load(tmp_path, "p.tsv", "text\treference\na, b\tc\n").load()[0].text == "a, b"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('text,reference\na,b\n"say \\"hi\\" now",c\n', "line 3: not CSV: .*a quotation mark within quotes is doubled"),
        (
            'text,reference\na,b\n"open,c\nd,e\nf,g\n',
            "line 3: not CSV: unexpected end of data; is a quotation mark open",
        ),
        ('text,reference\n"two\nlines",b\na,b,c\n', "line 4: more values than columns"),
    ],
)
def test_broken_csv_is_reported_at_its_line(tmp_path, content, said):
    with pytest.raises(PromptError, match=said):
        load(tmp_path, "p.csv", content).load()


@pytest.mark.parametrize("column", ["text", "reference", "id", "category", "more"])
def test_nul_is_refused_at_its_row(tmp_path, column):
    row = {"text": "Q", column: "a\0b"}
    with pytest.raises(PromptError, match="row 2: the character NUL"):
        load(tmp_path, "p.jsonl", json.dumps({"text": "P"}) + "\n" + json.dumps(row)).load()


@pytest.mark.parametrize(
    ("name", "content"), [("p.jsonl", '{"text": "P"}\n{"text": "a\0b"}'), ("p.yaml", "- text: P\n- text: a\0b")]
)
def test_nul_as_it_is_is_refused_at_its_line(tmp_path, name, content):
    with pytest.raises(PromptError, match="line 2: the character NUL"):
        load(tmp_path, name, content).load()


@pytest.mark.parametrize(
    "turn",
    [
        {"role": "user", "content": "a", "name": "\0"},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x/\0"}}]},
        {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "\ud800"}}]},
    ],
)
def test_what_no_store_keeps_is_refused_anywhere_in_a_turn(tmp_path, turn):
    rows = json.dumps({"messages": [turn, {"role": "user", "content": "b"}]})
    with pytest.raises(PromptError, match="row 1: .* stands in it, which no metrics DB can keep"):
        load(tmp_path, "p.jsonl", rows).load()


def test_equal_prompts_are_counted(tmp_path):
    prompts = load(tmp_path, "p.csv", "id,text\na,Q\nb,R\nc,Q\n")
    assert len(prompts.load()) == 3
    assert prompts.remarks[0].startswith("1 of 3 prompts ask the same as another one, e.g. 'a' and 'c'")


def test_prompts_with_other_parameters_are_not_equal(tmp_path):
    rows = [{"text": "Q", "params": {"seed": seed}} for seed in (1, 2, 2)]
    prompts = load(tmp_path, "p.jsonl", "\n".join(map(json.dumps, rows)))
    prompts.load()
    assert prompts.remarks[0].startswith("1 of 3 prompts ask the same as another one, e.g. '2' and '3'")


def test_distinct_never_drops_another_prompt(tmp_path):
    assert len(load(tmp_path, "p.csv", "id,text\na,Q\na,Q\n", distinct=True).load()) == 1
    with pytest.raises(PromptError, match="rows 1 and 2 have the id 'a' but ask different things"):
        load(tmp_path, "p.csv", "id,text\na,Q\na,R\n", distinct=True).load()


@pytest.mark.parametrize("template", ["Answer briefly.", "Answer: {{text}}", ""])
def test_a_template_without_a_column_is_refused(template):
    with pytest.raises(ConfigError, match="has no column in it, so all prompts would be the same"):
        PromptSet(path="p.csv", template=template)


def test_a_template_with_json_in_it_says_how_to_write_braces(tmp_path):
    with pytest.raises(PromptError, match="write {{ and }} for plain braces"):
        load(tmp_path, "p.csv", "text\nQ\n", template='Return {"a": 1}: {text}').load()


def test_several_accepted_answers_may_be_a_list(tmp_path):
    assert references(tmp_path, "p.jsonl", '{"text": "?", "reference": ["Paris", 1.10]}') == [
        '{"any_of": ["Paris", "1.10"]}'
    ]
    squad = load(
        tmp_path, "s.jsonl", '{"text": "?", "answers": {"text": ["a", "b"]}}', columns={"reference": "answers.text"}
    )
    assert squad.load()[0].reference == '{"any_of": ["a", "b"]}'


DAYS = ["2024-01-15", None, "2024-02-01"]


def test_days_of_parquet_and_workbooks_have_no_midnight(tmp_path):
    import pandas as pd

    frame = pd.DataFrame({"text": ["a", "b", "c"], "reference": pd.to_datetime(DAYS)})
    frame["at"] = pd.to_datetime(["2024-01-15 00:00", None, "2024-01-15 12:30"])  # midnight is one of these times
    frame.to_parquet(tmp_path / "p.parquet")
    pytest.importorskip("openpyxl")
    frame.to_excel(tmp_path / "p.xlsx", index=False)
    for name in ("p.parquet", "p.xlsx"):
        samples = PromptSet(path=str(tmp_path / name)).load()
        assert [sample.reference for sample in samples] == DAYS
        assert [sample.metadata["at"] for sample in samples] == ["2024-01-15 00:00:00", "", "2024-01-15 12:30:00"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("p.csv", "id,text\n1\n", "p.csv row 1: the prompt is empty"),
        ("p.yaml", "- {text: true}", "p.yaml row 1: text is True, no text: write it as one"),
        ("p.csv", "id;text, long;x\n1;a\n", "add \"prompts.delimiter=';'\""),
        (
            "p.csv",
            "id|text\n1|a, b\n",
            "line 2: more values than columns; quote those with commas; is '|' the delimiter",
        ),
        ("p.csv", "sep=;\nid;text\n1;a\n", "leave out the first line, which is not CSV"),
        ("p.json", '{"text": "a"}\n{"text": "b"}', "line 2: not JSON: Extra data; is it JSONL"),
        ("p.jsonl", '[\n{"text": "a"}\n]', "line 1: not JSON: Expecting value; is it .json, one list"),
        ("p.jsonl", '[{"text": "a"}]', 'line 1: an object is expected, like {"text": "..."}; is it .json, one list'),
        ("p.jsonl", '{\n"text": "a"\n}', "quotes; an object must stand on one line"),
        ("p.jsonl", '{"text": "a", "text": "b"}', "line 1: not JSON: the key 'text' stands twice"),
        ("p.json", '[{"text": "a", "text": "b"}]', "p.json: not JSON: the key 'text' stands twice"),
        ("p.yaml", "- {text: a, text: b}", "not YAML: the key 'text' stands twice"),
        ("p.jsonl", '{"text": "a", "tools": [{"x": "\\u0000"}]}', "row 1: the character NUL"),
        ("p.jsonl", '{"text": "a", "params": {"stop": "\\u0000"}}', "row 1: the character NUL"),
        ("p.jsonl", '{"text": "a", "\\u0000": 1}', "row 1: the character NUL"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_remedy(tmp_path, name, content, told):
    with pytest.raises(PromptError) as refused:
        load(tmp_path, name, content).load()
    assert told in str(refused.value)
    assert str(refused.value).count("prompts.path: ") == 1


def test_a_file_of_another_encoding_is_named_and_a_second_mark_of_one_is_none(tmp_path):
    (tmp_path / "p.csv").write_bytes("id,text\n1,a\n".encode("utf-16"))
    with pytest.raises(PromptError, match="it is UTF-16; save it as UTF-8"):
        PromptSet(path=str(tmp_path / "p.csv")).load()
    assert load(tmp_path, "q.csv", "\ufeff\ufeffid,text\n7,a\n").load()[0].id == "7"


def test_what_an_alias_of_yaml_brings_may_be_given_again(tmp_path):
    text = "- &first {text: a, reference: x}\n- {<<: *first, text: b}\n"
    assert [(s.text, s.reference) for s in load(tmp_path, "p.yaml", text).load()] == [("a", "x"), ("b", "x")]


def test_a_delimiter_is_one_sign(tmp_path):
    for sign in ("\n", '"', "||", ""):
        with pytest.raises(ConfigError, match="give one sign"):
            load(tmp_path, "p.csv", "text\na\n", delimiter=sign)
    assert load(tmp_path, "p.csv", "id\ttext\n1\ta,b\n", delimiter=r"\t").load()[0].text == "a,b"


def test_a_conversation_that_ends_with_the_assistant_is_said(tmp_path):
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yo"}]
    called = [
        turns[0],
        {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}]},
    ]
    rows = [{"messages": turns[:1]}, {"messages": turns}, {"messages": turns, "reference": "Hey"}, {"messages": called}]
    prompts = load(tmp_path, "p.jsonl", "\n".join(map(json.dumps, rows)))
    assert [sample.reference for sample in prompts.load()] == [None, "Yo", "Hey", None]
    ended, sent = [line for line in prompts.remarks if "conversations end" in line]
    assert "2 conversations end with the assistant's turn, e.g. row 2: it is not sent, and is the reference" in ended
    assert "1 conversations end with calls of functions by the assistant, which are sent" in sent


def test_several_last_turns_of_the_assistant_are_one(tmp_path):
    turns = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Yo"}, {"from": "gpt", "value": "Hey"}]
    prompts = load(tmp_path, "p.jsonl", json.dumps({"conversations": turns}), columns={"messages": "conversations"})
    (sample,) = prompts.load()
    assert (sample.text, sample.reference) == ("Hi", "Yo\nHey")
    with pytest.raises(PromptError, match="name yours with prompts.columns.messages=conversations"):
        load(tmp_path, "p.jsonl", json.dumps({"conversations": turns})).load()


def test_a_path_into_a_cell_that_is_not_json_is_refused(tmp_path):
    content = "question,answers\nWhy?,\"{'text': ['a']}\"\n"  # as pandas writes a column of objects
    with pytest.raises(PromptError, match="prompts.columns.reference=answers.text: no row has it; answers is"):
        load(tmp_path, "p.csv", content, columns={"text": "question", "reference": "answers.text"}).load()


def test_rows_with_one_id_and_other_references_are_not_equal(tmp_path):
    with pytest.raises(PromptError, match="rows 1 and 2 have the id '1' but have different references"):
        load(tmp_path, "p.csv", "id,text,reference\n1,a,x\n1,a,y\n", distinct=True).load()
