"""A prompt as messages, and as the one text under which it is stored: what is written can be read back exactly.

Invariant: bytes of images and files are not part of that text; it names them by their SHA-256.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

PromptKind = Literal["text", "conversation", "hashed", "absent"]
"""``text``: one user message, stored as it is. ``conversation``: anything else, stored as JSON of its messages.

Of imported calls: ``hashed`` is known by a digest alone, ``absent`` not at all; the text of both is empty.
"""

PartKind = Literal["text", "image", "audio", "file"]

ROLES = ("system", "developer", "user", "assistant", "tool")

_BEGINS = '[{"role":"'  # what ``text_of`` writes first


@dataclass(frozen=True, kw_only=True, slots=True)
class Blob:
    """The bytes of an image, a sound or a file.

    Attributes:
        sha256: of the bytes (hex): the key of the ``blobs`` table.
        media_type: e.g. ``image/png``.
        data: the bytes; None where they were read back from a stored prompt without them.
    """

    sha256: str
    media_type: str
    data: bytes | None = field(default=None, repr=False, compare=False)


def blob_of(data: bytes, media_type: str) -> Blob:
    """Make a blob of bytes."""
    return Blob(sha256=hashlib.sha256(data).hexdigest(), media_type=media_type, data=data)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One part of a message's content.

    Attributes:
        kind: what it is.
        text: of a text part; empty for the others.
        url: where the provider finds it; None for a text and where ``blob`` has it.
        blob: its bytes; None for a text and where ``url`` names it.
        name: of a file; None if it has none.
        options: sent along as they are, e.g. ``detail`` of an image or ``cache_control``.
    """

    kind: PartKind
    text: str = ""
    url: str | None = None
    blob: Blob | None = None
    name: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolCall:
    """A model's call of a function.

    Attributes:
        id: by which its result is given back; None if the provider gave none.
        name: of the function.
        arguments: as sent: JSON, if the model kept to it.
    """

    id: str | None
    name: str
    arguments: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One turn of a conversation.

    Attributes:
        role: ``system``, ``developer``, ``user``, ``assistant`` or ``tool``.
        content: a text, or parts; empty for an assistant's turn that only calls functions.
        tool_calls: the functions that an assistant's turn called.
        tool_call_id: of a ``tool`` turn: the call whose result it is; None for the others.
        name: of the participant; None if it has none.
    """

    role: str
    content: str | tuple[Part, ...]
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    name: str | None = None

    @property
    def text(self) -> str:
        """The text of all of its parts; other parts are shown as their kind in square brackets."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text if part.kind == "text" else f"[{part.kind}]" for part in self.content)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Its content as parts."""
        if isinstance(self.content, str):
            return (Part(kind="text", text=self.content),) if self.content else ()
        return self.content


def blobs_of(messages: Sequence[Message]) -> list[Blob]:
    """List the blobs of messages."""
    return [part.blob for message in messages for part in message.parts if part.blob is not None]


def kind_of(messages: Sequence[Message]) -> PromptKind:
    """Whether messages are stored as a text or as a conversation."""
    only = messages[0] if len(messages) == 1 else None
    plain = only is not None and only.role == "user" and isinstance(only.content, str) and only.name is None
    return "text" if plain else "conversation"


def text_of(messages: Sequence[Message]) -> str:
    """Write messages as one text: the content alone where there is one user message, else JSON of all of them."""
    if kind_of(messages) == "text":
        return messages[0].text
    return _written(messages)


def _written(messages: Sequence[Message]) -> str:
    return json.dumps([turn_of(message) for message in messages], ensure_ascii=False, separators=(",", ":"))


def turn_of(message: Message) -> dict[str, Any]:
    """Write one message as a plain mapping, in the shape of Chat Completions; a blob by its SHA-256."""
    content: Any = message.content
    if not isinstance(content, str):
        content = [_plain(part) for part in content]
    turn: dict[str, Any] = {"role": message.role, "content": content}
    if message.tool_calls:
        turn["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    optional = {"tool_call_id": message.tool_call_id, "name": message.name}
    return {**turn, **{key: value for key, value in optional.items() if value is not None}}


def _plain(part: Part) -> dict[str, Any]:
    if part.kind == "text":
        return {"type": "text", "text": part.text, **part.options}
    source = {"url": part.url, "name": part.name}
    if part.blob is not None:
        source |= {"sha256": part.blob.sha256, "media_type": part.blob.media_type}
    return {"type": part.kind, **{key: value for key, value in source.items() if value is not None}, **part.options}


def messages_of(kind: PromptKind, text: str) -> tuple[Message, ...]:
    """Read messages back from what ``text_of`` wrote; a damaged conversation is given as one user message."""
    turns = _turns(text) if kind == "conversation" else None
    return (Message(role="user", content=text),) if turns is None else turns


def prompt_sha256(kind: PromptKind, text: str) -> str:
    """SHA-256 (hex) of a stored prompt in UTF-8: the key of the ``prompts`` table.

    It is over ``text``. A text that is itself JSON of a conversation is hashed behind ``text`` and a NUL, so that it
    and that conversation are two prompts.
    """
    own_key = kind == "text" and _turns(text) is not None
    return hashlib.sha256(f"text\0{text}".encode() if own_key else text.encode()).hexdigest()


def _turns(text: str) -> tuple[Message, ...] | None:
    """The messages that a text is JSON of; None if it is not."""
    if not text.startswith(_BEGINS):
        return None
    try:
        turns = tuple(_message(turn) for turn in json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return turns if _written(turns) == text else None


def _message(turn: Mapping[str, Any]) -> Message:
    content = turn["content"]
    calls = [(call["id"], call["function"]) for call in turn.get("tool_calls", ())]
    return Message(
        role=turn["role"],
        content=content if isinstance(content, str) else tuple(_part(part) for part in content),
        tool_calls=tuple(ToolCall(id=at, name=called["name"], arguments=called["arguments"]) for at, called in calls),
        tool_call_id=turn.get("tool_call_id"),
        name=turn.get("name"),
    )


def _part(plain: Mapping[str, Any]) -> Part:
    known = ("type", "text", "url", "name", "sha256", "media_type")
    blob = Blob(sha256=plain["sha256"], media_type=plain["media_type"]) if "sha256" in plain else None
    return Part(
        kind=plain["type"],
        text=plain.get("text", ""),
        url=plain.get("url"),
        blob=blob,
        name=plain.get("name"),
        options={key: value for key, value in plain.items() if key not in known},
    )
