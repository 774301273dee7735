"""Read messages as people and APIs write them: Chat Completions, Responses, Messages, and files by their path.

Sources: https://platform.openai.com/docs/api-reference/chat and .../responses,
https://docs.anthropic.com/en/api/messages (read 2026-11-26).
"""

from __future__ import annotations

import base64
import binascii
import json
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gencost.errors import PromptError, nearest
from gencost.messages.message import ROLES, Blob, Message, Part, PartKind, ToolCall, blob_of

Json = Mapping[str, Any]

_SYNONYMS = {"human": "user", "model": "assistant", "ai": "assistant", "gpt": "assistant", "function": "tool"}
_TEXTS = {"text", "input_text", "output_text", "refusal"}
_THOUGHTS = {"thinking", "redacted_thinking", "reasoning"}
_KINDS: dict[str, PartKind] = {
    "image": "image",
    "image_url": "image",
    "input_image": "image",
    "audio": "audio",
    "input_audio": "audio",
    "file": "file",
    "input_file": "file",
    "document": "file",
}
_OPTIONS = ("detail", "cache_control", "citations", "title", "context")


def read_messages(turns: Any, folder: Path | None = None) -> tuple[Message, ...]:
    """Read a conversation.

    Args:
        turns: a list of messages or of plain mappings; one of either counts as a list of one.
        folder: that relative paths of files start from; None is the working folder.

    Raises:
        PromptError: it is not a conversation, or a file of it cannot be read.
    """
    if isinstance(turns, Message | Mapping):
        turns = [turns]
    if not isinstance(turns, Sequence) or isinstance(turns, str) or not turns:
        raise PromptError(f"messages is {repr(turns)[:60]}: give a list of {{role, content}}")
    messages: list[Message] = []
    for number, turn in enumerate(turns, start=1):
        try:
            messages += [turn] if isinstance(turn, Message) else _messages(turn, folder or Path())
        except PromptError as error:
            raise PromptError(f"message {number}: {error}") from None
    return tuple(messages)


def _messages(turn: Any, folder: Path) -> list[Message]:
    """Read one turn; results of functions inside a user's turn become turns of their own, as elsewhere."""
    if not isinstance(turn, Mapping):
        raise PromptError(f"{repr(turn)[:60]} is not a mapping with role and content")
    if turn.get("type") in ("function_call", "function_call_output"):
        return [_item(turn)]
    role = _role(turn.get("role", turn.get("from")))  # "from" and "value" are ShareGPT's, "parts" is Gemini's
    blocks = next((turn[key] for key in ("content", "value", "parts") if key in turn), None)
    listed = blocks if isinstance(blocks, Sequence) and not isinstance(blocks, str) else []
    results = [_result(b, folder) for b in listed if isinstance(b, Mapping) and b.get("type") == "tool_result"]
    calls = (*_calls(turn), *(_used(b) for b in listed if isinstance(b, Mapping) and b.get("type") == "tool_use"))
    content = _content(blocks, folder)
    if not content and results:
        return results
    if not _said(content) and not calls:
        raise PromptError("it is empty: give content" + (" or tool_calls" if role == "assistant" else ""))
    name, at = turn.get("name"), turn.get("tool_call_id") or (turn.get("name") if role == "tool" else None)
    message = Message(
        role=role,
        content=content,
        tool_calls=calls,
        tool_call_id=str(at) if role == "tool" and at is not None else None,
        name=name if isinstance(name, str) and role != "tool" else None,
    )
    return [*results, message]


def _role(role: Any) -> str:
    role = _SYNONYMS.get(str(role), role)
    if role not in ROLES:
        raise PromptError(f"role {role!r} does not exist{nearest(str(role), ROLES)}: choose from {', '.join(ROLES)}")
    return str(role)


def _said(content: str | tuple[Part, ...]) -> bool:
    return bool(content.strip()) if isinstance(content, str) else bool(content)


def _content(content: Any, folder: Path) -> str | tuple[Part, ...]:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        content = [content]
    if not isinstance(content, Sequence):
        raise PromptError(f"content is {repr(content)[:60]}: give a text or a list of parts")
    parts = [part for item in content if (part := _part(item, folder)) is not None]
    if len(parts) == 1 and parts[0].kind == "text" and not parts[0].options:
        return parts[0].text
    return tuple(parts)


