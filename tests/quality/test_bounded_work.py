"""The work that a scorer does is bounded by the length of the text, whatever the text repeats."""

from __future__ import annotations

from itertools import count

import pytest

from gencost.quality import lenient_json, numeric
from gencost.quality.letters import option_text
from gencost.quality.letters import patterns as p
from gencost.quality.letters.letter_tokens import FAR, Tokens, plain, sentence
from gencost.quality.letters.stated import Letters
from gencost.quality.marked import boxed, fields, tagged
from gencost.quality.numbers.quantities import quantities
from gencost.quality.numeric import Numeric

LONG = 100_000


def long(part: str) -> str:
    return part * (LONG // len(part))


@pytest.mark.parametrize(
    "part", ["B ", "A or ", "not B, ", "(C)", "answer is not B ", "so B is wrong, ", "could be B "]
)
def test_of_many_letters_and_words_as_many_are_read_as_of_a_few_thousand(part):
    tokens, text = Tokens(letters="ABCDE"), long(part)
    assert len(tokens.all(text)) <= 120
    assert len(tokens.followed(text, p.ANNOUNCES)) <= p.TIMES
    assert len(tokens.followed(text, p.CHOOSES)) <= p.TIMES
    assert len(sentence(text, 7)) <= FAR


def test_the_last_word_that_states_a_letter_is_read_however_many_stand_before():
    assert Letters(letters="ABCD").stated(long("The answer is not A. ") + "The answer is C.") == {"C"}
    assert Letters(letters="ABCD").stated(long("B or D? ") + "I'd go with C") == {"C"}


def test_a_text_whose_characters_grow_is_as_short_as_another():
    assert len(plain("\ufdfa" * LONG)) <= 16_001  # 18 letters each in NFKC


def test_of_many_numbers_the_last_ones_are_read(monkeypatch):
    read: list[int] = []
    monkeypatch.setattr(numeric, "quantities", lambda text, **keys: read.append(len(text)) or quantities(text, **keys))
    for part in ("1/", "1,", "12 ", "3:45 "):
        assert Numeric().compare(long(part) + " so 42", "42")[0] == 1.0
    assert max(read) <= 16_001
    assert len(numeric._last_numbers("12 " * 5000).split()) == 200
    assert len(numeric._last_numbers("1/" * 5000)) == 2 * 200  # no space to begin at
    assert Numeric().compare(long("12 ") + "#### 7", "7")[0] == 1.0


def test_marks_without_an_end_are_read_once():
    assert len(boxed(long("\\boxed{"))) == 20
    assert boxed("\\boxed{a{b}c} \\boxed{d}\n\\boxed{e\nf") == ["a{b}c", "d", "e"]
    assert len(tagged(long("<answer>B</answer>"))) == len(list(fields(long('{"answer": "B"}')))) == 20


def test_objects_in_each_other_without_end_are_not_repaired(monkeypatch):
    repaired: list[int] = []
    monkeypatch.setattr(lenient_json, "_repaired", lambda text, at: repaired.append(len(text) - at))
    assert list(lenient_json.objects(long('{"a":'))) == []
    assert max(repaired) <= 64 * len('{"a":')  # the last ones, which are in no more than 64 others
    depth = 40
    assert len(list(lenient_json.objects('{"a":' * depth + "1" + "}" * depth))) == 1


def test_places_of_an_option_are_looked_at_a_hundred_times(monkeypatch):
    looked = count()
    pattern = option_text.p.NOT

    class Counted:
        def search(self, *where):
            next(looked)
            return pattern.search(*where)

    monkeypatch.setattr(option_text.p, "NOT", Counted())
    assert option_text.option_of(long("not Paris "), "AB", ["Paris", "Rome"]) == frozenset()
    assert next(looked) <= 2 * p.TIMES
