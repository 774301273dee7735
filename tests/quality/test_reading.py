"""How an answer is read before any scorer sees it."""

from __future__ import annotations

import pytest
from asked import sample
from hypothesis import given
from hypothesis import strategies as st

from gencost.errors import ConfigError
from gencost.quality.numeric import Numeric
from gencost.quality.reading import AS_IT_IS, NoAnswerError, Reading, without_thoughts
from gencost.quality.score import RULES, Rules, score_now
from gencost.quality.text import Contains, ExactMatch
from gencost.types import Response

HARMONY = "<|channel|>analysis<|message|>Rome? No.<|end|><|start|>assistant<|channel|>final<|message|>Paris"


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        ("<think>Rome? No.</think>\n\nParis", "Paris"),
        ("<THINK>\nRome\n</Think >Paris", "Paris"),
        ("<thinking>a</thinking> Paris <reasoning>b</reasoning>", "Paris"),
        ("Rome? No, so it is ...\n</think>\n\nParis", "Paris"),  # the opening tag was part of the prompt
        ("<think>a <think>b</think> c</think>Paris", "Paris"),
        ("<think>I will use the <think> tag.</think>Paris", "Paris"),  # named, never opened
        ("<think></think>Paris", "Paris"),
        ("<think>Rome", ""),  # never closed: no answer
        ("Well.\n<think>\nRome, or", "Well."),
        ("[THINK]Rome[/THINK]Paris", "Paris"),
        ("◁think▷Rome◁/think▷Paris", "Paris"),
        ("<|begin_of_thought|>Rome<|end_of_thought|>Paris", "Paris"),
        ("<seed:think>Rome</seed:think>Paris", "Paris"),
        (HARMONY, "Paris"),
        (HARMONY.partition("<|end|>")[0], ""),
        ("analysisThe user asks ... Rome?assistantfinalParis", "Paris"),
        ("<think>```\nopen fence</think>Paris", "Paris"),
        ("Put it into `<think>` tags.", "Put it into `<think>` tags."),
        ("Use the <think> tag for this.", "Use the <think> tag for this."),
        ("```xml\n<think>x</think>\n```", "```xml\n<think>x</think>\n```"),
        ('{"tag": "<think>"}', '{"tag": "<think>"}'),
        ("I think so.", "I think so."),
        ("analysis of variance", "analysis of variance"),
        (" no thought \n", " no thought \n"),
    ],
)
def test_a_thought_is_not_the_answer(answer, read):
    assert without_thoughts(answer) == read


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        ("Paris<|im_end|>\n", "Paris"),
        ("Paris </s></s>", "Paris"),
        ("<think>x</think>Paris<|eot_id|>", "Paris"),
        ("<|im_start|>assistant\nParis<|im_end|>", "Paris"),
        ("The tag </s> strikes out.", "The tag </s> strikes out."),
        ("a > b>\n", "a > b>\n"),
    ],
)
def test_marks_of_a_turn_at_its_ends_are_not_the_answer(answer, read):
    assert Reading().read(answer) == read


def test_thoughts_may_be_kept_or_refused():
    assert Reading(thoughts="keep").read("<think>a</think>b") == "<think>a</think>b"
    assert Reading(thoughts="fail").read("b") == "b"
    with pytest.raises(NoAnswerError, match="holds a thought"):
        Reading(thoughts="fail").read("<think>a</think>b")


def test_an_answer_that_is_one_fence_can_be_unwrapped():
    unwrap = Reading(fences="unwrap")
    assert unwrap.read("```json\n{}\n```") == "{}"
    assert unwrap.read("~~~\na\n~~~\n") == "a"
    assert unwrap.read("Here:\n```\na\n```") == "Here:\n```\na\n```"
    assert Reading().read("```\na\n```") == "```\na\n```"


def test_what_looks_equal_is_equal():
    assert Reading().read("cafe\u0301\r\nx\ry") == "caf\u00e9\nx\ny"
    assert Reading().read("\ufeff{}") == "{}"
    assert Reading(unicode="NFKC").read("\uff22") == "B"
    assert AS_IT_IS.read("\ufeffcafe\u0301\r\n") == "\ufeffcafe\u0301\r\n"


def score_of(scorer, answer, reference, rules=RULES):
    return score_now(scorer, sample(reference), Response(text=answer, usage=None, latency_ms=1.0), rules)


def test_every_scorer_sees_what_was_read():
    assert score_of(Contains(), "<think>Paris?</think>Rome", "Paris").value == 0.0
    assert score_of(ExactMatch(), "<think>Rome</think>Paris", "Paris").value == 1.0
    assert score_of(ExactMatch(), "caf\u00e9", "cafe\u0301").value == 1.0
    assert score_of(ExactMatch(), "a\r\nb", "a\nb").value == 1.0
    assert score_of(Numeric(), "<think>42", "42").value == 0.0
    failed = score_of(ExactMatch(), "<think>a</think>b", "b", Rules(reading=Reading(thoughts="fail")))
    assert (failed.value, failed.explanation) == (None, "the answer holds a thought, and reading.thoughts=fail")


def test_other_settings_are_another_version():
    plain = score_of(ExactMatch(), "a", "a").version
    folded = score_of(ExactMatch(ignore_case=True), "a", "a").version
    kept = score_of(ExactMatch(), "a", "a", Rules(reading=Reading(thoughts="keep"))).version
    assert plain == ExactMatch().version
    assert len({plain, folded, kept}) == 3
    assert all(other.startswith(f"{plain}.") for other in (folded, kept))
    assert score_of(ExactMatch(name="mine"), "a", "a").version == plain  # a name changes no value


@pytest.mark.parametrize("key", ["thoughts", "fences", "unicode", "newlines"])
def test_a_way_to_read_that_does_not_exist_is_refused(key):
    with pytest.raises(ConfigError, match=f"reading.{key}='stripp': choose from "):
        Reading(**{key: "stripp"})


@given(st.text(alphabet=st.sampled_from('<>/think`\n[]THINK|a"') | st.characters(), max_size=60))
def test_reading_never_fails_and_once_is_enough_without_thoughts(answer):
    read = Reading().read(answer)
    assert Reading(thoughts="keep").read(read) == read
