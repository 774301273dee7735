from __future__ import annotations

import pytest
from asked import value

from gencost.errors import ConfigError
from gencost.quality.choice import MultipleChoice


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("B", "B"),
        ("(B) Paris", "B"),
        ("B) Paris", "B"),
        ("**B**", "B"),
        ("A dog is an animal", None),  # an article
        ("A is right", None),
        ("The answer is B.", "B"),
        ("First I thought the answer is A. Now the answer is: C", "C"),
        ("the answer is (c)", "C"),
        ("The answer is a dog", None),
        ("Answer: **D**, not A.", "D"),
        ("Answer:\n\nC", "C"),
        ("Option D would be the best choice.", "D"),
        (r"\boxed{C}", "C"),
        (r"so \boxed{\text{C}}.", "C"),
        ("It must be (A) or rather (B), I think", "B"),
        ("All others are wrong.\n\nE", "E"),
        ("I answer a question", None),
        ("F", None),  # not among the choices
        ("", None),
    ],
)
def test_the_letter_that_a_text_settles_on(text, letter):
    assert MultipleChoice().letter(text) == letter


def test_the_letters_of_both_are_compared():
    assert value(MultipleChoice(), "The answer is B", "(B) Paris") == 1.0
    assert value(MultipleChoice(), "The answer is B", "A") == 0.0
    assert value(MultipleChoice(), "no idea", "A") == 0.0
    assert value(MultipleChoice(), "B", "Paris") is None
    assert value(MultipleChoice(letters="ABCDEF"), "F", "F") == 1.0


def test_choices_that_are_no_letters_are_refused():
    with pytest.raises(ConfigError, match="give upper-case letters"):
        MultipleChoice(letters="A,B")
