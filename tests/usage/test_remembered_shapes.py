"""The lines of a shape that came before are remembered: the reading is the same, and what is remembered has a bound."""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gencost.usage import lines, read_usage
from gencost.usage.chat import CHAT
from gencost.usage.read_counts import shape_of
from gencost.usage.vendors import GEMINI, MESSAGES, RESPONSES

DIALECTS = {"chat": CHAT, "messages": MESSAGES, "responses": RESPONSES, "gemini": GEMINI}
STEPS = sorted({step for it in DIALECTS.values() for path in it.meanings for step in path.split(".")})

counts = st.one_of(st.integers(-2, 9), st.sampled_from([0, 1, 1, 2**63, 10**30, True, False, 1.0, 0.5, "7", "", None]))
names = st.one_of(st.sampled_from(STEPS), st.sampled_from(["a.b", "[0]", "", "ephemeral_1h_input_tokens"]))
labelled = st.fixed_dictionaries({"modality": st.sampled_from(["TEXT", "AUDIO", "a.b", 3]), "tokenCount": counts})
objects = st.recursive(
    counts,
    lambda inner: st.one_of(
        st.lists(st.one_of(labelled, inner), max_size=3), st.dictionaries(names, inner, max_size=5)
    ),
    max_leaves=15,
)
others = st.sampled_from([1, 1.0, True, None, ("a", "b")])


@st.composite
def usages(draw):
    """An object that has the totals of a table, so that it is read to its end, and anything else."""
    protocol = draw(st.sampled_from(sorted(DIALECTS)))
    totals = dict(zip(DIALECTS[protocol].totals, draw(st.lists(counts, min_size=2, max_size=2)), strict=True))
    return protocol, {**totals, **draw(st.dictionaries(st.one_of(names, others), objects, max_size=6))}


def facts(usage, protocol):
    reading = read_usage(usage, protocol, text=True)
    return repr((reading.usage, reading.problem, reading.service_tier, reading.charged_usd))


@given(usages())
def test_a_remembered_shape_is_read_as_if_it_came_for_the_first_time(drawn):
    protocol, usage = drawn
    again = facts(usage, protocol), facts(usage, protocol)
    with mock.patch.object(lines, "_is_ordinary", return_value=False):
        dialect = shape_of(usage, protocol)
        dialect.remembered.clear()
        first = facts(usage, protocol)
        assert not dialect.remembered
    assert again == (first, first)


def test_names_that_are_equal_and_are_written_otherwise_are_not_one_shape():
    """1 == 1.0 == True, but their paths differ."""
    totals = {"prompt_tokens": 5, "completion_tokens": 5}
    unread = [read_usage({**totals, name: 3}, "chat").usage.unread for name in (1, 1.0, True)]
    assert unread == [("1=3",), ("1·0=3",), ("True=3",)]


@pytest.mark.parametrize("name", ["x" * 10_000, "x"])
def test_whatever_a_server_sends_little_is_remembered(name):
    for number in range(400):
        wide = {f"{name}{number}.{n}": 1 for n in range(2 if len(name) > 1 else 90)}
        read_usage({"prompt_tokens": 1, "completion_tokens": 1, f"{name}{number}": wide}, "chat")
        assert len(CHAT.remembered) <= lines.SHAPES
        assert sum(len(start) + sum(map(len, held)) for start, held in CHAT.remembered) <= lines.SHAPES * 1500
