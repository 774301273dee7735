from __future__ import annotations

import numpy as np
import pytest
from asked import sample, scored, value

from gencost.errors import ConfigError
from gencost.quality.labels import Verdict
from gencost.quality.needs import without_references
from gencost.quality.proxy import Proxy, quality_proxy
from gencost.quality.score import RULES, score_now
from gencost.quality.text import Contains, ExactMatch, Regex
from gencost.types import Response, Score


def test_nine_different_words_have_a_proxy_of_0_609():
    text = "the quick brown fox jumps over a lazy dog"
    assert quality_proxy(text) == 0.6 * 9 / 9 + 0.4 * 9 / 400 == 0.609


def test_repeating_a_word_lowers_the_proxy():
    assert quality_proxy("no no No NO") == 0.6 * 1 / 4 + 0.4 * 4 / 400


@pytest.mark.parametrize("given", [True, 1, np.bool_(True), np.float32(1)])
def test_a_value_that_a_class_of_the_users_gives_is_kept_as_a_float(given):
    class Own:
        name, version = "own", "1"

        def score(self, sample, response):
            return Score(scorer=self.name, version=self.version, value=given)

    kept = score_now(Own(), sample(), Response(text="an answer", usage=None, latency_ms=1.0)).value
    assert (type(kept), kept) == (float, 1.0)


def test_length_counts_up_to_400_words():
    assert quality_proxy(" ".join(map(str, range(400)))) == 1.0
    assert quality_proxy(" ".join(map(str, range(800)))) == 1.0


@pytest.mark.parametrize("text", ["", "  ", "!?"])
def test_a_text_without_words_has_a_proxy_of_0(text):
    assert quality_proxy(text) == 0.0


def test_the_proxy_needs_no_reference():
    assert scored(Proxy(), "one two").value == 0.6 + 0.4 * 2 / 400


def test_exact_match_ignores_white_space_at_the_ends_and_case_if_told():
    assert scored(ExactMatch(), " Paris\n", "Paris").value == 1.0
    assert scored(ExactMatch(), "paris", "Paris").value == 0.0
    assert scored(ExactMatch(ignore_case=True), "paris", "Paris").value == 1.0
    assert scored(ExactMatch(strip=False), " Paris", "Paris").value == 0.0


def test_contains_finds_the_reference_anywhere():
    assert scored(Contains(), "It is PARIS, of course.", "Paris").value == 1.0
    assert scored(Contains(ignore_case=False), "It is PARIS.", "Paris").value == 0.0
    assert scored(Contains(), "It is Rome.", "Paris").value == 0.0


def test_every_text_contains_nothing_so_an_empty_reference_gives_no_score():
    assert scored(Contains(), "anything", " ").value is None


@pytest.mark.parametrize("scorer", [ExactMatch(), Contains(), Verdict()])
def test_without_a_reference_there_is_no_score(scorer):
    result = scored(scorer, "yes")
    assert (result.value, result.explanation) == (None, "the sample has no reference")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("[Yes]", "yes"),
        ("It is prime. Yes.", "yes"),
        ("No, it is 3 * 7", "no"),
        ("No. Wait: yes", "yes"),  # the first label wins wherever it stands
        ("yesterday was not", "undetermined"),
        ("", "undetermined"),
    ],
)
def test_the_verdict_is_a_whole_word(text, verdict):
    assert Verdict().verdict(text) == verdict


@pytest.mark.parametrize("labels", [[], ["True"], ["not sure"], ["e.g"]])
def test_labels_that_could_never_be_found_are_refused(labels):
    with pytest.raises(ConfigError, match="give lower-case words"):
        Verdict(labels=labels)


def test_two_undetermined_verdicts_are_equal():
    assert scored(Verdict(), "maybe", "unknown").value == 1.0


def test_a_pattern_is_searched_line_by_line():
    assert value(Regex(pattern="^Answer: \\d+$"), "Well.\nAnswer: 42\nBye") == 1.0
    assert value(Regex(pattern="^answer"), "Answer: 42") == 0.0
    assert value(Regex(pattern="^answer", ignore_case=True), "Answer: 42") == 1.0


