"""Few-shot examples, templates in files and templates of conversations: what is shown around a row's own text."""

from __future__ import annotations

import json
import re

import pytest

from gencost.errors import ConfigError, PromptError
from gencost.prompts import PromptSet, digest

ROWS = "id,text,reference\n" + "".join(f"q{i},What is {i} + {i}?,{2 * i}\n" for i in range(1, 7))


def prompts(tmp_path, content: str = ROWS, name: str = "p.csv", **keys) -> PromptSet:
    (tmp_path / name).write_text(content, encoding="utf-8")
    return PromptSet(path=str(tmp_path / name), **keys)


def turns(sample) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in sample.messages]


def lines(*rows) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_examples_are_turns_before_the_asked_one_and_never_the_asked_row(tmp_path):
    path = str(tmp_path / "p.csv")
    samples = prompts(tmp_path, system="Add.", examples={"path": path, "n": 5}).load()
    for sample in samples:
        said = turns(sample)
        assert said[0] == ("system", "Add.")
        assert [role for role, _ in said[1:]] == ["user", "assistant"] * 5 + ["user"]
        questions = [text for role, text in said if role == "user"]
        assert len(set(questions)) == 6  # its own question stands once, at the end
        assert said[-1][1] == f"What is {sample.id[1]} + {sample.id[1]}?"
        assert all(int(said[i + 1][1]) == 2 * int(said[i][1].split()[2]) for i in range(1, 11, 2))


def test_the_same_examples_are_shown_everywhere_and_fewer_are_the_first_of_more(tmp_path):
    shots = "text,reference\na,1\nb,2\nc,3\nd,4\n"
    (tmp_path / "shots.csv").write_text(shots)

    def shown(**keys):
        sets = prompts(tmp_path, examples={"path": str(tmp_path / "shots.csv"), **keys}).load()
        return {tuple(turns(sample)[:-1]) for sample in sets}

    (two,), (three,) = shown(n=2), shown(n=3)
    assert three[:4] == two
    assert shown(n=2, seed=1) | shown(n=2, seed=2) | shown(n=2, seed=3) != {two}
    assert shown(n=0) == {()}


def test_an_example_that_asks_the_same_under_another_id_is_left_out(tmp_path):
    (tmp_path / "shots.csv").write_text("id,text,reference\nx,What is 1 + 1?,2\ny,What is 9 + 9?,18\n")
    samples = prompts(tmp_path, examples={"path": str(tmp_path / "shots.csv"), "n": 1, "seed": 1}).load()
    assert ("user", "What is 1 + 1?") not in turns(samples[0])[:-1]


def test_examples_go_through_the_template_and_columns_of_the_prompts(tmp_path):
    content = lines({"q": "a", "gold": ["x", "y"]}, {"q": "b", "gold": "z"})
    columns = {"text": "q", "reference": "gold"}
    (sample, _) = prompts(
        tmp_path,
        content,
        "p.jsonl",
        columns=columns,
        template="Q: {text}",
        examples={"path": str(tmp_path / "p.jsonl"), "n": 1},
    ).load()
    assert turns(sample) == [("user", "Q: b"), ("assistant", "z"), ("user", "Q: a")]


