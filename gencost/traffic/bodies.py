"""Read the answer inside a logged body, of whichever API it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gencost.providers import anthropic, chat, gemini, openai_responses
from gencost.providers.answer import Answer, text_of
from gencost.traffic.other_bodies import events_in, of_converse, of_generations, of_list
from gencost.traffic.values import parsed, text
from gencost.usage import UsageReading, read_usage
from gencost.values.altered import altered


def answer_of(body: Any) -> Answer:
    """Read a body: a completion, a response, a message, or what a log made of it.

    Args:
        body: as logged; a text is the answer's text.

    Returns:
        Without a reading of its usage if it names none.
    """
    body = parsed(body)
    if isinstance(body, str):
        body = events_in(body) or body
    if not isinstance(body, dict):
        streamed = of_list(body) if isinstance(body, list) else None
        return Answer(text=text(body) or "") if streamed is None else streamed
    for key, read in _BY_LIST.items():
        if isinstance(body.get(key), list):
            return read(body)
    if body.get("role") == "assistant":
        if isinstance(body.get("content"), list):
            return anthropic.message_object(body)
        return replace(chat.completion({"choices": [{"message": body}]}), reading=UsageReading())
    return _other(body)


_BY_LIST = {
    "choices": chat.completion,
    "output": openai_responses.response_object,
    "candidates": gemini.answer_object,
}


def _other(body: Mapping[str, Any]) -> Answer:
    if (kept := of_converse(body) or of_generations(body)) is not None:
        return kept
    if isinstance(body.get("data"), list):  # embeddings: numbers, no text
        return Answer(text="", response_model=text_of(body.get("model")), reading=usage_of(body, "embeddings"))
    return Answer(text=text(body) or "", response_model=text_of(body.get("model")))


def usage_of(body: Mapping[str, Any], protocol: str) -> UsageReading:
    """Read the usage that a body names."""
    return read_usage(body.get("usage"), protocol, service_tier=body.get("service_tier"))


def with_usage(answer: Answer, raw: Any, protocol: str, tier: Any = None) -> Answer:
    """Set the usage of an answer, found elsewhere in the log.

    Args:
        answer: as read.
        raw: the counts; if they say nothing, those of the answer's own body stay.
        protocol: whose names they have.
        tier: that was served, as named beside them.
    """
    if not isinstance(raw, dict) or not raw:
        return answer
    items, served = answer.reading.items, tier or answer.reading.service_tier
    wrote = bool(answer.text or answer.tool_calls or answer.reasoning)
    reading = read_usage(raw, protocol, text=wrote, items=items, service_tier=served)
    if reading.usage is None and answer.reading.usage is not None:
        return answer
    return altered(answer, reading=reading)
