"""Tools that ran on the server, wherever an answer shows them: billed by their kind, or the bill is not whole."""

from __future__ import annotations

from decimal import Decimal

import pytest
from usage.test_spellings_of_counts import PLAIN, bill, bill_of, of_gemini

from gencost.providers import anthropic, chat, openai_responses
from gencost.providers.anthropic import AnthropicStream
from gencost.providers.openai import OpenAIProvider, OpenAIStream
from gencost.providers.openai_responses import OpenAIResponsesProvider
from gencost.types import Cost

# 100 * 2 + 50 * 8 = 600 millionths of a USD, a search .01 USD
NONE, ONE, TWO = Decimal("0.0006"), Decimal("0.0106"), Decimal("0.0206")
COUNTS = {"input_tokens": 100, "output_tokens": 50}
RESPONSE = {**COUNTS, "total_tokens": 150}
XAI = "server_side_tool_usage_details"
CODE = {"type": "server_tool_use", "name": "code_execution"}
SEARCHING = {"type": "server_tool_use", "name": "web_search"}
SEARCHES = {"server_tool_use": {"web_search_requests": 1}}
SAID = {"type": "message", "content": [{"type": "output_text", "text": "hi"}]}


def of_response(usage: dict, *items: dict) -> Cost:
    return bill(openai_responses.response_object({"output": [*items, SAID], "usage": usage}))


def of_message(*blocks: dict, **usage: object) -> Cost:
    content = [*blocks, {"type": "text", "text": "hi"}]
    return bill(anthropic.message_object({"content": content, "usage": {**COUNTS, **usage}}))


def of_completion(message: dict, usage: dict | None = None, **beside: object) -> Cost:
    choices = [{"message": {"content": "hi", **message}}]
    return bill(chat.completion({"choices": choices, "usage": usage or PLAIN, **beside}))


def called(name: str, kind: str = "function", at: str = "call_1") -> dict:
    return {"tool_calls": [{"index": 0, "id": at, "type": kind, "function": {"name": name, "arguments": "{}"}}]}


@pytest.mark.parametrize(
    ("usage", "usd"),
    [
        ({"num_server_side_tools_used": 3}, None),
        ({"num_server_side_tools_used": 5, XAI: {"web_search_calls": 2}}, None),
        ({"num_server_side_tools_used": 2, XAI: {"web_search_calls": 2}}, TWO),
        ({"num_server_side_tools_used": 2, XAI: {"mcp_calls": 2}}, NONE),
        ({"num_server_side_tools_used": 2, XAI: {"file_search_calls": 1, "document_search_calls": 1}}, None),
        ({"context_details": {"input_tokens": 80, "output_tokens": 30}}, NONE),
        # OpenRouter's own searches are among the tools that it executed
        ({"server_tool_use_details": {"tool_calls_executed": 2, "web_search_requests": 2}}, TWO),
        ({"server_tool_use": {"tool_calls_requested": 2, "tool_calls_executed": 2, "web_search_requests": 2}}, TWO),
        ({"server_tool_use_details": {"tool_calls_executed": 3, "web_search_requests": 2}}, None),
        ({"server_tool_use": {"tool_calls_executed": 1, "web_search_requests": 2}}, None),
    ],
)
def test_tools_that_no_kind_names_are_not_free(usage, usd):
    assert bill_of({**PLAIN, **usage}).usd == usd
    assert of_response({**RESPONSE, **usage}).usd == usd


@pytest.mark.parametrize(
    ("message", "beside", "usd"),
    [
        (called("$web_search", "builtin_function"), {}, ONE),  # Moonshot runs it
        (called("$other", "builtin_function"), {}, None),
        (called("web_search"), {}, NONE),  # a function of the caller's own
        (called("web_search", "tool_call"), {}, NONE),  # as LangChain writes it
        (called("web_search", at="srvtoolu_1"), {}, ONE),  # Anthropic's, as litellm passes it on
        (called("web_fetch", at="srvtoolu_1"), {}, NONE),
        (called("bash_code_execution", at="srvtoolu_1"), {}, None),
        ({"tool_calls": [{"id": "c", "type": "web_browser", "web_browser": {"input": "q"}}]}, {}, None),  # Zhipu
        ({}, {"web_search": [{"title": "t", "link": "u"}]}, ONE),
        ({}, {"web_search": []}, NONE),
        ({}, {"venice_parameters": {"web_search_citations": [{"url": "u"}]}}, ONE),
        ({}, {"venice_parameters": {"enable_web_search": "off", "web_search_citations": []}}, NONE),
        ({}, {"search_info": {"search_results": [{"url": "u"}]}}, ONE),  # DashScope
    ],
)
def test_what_a_completion_shows_of_them_is_counted_whole_and_in_a_stream(message, beside, usd):
    assert of_completion(message, **beside).usd == usd
    stream = OpenAIStream()
    stream.take({"choices": [{"index": 0, "delta": {"content": "hi", **message}}]}, "")
    stream.take({"choices": [], "usage": PLAIN, **beside}, "")
    assert bill(stream.answer()).usd == usd


@pytest.mark.parametrize(
    ("model", "usd"),
    [("gpt-4o-mini-search-preview-2025-03-11", ONE), ("openai/gpt-5-search-api", ONE), ("gpt-4o-mini", NONE)],
)
def test_a_model_that_is_made_for_searching_searches_for_every_answer(model, usd):
    assert of_completion({}, model=model).usd == usd


def test_a_search_that_the_usage_counts_is_counted_once():
    counted = {**PLAIN, "server_tool_use": {"web_search_requests": 1}}
    assert of_completion(called("web_search", at="srvtoolu_1"), counted).usd == ONE


