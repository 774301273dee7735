"""Deltas that are alike but for their text come to the same answer as if each were parsed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gencost.providers.alike import Alike
from gencost.providers.anthropic import AnthropicProvider
from gencost.providers.body import BodyReader
from gencost.providers.openai import OpenAIProvider
from gencost.providers.sse import EventReader

CHAT = OpenAIProvider(name="o", base_url="http://127.0.0.1/v1", stream=True)
MESSAGES = AnthropicProvider(name="a", base_url="http://127.0.0.1/v1", stream=True)
USAGE = {"prompt_tokens": 3, "completion_tokens": 2}
END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
MESSAGE_END = b'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\ndata: {"type":"message_stop"}\n\n'


def event(value: object, *, ascii_only: bool = False) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "replace") + b"\n\n"


def word(text: object, delta=(), choice=(), **more: object) -> bytes:
    choices = [{"index": 0, "delta": {"content": text, **dict(delta)}, "finish_reason": None, **dict(choice)}]
    return event({"id": "x", "model": "m", "choices": choices, **more})


def block(text: object, kind: str = "text_delta", **more: object) -> bytes:
    delta = {"type": kind, "text": text, **more}
    return b"event: content_block_delta\n" + event({"type": "content_block_delta", "index": 0, "delta": delta})


def answered(provider, pieces: list[bytes], end: bytes, *, together: bool):
    body = BodyReader(provider, stream=True)
    body.feed(pieces[0])
    for piece in pieces[1:]:
        (body.deltas if together else body.feed)(piece)
    body.feed(end)
    return body.answer()


def both(provider, pieces: list[bytes], end: bytes = END):
    first, second = (answered(provider, pieces, end, together=together) for together in (True, False))
    assert first == second
    return first.text


TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=9), min_size=4, max_size=9)


@given(TEXTS, st.booleans())
def test_any_texts_are_read_as_if_each_event_were_parsed(texts, ascii_only):
    pieces = [event({"choices": [{"index": 0, "delta": {"content": t}}]}, ascii_only=ascii_only) for t in texts]
    assert both(CHAT, [*pieces[:2], b"".join(pieces[2:])]) == "".join(texts)
    assert both(MESSAGES, [*map(block, texts[:2]), b"".join(map(block, texts[2:]))], MESSAGE_END) == "".join(texts)


@pytest.mark.parametrize(
    ("odd", "text"),
    [
        (word('"content":"b"'), 'aa"content":"b"a'),
        (word("b", obfuscation="xyz"), "aaba"),
        (word("b", usage=USAGE), "aaba"),
        (word("b", delta={"reasoning_content": "t"}), "aaba"),
        (word(None, delta={"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{}"}}]}), "aaa"),
        (word("b", choice={"index": 1}), "aaa"),
        (word("b", choice={"finish_reason": "length"}), "aaba"),
        (word(["b"]), "aaba"),
        (b": choices\n" + word("b"), "aaba"),
        (word("b")[:-2] + b'\ndata: "content":"c"\n\n', None),
    ],
)
def test_an_event_that_is_not_alike_is_read_in_full(odd, text):
    for pieces in ([odd], [odd + word("a")], [word("a") + odd]):
        sequence = [word("a"), word("a"), *pieces, *([word("a")] if len(pieces) == 1 else [])]
        try:
            whole = both(CHAT, sequence)
        except Exception:
            assert text is None
            continue
        assert text is None or whole.replace("a", "") == text.replace("a", "")


def test_what_is_alike_is_not_parsed_one_by_one(monkeypatch):
    fed, feed = [], EventReader.feed
    monkeypatch.setattr(EventReader, "feed", lambda reader, piece: fed.append(piece) or feed(reader, piece))
    pieces = [word("a"), word("b"), word("c") + word("d"), word("e")]
    assert answered(CHAT, pieces, END, together=True).text == "abcde"
    assert fed[:3] == [word("a"), word("b"), END]


@pytest.mark.parametrize(
    "events",
    [
        b'data: {"content":"}\n\n',  # shorter than what is around a text
        b'data: {"content":"x","y"}\n\n',
        b'data: {"content":"x\ndata: "}\n\n',
        b'data: {"content":"\\"}\n\n',
        b'data: {"content":1}\n\n',
        b'data: {"content" :"x"}\n\n',
    ],
)
def test_bytes_that_are_not_one_text_are_not_alike(events):
    alike = Alike(b'"content"')
    alike.learn(b'data: {"content":"x"}\n\n', "x")
    assert alike.texts(b'data: {"content":"y"}\n\ndata: {"content":""}\n\n') == ["y", ""]
    assert alike.texts(events) is None


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (b'data: {"content":"x"}\n\n', "y"),
        (b'data: {"content":"x"}\n\n', ""),
        (b'data: {"content":{"content":"x"}}\n\n', "x"),
        (b': "content":"x"\n\n', "x"),
        (b'data: {"a":1,\ndata: "content":"x"}\n\n', "x"),
        (b'data: {"content":"x\n\n', "x"),
    ],
)
def test_an_event_whose_text_is_not_sure_is_not_learnt(event, text):
    alike = Alike(b'"content"')
    alike.learn(event, text)
    assert alike.texts(event) is None
