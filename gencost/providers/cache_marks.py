"""Marks after which a prompt may be cached, as the Messages API and relays to it take them.

Source: https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching (read 2026-11-26).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gencost.providers.turns import text_blocks

Json = dict[str, Any]


def marked_messages(body: Json) -> Json:
    """Set the marks that a body of the Messages API asks for under ``cache``, which is taken out of it."""
    cache = body.pop("cache", None)
    if cache is None:
        return body
    mark, points = _mark(cache), cache["breakpoints"]
    if "system" in points and body.get("system"):
        body["system"] = _last_marked(text_blocks(body["system"]), mark)
    if "tools" in points and body.get("tools"):
        body["tools"] = _last_marked(body["tools"], mark)
    if "last" in points and body["messages"]:
        body["messages"] = _turn_marked(body["messages"], len(body["messages"]) - 1, mark)
    return body


def marked_chat(body: Json) -> Json:
    """Set the marks in a body of Chat Completions, in the content of its turns."""
    cache = body.get("cache")
    if not isinstance(cache, Mapping) or "breakpoints" not in cache:
        return body
    del body["cache"]
    mark, turns = _mark(cache), body["messages"]
    systems = [place for place, turn in enumerate(turns) if turn["role"] in {"system", "developer"}]
    if "system" in cache["breakpoints"] and systems:
        turns = _turn_marked(turns, systems[-1], mark)
    if "last" in cache["breakpoints"] and turns and turns[-1].get("content"):
        turns = _turn_marked(turns, len(turns) - 1, mark)
    return {**body, "messages": turns}


def _mark(cache: Mapping[str, Any]) -> Json:
    return {"type": "ephemeral", **({"ttl": cache["ttl"]} if "ttl" in cache else {})}


def _last_marked(items: list[Json], mark: Json) -> list[Json]:
    return [*items[:-1], {**items[-1], "cache_control": mark}]


def _turn_marked(turns: list[Json], place: int, mark: Json) -> list[Json]:
    turn = turns[place]
    return [*turns[:place], {**turn, "content": _last_marked(text_blocks(turn["content"]), mark)}, *turns[place + 1 :]]
