"""Tools that a server ran for an answer, counted by kind and all together: one that no kind names is not free."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gencost.usage.numbers import within

_XAI_ALL, _XAI_KINDS = "num_server_side_tools_used", "server_side_tool_usage_details"
_OPENROUTER = ("server_tool_use", "server_tool_use_details")
COUNTING = frozenset({_XAI_ALL, *_OPENROUTER})
"""The names in a usage of what counts tools of several kinds."""

# Searches in files of a collection and in documents that were sent along have prices of their own; what runs over MCP
# is billed by its tokens (docs.x.ai/docs/models#tools-pricing and .../docs/guides/tools/overview, read 2026-11-27).
XAI_TOOLS = {
    "num_sources_used": "unit search_source",
    _XAI_ALL: "free",
    f"{_XAI_KINDS}.web_search_calls": "unit web_search",
    f"{_XAI_KINDS}.x_search_calls": "unit x_search",
    f"{_XAI_KINDS}.code_interpreter_calls": "unit code_execution",
    f"{_XAI_KINDS}.file_search_calls": "unit file_search",
    f"{_XAI_KINDS}.image_generation_calls": "unit image_generation",
    f"{_XAI_KINDS}.mcp_calls": "free",
    # The last of its turns alone, which the totals hold.
    "context_details.input_tokens": "free",
    "context_details.output_tokens": "free",
}
# OpenRouter counts a search of its own among the tools that it executed, a search of the model's vendor beside them
# (openrouter.ai/docs/client-sdks, ServerToolUse; read 2026-11-27).
SERVER_TOOLS = {
    f"{place}.{name}": words
    for place in _OPENROUTER
    for name, words in (
        ("web_search_requests", "unit web_search"),
        ("web_fetch_requests", "free"),
        ("tool_search_requests", "free"),
        ("code_execution_requests", "unit code_execution"),
        ("tool_calls_requested", "free"),
        ("tool_calls_executed", "free"),
    )
}


def of_no_kind(raw: Mapping[str, Any], searches: int) -> tuple[int, list[str]]:
    """Count the tools that ran beside those that are named by kind.

    Args:
        raw: the usage as sent.
        searches: of the web, that are named.

    Returns:
        How many tools ran whose kind is not named; and what is unknown about them, for people.
    """
    unread = []
    named, ran = sum(map(_count, within(raw, _XAI_KINDS).values())), _count(raw.get(_XAI_ALL))
    if ran > named:
        unread.append(f"{_XAI_ALL}={ran} where {named} are named by kind")
    executed = max(_count(within(raw, place).get("tool_calls_executed")) for place in _OPENROUTER)
    if 0 < executed < searches:
        unread.append(f"tool_calls_executed={executed} beside {searches} web searches")
    return max(0, executed - searches), unread


def _count(value: Any) -> int:
    return value if type(value) is int else 0
