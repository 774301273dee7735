"""The part of a call's texts that is stored: a digest, all of it, or nothing.

Invariant: with ``hash`` and ``drop`` no word of a prompt, an answer, a function's arguments, an error or a user is
written, names in what is sent along included; models, numbers, times, ids, sites, categories and tags are written as
they are, after the rules of ``redact``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from gencost.errors import PromptError
from gencost.masking import masked_error
from gencost.messages import ROLES, Blob, Message, PromptKind, ToolCall, blobs_of, kind_of, prompt_sha256, text_of
from gencost.messages.read import read_messages
from gencost.metrics_db.answer_parts import ANSWER_PARTS, answer_parts_of, answer_sha256, tool_calls_json
from gencost.providers.answer import Answer
from gencost.text.safe import storable
from gencost.traffic.api_words import NAMES, is_plain
from gencost.traffic.redaction import Redaction
from gencost.traffic.values import is_empty, parsed, text

TEXTS = ("hash", "keep", "drop")
_MOST_OF_A_WORD = 64
_MOST_ERROR = 2000
_PLAIN_TURN = {"role", "content"}
_NOT_SAID = (None,) * (len(ANSWER_PARTS) - 1)
_TAGS = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


class StoredPrompt(NamedTuple):
    """A prompt as it is stored.

    Attributes:
        sha256: its key in ``prompts``.
        text: empty unless kept.
        kind: ``text``, ``conversation``, ``hashed`` or ``absent``.
        blobs: bytes of images and files; empty unless kept.
    """

    sha256: str
    text: str
    kind: str
    blobs: tuple[Blob, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """Decides what is stored of a text.

    Attributes:
        texts: ``hash``, ``keep`` or ``drop``.
        redaction: applied before anything else.
        key: makes digests unguessable without it; None for plain ones, from which short texts can be guessed.
    """

    texts: str = "hash"
    redaction: Redaction = field(default_factory=Redaction)
    key: bytes | None = None

    def digest(self, value: str) -> str:
        """SHA-256 (hex) of a text, or its HMAC with the key; never the plain key of a prompt of GenCost's own."""
        data = b"hashed\0" + value.encode("utf-8", "surrogatepass")
        if self.key is not None:
            return hmac.new(self.key, data, hashlib.sha256).hexdigest()
        return hashlib.sha256(data).hexdigest()

    def prompt(self, turns: Any, known_as: str) -> StoredPrompt:
        """Prepare a prompt.

        Args:
            turns: messages as the log has them; empty where it lost them.
            known_as: of the call, for a prompt that is not there: it equals no other.
        """
        if is_empty(turns) or self.texts == "drop":
            return StoredPrompt(sha256=self.digest(f"absent\0{known_as}"), text="", kind="absent")
        plain = None if self.redaction else _plain_prompt(turns)
        messages = self._messages(turns) if plain is None else ()
        kind, whole = (kind_of(messages), text_of(messages)) if plain is None else plain
        if self.texts == "hash":
            return StoredPrompt(sha256=self.digest(f"{kind}\0{whole}"), text="", kind="hashed")
        blobs = tuple(blobs_of(messages))
        return StoredPrompt(sha256=prompt_sha256(kind, whole), text=whole, kind=kind, blobs=blobs)

    def _messages(self, turns: Any) -> tuple[Message, ...]:
        """Read turns; anything that no API accepts becomes one user text."""
        turns = parsed(turns)
        if isinstance(turns, str):
            return (Message(role="user", content=self._clean(turns)),)
        try:
            messages = read_messages(turns)
        except (PromptError, TypeError, ValueError, KeyError, AttributeError):
            return (Message(role="user", content=self._clean(text(turns) or "")),)
        return tuple(map(self._clean_message, messages))

    def _clean(self, value: str) -> str:
        return self.redaction(storable(value)) if self.redaction else storable(value)

    def _clean_message(self, message: Message) -> Message:
        content = message.content
        if isinstance(content, str):
            cleaned: Any = self._clean(content)
        else:
            cleaned = tuple(replace(part, text=self._clean(part.text)) for part in content)
        if cleaned == content and not message.tool_calls:
            return message
        return replace(message, content=cleaned, tool_calls=self._calls(message.tool_calls))

    def _calls(self, calls: tuple[ToolCall, ...]) -> tuple[ToolCall, ...]:
        return tuple(replace(call, arguments=self._clean(call.arguments)) for call in calls)

    def answer_row(self, answer: Answer, known_as: str) -> tuple[str | None, ...]:
        """The columns of ``responses`` that say what a model answered: ``response`` and ``ANSWER_PARTS``.

        Args:
            answer: as it was logged.
            known_as: of the call, for an answer that equals no other.
        """
        cleaned, calls = self._clean(answer.text), self._calls(answer.tool_calls)
        if self.texts == "keep":
            reasoning = None if answer.reasoning is None else self._clean(answer.reasoning)
            extra = {"choices": self.plain(answer.choices), "parts": self.plain(answer.parts)}
            return cleaned, *answer_parts_of(cleaned, calls, reasoning, extra)
        hashed = bool(answer.text or calls) and self.texts == "hash"
        whole = answer_sha256(cleaned, tool_calls_json(calls)) if hashed else f"absent\0{known_as}"
        return "", self.digest(whole), *_NOT_SAID

    def plain(self, value: Any) -> Any:
        """Copy a plain value with every text in it cleaned."""
        if isinstance(value, str):
            return self._clean(value)
        if isinstance(value, dict):
            return {self._clean(str(key)): self.plain(inner) for key, inner in value.items()}
        return [self.plain(inner) for inner in value] if isinstance(value, list | tuple) else value

    def params(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Prepare what was sent along: numbers and words of the API stay, other texts and names are as prompts are."""
        if self.texts == "keep":
            kept: dict[str, Any] = self.plain({name: value for name, value in params.items() if value is not None})
            return kept
        hidden = {self._name(str(name)): self._param(str(name), value) for name, value in params.items()}
        return {name: value for name, value in hidden.items() if name is not None and value is not None}

    def _name(self, name: str) -> str | None:
        return name if name in NAMES else self._hidden(name)

    def _param(self, name: str, value: Any) -> Any:
        return value if is_plain(name, value) else self._hidden(text(value) or "")

    def words(self, value: Any) -> Any:
        """Prepare a server's facts about its answer: names, numbers and single words stay, sentences are texts."""
        if type(value) is int or value is None:
            return value
        if isinstance(value, str):
            word = len(value) <= _MOST_OF_A_WORD and len(value.split()) <= 1
            return self._clean(value) if word or self.texts == "keep" else self._hidden(value)
        if isinstance(value, dict):
            return {name: self.words(inner) for name, inner in value.items()}
        return list(map(self.words, value)) if isinstance(value, list) else value

    def _hidden(self, value: str) -> str | None:
        return f"sha256:{self.digest(self._clean(value))}" if self.texts == "hash" else None

    def error(self, message: str | None) -> str | None:
        """Prepare what an error says: it may quote the prompt."""
        if not message or self.texts == "drop":
            return None
        cleaned = self._clean(message)
        if self.texts == "hash":
            return f"sha256:{self.digest(cleaned)}"
        return masked_error(cleaned)[:_MOST_ERROR]

    def reference(self, value: str | None) -> str | None:
        """Prepare a text that is of use as a text alone."""
        return self._clean(value) if value is not None and self.texts == "keep" else None

    def label(self, value: str | None) -> str | None:
        """Prepare a name, an id or a tag, which is kept."""
        return None if value is None else self._clean(value)

    def session(self, value: str | None) -> str | None:
        """Prepare the name of a conversation, which may be a person's."""
        if value is None:
            return None
        return self._clean(value) if self.texts == "keep" else self.digest(value)

    def user(self, value: str | None) -> str | None:
        """Prepare who asked: always a digest, without a key the one that an application's own calls have."""
        if value is None or self.key is not None:
            return None if value is None else self.digest(value)
        return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()

    def tags_json(self, tags: Mapping[str, str]) -> str | None:
        """Prepare tags."""
        return _TAGS({self._clean(name): self._clean(value) for name, value in tags.items()}) if tags else None


def _plain_prompt(turns: Any) -> tuple[PromptKind, str] | None:
    """The kind and the text of a text, or of turns of a role and a text each, as ``text_of`` writes them; else None."""
    if type(turns) is str and turns.lstrip()[:1] not in ("{", "["):
        return "text", storable(turns)
    if type(turns) is not list:
        return None
    plain = []
    for turn in turns:
        if type(turn) is not dict or turn.keys() != _PLAIN_TURN or turn["role"] not in ROLES:
            return None
        content = turn["content"]
        if type(content) is not str or not content.strip() or storable(content) != content:
            return None
        plain.append(f'{{"role":"{turn["role"]}","content":{encode_basestring(content)}}}')
    if len(turns) == 1 and turns[0]["role"] == "user":
        return "text", turns[0]["content"]
    return "conversation", f"[{','.join(plain)}]"
