"""The items of an answer, beside its tokens, that a provider bills by the piece."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from gencost.usage.numbers import OBJECT

Json = Mapping[str, Any]

# Output items of the Responses API -> the unit that is billed; None is billed by its tokens alone.
# https://platform.openai.com/docs/api-reference/responses/object and .../docs/pricing#built-in-tools (2026-11-26)
_RESPONSES: Mapping[str, str | None] = {
    "web_search_call": "web_search",
    "file_search_call": "file_search",
    "code_interpreter_call": "code_execution",
    "image_generation_call": "image_generation",
    "x_search_call": "x_search",
    "shell_call": "code_execution",
    **dict.fromkeys(
        (
            *("message", "reasoning", "function_call", "function_call_output", "custom_tool_call", "mcp_call"),
            *("mcp_list_tools", "mcp_approval_request", "computer_call", "local_shell_call", "apply_patch_call"),
            *("compaction", "item_reference", "tool_search_call", "tool_search_output", "shell_call_output"),
            *("custom_tool_call_output", "computer_call_output", "local_shell_call_output", "apply_patch_call_output"),
        )
    ),
}
_SEARCH_ACTIONS = (None, "search")  # opening a page or finding in it is not a search
_BILLED_IN_CHAT = frozenset({"annotations", "executed_tools"})
_NOT_DONE = ("failed", "incomplete")


def of_responses(output: Any) -> dict[str, int]:
    """Count what the output of the Responses API holds, by unit; a kind that nobody knows begins with ``?``."""
    items: Counter[str] = Counter()
    containers: set[str] = set()
    for item in output if isinstance(output, list) else ():
        if not isinstance(item, Mapping) or item.get("status") in _NOT_DONE:
            continue
        kind = str(item.get("type"))
        unit = _RESPONSES.get(kind, f"?{kind}")
        if unit == "web_search" and not _is_search(item):
            continue
        if unit == "code_execution" and item.get("container_id"):
            if str(item["container_id"]) in containers:
                continue
            containers.add(str(item["container_id"]))
        if unit is not None:
            items[unit] += 1
    return dict(items)


def _is_search(item: Json) -> bool:
    action = item.get("action")
    return (action.get("type") if isinstance(action, Mapping) else None) in _SEARCH_ACTIONS


def of_messages(content: Any) -> dict[str, int]:
    """Count what the content of a message holds: code that ran there; searches are counted in the usage."""
    runs = sum(
        isinstance(block, Mapping)
        and block.get("type") == "server_tool_use"
        and str(block.get("name", "")).endswith("code_execution")
        for block in (content if isinstance(content, list) else ())
    )
    return {"code_execution": runs} if runs else {}


def of_chat(message: Any) -> dict[str, int]:
    """Count what the message of a completion holds: citations of a search, tools that ran on the server (Groq)."""
    if not isinstance(message, OBJECT) or _BILLED_IN_CHAT.isdisjoint(message):
        return {}
    cited = message.get("annotations")
    ran = message.get("executed_tools")
    items = {"server_tool": len(ran) if isinstance(ran, list) else 0}
    items["web_search"] = int(
        isinstance(cited, list) and any(isinstance(it, Mapping) and it.get("type") == "url_citation" for it in cited)
    )
    return {name: count for name, count in items.items() if count}


def with_items(before: Json, delta: Json) -> Json:
    """Put what a stream's deltas hold of this together: tools come one by one, each again when it has run."""
    both = {name: delta[name] for name in _BILLED_IN_CHAT & delta.keys() if delta[name]}
    first, then = before.get("executed_tools"), both.get("executed_tools")
    if isinstance(first, list) and isinstance(then, list):
        both["executed_tools"] = list({_place(tool, n): tool for n, tool in enumerate([*first, *then])}.values())
    return {**before, **both}


def _place(tool: Any, n: int) -> Any:
    index = tool.get("index") if isinstance(tool, Mapping) else None
    return ("index", index) if type(index) is int else n


def of_gemini(grounded: Any, model: str) -> dict[str, int]:
    """Count the searches behind an answer of Gemini: each query since Gemini 3, before that each answer.

    Source: https://ai.google.dev/gemini-api/docs/pricing (read 2026-11-26).

    Args:
        grounded: its ``groundingMetadata``, of every chunk.
        model: that was served.
    """
    queries = {str(query) for metadata in grounded for query in _listed(metadata, "webSearchQueries") if query}
    items = {f"?{kind}": 1 for kind in _OTHER_GROUNDS if any(_grounds(it, kind) for it in grounded)}
    if queries:
        items["web_search"] = 1 if model.startswith(("gemini-1", "gemini-2")) else len(queries)
    return items


# Grounding that has a fee of its own: of Maps in chunks, of pictures in queries
# (https://ai.google.dev/gemini-api/docs/maps-grounding and .../docs/image-generation, read 2026-11-26).
_OTHER_GROUNDS = ("maps", "imageSearchQueries")


def _grounds(metadata: Json, kind: str) -> bool:
    return bool(metadata.get(kind)) or any(
        isinstance(chunk, Mapping) and chunk.get(kind) for chunk in _listed(metadata, "groundingChunks")
    )


def _listed(holder: Json, name: str) -> list[Any]:
    value = holder.get(name)
    return value if isinstance(value, list) else []
