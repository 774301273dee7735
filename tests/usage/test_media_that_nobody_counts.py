"""Answers that hold pictures or speech: their tokens have rates of their own, so that somebody must count them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from usage.test_spellings_of_counts import PLAIN, bill

from gencost.providers import chat
from gencost.providers.gemini import GeminiStream
from gencost.providers.openai import OpenAIStream
from gencost.usage import read_usage

PICTURE = {"images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,x"}}]}
SPEECH = {"audio": {"id": "a", "data": "x", "transcript": "hi"}}
WHOLE = Decimal("0.0006")  # 100 * 2 + 50 * 8 millionths


def of_completion(message: dict, **details: int):
    usage = {**PLAIN, "completion_tokens_details": details}
    return bill(chat.completion({"choices": [{"message": {"content": "hi", **message}}], "usage": usage}))


@pytest.mark.parametrize(("message", "kind"), [(PICTURE, "image"), (SPEECH, "audio")])
def test_a_completion_that_counts_none_of_their_tokens_has_no_whole_bill(message, kind):
    assert f"output item {kind} x 1" in of_completion(message).reason
    counted = of_completion(message, **{f"{kind}_tokens": 40})
    assert counted.reason == f"no rate for {kind}_out tokens: add {kind}_out_usd_per_mtok"
    assert of_completion(dict.fromkeys(message)).usd == WHOLE
    stream = OpenAIStream()
    stream.take({"choices": [{"index": 0, "delta": {"content": "hi", **message}}]}, "")
    stream.take({"choices": [{"index": 0, "delta": {"content": "!"}, "finish_reason": "stop"}], "usage": PLAIN}, "")
    assert bill(stream.answer()).status == "partial"


@pytest.mark.parametrize(
    ("mime", "details", "usd"),
    [
        ("image/png", None, None),
        ("audio/L16;rate=24000", None, None),
        ("image/png", [{"modality": "TEXT", "tokenCount": 50}], WHOLE),  # drawn by code that ran
    ],
)
def test_so_does_gemini_unless_it_says_that_all_was_text(mime, details, usd):
    counts = {"promptTokenCount": 100, "candidatesTokenCount": 50, "candidatesTokensDetails": details}
    parts = [{"text": "hi"}, {"inlineData": {"mimeType": mime, "data": "x"}}]
    stream = GeminiStream()
    stream.take({"candidates": [{"content": {"parts": parts}}], "usageMetadata": counts}, "")
    assert bill(stream.answer()).usd == usd


@pytest.mark.parametrize(
    ("thoughts", "counts"),
    [
        (100, (150, 100)),  # 10 + 150 are all: the thoughts are among the 150
        (151, None),  # more than all output
    ],
)
def test_thoughts_that_the_total_leaves_no_room_for_are_inside_the_output(thoughts, counts):
    raw = {"promptTokenCount": 10, "candidatesTokenCount": 150, "totalTokenCount": 160, "thoughtsTokenCount": thoughts}
    usage = read_usage(raw, "gemini", text=True).usage
    assert (usage and (usage.tokens_out, usage.tokens_reasoning)) == counts


def test_a_tool_s_prompt_is_not_more_than_all_input():
    raw = {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15, "toolUsePromptTokenCount": 90}
    reading = read_usage(raw, "gemini", text=True)
    assert (reading.usage, reading.problem) == (None, "usage: a part of the input (90) is more than all of it (10)")


@pytest.mark.parametrize(
    ("tier", "read"), [({"type": "default"}, "default"), ({"type": "flex"}, "flex"), ({"type": "flex", "x": 1}, None)]
)
def test_bedrock_names_a_tier_as_an_object(tier, read):
    service_tier = read_usage(PLAIN, "chat", service_tier=tier).service_tier
    assert service_tier == read or (read is None and "flex" in service_tier and service_tier != "flex")
