"""A prompt as messages, and as the one text under which it is stored: what is written can be read back exactly."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

PromptKind = Literal["text", "conversation"]
"""``text``: one user message, stored as it is. ``conversation``: anything else, stored as JSON of its messages."""


_BEGINS = '[{"role":"'  # what ``text_of`` writes first


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One turn of a conversation.

    Attributes:
        role: ``system``, ``user`` or ``assistant``.
        content: the text of the turn.
    """

    role: str
    content: str


def kind_of(messages: Sequence[Message]) -> PromptKind:
    """Whether messages are stored as a text or as a conversation."""
    return "text" if len(messages) == 1 and messages[0].role == "user" else "conversation"


def text_of(messages: Sequence[Message]) -> str:
    """Write messages as one text: the content alone where there is one user message, else JSON of all of them."""
    if kind_of(messages) == "text":
        return messages[0].content
    turns = [{"role": message.role, "content": message.content} for message in messages]
    return json.dumps(turns, ensure_ascii=False, separators=(",", ":"))


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
        turns = tuple(Message(role=turn["role"], content=turn["content"]) for turn in json.loads(text))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return turns if all(isinstance(part, str) for turn in turns for part in (turn.role, turn.content)) else None
