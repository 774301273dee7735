"""The key of the response cache covers the whole request, and not how its answer is waited for."""

from __future__ import annotations

from gencost.runner.cache import AnswerCache
from gencost.types import Message, Sample


def key(params=None, **provider) -> str:
    sample = Sample(id="1", messages=(Message(role="user", content="Hi"),), params=params or {})
    return AnswerCache({"name": "p", **provider}, "m", {"max_tokens": 9}, 0).key(sample, 0)


def test_what_a_row_sends_along_by_itself_is_part_of_it():
    tools = [{"type": "function", "function": {"name": "f"}}]
    assert len({key(), key({"tools": tools}), key({"max_tokens": 5})}) == 3


def test_how_its_answer_is_waited_for_is_not():
    assert key(stream=True, record_chunks=True) == key()


def test_the_order_of_its_parameters_is_not():
    assert key({"top_k": 3, "max_tokens": 5}) == key({"max_tokens": 5, "top_k": 3})
