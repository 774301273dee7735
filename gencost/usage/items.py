"""The items of an answer, beside its tokens, that a provider bills by the piece."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from gencost.usage.numbers import OBJECT, within
from gencost.values.token_counts import PREVIEW

Json = Mapping[str, Any]

# Output items of the Responses API -> the unit that is billed; None is billed by its tokens alone.
# https://platform.openai.com/docs/api-reference/responses/object and .../docs/pricing#built-in-tools (2026-11-26)
_RESPONSES: Mapping[str, str | None] = {
    "web_search_call": "web_search",
    "file_search_call": "file_search",
    "code_interpreter_call": "code_execution",
    "image_generation_call": "image_generation",
    "x_search_call": "x_search",
    "search_results": "web_search",  # Perplexity's
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
_LISTED = ("executed_tools", "tool_calls")
_MEDIA = {"images": "?image", "audio": "?audio"}
_BILLED_IN_CHAT = frozenset({"annotations", *_LISTED, *_MEDIA})
# Tools that the server runs, though they stand among the functions to call: Moonshot's begin with "$", Anthropic's that
# litellm passes on keep their kind of id, others have a type of their own, as Zhipu's "web_browser"
# (platform.moonshot.ai/docs/guide/use-web-search, docs.litellm.ai/docs/providers/anthropic,
# docs.z.ai/guides/tools/web-search; read 2026-11-27).
_TO_BE_RUN = (None, "", "function", "function_call", "custom", "tool_call", "tool_use")  # LangChain's, and of relays
_BUILT_IN, _RAN_BY_ANTHROPIC = "$", "srvtoolu_"
_UNIT_OF_TOOL: Mapping[str, str | None] = {
    "$web_search": "web_search",
    "web_search": "web_search",
    **dict.fromkeys(("code_execution", "bash_code_execution", "text_editor_code_execution"), "code_execution"),
    **dict.fromkeys(("web_fetch", "tool_search_tool_regex", "tool_search_tool_bm25"), None),
}
# Where the results of such a search stand: Zhipu's, DashScope's, Venice's.
_RESULTS = (("search_info", "search_results"), ("venice_parameters", "web_search_citations"))
SEARCHED = ("web_search", *(place for place, _ in _RESULTS))
"""Beside the choices of a completion, what shows that the server searched."""
_SEARCHED = frozenset(SEARCHED)
# https://platform.openai.com/docs/guides/tools-web-search?api-mode=chat (read 2026-11-27)
_SEARCHES_ALWAYS = re.compile(r"gpt-[\w.-]+-search-(?P<made>preview|api)", re.IGNORECASE)
_NOT_DONE = ("failed", "incomplete")


def of_response(body: Json) -> dict[str, int]:
    """Count what a response holds, by unit; searches by the preview of OpenAI's tool for it are so named, too."""
    items = of_responses(body.get("output"))
    if items.get("web_search"):
        tools = [str(tool.get("type")) for tool in _listed(body, "tools") if isinstance(tool, Mapping)]
        searching = [tool for tool in tools if tool.startswith("web_search")]  # some end in a date
        if searching and all(tool.startswith(PREVIEW) for tool in searching):
            items[PREVIEW] = items["web_search"]
    return items


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
        if unit == "code_execution" and within(item, "environment").get("type") == "local":
            continue  # a shell that the caller runs
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


def of_messages(content: Any, usage: Any = None) -> dict[str, int]:
    """Count what the content of a message holds: the results of searches, and other tools that ran on the server.

    Args:
        content: its blocks.
        usage: as sent: an advisor is a call that is counted there.
    """
    items: Counter[str] = Counter()
    for block in content if isinstance(content, list) else ():
        kind = block.get("type") if isinstance(block, Mapping) else None
        if kind == "web_search_tool_result" and isinstance(block.get("content"), list):
            items["web_search"] += 1
        elif kind == "server_tool_use":
            name = str(block.get("name", ""))
            unit = _UNIT_OF_TOOL.get(name, f"?{name}")
            counted = name == "advisor" and isinstance(usage, Mapping) and usage.get("iterations")
            if unit not in (None, "web_search") and not counted:
                items[str(unit)] += 1
    if "code_execution" in items and any(map(_is_called_by_code, content)):
        del items["code_execution"]
    return dict(items)


def _is_called_by_code(block: Any) -> bool:
    """Whether code that ran on the server searched the web or fetched a page: then it runs without a fee.

    Source: https://platform.claude.com/docs/en/agents-and-tools/tool-use/code-execution-tool (read 2026-11-27).
    """
    if not isinstance(block, Mapping) or block.get("type") != "server_tool_use":
        return False
    caller = str(within(block, "caller").get("type"))
    return block.get("name") in ("web_search", "web_fetch") and caller.startswith("code_execution")