def _part(item: Any, folder: Path) -> Part | None:
    """Read one part; None for what is not content: thoughts, and calls and results of functions."""
    if isinstance(item, Part):
        return item
    if isinstance(item, str):
        return Part(kind="text", text=item)
    if not isinstance(item, Mapping):
        raise PromptError(f"part {repr(item)[:60]} is not a mapping with a type")
    kind = str(item.get("type") or ("text" if "text" in item else next((k for k in _KINDS if k in item), "")))
    if kind in _THOUGHTS | {"tool_use", "tool_result"}:
        return None
    options = {key: item[key] for key in _OPTIONS if item.get(key) is not None}
    if kind in _TEXTS:
        text = item.get("text", item.get("refusal"))
        if not isinstance(text, str):
            raise PromptError(f"part {repr(dict(item))[:60]} has no text")
        return Part(kind="text", text=text, options=options)
    if kind not in _KINDS:
        known = sorted(_TEXTS | set(_KINDS))
        raise PromptError(f"part type {kind!r} does not exist{nearest(kind, known)}: choose from {', '.join(known)}")
    return replace(_media(_KINDS[kind], item, folder), options={**options, **_inner_options(item)})


def _inner_options(item: Json) -> dict[str, Any]:
    inner = item.get("image_url")
    return {"detail": inner["detail"]} if isinstance(inner, Mapping) and inner.get("detail") is not None else {}


def _media(kind: PartKind, item: Json, folder: Path) -> Part:
    """Find where an image, a sound or a file is: a URL, data in base64, a path, an id at the provider."""
    source: dict[str, Any] = {}
    for key in (item.get("type"), kind, "source", "image_url", "input_audio", "file"):
        inner = item.get(key) if isinstance(key, str) else None
        source |= dict(inner) if isinstance(inner, Mapping) else ({"url": inner} if isinstance(inner, str) else {})
    source = {**{k: v for k, v in item.items() if k != "type"}, **source}
    name = source.get("filename") or source.get("name")
    given = next((source[k] for k in ("path", "file_url", "url", "file_data", "data") if source.get(k)), None)
    if source.get("type") == "text" and isinstance(source.get("data"), str):
        return Part(kind=kind, blob=blob_of(source["data"].encode(), "text/plain"), name=name)
    if isinstance(given, str) and given.startswith(("http://", "https://", "gs://", "s3://")):
        return Part(kind=kind, url=given, name=name)
    if isinstance(source.get("file_id"), str):
        return Part(kind=kind, url=f"file_id:{source['file_id']}", name=name)
    if not isinstance(given, str):
        raise PromptError(f"{kind} part: give a path, a url or data in base64, not {repr(dict(item))[:60]}")
    encoded = given.startswith("data:") or (not source.get("path") and (source.get("data") or source.get("file_data")))
    if encoded:
        blob = _decoded(given, source)
    else:
        blob, name = _file(folder / given.removeprefix("file://"), kind), name or Path(given).name
    return Part(kind=kind, blob=blob, name=name if kind == "file" else None)


def _decoded(text: str, source: Json) -> Blob:
    head, _, body = text.partition(",") if text.startswith("data:") else ("", "", text)
    audio = f"audio/{source['format']}" if isinstance(source.get("format"), str) else None
    media_type = head.removeprefix("data:").partition(";")[0] or source.get("media_type") or audio
    try:
        data = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise PromptError(f"data {text[:40]!r}... is not base64") from None
    return blob_of(data, str(media_type or "application/octet-stream"))


def _file(path: Path, kind: PartKind) -> Blob:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PromptError(f"{kind} file {path} cannot be read: {error.strerror}") from None
    return blob_of(data, mimetypes.guess_type(path.name)[0] or "application/octet-stream")


def _calls(turn: Json) -> tuple[ToolCall, ...]:
    calls = turn.get("tool_calls") or ()
    if turn.get("function_call"):
        calls = [*calls, {"function": turn["function_call"]}]
    if not isinstance(calls, Sequence) or not all(isinstance(call, Mapping) for call in calls):
        raise PromptError(f"tool_calls is {repr(calls)[:60]}: give a list of {{id, function: {{name, arguments}}}}")
    return tuple(_call(call, call.get("function", call)) for call in calls)


def _call(call: Json, function: Any) -> ToolCall:
    name = function.get("name") if isinstance(function, Mapping) else None
    if not isinstance(name, str) or not name:
        raise PromptError(f"tool call {repr(dict(call))[:60]} names no function")
    at = call.get("id") or call.get("call_id")
    return ToolCall(id=None if at is None else str(at), name=name, arguments=_as_json(function.get("arguments")))


def _used(block: Json) -> ToolCall:
    return _call(block, {"name": block.get("name"), "arguments": block.get("input")})


def _item(item: Json) -> Message:
    """Read an item of the Responses API: a function's call, or its result."""
    if item["type"] == "function_call":
        return Message(role="assistant", content="", tool_calls=(_call({"id": item.get("call_id")}, item),))
    output = item.get("output")
    return Message(
        role="tool",
        content=output if isinstance(output, str) else _as_json(output),
        tool_call_id=str(item.get("call_id")),
    )


def _result(block: Json, folder: Path) -> Message:
    content = _content(block.get("content"), folder)
    return Message(role="tool", content=content or "(empty)", tool_call_id=str(block.get("tool_use_id")))


def _as_json(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "{}" if value is None else json.dumps(value, ensure_ascii=False)
