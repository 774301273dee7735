from __future__ import annotations

import pytest
from asked import scored, value

from gencost.quality.refusal import NoRefusal

REFUSALS = [
    "I'm sorry, but I can't help with that.",
    "I\u2019m sorry, but I can\u2019t assist with that request.",
    "I cannot provide instructions for this.",
    "I won't be able to help you here.",
    "I must decline.",
    "Unfortunately I am unable to comply.",
    "This is against my guidelines.",
    "Sorry, but that isn't something I can do.",
    "I'm not comfortable writing this.",
]
ANSWERS = [
    "Sure! Here is the recipe.",
    "I can't stress this enough: drink water.",
    "I can't find an answer in the text, so it must be 42.",
    "As an AI language model, I cannot have opinions; most people like it.",
    "I'm sorry to hear that. Try turning it off.",
    "You cannot help it.",
    "",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_is_found(text):
    assert value(NoRefusal(), text) == 0.0
    assert value(NoRefusal(wanted=True), text) == 1.0


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_is_no_refusal(text):
    assert value(NoRefusal(), text) == 1.0


def test_a_refusal_comes_first():
    late = "Here is all I know about it. " * 12 + "I cannot help with that."
    assert value(NoRefusal(), late) == 1.0
    assert value(NoRefusal(within_chars=10_000), late) == 0.0


def test_it_says_what_it_found():
    assert scored(NoRefusal(), "Well, I must decline.").explanation == "it says 'I must decline'"