@pytest.mark.parametrize(
    ("details", "items", "usd"),
    [
        ({"search_web": {"cost_usd": 0.005, "invocation": 2}}, 1, TWO),
        ({}, 1, ONE),
        ({}, 0, NONE),
        ({"fetch_url": {"invocation": 1}}, 0, None),
    ],
)
def test_agents_of_perplexity_count_what_they_call(details, items, usd):
    shown = [{"type": "search_results", "queries": ["q"], "results": []}] * items
    assert of_response({**RESPONSE, "tool_calls_details": details}, *shown).usd == usd


def test_searches_that_stand_beside_the_usage_alone_are_billed():
    told = {"tool_usage": {"web_search": {"num_requests": 2}, "image_gen": {"total_tokens": 0}}}
    searched = {"type": "web_search_call", "status": "completed", "action": {"type": "search"}}
    for items, usd in (([], TWO), ([searched], ONE), ([{**searched, "status": "failed"}], TWO)):
        body = {"output": [*items, SAID], "usage": RESPONSE, **told}
        assert bill(openai_responses.response_object(body)).usd == usd
    doubao = {"tool_usage": {"web_search": 1}, "tool_usage_details": {"web_search": {"search_engine": 1}}}
    assert of_response({**RESPONSE, **doubao}).usd == ONE


def test_every_choice_counts():
    ran = {"content": "b", "executed_tools": [{"index": 0, "type": "search"}]}
    body = {"choices": [{"index": 0, "message": {"content": "a"}}, {"index": 1, "message": ran}], "usage": PLAIN}
    assert bill(chat.completion(body)).status == "partial"


@pytest.mark.parametrize(
    ("blocks", "usage", "usd"),
    [
        ([{"type": "web_search_tool_result", "content": []}], {}, ONE),
        ([{"type": "web_search_tool_result", "content": []}], {"server_tool_use": {"web_search_requests": 2}}, TWO),
        ([{"type": "web_search_tool_result", "content": {"type": "web_search_tool_result_error"}}], {}, NONE),
        ([{"type": "server_tool_use", "name": "web_fetch"}], {}, NONE),
        ([{"type": "server_tool_use", "name": "bash_code_execution"}], {}, None),
        # code that searched or fetched runs without a fee
        ([CODE, {**SEARCHING, "caller": {"type": "code_execution_20260120", "tool_id": "t"}}], SEARCHES, ONE),
        ([CODE, {**SEARCHING, "name": "web_fetch", "caller": {"type": "code_execution_20260120"}}], {}, NONE),
        ([CODE, {**SEARCHING, "caller": {"type": "direct"}}], SEARCHES, None),
        ([{"type": "server_tool_use", "name": "quantum"}], {}, None),
        ([{"type": "server_tool_use", "name": "advisor"}], {}, None),  # a call that nobody counted
        ([{"type": "server_tool_use", "name": "advisor"}], {"iterations": [{"type": "message", **COUNTS}]}, NONE),
        ([], {"iterations": [COUNTS], "cache_deleted_input_tokens": 99}, NONE),
    ],
)
def test_what_a_message_shows_of_them_is_counted(blocks, usage, usd):
    assert of_message(*blocks, **usage).usd == usd


@pytest.mark.parametrize(
    ("environment", "usd"), [({"type": "local"}, NONE), ({"type": "container_reference"}, None), (None, None)]
)
def test_a_shell_that_the_caller_runs_is_free(environment, usd):
    assert of_response(RESPONSE, {"type": "shell_call", "environment": environment}).usd == usd


def test_a_search_that_only_the_events_of_a_stream_tell_is_billed():
    stream = OpenAIResponsesProvider(name="p", base_url="http://p/v1").reader()
    searched = {"type": "web_search_call", "status": "completed", "action": {"type": "search"}}
    stream.take({"type": "response.output_item.done", "output_index": 0, "item": searched}, "")
    ended = {"status": "completed", "output": [SAID], "usage": RESPONSE}
    stream.take({"type": "response.completed", "response": ended}, "")
    assert bill(stream.answer()).usd == ONE


@pytest.mark.parametrize(("store", "usd"), [({}, None), ({"fileSearchStore": "s"}, NONE)])
def test_data_of_one_s_own_has_a_fee_on_vertex_and_none_in_a_store_of_gemini(store, usd):
    grounded = {"groundingChunks": [{"retrievedContext": {"uri": "gs://x", **store}}]}
    assert of_gemini("gemini-3-pro", grounded).usd == usd


def test_a_second_message_in_one_stream_does_not_hide_what_the_first_was_billed():
    stream = AnthropicStream()
    for _ in range(2):
        stream.take({"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 100}}}, "")
        stream.take({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hi"}}, "")
        stream.take({"type": "message_delta", "delta": {}, "usage": {"output_tokens": 50}}, "")
    cost = bill(stream.answer())
    assert (cost.status, "messages_before" in str(cost.reason)) == ("partial", True)


def test_the_usage_of_further_choices_is_not_lost():
    choices = [
        {"index": n, "message": {"content": "a"}, "usage": {"prompt_tokens": 9, "completion_tokens": 5}}
        for n in range(2)
    ]
    assert bill(chat.completion({"choices": choices})).status == "partial"
    assert bill(chat.completion({"choices": choices[1:]})).usd == Decimal(9 * 2 + 5 * 8) / 10**6
    assert bill(chat.completion({"choices": choices, "usage": PLAIN})).usd == NONE
    stream = OpenAIProvider(name="p", base_url="http://p/v1").reader()
    for choice in choices:
        stream.take({"choices": [{"index": choice["index"], "delta": {"content": "a"}, "usage": choice["usage"]}]}, "")
    assert bill(stream.answer()).status == "partial"
