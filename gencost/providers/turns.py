"""Messages as each protocol writes them: Chat Completions, Responses and Messages."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

from gencost.errors import ProviderError
from gencost.messages import Blob, Message, Part

Json = dict[str, Any]


def chat_turns(messages: Iterable[Message]) -> list[Json]:
    """Write messages as Chat Completions takes them."""
    return [_chat_turn(message) for message in messages]


def _chat_turn(message: Message) -> Json:
    turn: Json = {"role": message.role, "content": message.content}
    if not isinstance(message.content, str):
        turn["content"] = [_chat_part(part) for part in message.content]
    if message.tool_calls:
        turn["content"] = turn["content"] or None
        turn["tool_calls"] = [
            {"id": call.id or "", "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        turn["tool_call_id"] = message.tool_call_id
    if message.name is not None:
        turn["name"] = message.name
    return turn


def _chat_part(part: Part) -> Json:
    options = dict(part.options)
    if part.kind == "text":
        return {"type": "text", "text": part.text, **options}
    if part.kind == "image":
        detail = {"detail": options.pop("detail")} if "detail" in options else {}
        return {"type": "image_url", "image_url": {"url": part.url or _data_url(_blob(part)), **detail}, **options}
    if part.kind == "audio":
        blob = _blob(part)
        sound = {"data": _base64(blob), "format": _audio_format(blob.media_type)}
        return {"type": "input_audio", "input_audio": sound, **options}
    if part.url is not None and part.url.startswith("file_id:"):
        return {"type": "file", "file": {"file_id": part.url.removeprefix("file_id:")}, **options}
    file = {"file_data": part.url or _data_url(_blob(part)), "filename": part.name or "file"}
    return {"type": "file", "file": file, **options}


def responses_items(messages: Iterable[Message]) -> list[Json]:
    """Write messages as the Responses API's ``input``."""
    items: list[Json] = []
    for message in messages:
        if message.role == "tool":
            items.append({"type": "function_call_output", "call_id": message.tool_call_id, "output": message.text})
            continue
        if message.content:
            items.append({"role": message.role, "content": _responses_content(message)})
        items += [
            {"type": "function_call", "call_id": call.id or "", "name": call.name, "arguments": call.arguments}
            for call in message.tool_calls
        ]
    return items


def _responses_content(message: Message) -> str | list[Json]:
    if isinstance(message.content, str):
        return message.content
    kind = "output_text" if message.role == "assistant" else "input_text"
    return [_responses_part(part, kind) for part in message.content]


def _responses_part(part: Part, kind: str) -> Json:
    if part.kind == "text":
        return {"type": kind, "text": part.text}
    if part.kind == "image":
        detail = part.options.get("detail", "auto")
        return {"type": "input_image", "image_url": part.url or _data_url(_blob(part)), "detail": detail}
    if part.kind == "audio":
        return _chat_part(part)
    if part.url is not None:
        file_id = part.url.removeprefix("file_id:")
        return {"type": "input_file", **({"file_url": part.url} if file_id == part.url else {"file_id": file_id})}
    return {"type": "input_file", "file_data": _data_url(_blob(part)), "filename": part.name or "file"}


def anthropic_turns(messages: Iterable[Message]) -> tuple[str | list[Json], list[Json]]:
    """Write messages as the Messages API takes them.

    Returns:
        The system prompt, empty if there is none, and the turns of user and assistant; turns of one role that follow
        each other because a function's result became a user's turn are one.
    """
    system: list[Part] = []
    turns: list[Json] = []
    for message in messages:
        if message.role in {"system", "developer"}:
            system += message.parts
            continue
        role = "assistant" if message.role == "assistant" else "user"
        content = _anthropic_content(message)
        if turns and turns[-1]["role"] == role and (message.role == "tool" or _has_result(turns[-1])):
            turns[-1]["content"] = [*text_blocks(turns[-1]["content"]), *text_blocks(content)]
        else:
            turns.append({"role": role, "content": content})
    if any(part.options for part in system):
        return [_anthropic_part(part) for part in system], turns
    return "\n\n".join(part.text for part in system), turns


def _has_result(turn: Json) -> bool:
    content = turn["content"]
    return isinstance(content, list) and any(block.get("type") == "tool_result" for block in content)


def text_blocks(content: str | list[Json]) -> list[Json]:
    """Return a content as blocks: a text becomes one."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _anthropic_content(message: Message) -> str | list[Json]:
    if message.role == "tool":
        inner = message.text if isinstance(message.content, str) else [_anthropic_part(p) for p in message.parts]
        return [{"type": "tool_result", "tool_use_id": message.tool_call_id, "content": inner}]
    if isinstance(message.content, str) and not message.tool_calls:
        return message.content
    calls = [
        {"type": "tool_use", "id": call.id or "", "name": call.name, "input": _object(call.arguments)}
        for call in message.tool_calls
    ]
    return [*(_anthropic_part(part) for part in message.parts), *calls]


def _anthropic_part(part: Part) -> Json:
    options = {key: value for key, value in part.options.items() if key != "detail"}
    if part.kind == "text":
        return {"type": "text", "text": part.text, **options}
    if part.kind == "audio":
        raise ProviderError("the Messages API takes no audio", error_type="invalid_request")
    kind = "image" if part.kind == "image" else "document"
    if part.url is not None:
        file_id = part.url.removeprefix("file_id:")
        source: Json = {"type": "url", "url": part.url}
        return {
            "type": kind,
            "source": source if file_id == part.url else {"type": "file", "file_id": file_id},
            **options,
        }
    blob = _blob(part)
    if blob.media_type == "text/plain":
        source = {"type": "text", "media_type": "text/plain", "data": (blob.data or b"").decode("utf-8", "replace")}
    else:
        source = {"type": "base64", "media_type": blob.media_type, "data": _base64(blob)}
    return {"type": kind, "source": source, **options}


def _object(arguments: str) -> Mapping[str, Any]:
    try:
        value = json.loads(arguments or "{}")
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {"arguments": arguments}


def _blob(part: Part) -> Blob:
    if part.blob is None or part.blob.data is None:
        raise ProviderError(f"the bytes of a part of kind {part.kind} are not there", error_type="invalid_request")
    return part.blob


def _base64(blob: Blob) -> str:
    return base64.b64encode(blob.data or b"").decode()


def _data_url(blob: Blob) -> str:
    return f"data:{blob.media_type};base64,{_base64(blob)}"


def _audio_format(media_type: str) -> str:
    kind = media_type.partition("/")[2].removeprefix("x-")
    return {"mpeg": "mp3", "wave": "wav"}.get(kind, kind)
