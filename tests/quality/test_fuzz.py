"""No text makes a scorer fail, leave its range, or take long."""

from __future__ import annotations

import pytest
from asked import sample
from hypothesis import given
from hypothesis import strategies as st

from gencost.quality.choice import MultipleChoice
from gencost.quality.grades import bare_grade, grade_in
from gencost.quality.json_fields import JsonFields
from gencost.quality.judge_reply import UnreadableError, read_verdict
from gencost.quality.labels import Verdict
from gencost.quality.numeric import Numeric
from gencost.quality.overlap import TokenF1
from gencost.quality.programs.code_blocks import code_of
from gencost.quality.refusal import NoRefusal
from gencost.quality.regex import Regex
from gencost.quality.score import Rules, score_now
from gencost.quality.structure import JsonValid
from gencost.quality.text import Contains, ExactMatch
from gencost.quality.winners import bare_winner, winner_in
from gencost.types import Response

SCORERS = [
    MultipleChoice(),
    Numeric(),
    Numeric(decimal_comma=True),
    JsonFields(),
    JsonValid(),
    Verdict(strict=True),
    Verdict(),
    TokenF1(),
    NoRefusal(),
    Regex(pattern="(a+)+$"),
    Contains(whole_words=True),
    ExactMatch(ignore_case=True),
]
PIECES = [
    *(
        "answer is ",
        "A",
        "B)",
        "(C)",
        "\\boxed{",
        "}",
        "####",
        "**",
        "```",
        "```json\n",
        "{",
        '"answer": ',
        '"',
        "<think>",
        "</think>",
    ),
    *(
        "1/2",
        "3:45",
        "2024-01-15",
        "1,234",
        "%",
        "^",
        "\\frac{1}{2}",
        "-",
        "not ",
        "or ",
        "\n",
        " ",
        "a",
        "答案",
        "½",
        "²",
        "\x00",
        "\ud83d",
    ),
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=60).map("".join)


def storable(text: str) -> str:
    """A reference is refused with NUL or half of a UTF-16 pair in it."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


@pytest.mark.parametrize("scorer", SCORERS, ids=lambda scorer: f"{type(scorer).__name__}")
@given(
    answer=TEXTS,
    reference=TEXTS.map(storable) | st.sampled_from(["A", "42", "1/2", '{"any_of": ["a", "1"]}', '{"a": 1}']),
)
def test_any_answer_gets_a_value_in_range_or_none(scorer, answer, reference):
    given_back = score_now(
        scorer, sample(reference), Response(text=answer, usage=None, latency_ms=1.0), Rules(timeout_s=5)
    )
    assert given_back.value is None or 0.0 <= given_back.value <= 1.0
    assert "Error" not in (given_back.explanation or "")
    assert "it took longer" not in (given_back.explanation or "")


@given(TEXTS)
def test_any_text_has_code_and_any_reply_a_verdict_or_none(text):
    assert isinstance(code_of(text, "assert f(1) == 2"), str)
    for key, reader, bare in (("score", grade_in(1, 5), bare_grade(1, 5)), ("winner", winner_in, bare_winner)):
        try:
            value = read_verdict(text, key, reader, [text[:20]], bare).value
        except UnreadableError:
            continue
        assert value in {"first", "second", "tie"} or 1 <= value <= 5


def test_a_judge_that_repeats_one_character_costs_no_time():
    blank = " " * 10**6  # each against each other would take hours
    assert [bare_grade(1, 5)(reply) for reply in (f"4{blank}x", f"4 -{blank}7", f"{blank}4{blank}")] == [
        None,
        None,
        4.0,
    ]
