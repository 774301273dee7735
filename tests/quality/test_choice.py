from __future__ import annotations

import json

import pytest
from asked import scored, value

from gencost.errors import ConfigError
from gencost.quality.choice import MultipleChoice, options
from gencost.quality.letters.stated import Letters


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("A dog is an animal", ""),  # an article
        ("A is right", "A"),
        ("First I thought the answer is A. Now the answer is: C", "C"),
        ("It must be (A) or rather (B), I think", "B"),
        ("I answer a question", ""),
        ("F", ""),  # not among the choices
        ("The answer is A or B", "AB"),
    ],
)
def test_the_letters_that_a_text_states(text, letters):
    assert Letters(letters="ABCDE").stated(text) == set(letters)


def test_the_letters_of_both_are_compared():
    assert value(MultipleChoice(), "The answer is B", "(B) Paris") == 1.0
    assert value(MultipleChoice(), "The answer is B", "A") == 0.0
    assert value(MultipleChoice(), "no idea", "A") == 0.0
    assert value(MultipleChoice(letters="ABCDEF"), "F", "F") == 1.0
    assert value(MultipleChoice(letters="1234"), "The answer is 3.", "3") == 1.0
    assert scored(MultipleChoice(), "B", "A").explanation == "B, reference A"


def test_what_states_nothing_gives_no_score():
    assert scored(MultipleChoice(), "B", "Paris").explanation == "the reference names none of ABCDE"
    assert scored(MultipleChoice(), "B").explanation == "the sample has no reference"
    score = scored(MultipleChoice(), "A and C", "A")
    assert (score.value, score.explanation) == (None, "several letters are stated: A, C")


@pytest.mark.parametrize(
    ("column", "labels", "texts"),
    [
        ('["ice", "steam"]', [], ["ice", "steam"]),
        ('{"text": ["ice", "steam"], "label": ["1", "2"]}', ["1", "2"], ["ice", "steam"]),
        ('{"A": "ice", "B": "steam"}', ["A", "B"], ["ice", "steam"]),
        ("ice | steam", [], ["ice", "steam"]),
        ('["A) ice", "B) steam"]', [], ["ice", "steam"]),
        ("ice", [], []),
        (None, [], []),
        (json.dumps(["x"] * 27), [], []),  # more than letters
        ("['0' '4'\n '2']", [], ["0", "4", "2"]),  # NumPy, in a CSV file
        ("{'text': array(['x', 'y'], dtype=object), 'label': array(['A', 'B'])}", ["A", "B"], ["x", "y"]),
        ("['it\\'s', \"b\"]", [], ["it's", "b"]),
        ("""['a "b" "c"', 'd']""", [], ['a "b" "c"', "d"]),  # quotation marks inside of a text
        ("{{1}}", [], []),
        ("__import__('os')", [], []),
    ],
)
def test_options_are_read_as_data_sets_write_them(column, labels, texts):
    assert options(column) == (labels, texts)


def test_choices_that_are_no_letters_are_refused():
    with pytest.raises(ConfigError, match="give upper-case letters"):
        MultipleChoice(letters="A,B")


@pytest.mark.parametrize(
    "piece",
    [
        "answer ",
        "answer is A, ",
        "(A) ",
        "\\boxed{",
        "<answer>",
        '{"answer": ',
        "so it's B ",
        "A",
        "between A and B, ",
        "could be A ",
    ],
)
def test_a_long_answer_is_read_in_a_moment(piece):
    """100,000 characters; a rule that looks back at all of them for each would take minutes."""
    import time

    start = time.process_time()
    Letters(letters="ABCDE", texts=("ice", "steam")).stated(piece * (100_000 // len(piece)))
    assert time.process_time() - start < 5


@pytest.mark.parametrize("text", ["\u0131", "\u0130", "(\u0131)", "the f\u0131fth one", "\u0130\u0130"])
def test_letters_i_of_turkish_are_read_as_any(text):
    letters = Letters(letters="ABCD", texts=["Paris", "Rome", "Oslo", "Bern"])
    assert len(letters.stated(text)) <= 1
    assert letters.stated(f"\u0130\u0130 Yan\u0131t: B {text}") == letters.stated("YANIT: B") == {"B"}


def test_what_is_chosen_from_is_left_out_in_any_case():
    assert Letters(letters="ABCD").stated("BETWEEN B and C, B") == {"B"}
    assert Letters(letters="ABCD").stated("ALL EXCEPT c are WRONG") == {"C"}
