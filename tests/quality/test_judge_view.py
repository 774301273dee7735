"""A judge, the audit's page and the report show who says what, which functions are called and what is not a text."""

from __future__ import annotations

import pytest
from test_judge import JUDGE, PAIRWISE

from gencost.messages.read import read_messages
from gencost.messages.shown import shown_answer, shown_turns
from gencost.types import Response, Sample

CALL = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Oslo"}'}}
CONVERSATION = [
    {"role": "system", "content": "Be brief"},
    {"role": "user", "content": "Weather in Oslo?"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "-3 C, snow"},
    {"role": "user", "name": "ann", "content": "And tomorrow?"},
]
SHOWN = """system: Be brief
user: Weather in Oslo?
assistant: calls get_weather({"city":"Oslo"})
tool (get_weather): -3 C, snow
user (ann): And tomorrow?"""


def test_a_conversation_shows_calls_and_results_of_functions():
    assert shown_turns(read_messages(CONVERSATION)) == SHOWN


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ({"type": "image_url", "image_url": {"url": "https://a.org/cat.png"}}, "[image: https://a.org/cat.png]"),
        (
            {"type": "image", "source": {"data": "AAAA", "media_type": "image/png"}},
            "[image: image/png, sha256 709e80c88487]",
        ),
        ({"type": "file", "file": {"file_id": "f-1"}}, "[file: file_id:f-1]"),
    ],
)
def test_what_is_not_a_text_stands_as_its_kind_and_what_is_known_of_it(part, shown):
    turn = {"role": "user", "content": [{"type": "text", "text": "Look"}, part]}
    assert shown_turns(read_messages([turn])) == f"Look\n{shown}"


def test_a_prompt_of_one_text_and_a_plain_answer_are_shown_as_they_are():
    assert shown_turns(read_messages([{"role": "user", "content": "user: a\nb"}])) == "user: a\nb"
    assert (shown_answer("Hi"), shown_answer("")) == ("Hi", "")


def test_an_answer_shows_the_functions_that_it_calls_and_the_kinds_of_its_other_parts():
    calls = read_messages([CONVERSATION[2]])[0].tool_calls
    assert shown_answer("Let me see", calls) == 'Let me see\ncalls get_weather({"city":"Oslo"})'
    assert shown_answer("", (), [{"type": "image", "url": "x"}]) == "[image]"


@pytest.mark.parametrize("judge", [JUDGE, PAIRWISE])
def test_a_judge_sees_both(judge):
    sample = Sample(id="a", messages=read_messages(CONVERSATION), reference="snow")
    calls = read_messages([CONVERSATION[2]])[0].tool_calls
    question = judge.questions(sample, Response(text="", usage=None, latency_ms=None, tool_calls=calls))[0].text
    assert f"\n{SHOWN}\n" in question
    assert '>\ncalls get_weather({"city":"Oslo"})\n<' in question
