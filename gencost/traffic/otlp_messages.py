"""Messages as spans have them: JSON of parts, or one attribute a field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from gencost.messages import ToolCall
from gencost.providers.answer import Answer, tool_call
from gencost.traffic.values import parsed, text

_INDEXED = re.compile(r"(?:llm\.(?:in|out)put_messages|gen_ai\.(?:prompt|completion))\.(?P<n>\d+)\.(?P<rest>.+)")
_CALL = re.compile(r"(?:message\.)?tool_calls\.(\d+)\.(?:tool_call\.)?(?:function\.)?(name|arguments|id)")
_PART = re.compile(r"message\.contents\.(\d+)\.message_content\.text")
_RESULTS = ("tool_call_response", "tool_result")


def turns_of(value: Any, system: Any = None) -> list[dict[str, Any]] | None:
    """Read messages that are JSON of parts as turns of Chat Completions; None if there are no messages.

    Args:
        value: a text of JSON, or a list already; plain turns stay as they are.
        system: instructions beside the messages, parts too.
    """
    listed = parsed(value)
    if not isinstance(listed, list) or not listed:
        return None
    turns = [turn for item in listed if isinstance(item, Mapping) for turn in _turns(item)]
    before = parsed(system)
    if before:
        parts = before if isinstance(before, list) else [{"type": "text", "content": text(before)}]
        turns = [{"role": "system", "content": _content(parts)}, *turns]
    return turns


def _turns(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    parts = message.get("parts")
    if not isinstance(parts, list):
        return [dict(message)]
    listed = [it for it in parts if isinstance(it, Mapping)]
    results = [_result(it) for it in listed if it.get("type") in _RESULTS]
    calls = [_turn_call(it) for it in listed if it.get("type") == "tool_call"]
    content = _content([it for it in listed if it.get("type") not in (*_RESULTS, "tool_call", "reasoning")])
    if not content and not calls:
        return results
    turn: dict[str, Any] = {"role": message.get("role"), "content": content}
    return [*results, {**turn, **({"tool_calls": calls} if calls else {})}]


def _result(part: Mapping[str, Any]) -> dict[str, Any]:
    result = part.get("response", part.get("result", part.get("content")))
    return {"role": "tool", "tool_call_id": part.get("id"), "content": text(result) or "(empty)"}


def _turn_call(part: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": part.get("id"), "function": {"name": part.get("name"), "arguments": part.get("arguments")}}


def _content(parts: list[Any]) -> Any:
    content = [_part(it) for it in parts if isinstance(it, Mapping)]
    if all(it["type"] == "text" for it in content):
        return "".join(it["text"] for it in content)
    return content


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    kind = part.get("type")
    if kind in ("uri", "image") and isinstance(part.get("uri"), str):
        return {"type": "image_url", "image_url": {"url": part["uri"]}}
    if kind == "text" or (isinstance(part.get("content"), str) and kind not in ("blob", "file")):
        return {"type": "text", "text": text(part.get("content", part.get("text"))) or ""}
    return {"type": "text", "text": f"[{part.get('modality') or kind}]"}


def said_in(turns: list[dict[str, Any]] | None) -> Answer | None:
    """Make an answer of the first of the turns that a model gave; None without any."""
    turn = next((it for it in turns or () if it.get("role") in ("assistant", "model", None, "ai")), None)
    if turn is None:
        return None
    return Answer(text=text(turn.get("content")) or "", tool_calls=_calls(turn))


def _calls(turn: Mapping[str, Any]) -> tuple[ToolCall, ...]:
    calls = [it for it in turn.get("tool_calls") or () if isinstance(it, Mapping)]
    named = [(it.get("id"), it.get("function") or it) for it in calls]
    return tuple(tool_call(at, function.get("name"), function.get("arguments")) for at, function in named)


def indexed_turns(facts: Mapping[str, Any], kinds: tuple[str, ...]) -> list[dict[str, Any]] | None:
    """Put together turns of which each field is an attribute, ``llm.input_messages.0.message.role``.

    Args:
        facts: of a span.
        kinds: what such names begin with.
    """
    fields: dict[int, dict[str, Any]] = {}
    for name, value in facts.items():
        named = _INDEXED.fullmatch(name) if name.startswith(kinds) else None
        if named is not None and value is not None:
            fields.setdefault(int(named["n"]), {})[named["rest"]] = value
    return [_indexed(fields[n]) for n in sorted(fields)] or None


def _indexed(fields: Mapping[str, Any]) -> dict[str, Any]:
    calls: dict[int, dict[str, Any]] = {}
    parts: dict[int, str] = {}
    for name, value in fields.items():
        if (call := _CALL.fullmatch(name)) is not None:
            calls.setdefault(int(call[1]), {})[call[2]] = value
        elif (part := _PART.fullmatch(name)) is not None:
            parts[int(part[1])] = str(value)
    content = fields.get("message.content", fields.get("content"))
    if content is None and parts:
        content = "\n".join(parts[n] for n in sorted(parts))
    turn = {"role": fields.get("message.role", fields.get("role")), "content": content if content is not None else ""}
    listed = [_turn_call({**it, "arguments": _written(it.get("arguments"))}) for it in calls.values()]
    at = fields.get("message.tool_call_id", fields.get("tool_call_id"))
    return {**turn, **({"tool_calls": listed} if listed else {}), **({"tool_call_id": at} if at else {})}


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value if value is not None else {})
