"""Messages as Gemini's native protocol takes them: contents of user and model, and an instruction beside them.

Sources: https://ai.google.dev/api/caching#Content and .../gemini-api/docs/thought-signatures (read 2026-11-26).
"""

from __future__ import annotations

import base64
import json
import mimetypes
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gencost.errors import ProviderError
from gencost.messages import Message, Part, ToolCall

Json = dict[str, Any]

# Gemini 3 refuses a function's call without the signature of its thought; this is its word for calls of other models.
_FOREIGN = "skip_thought_signature_validator"


def gemini_contents(messages: Sequence[Message], *, signed: bool) -> tuple[Json | None, list[Json]]:
    """Write messages.

    Args:
        messages: of one request.
        signed: functions' calls must carry a signature.

    Returns:
        The instruction, None without a system message, and the contents; results of functions that follow each other
        are one turn.
    """
    system = [part for message in messages if message.role in {"system", "developer"} for part in message.parts]
    names = {call.id: call.name for message in messages for call in message.tool_calls}
    contents: list[Json] = []
    for message in messages:
        if message.role in {"system", "developer"}:
            continue
        if message.role == "tool":
            _add_result(contents, _result(message, names))
        else:
            role = "model" if message.role == "assistant" else "user"
            contents.append({"role": role, "parts": [*map(_part, message.parts), *_calls(message.tool_calls, signed)]})
    return ({"parts": [_part(part) for part in system]} if system else None), contents


def _add_result(contents: list[Json], result: Json) -> None:
    last = contents[-1]["parts"] if contents else []
    if last and all("functionResponse" in part for part in last):
        last.append(result)
    else:
        contents.append({"role": "user", "parts": [result]})


def _calls(calls: Iterable[ToolCall], signed: bool) -> list[Json]:
    parts: list[Json] = []
    for call in calls:
        named = {"id": call.id} if call.id else {}
        parts.append({"functionCall": {**named, "name": call.name, "args": _object(call.arguments, "arguments")}})
    if parts and signed:
        parts[0]["thoughtSignature"] = _FOREIGN
    return parts


def _result(message: Message, names: Mapping[str | None, str]) -> Json:
    at = message.tool_call_id
    named = {"id": at} if at else {}
    response = _object(message.text, "result")
    return {"functionResponse": {**named, "name": names.get(at) or at or "function", "response": response}}


def _object(text: str, otherwise: str) -> Mapping[str, Any]:
    """Read a JSON object; any other value is wrapped in one under a name."""
    try:
        value = json.loads(text or "{}")
    except ValueError:
        value = text
    return value if isinstance(value, dict) else {otherwise: value}


def _part(part: Part) -> Json:
    if part.kind == "text":
        return {"text": part.text}
    if part.url is not None:
        address = part.url.removeprefix("file_id:")
        guessed = mimetypes.guess_type(address.partition("?")[0])[0]
        return {"fileData": {**({"mimeType": guessed} if guessed else {}), "fileUri": address}}
    if part.blob is None or part.blob.data is None:
        raise ProviderError(f"the bytes of a part of kind {part.kind} are not there", error_type="invalid_request")
    data = base64.b64encode(part.blob.data).decode()
    return {"inlineData": {"mimeType": part.blob.media_type, "data": data}}
