"""What an answer's figures do not show: cut off, blank, of another model, from the provider's prompt cache."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made import failed, record, store

from gencost.analysis.results import read_results
from gencost.types import ToolCall, Usage


def facts(engine, *answers: dict):
    """The facts about a cell, whose answers differ from a usual one in these fields."""
    records = []
    for i, fields in enumerate(answers):
        usual = record("a", i)
        records.append(replace(usual, response=replace(usual.response, **fields)))
    return read_results(engine, store(engine, {"m=a": [*records, failed("a", 999)]})).summaries[0].answers


CUT = ("length", "max_tokens", "MAX_TOKENS", "max_output_tokens", "model_length", "model_context_window_exceeded")


@pytest.mark.parametrize("reason", CUT)
def test_an_answer_cut_off_is_counted_in_whichever_protocol(engine, reason):
    assert facts(engine, {"finish_reason": reason}, {"finish_reason": "stop"}, {"finish_reason": None}).cut == 1


@pytest.mark.parametrize("text", ["", " \n\t ", "\n" * 200])
def test_an_answer_without_a_word_is_empty(engine, text):
    details = facts(engine, {"text": text}, {"text": "x"})
    assert (details.empty, details.only_thinking) == (1, 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "", "reasoning": "Let me see ..."},
        {"text": " ", "usage": Usage(tokens_in=1, tokens_out=5, tokens_reasoning=5)},
        {"text": "<think>Let me see"},
        {"text": "\n\n<think>Let me see</think>\n"},
        {"text": "Let me see</think>\n"},
        {"text": "[THINK]hm[/THINK]"},
        {"text": "<|channel|>analysis<|message|>hm"},
    ],
)
def test_an_answer_that_is_nothing_but_a_thought_is_counted_apart(engine, fields):
    details = facts(engine, fields, {"text": "x"})
    assert (details.empty, details.only_thinking) == (0, 1)


@pytest.mark.parametrize(
    "text", ["<think>hm</think> 4", "[1, 2]", "<b>4</b>", "analysis of the thought: 4", "The tag is `<think>`"]
)
def test_a_thought_before_an_answer_or_brackets_are_no_blank(engine, text):
    details = facts(engine, {"text": text})
    assert (details.empty, details.only_thinking) == (0, 0)


def test_a_function_call_is_an_answer_without_a_word(engine):
    call = ToolCall(id="1", name="f", arguments="{}")
    assert facts(engine, {"text": "", "tool_calls": (call,)}).empty == 0


def test_a_model_of_another_name_is_counted_with_its_name(engine):
    details = facts(engine, {"response_model": "b"}, {"response_model": "a"}, {"response_model": None})
    assert details.served == {("a", "b"): 1}
    assert details.metrics()["served_other"] == 1


def test_the_share_of_cached_input_is_over_answers_that_say_so(engine):
    """(0 + 80) of (100 + 100); an answer without counts says nothing."""
    usages = [Usage(tokens_in=100, tokens_out=1), Usage(tokens_in=100, tokens_out=1, tokens_cached=80), None]
    assert facts(engine, *({"usage": usage} for usage in usages)).cached_input_share == 0.4