def test_examples_stand_after_a_conversations_own_system_message(tmp_path):
    chat = {"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "Hi"}], "reference": "Hello"}
    lesson = {"messages": [{"role": "user", "content": "Bye"}, {"role": "assistant", "content": "Farewell"}]}
    (tmp_path / "shots.jsonl").write_text(lines(lesson))
    examples = {"path": str(tmp_path / "shots.jsonl"), "n": 1}
    (sample,) = prompts(tmp_path, lines(chat), "p.jsonl", examples=examples).load()
    assert turns(sample) == [("system", "S"), ("user", "Bye"), ("assistant", "Farewell"), ("user", "Hi")]


def test_examples_are_part_of_what_is_asked(tmp_path):
    path = str(tmp_path / "p.csv")
    sets = [
        prompts(tmp_path, examples={"path": path, "n": n, "seed": seed}).load() for n, seed in ((0, 0), (1, 0), (1, 7))
    ]
    assert len({digest(samples) for samples in sets}) == 3
    assert digest(sets[0]) == digest(prompts(tmp_path).load())


@pytest.mark.parametrize(
    ("examples", "text"),
    [
        ({"path": "x", "m": 1}, "prompts.examples.m: there is no such key"),
        ({"path": "x", "n": -1}, "prompts.examples.n=-1: give a whole number >= 0"),
        ({"path": "x", "seed": "a"}, "prompts.examples.seed='a': give a whole number"),
    ],
)
def test_keys_of_examples_are_checked(examples, text):
    with pytest.raises(ConfigError) as raised:
        PromptSet(path="p.csv", examples=examples)
    assert text in str(raised.value)


def test_too_few_examples_are_an_error_with_both_numbers(tmp_path):
    with pytest.raises(PromptError, match=r"has 5 examples with a reference beside the prompt 'q1', and n=6"):
        prompts(tmp_path, examples={"path": str(tmp_path / "p.csv"), "n": 6}).load()
    with pytest.raises(PromptError, match=r"prompts.examples.path: none.csv"):
        prompts(tmp_path, examples={"path": "none.csv"}).load()


def test_a_template_fills_in_the_last_user_turn_of_a_conversation(tmp_path):
    chat = [("user", "One"), ("assistant", "1"), ("user", "Two")]
    row = {"lang": "de", "messages": [{"role": role, "content": text} for role, text in chat]}
    (sample,) = prompts(tmp_path, lines(row), "p.jsonl", template="In {lang}: {text}", system="S").load()
    assert turns(sample) == [("system", "S"), *chat[:2], ("user", "In de: Two")]


def test_parts_that_are_no_text_stay_beside_a_filled_template(tmp_path):
    parts = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": "https://x.org/a.png"}},
    ]
    row = {"messages": [{"role": "user", "content": parts}]}
    (sample,) = prompts(tmp_path, lines(row), "p.jsonl", template="Briefly: {text}").load()
    assert [(part.kind, part.text) for part in sample.messages[0].parts] == [
        ("image", ""),
        ("text", "Briefly: What is it?"),
    ]


def test_a_conversation_without_a_user_turn_cannot_be_filled(tmp_path):
    row = {"messages": [{"role": "system", "content": "S"}]}
    with pytest.raises(PromptError, match="row 1: .*fills in the last user turn, and the conversation has none"):
        prompts(tmp_path, lines(row), "p.jsonl", template="{text}").load()


JINJA = """{% if hint %}
Hint: {{ hint }}
{% endif %}
{% for option in options %}
{{ loop.index }}. {{ option }}
{% endfor %}
{{ text }}"""


@pytest.mark.parametrize("key", ["template", "template_file"])
def test_a_template_file_is_jinja_over_the_columns(tmp_path, key):
    (tmp_path / "t.j2").write_text(JINJA)
    rows = lines(
        {"text": "Which?", "hint": "odd", "options": ["1", "2"]}, {"text": "What?", "hint": None, "options": [1.10]}
    )
    first, second = prompts(tmp_path, rows, "p.jsonl", **{key: str(tmp_path / "t.j2")}).load()
    assert first.text == "Hint: odd\n1. 1\n2. 2\nWhich?"
    assert second.text == "1. 1.1\nWhat?"


def test_a_template_file_takes_a_column_by_any_name(tmp_path):
    (tmp_path / "t.jinja").write_text('{{ row["the question"] }}!')
    (sample,) = prompts(tmp_path, "the question\nWhy\n", template=str(tmp_path / "t.jinja")).load()
    assert sample.text == "Why!"


@pytest.mark.parametrize(
    ("template", "error", "text"),
    [
        ("{{ txet }}", PromptError, "'txet' is not a column (did you mean 'text'?)"),
        ("{% if text %}", ConfigError, "line 1: Unexpected end of template"),
        ("Say it.", ConfigError, "names no column, so all prompts would be the same"),
        ("{{ text.__class__.__mro__ }}", PromptError, "row 1: .*cannot be filled in: .*unsafe"),
        ("{{ text }}{% for i in range(10 ** 9) %}x{% endfor %}", PromptError, "row 1: .*Range too big"),
        ("{{ text.no.thing }}", PromptError, "row 1: .*cannot be filled in"),
    ],
)
def test_a_template_file_that_cannot_be_filled_is_refused_before_any_call(tmp_path, template, error, text):
    (tmp_path / "t.j2").write_text(template)
    with pytest.raises(error) as raised:
        prompts(tmp_path, template_file=str(tmp_path / "t.j2")).load()
    assert re.search(text if ".*" in text else re.escape(text), str(raised.value))
    assert "t.j2" in str(raised.value)


def test_a_template_is_given_once(tmp_path):
    with pytest.raises(ConfigError, match="are given: leave one out"):
        PromptSet(path="p.csv", template="{text}", template_file="t.j2")
    with pytest.raises(ConfigError, match=r"template_file='none.j2' cannot be read: No such file"):
        PromptSet(path="p.csv", template_file="none.j2")