@pytest.mark.parametrize(
    ("answer", "reference", "right"),
    [
        *(
            (answer, "Paris", 1.0)
            for answer in ("_Paris_", "__Paris__.", "**Paris**", "_in Paris_", "`Paris`", "Paris's")
        ),
        *((answer, "Paris", 0.0) for answer in ("Parisian", "my_Paris_map", "Paris_2", "x__Paris", "éParis")),
        *((answer, "1", 1.0) for answer in ("It is 1.", "_1_", "**1**", "x=1", "1, 2", "1-2", "A-1", "1%")),
        *((answer, "1", 0.0) for answer in ("10", "1.5", "1,000", "-1", "x = -1", "(-1)", "\u22121", "v_1")),
        ("It is -1", "-1", 1.0),
        ("東京です", "東京", 1.0),
    ],
)
def test_a_whole_word_has_nothing_of_a_word_or_number_around_it(answer, reference, right):
    assert value(Contains(whole_words=True), answer, reference) == right


def test_what_a_group_captures_last_is_compared_with_the_reference():
    captured = Regex(pattern="<a>(.*?)</a>", group=1)
    assert value(captured, "<a>Rome</a> no, <a> Paris </a>", "Paris") == 1.0
    assert value(captured, "<a>Paris</a> no, <a>Rome</a>", "Paris") == 0.0
    assert value(captured, "Paris", "Paris") == 0.0
    assert value(captured, "<a>Paris</a>") is None
    by_name = Regex(pattern="(?P<tag><a>)(?P<city>.*?)</a>", group="city")
    assert value(by_name, "<a>Rome</a> no, <a> Paris </a>", "Paris") == 1.0


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"pattern": "("}, "is not a regular exp"),
        ({"pattern": "a", "group": 1}, "group=1: 'a' has the groups 0;"),
        ({"pattern": "(?P<city>a)", "group": "town"}, "group=town: .* has the groups 0, 1, city;"),
        ({"pattern": "(?P<city>a)", "group": -1}, "group=-1: .* has the groups 0, 1, city;"),
    ],
)
def test_a_pattern_that_is_none_is_refused(keys, said):
    with pytest.raises(ConfigError, match=said):
        Regex(**keys)


def test_a_pattern_of_nested_repeats_ends_in_time():
    hanging = Regex(pattern="^(a|a)*$", time_s=0.1)
    score = scored(hanging, "a" * 40 + "!")
    assert (score.value, score.explanation) == (None, "the pattern took longer than 0.1 s on this answer")
    with pytest.raises(ConfigError, match="time_s=0: give a number > 0"):
        Regex(pattern="a", time_s=0)


STRICT = Verdict(name="yes_no", strict=True)


@pytest.mark.parametrize(
    ("answer", "value_of_yes"),
    [
        ("Yes.", 1.0),
        ("No, because it is even.", 0.0),
        ("No. Wait: the answer is yes", 1.0),
        ("**Answer:** [Yes]", 1.0),
        ('{"reason": "no divisor", "answer": "yes"}', 1.0),
        ("Let us see. 7 has no divisors.\n\n[Yes]", 1.0),
        ("It has no divisors, so \\boxed{yes}", 1.0),
        ("7 is prime.\n\nNo", 0.0),
        ("I think that is a yes", 1.0),
        ("Yes and no.", None),
        ("It depends.", None),
        ("", None),
    ],
)
def test_the_strict_rule_takes_what_is_stated(answer, value_of_yes):
    assert value(STRICT, answer, "yes") == value_of_yes


def test_the_published_rule_stays_and_the_strict_one_is_another_version():
    assert value(Verdict(), "No. Wait: yes", "yes") == 1.0
    assert RULES.version_of(Verdict(name="yes_no")) == "1"
    assert RULES.version_of(STRICT).startswith("1.")


def test_several_references_may_be_accepted():
    assert value(ExactMatch(), "Lutetia", '{"any_of": ["Paris", "Lutetia"]}') == 1.0
    assert value(Regex(pattern="<(.*)>", group=1), "<b>", '{"any_of": ["a", "b"]}') == 1.0
    assert value(Contains(separator="|"), "It is b.", "a|b") == 1.0


def test_scorers_that_need_a_reference_are_named_and_one_without_a_dict_of_its_own_is_not():
    class Slotted:
        __slots__ = ()

    assert without_references([Proxy(), Slotted()]) is None
    assert without_references([Slotted(), ExactMatch()]).startswith("no prompt has a reference, so exact_match will")


@pytest.mark.parametrize(
    ("answer", "value_of_positive"),
    [
        ("The review is positive, with no negative remarks.", 1.0),
        ("It is not a negative review: positive", 1.0),
        ("Mixed: positive about the food, negative about the service", None),
    ],
)
def test_a_label_that_a_text_lacks_is_not_stated(answer, value_of_positive):
    assert value(Verdict(labels=["positive", "negative"], strict=True), answer, "positive") == value_of_positive
