"""The vendors' own types: each body that GenCost sends is one of theirs, and each answer that they know is read whole.

Needs a Python of its own with both packages, named by ``GENCOST_SDKS``: ``pip install openai anthropic``.
"""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from providers.scripted import request
from test_feature_table import ASKED, CALL, SCHEMA, TOOL, USER, media

from gencost.cost_tracker import CostTracker
from gencost.errors import ProviderError
from gencost.messages.read import read_messages
from gencost.pricing import load_pricing
from gencost.providers.answer import Answer, facts_of, said_of
from gencost.providers.anthropic import AnthropicProvider
from gencost.providers.openai import OpenAIProvider
from gencost.providers.openai_responses import OpenAIResponsesProvider
from gencost.types import Response, Sample
from gencost.usage import read_usage
from gencost.values.portable import checked

pytestmark = pytest.mark.peer

SCRIPT = Path(__file__).parent / "sdk_types.py"
PROVIDERS = {"chat": OpenAIProvider, "responses": OpenAIResponsesProvider, "messages": AnthropicProvider}
OF_GPT = {"chat", "responses"}

PICTURE = {"type": "image_url", "image_url": {"url": "https://example.org/a.png", "detail": "low"}}
TWO_CALLS = [CALL, {**CALL, "id": "c2"}]
RESULTS = [{"role": "tool", "tool_call_id": name, "content": "42"} for name in ("c1", "c2")]
MARKED = {"type": "text", "text": "long", "cache_control": {"type": "ephemeral"}}
MORE = {
    "image by URL": ([{"role": "user", "content": [{"type": "text", "text": "?"}, PICTURE]}], {}),
    "text file": ([media("file", "QUFB", "text/plain")], {}),
    "calls and results": ([USER, {"role": "assistant", "content": "Hm", "tool_calls": TWO_CALLS}, *RESULTS, USER], {}),
    "parts of an answer": ([USER, {"role": "assistant", "content": [{"type": "text", "text": "a"}]}, USER], {}),
    "parts of a result": (
        [
            USER,
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "42"}]},
        ],
        {},
    ),
    "marks of its own": ([{"role": "system", "content": [MARKED]}, USER], {}),
    "a function by name": ([USER], {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "f"}}}),
    "no function": ([USER], {"tools": [TOOL], "tool_choice": "none"}),
    "a function without parameters": ([USER], {"tools": [{"type": "function", "function": {"name": "f"}}]}),
    "sampling": ([USER], {"temperature": 0.5, "top_p": 0.9, "max_tokens": 10}),
    "stop texts of several": ([USER], {"stop": ["a", "b"]}),
    "cache for an hour": (
        [{"role": "system", "content": "Brief"}, USER],
        {"tools": [TOOL], "cache": checked("cache", {"breakpoints": ["system", "tools", "last"], "ttl": "1h"})},
    ),
    "no reasoning": ([USER], {"reasoning": "none"}),
    "much reasoning": ([USER], {"reasoning": "high"}),
    "schema and level": ([USER], {"response_format": checked("response_format", SCHEMA), "reasoning": "low"}),
    "logprobs": ([USER], {"logprobs": True, "top_logprobs": 2}),
}
FEATURES = {**ASKED, **MORE}


def body(language: str, stream: bool, feature: str) -> dict[str, Any] | None:
    """The body of a request with a feature; None if the protocol has no words for it, which is said before any call."""
    turns, params = FEATURES[feature]
    name = "openai" if language in OF_GPT else "anthropic"
    provider = PROVIDERS[language](name=name, base_url="http://127.0.0.1:1/v1", stream=stream)
    asked = replace(request(), sample=Sample(id="1", messages=read_messages(turns)), params=params)
    try:
        return json.loads(json.dumps(provider.body(asked)))
    except ProviderError as error:
        return None if error.error_type == "invalid_request" else {"raised": str(error)}


ALL = [(language, stream, feature) for language in PROVIDERS for stream in (False, True) for feature in FEATURES]


