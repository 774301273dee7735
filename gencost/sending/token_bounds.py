"""Bounds and estimates of the tokens of a request before it is sent, for budgets and limits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gencost.messages import Message
from gencost.types import Sample

# What providers call the most output tokens of an answer.
_MAX_TOKENS = ("max_tokens", "max_completion_tokens", "max_output_tokens")

DEFAULT_OUT = 1024
"""Output tokens that a limit a minute expects of a call without a bound."""

_TOKENS_A_MESSAGE = 16
_BYTES_A_TOKEN = 4
# The most that vendors count for one image (OpenAI, high detail, tiles of 2048 x 2048) and for a page of a PDF.
_TOKENS_AN_IMAGE = 6_000
_TOKENS_A_FILE_BYTE = 1


def most_tokens_in(sample: Sample) -> int:
    """Bound the input tokens: a token has at least one byte, and a message some tokens around it."""
    return sum(_bytes(message) + _media(message) + _TOKENS_A_MESSAGE for message in sample.messages) + _extra(sample)


def usual_tokens_in(sample: Sample) -> int:
    """Estimate the input tokens: about four bytes each."""
    held = sum(_bytes(message) for message in sample.messages) + _extra(sample)
    return -(-held // _BYTES_A_TOKEN) + 4


def most_tokens_out(params: Mapping[str, Any]) -> int | None:
    """Find the bound of the output that the parameters set, of all answers of a request; None if they set none."""
    bound = next((params[name] for name in _MAX_TOKENS if isinstance(params.get(name), int)), None)
    answers = params.get("n")
    return bound * answers if bound is not None and isinstance(answers, int) else bound


def _bytes(message: Message) -> int:
    calls = sum(len((call.name + call.arguments).encode("utf-8", "replace")) for call in message.tool_calls)
    return len(message.text.encode("utf-8", "replace")) + calls


def _media(message: Message) -> int:
    parts = [part for part in message.parts if part.kind != "text"]
    sizes = [len(part.blob.data) for part in parts if part.blob is not None and part.blob.data is not None]
    return len(parts) * _TOKENS_AN_IMAGE + sum(sizes) * _TOKENS_A_FILE_BYTE


def _extra(sample: Sample) -> int:
    return len(json.dumps(sample.params, default=str)) if sample.params else 0
