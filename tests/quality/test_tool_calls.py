from __future__ import annotations

import json

import pytest

from gencost.messages import ToolCall
from gencost.quality.tool_calls import ToolCalls, ToolCallsF1
from gencost.types import Message, Response, Sample

OSLO = ("get_weather", {"city": "Oslo", "days": 3})
TIME = ("get_time", {"zone": "CET"})


def call(name: str, arguments) -> ToolCall:
    return ToolCall(id="c", name=name, arguments=arguments if isinstance(arguments, str) else json.dumps(arguments))


def value(scorer, reference, *calls):
    asked = Sample(id="s", messages=(Message(role="user", content="x"),), reference=json.dumps(reference))
    answer = Response(text="", usage=None, latency_ms=1.0, tool_calls=tuple(call(*it) for it in calls))
    return scorer.score(asked, answer).value


def wanted(name, arguments, **more):
    return {"name": name, "arguments": arguments, **more}


@pytest.mark.parametrize(
    ("reference", "calls", "right"),
    [
        (wanted(*OSLO), [OSLO], 1.0),
        (wanted("get_weather", {"days": 3.0, "city": " Oslo"}), [OSLO], 1.0),
        (wanted("say", {"text": "caf\u00e9"}), [("say", {"text": "cafe\u0301"})], 1.0),
        ({"type": "function", "function": {"name": "get_time", "arguments": '{"zone": "CET"}'}}, [TIME], 1.0),
        ({"tool_calls": [{"function": wanted(*TIME)}]}, [TIME], 1.0),
        ([wanted(*TIME), wanted(*OSLO)], [OSLO, TIME], 1.0),
        ([], [], 1.0),
        ([], [OSLO], 0.0),
        (wanted(*OSLO), [], 0.0),
        (wanted("get_weather", {"city": "Oslo", "days": "3"}), [OSLO], 0.0),
        (wanted("get_weather", {"city": "Oslo", "days": True}), [("get_weather", {"city": "Oslo", "days": 1})], 0.0),
        (wanted("get_weather", {"city": "Oslo"}), [OSLO], 0.0),
        (wanted("get_weather", {"city": "Oslo"}, optional=["days"]), [OSLO], 1.0),
        ({"any_of": [wanted(*TIME), wanted(*OSLO)]}, [OSLO], 1.0),
        ({"any_of": [[], wanted(*TIME)]}, [], 1.0),
        (wanted(*OSLO), [("get_weather", "{broken")], 0.0),
        (wanted("f", {"a": {"x": [1, 2]}}), [("f", {"a": {"x": [1, 2.0]}})], 1.0),
        (wanted("f", {"a": [1, 2]}), [("f", {"a": [2, 1]})], 0.0),
        (wanted("f", {}), [("f", "")], 1.0),
    ],
)
def test_the_right_functions_with_the_right_arguments(reference, calls, right):
    assert value(ToolCalls(), reference, *calls) == right


def test_f1_counts_what_is_right_of_what_was_called_and_wanted():
    both = [wanted(*OSLO), wanted(*TIME)]
    assert value(ToolCallsF1(), both, OSLO) == pytest.approx(2 / 3)  # 2 x 1 / (1 + 2)
    assert value(ToolCallsF1(), both, OSLO, TIME, TIME) == pytest.approx(4 / 5)  # 2 x 2 / (3 + 2)
    assert value(ToolCallsF1(), []) == 1.0


def test_calls_are_paired_so_that_most_fit():
    loose, strict = wanted("f", {"a": 1}, optional=["b"]), wanted("f", {"a": 1})
    assert value(ToolCalls(), [loose, strict], ("f", {"a": 1}), ("f", {"a": 1, "b": 2})) == 1.0


@pytest.mark.parametrize("reference", ["Oslo", {"any_of": ["x"]}, [3], 5, {"name": 3}])
def test_a_reference_that_is_no_call_gives_no_score(reference):
    assert value(ToolCalls(), reference) is None