@pytest.fixture(scope="module")
def sdks() -> dict[str, Any]:
    python = os.environ.get("GENCOST_SDKS")
    if python is None:
        pytest.skip("no SDKs: pip install openai anthropic in a venv of its own, set GENCOST_SDKS to its python")
    bodies = {it: sent for it in ALL if (sent := body(*it)) is not None}
    asked = [[f"{language}{' stream' * stream}", sent] for (language, stream, _), sent in bodies.items()]
    told = subprocess.run(
        [python, str(SCRIPT)], input=json.dumps({"bodies": asked}), stdout=subprocess.PIPE, text=True, check=True
    )
    told_of = json.loads(told.stdout)
    return {"refused": dict(zip(bodies, told_of["refused"], strict=True)), **told_of["answers"]}


ELSEWHERE = {  # what these types do not know, and who takes it
    ("chat", "marks of its own"): "relays to Anthropic",
    ("responses", "audio"): "a type of its own, ResponseInputAudioParam, which no type of an input names",
    ("messages", "sampling"): "models before those that these types are of",
}


@pytest.mark.parametrize(("language", "stream", "feature"), [it for it in ALL if (it[0], it[2]) not in ELSEWHERE])
def test_a_body_is_of_the_vendors_type(sdks, language, stream, feature):
    assert sdks["refused"].get((language, stream, feature)) is None


def lost(sent: Any, answer: Answer) -> set[str]:
    """The texts of an answer that are nowhere in what was read of it."""
    return set(re.findall(r"text-\d+-end", json.dumps(sent))) - set(
        re.findall(r"text-\d+-end", json.dumps(asdict(answer), default=str))
    )


SEALS = ("signature", "encrypted_content", "encrypted_index", "encrypted_stdout")


def without_seals(value: Any) -> Any:
    if isinstance(value, list):
        return [without_seals(it) for it in value]
    return {k: without_seals(v) for k, v in value.items() if k not in SEALS} if isinstance(value, dict) else value


def without_id(item: dict[str, Any]) -> dict[str, Any]:
    """An item without its own id, which names it on the server alone."""
    return {key: value for key, value in item.items() if key not in ("id", "status")}


def provider(language: str, stream: bool = False):
    return PROVIDERS[language](name="p", base_url="http://127.0.0.1:1/v1", stream=stream)


def test_a_message_of_chat_is_read_whole(sdks):
    (message,), (logprobs,) = sdks["chat message"], sdks["chat logprobs"]
    choice = {"index": 0, "message": message, "logprobs": logprobs, "finish_reason": "stop"}
    for silent in ((), ("content",), ("content", "refusal")):
        sent = copy.deepcopy(choice)
        for key in silent:
            sent["message"][key] = None
        answer = provider("chat").read({"choices": [sent]})
        gone = {message["refusal"]} if not silent else set()
        assert lost(sent, answer) <= gone
    assert answer.text == message["audio"]["transcript"]
    assert [call.name for call in answer.tool_calls] == [
        *(call[call["type"]]["name"] for call in message["tool_calls"]),
        message["function_call"]["name"],
    ]


def test_a_message_of_chat_in_pieces_is_read_whole(sdks):
    (message,), (logprobs,) = sdks["chat message"], sdks["chat logprobs"]
    reader = provider("chat", stream=True).reader()
    for key, value in message.items():
        placed = [{**call, "index": place} for place, call in enumerate(value)] if key == "tool_calls" else value
        reader.take({"choices": [{"index": 0, "delta": {key: placed}, "logprobs": None}]}, "")
    reader.take({"choices": [{"index": 0, "delta": {}, "logprobs": logprobs, "finish_reason": "stop"}]}, "")
    assert lost({**message, "refusal": None}, reader.answer()) == set()
    assert lost(logprobs, reader.answer()) == set()


def test_every_item_of_responses_is_read_whole(sdks):
    for item in sdks["responses item"]:
        done = {"status": "completed", "output": [item]}
        answer = provider("responses").read(done)
        assert lost(without_id(without_seals(item)), answer) == set(), item["type"]
        reader = provider("responses", stream=True).reader()
        reader.take({"type": "response.output_item.done", "item": item}, "")
        reader.take({"type": "response.completed", "response": {"status": "completed", "output": []}}, "")
        assert lost(without_id(without_seals(item)), reader.answer()) == set(), f"{item['type']} in a stream"


