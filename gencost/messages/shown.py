"""Conversations and answers as people and judges read them: who says what, and which functions are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gencost.messages.message import Message, Part, ToolCall


def shown_turns(messages: Sequence[Message]) -> str:
    """Write a conversation for a reader; a prompt that is one text as that text.

    Each turn begins with its role, and with its name in brackets if it has one; the result of a function with the name
    of that function. A call of a function is a line ``calls name(arguments)``. An image, a sound or a file stands as
    its kind with what is known of it, in square brackets.
    """
    if len(messages) == 1 and messages[0].role == "user":
        return shown_message(messages[0])
    called = {call.id: call.name for message in messages for call in message.tool_calls}
    return "\n".join(f"{_speaker(message, called)}: {shown_message(message)}" for message in messages)


def shown_message(message: Message) -> str:
    """Write the content of one turn, and the functions that it calls."""
    content = message.content
    text = content if isinstance(content, str) else "\n".join(map(_shown_part, content))
    return shown_answer(text, message.tool_calls)


def shown_answer(text: str, tool_calls: Sequence[ToolCall] = (), parts: Sequence[Mapping[str, Any]] = ()) -> str:
    """Write an answer: its text, the functions that it calls, and the kinds of its other parts.

    Args:
        text: may be empty.
        tool_calls: a line each.
        parts: what else it holds, as sent.
    """
    calls = [f"calls {call.name}({call.arguments})" for call in tool_calls]
    others = [f"[{part['type']}]" for part in parts if isinstance(part.get("type"), str)]
    return "\n".join([*([text] if text or not (calls or others) else []), *calls, *others])


def _speaker(message: Message, called: Mapping[str | None, str]) -> str:
    of = called.get(message.tool_call_id, message.tool_call_id) if message.role == "tool" else message.name
    return f"{message.role} ({of})" if of else message.role


def _shown_part(part: Part) -> str:
    if part.kind == "text":
        return part.text
    place = None if part.url is None or part.url.startswith("data:") else part.url
    media = None if part.blob is None else f"{part.blob.media_type}, sha256 {part.blob.sha256[:12]}"
    known = " ".join(filter(None, (part.name, place, media)))
    return f"[{part.kind}: {known}]" if known else f"[{part.kind}]"
