"""A stored prompt is read back as what was asked, and a text is never taken for a conversation."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gencost.messages import Message, kind_of, messages_of, prompt_sha256, text_of
from gencost.types import Sample

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)
turns = st.builds(Message, role=st.sampled_from(["system", "user", "assistant"]), content=words)
conversations = st.lists(turns, min_size=1, max_size=4).map(tuple)


def user(text: str) -> tuple[Message, ...]:
    return (Message(role="user", content=text),)


@given(conversations)
def test_what_is_written_is_read_back(messages):
    assert messages_of(kind_of(messages), text_of(messages)) == messages


@given(conversations)
def test_a_text_that_is_json_of_a_conversation_is_another_prompt(messages):
    text = text_of(messages)
    asked_as_text, asked = Sample(id="1", messages=user(text)), Sample(id="1", messages=messages)
    assert asked_as_text.kind == "text"
    assert messages_of("text", text) == user(text)
    assert (asked_as_text.prompt_sha256 == asked.prompt_sha256) == (messages == user(text))


DEEP = '[{"role":"user","content":' + "[" * 100_000
SPACED = '[{"role": "user", "content": "Why?"}]'  # no conversation was ever written like this
OTHERS = ["Why?", "[{", '[{"role":"user"}]', '[{"role":"user","content":5}]', DEEP, SPACED]


@pytest.mark.parametrize("text", OTHERS, ids=range(len(OTHERS)))
def test_any_other_prompt_keeps_the_key_that_it_always_had(text):
    plain = hashlib.sha256(text.encode()).hexdigest()
    assert prompt_sha256("text", text) == prompt_sha256("conversation", text) == plain


def test_a_conversation_keeps_its_key_and_a_text_that_looks_like_it_gets_one_of_its_own():
    text = '[{"role":"user","content":"Why?"}]'
    assert prompt_sha256("conversation", text) == hashlib.sha256(text.encode()).hexdigest()
    assert prompt_sha256("text", text) == hashlib.sha256(b"text\0" + text.encode()).hexdigest()


def test_a_damaged_conversation_is_given_as_one_text():
    assert messages_of("conversation", '[{"role":"user"') == user('[{"role":"user"')
