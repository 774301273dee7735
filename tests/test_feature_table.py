"""The tables of gencost/providers/README.md: which feature of a request or an answer goes through which protocol."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from providers import scripted
from providers.scripted import http, request
from sqlalchemy import select

from gencost.audit.check import audit
from gencost.errors import ProviderError
from gencost.llm import UnifiedLLM
from gencost.messages.read import read_messages
from gencost.metrics_db import Writer
from gencost.metrics_db.tables import responses, scores
from gencost.providers.anthropic import AnthropicProvider
from gencost.providers.gemini import GeminiProvider
from gencost.providers.openai import OpenAIProvider
from gencost.providers.openai_responses import OpenAIResponsesProvider
from gencost.quality.proxy import Proxy
from gencost.quality.tool_calls import ToolCalls
from gencost.types import Sample
from gencost.values.portable import checked

ask = scripted.ask  # the fixture
README = (Path(__file__).parent.parent / "gencost" / "providers" / "README.md").read_text(encoding="utf-8")
PROTOCOLS = {
    "Chat Completions": OpenAIProvider,
    "Responses": OpenAIResponsesProvider,
    "Messages": AnthropicProvider,
    "Gemini": GeminiProvider,
}
USER = {"role": "user", "content": "Hi"}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
SCHEMA = {"type": "object", "properties": {}}
REFUSED = None


def media(kind: str, data: str, media_type: str) -> dict:
    return {"role": "user", "content": [{"type": kind, "source": {"data": data, "media_type": media_type}}]}


ASKED = {  # feature of a request -> its turns, its parameters
    "system message": ([{"role": "system", "content": "Brief"}, USER], {}),
    "developer message": ([{"role": "developer", "content": "Brief"}, USER], {}),
    "image": ([media("image", "AAAA", "image/png")], {}),
    "audio": ([media("audio", "AAAA", "audio/wav")], {}),
    "file": ([media("file", "AAAA", "application/pdf")], {}),
    "call of a function": ([USER, {"role": "assistant", "content": None, "tool_calls": [CALL]}], {}),
    "result of a function": (
        [
            USER,
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "c1", "content": "42"},
        ],
        {},
    ),
    "functions to call": ([USER], {"tools": [TOOL], "tool_choice": "required"}),
    "JSON": ([USER], {"response_format": checked("response_format", "json")}),
    "JSON schema": ([USER], {"response_format": checked("response_format", SCHEMA)}),
    "level of reasoning": ([USER], {"reasoning": "low"}),
    "tokens of reasoning": ([USER], {"reasoning": 2000}),
    "stop texts": ([USER], {"stop": "END"}),
    "seed": ([USER], {"seed": 7}),
    "several answers": ([USER], {"n": 2}),
    "cache marks": ([USER], {"cache": checked("cache", "last")}),
    "service tier": ([USER], {"service_tier": "auto"}),
}
SENT = {  # feature -> a part of the body, in the order of PROTOCOLS; None is refused
    "system message": ('"role": "system"', '"role": "system"', '"system": "Brief"', '"systemInstruction"'),
    "developer message": ('"role": "developer"', '"role": "developer"', '"system": "Brief"', '"systemInstruction"'),
    "image": ('"image_url"', '"input_image"', '"type": "image"', '"mimeType": "image/png"'),
    "audio": ('"input_audio"', '"input_audio"', REFUSED, '"mimeType": "audio/wav"'),
    "file": ('"file_data"', '"input_file"', '"type": "document"', '"mimeType": "application/pdf"'),
    "call of a function": ('"tool_calls"', '"function_call"', '"tool_use"', '"functionCall"'),
    "result of a function": ('"tool_call_id"', '"function_call_output"', '"tool_result"', '"functionResponse"'),
    "functions to call": ('"tools"', '"type": "function", "name"', '"input_schema"', '"functionDeclarations"'),
    "JSON": ('"json_object"', '"json_object"', REFUSED, '"responseMimeType"'),
    "JSON schema": ('"response_format"', '"text": {"format"', '"output_config"', '"responseJsonSchema"'),
    "level of reasoning": ('"reasoning_effort"', '"reasoning": {"effort"', '"effort": "low"', '"thinkingLevel"'),
    "tokens of reasoning": (REFUSED, REFUSED, '"budget_tokens"', '"thinkingBudget"'),
    "stop texts": ('"stop"', REFUSED, '"stop_sequences"', '"stopSequences"'),
    "seed": ('"seed"', REFUSED, REFUSED, '"seed"'),
    "several answers": ('"n": 2', REFUSED, REFUSED, '"candidateCount"'),
    "cache marks": (REFUSED, REFUSED, '"cache_control"', REFUSED),
    "service tier": ('"service_tier"', '"service_tier"', '"service_tier"', '"serviceTier"'),
}


def provider(protocol: str, url: str = "http://127.0.0.1:1/v1"):
    return PROTOCOLS[protocol](name="openai", base_url=url)


def cells(table: dict) -> list:
    return [(feature, protocol) for feature in table for protocol in PROTOCOLS]


@pytest.mark.parametrize(("feature", "protocol"), cells(SENT))
def test_it_is_sent_or_refused_by_name(feature, protocol):
    turns, params = ASKED[feature]
    sample = Sample(id="1", messages=read_messages(turns))
    asked = replace(request(), sample=sample, params=params)
    part = SENT[feature][list(PROTOCOLS).index(protocol)]
    if part is REFUSED:
        with pytest.raises(ProviderError) as refused:
            provider(protocol).body(asked)
        assert refused.value.error_type == "invalid_request"
    else:
        assert part in json.dumps(provider(protocol).body(asked))


USAGE = {
    "Chat Completions": {
        "prompt_tokens": 10,
        "completion_tokens": 25,
        "total_tokens": 35,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 20},
    },
    "Responses": {
        "input_tokens": 10,
        "output_tokens": 25,
        "total_tokens": 35,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens_details": {"reasoning_tokens": 20},
    },
    "Messages": {
        "input_tokens": 6,
        "cache_read_input_tokens": 4,
        "output_tokens": 25,
        "output_tokens_details": {"thinking_tokens": 20},
    },
    "Gemini": {
        "promptTokenCount": 10,
        "cachedContentTokenCount": 4,
        "candidatesTokenCount": 5,
        "thoughtsTokenCount": 20,
        "totalTokenCount": 35,
    },
}
ANSWERS = {  # a text, a thought, a function's call and counts, as each protocol writes them
    "Chat Completions": {
        "model": "m",
        "choices": [
            {
                "message": {"content": "Hi", "reasoning_content": "Hm", "tool_calls": [CALL]},
                "finish_reason": "tool_calls",
            }
        ],
        "usage": USAGE["Chat Completions"],
    },
    "Responses": {
        "model": "m",
        "status": "completed",
        "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]},
            {"type": "message", "content": [{"type": "output_text", "text": "Hi"}]},
            {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a":1}'},
        ],
        "usage": USAGE["Responses"],
    },
    "Messages": {
        "model": "m",
        "content": [
            {"type": "thinking", "thinking": "Hm"},
            {"type": "text", "text": "Hi"},
            {"type": "tool_use", "id": "c1", "name": "f", "input": {"a": 1}},
        ],
        "stop_reason": "tool_use",
        "usage": USAGE["Messages"],
    },
    "Gemini": {
        "modelVersion": "m",
        "candidates": [
            {
                "content": {
                    "parts": [
                        {"text": "Hm", "thought": True},
                        {"text": "Hi"},
                        {"functionCall": {"id": "c1", "name": "f", "args": {"a": 1}}},
                    ]
                },
                "finishReason": "STOP",
            }
        ],
        "usageMetadata": USAGE["Gemini"],
    },
}
GIVEN = ("text", "thought", "call of a function", "cached tokens", "tokens of reasoning", "model", "reason of its end")


def part_of(response, feature: str):
    """What a response has of a feature, and what it must be."""
    (call,) = response.tool_calls
    return {
        "text": (response.text, "Hi"),
        "thought": (response.reasoning, "Hm"),
        "call of a function": ((call.id, call.name, json.loads(call.arguments)), ("c1", "f", {"a": 1})),
        "cached tokens": ((response.usage.tokens_in, response.usage.tokens_cached), (10, 4)),
        "tokens of reasoning": ((response.usage.tokens_out, response.usage.tokens_reasoning), (25, 20)),
        "model": (response.response_model, "m"),
        "reason of its end": (bool(response.finish_reason), True),
    }[feature]


@pytest.mark.parametrize(("feature", "protocol"), [(feature, protocol) for feature in GIVEN for protocol in PROTOCOLS])
def test_it_is_received(ask, feature, protocol):
    response, _ = ask(lambda url: provider(protocol, url), http(ANSWERS[protocol]))
    got, wanted = part_of(response, feature)
    assert got == wanted


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_it_is_stored_scored_and_audited(protocol, engine):
    wanted = json.dumps({"name": "f", "arguments": {"a": 1}})
    sample = Sample(id="1", messages=read_messages([USER]), reference=wanted)

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(http(ANSWERS[protocol], Connection="close"))
        await writer.drain()
        writer.close()

    async def call() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        with Writer(engine) as writer:
            scorers = (Proxy(), ToolCalls())
            llm = UnifiedLLM(provider=provider(protocol, url), model="m", writer=writer, scorers=scorers)
            await llm.acomplete(sample)
            await llm.aclose()
        server.close()

    asyncio.run(call())
    with engine.connect() as db:
        row = db.execute(select(responses)).mappings().one()
        score = db.scalar(select(scores.c.value).where(scores.c.scorer == "tool_calls"))
    assert (row["response"], row["reasoning"], score) == ("Hi", "Hm", 1.0)
    assert json.loads(row["tool_calls_json"])[0]["name"] == "f"
    assert (row["usage_tokens_cached"], row["usage_tokens_reasoning"]) == (4, 20)
    assert audit(engine, None).failures == []


def rows(title: str) -> dict[str, list[str]]:
    section = README.partition(f"## {title}")[2].partition("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("| ")][1:]
    split = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return {name: values for name, *values in split if not set(name) <= {"-"}}


def test_the_tables_say_what_these_tests_show():
    said = {feature: ["refused" if part is REFUSED else "sent" for part in parts] for feature, parts in SENT.items()}
    assert rows("What goes into a request") == said
    kept = "received, stored"
    more = {"call of a function": f"{kept}, scored, audited", "text": f"{kept}, scored, audited"}
    audited = {"cached tokens", "tokens of reasoning"}
    words = {name: more.get(name, f"{kept}, audited" if name in audited else kept) for name in GIVEN}
    assert rows("What comes back in an answer") == {name: [word] * len(PROTOCOLS) for name, word in words.items()}