def test_every_block_of_messages_is_read_whole(sdks):
    for block in sdks["messages block"]:
        answer = provider("messages").read({"content": [block], "stop_reason": "end_turn"})
        assert lost(without_seals(block), answer) == set(), block["type"]
        reader = provider("messages", stream=True).reader()
        reader.take({"type": "message_start", "message": {"content": []}}, "")
        reader.take({"type": "content_block_start", "index": 0, "content_block": block}, "")
        reader.take({"type": "message_stop"}, "")
        assert lost(without_seals(block), reader.answer()) == set(), f"{block['type']} in a stream"


def test_every_delta_of_messages_is_read_whole(sdks):
    begun = {
        "text_delta": {"type": "text", "text": ""},
        "citations_delta": {"type": "text", "text": "a", "citations": []},
        "input_json_delta": {"type": "server_tool_use", "id": "1", "name": "web_search", "input": {}},
        "thinking_delta": {"type": "thinking", "thinking": ""},
    }
    for delta in sdks["messages delta"]:
        if delta["type"] != "signature_delta":
            reader = provider("messages", stream=True).reader()
            reader.take({"type": "message_start", "message": {"content": []}}, "")
            block = begun[delta["type"]]
            reader.take({"type": "content_block_start", "index": 0, "content_block": block}, "")
            reader.take({"type": "content_block_delta", "index": 0, "delta": delta}, "")
            assert lost(without_seals(delta), reader.answer()) == set(), delta["type"]


@pytest.mark.parametrize("language", ["responses", "messages"])
def test_no_event_is_more_than_a_reader_can_take(sdks, language):
    for event in sdks[f"{language} event"]:
        reader = provider(language, stream=True).reader()
        try:
            reader.take(event, event["type"])
        except ProviderError:
            assert event["type"] == "response.failed"
        reader.answer()
        reader.billed()


def leaves(usage: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in usage.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        elif isinstance(value, int):
            yield (*path, key)


TOTALS = {
    "chat": {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500},
    "responses": {"input_tokens": 1000, "output_tokens": 500, "total_tokens": 1500},
    "messages": {"input_tokens": 1000, "output_tokens": 500},
}
# Of each count the ones that it is a part of.
INSIDE = {
    ("cache_creation", "ephemeral_1h_input_tokens"): ("cache_creation_input_tokens",),
    ("cache_creation", "ephemeral_5m_input_tokens"): ("cache_creation_input_tokens",),
}
# Counted, but at rates that no price list has: the bill is partial.
_TTLS = ("input_tokens_details", "cache_write_tokens_details")
WITHOUT_RATES = {(*_TTLS, "ttl_12h_tokens"), (*_TTLS, "ttl_30m_tokens")}


def with_one(language: str, *paths: tuple[str, ...]) -> dict[str, Any]:
    usage = copy.deepcopy(TOTALS[language])
    for path in paths:
        place = usage
        for key in path[:-1]:
            place = place.setdefault(key, {})
        place[path[-1]] = 1
    return usage


@pytest.mark.parametrize("language", PROVIDERS)
def test_every_count_of_a_usage_is_known_and_an_unknown_one_makes_a_bill_partial(sdks, language):
    (usage,) = sdks[f"{language} usage"]
    for path in leaves(usage):
        if path not in {(name,) for name in TOTALS[language]}:
            paths = (path, INSIDE[path]) if path in INSIDE else (path,)
            reading = read_usage(with_one(language, *paths), language, text=True)
            assert reading.problem is None, path
            assert bool(reading.usage.unread) == (path in WITHOUT_RATES), path
    assert status(with_one(language), language) == "priced"
    assert status(with_one(language, ("details", "quantum_tokens")), language) == "partial"


def status(usage: dict[str, Any], language: str) -> str:
    rates = {"input_usd_per_mtok": 1, "output_usd_per_mtok": 2}
    tracker = CostTracker(load_pricing({"models": {"p:m": rates}, "fallback": "none"}))
    reading = read_usage(usage, language, text=True)
    answer = Answer(text="a", reading=reading, response_model="m")
    response = Response(latency_ms=1.0, **said_of(answer), **facts_of(reading))
    _, _, cost = tracker.account(replace(request(), provider="p", model="m"), (), response)
    return cost.status