def of_chat(message: Any) -> dict[str, int]:
    """Count what the message of a completion holds: citations of a search, tools that ran on the server, media.

    Groq lists those that it ran; others put them among the functions to call, see ``_UNIT_OF_TOOL``.
    """
    if not isinstance(message, OBJECT) or _BILLED_IN_CHAT.isdisjoint(message):
        return {}
    cited, ran, called = (message.get(name) for name in ("annotations", "executed_tools", "tool_calls"))
    items = Counter({"server_tool": len(ran) if isinstance(ran, list) else 0})
    items.update(unit for name, unit in _MEDIA.items() if message.get(name))
    items.update(unit for call in (called if isinstance(called, list) else ()) if (unit := _unit_of(call)))
    if isinstance(cited, list) and any(isinstance(it, Mapping) and it.get("type") == "url_citation" for it in cited):
        items["web_search"] = max(1, items["web_search"])
    return {name: count for name, count in items.items() if count}


def _unit_of(call: Any) -> str | None:
    """The unit that a call among the functions to call is billed by; None if the caller is to run it."""
    if not isinstance(call, Mapping):
        return None
    kind, function = call.get("type"), call.get("function")
    name = str(function.get("name")) if isinstance(function, Mapping) else ""
    if str(call.get("id") or "").startswith(_RAN_BY_ANTHROPIC) or name.startswith(_BUILT_IN):
        return _UNIT_OF_TOOL.get(name, f"?{name}") if name else None
    return None if kind in _TO_BE_RUN else f"?{kind}"


def of_body(body: Json) -> dict[str, int]:
    """Count the items beside the choices of a completion: results of a search that ran before the model.

    A model that is made for it searches for every answer, whether it cites anything or not.
    """
    if (always := _SEARCHES_ALWAYS.search(str(body.get("model") or ""))) is not None:
        return {"web_search": 1, PREVIEW: 1} if always["made"].lower() == "preview" else {"web_search": 1}
    if _SEARCHED.isdisjoint(body):
        return {}
    shown = [body.get("web_search"), *(within(body, place).get(name) for place, name in _RESULTS)]
    return {"web_search": 1} if any(isinstance(it, list) and it for it in shown) else {}


def of_choices(body: Json, messages: Iterable[Any]) -> dict[str, int]:
    """Count the items of a completion, in its choices and beside them; a search that both show is one."""
    shown, beside = [items for message in messages if (items := of_chat(message))], of_body(body)
    if not shown:  # most answers; a Counter takes its time
        return beside
    return dict(sum(map(Counter, shown), Counter()) | Counter(beside))


def with_items(before: Json, delta: Json) -> Json:
    """Put what a stream's deltas hold of this together: tools come one by one, each again when it has run."""
    both = {name: delta[name] for name in _BILLED_IN_CHAT & delta.keys() if delta[name]}
    for name in _LISTED:
        first, then = before.get(name), both.get(name)
        if isinstance(first, list) and isinstance(then, list):
            both[name] = list({_place(tool, n): tool for n, tool in enumerate([*first, *then])}.values())
    return {**before, **both}


def _place(tool: Any, n: int) -> Any:
    index = tool.get("index") if isinstance(tool, Mapping) else None
    return ("index", index) if type(index) is int else n


_EACH_ANSWER = re.compile(r"(?:^|/)gemini-[12]\b")


def of_gemini(grounded: Any, model: str, media: Iterable[str] = ()) -> dict[str, int]:
    """Count the searches behind an answer of Gemini: each query since Gemini 3, before that each answer; and media.

    Source: https://ai.google.dev/gemini-api/docs/pricing (read 2026-11-26).

    Args:
        grounded: its ``groundingMetadata``, of every chunk.
        model: that was served.
        media: MIME types of the parts that are not text.
    """
    queries = {str(query) for metadata in grounded for query in _listed(metadata, "webSearchQueries") if query}
    items = {f"?{kind}": 1 for kind in _OTHER_GROUNDS if any(_grounds(it, kind) for it in grounded)}
    items |= Counter(f"?{mime.partition('/')[0]}" for mime in media)
    if queries:
        items["web_search"] = 1 if _EACH_ANSWER.search(model) else len(queries)
    return items


# Grounding that has a fee of its own: of Maps in chunks, of pictures in queries
# (https://ai.google.dev/gemini-api/docs/maps-grounding and .../docs/image-generation, read 2026-11-26).
# Data of one's own has one on Vertex AI, and none in a store of Gemini's
# (cloud.google.com/vertex-ai/generative-ai/pricing and ai.google.dev/gemini-api/docs/file-search, read 2026-11-27).
_OTHER_GROUNDS = ("maps", "imageSearchQueries", "retrievedContext")


def _grounds(metadata: Json, kind: str) -> bool:
    chunks = [within(chunk, kind) for chunk in _listed(metadata, "groundingChunks") if isinstance(chunk, Mapping)]
    return bool(metadata.get(kind)) or any(chunk and "fileSearchStore" not in chunk for chunk in chunks)


def _listed(holder: Json, name: str) -> list[Any]:
    value = holder.get(name)
    return value if isinstance(value, list) else []
