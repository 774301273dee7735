"""Gemini's native protocol, which counts thoughts apart and shows them.

Source: https://ai.google.dev/api/generate-content (read 2026-11-26).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from gencost.errors import ProviderError
from gencost.messages import ToolCall
from gencost.providers.answer import Answer, Json, StreamReader, mapping, objects, text_of, tool_call
from gencost.providers.failures import invalid_body
from gencost.providers.gemini_turns import gemini_contents
from gencost.providers.http import HttpProvider
from gencost.providers.other_parts import rest_of
from gencost.providers.params import gemini_params
from gencost.types import Request
from gencost.usage import UsageReading, Usages, read_usage
from gencost.usage.items import of_gemini

_OLD = re.compile(r"(models/)?gemini-[12]\b")
# Gemini 2.5 has budgets alone; these are those that Google takes for levels
# (https://ai.google.dev/gemini-api/docs/openai#thinking, read 2026-11-26).
_BUDGETS = {"low": 1024, "medium": 8192, "high": 24576}


@dataclass(frozen=True, kw_only=True)
class GeminiProvider(HttpProvider):
    """Google's ``generateContent`` and ``streamGenerateContent``."""

    def url(self) -> str:
        """The address of all models."""
        base = urlsplit(self.base_url)
        return base._replace(path=f"{base.path.rstrip('/')}/models").geturl()

    def url_of(self, request: Request) -> str:
        """The address of one model."""
        base, model = urlsplit(self.base_url), request.model if "/" in request.model else f"models/{request.model}"
        method = "streamGenerateContent" if self.stream else "generateContent"
        query = "&".join(part for part in (base.query, "alt=sse" if self.stream else "") if part)
        path = f"{base.path.rstrip('/')}/{quote(model, safe='/@:')}:{method}"
        return base._replace(path=path, query=query).geturl()

    def auth(self, key: str) -> dict[str, str]:
        """Its own header."""
        return {"x-goog-api-key": key}

    def fields(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Translate portable keys and Chat Completions' parameters."""
        return gemini_params(params, self.name)

    def body(self, request: Request) -> dict[str, Any]:
        """Make the body; system messages have a field of their own, and the model is in the URL."""
        old = _OLD.match(request.model) is not None
        system, contents = gemini_contents(request.sample.messages, signed=not old)
        body = {"contents": contents, **self._wire.of(request.params)}
        if system is not None:
            body["systemInstruction"] = system
        return _with_budget(body) if old else body

    def fault(self, body: Json) -> ProviderError | None:
        """An answer has candidates, or says why its prompt was blocked."""
        if objects(body.get("candidates")) or mapping(body, "promptFeedback").get("blockReason"):
            return None
        return invalid_body(f"no candidates among {', '.join(map(str, body)) or 'nothing'}")

    def read(self, body: Json) -> Answer:
        """Read one answer."""
        return answer_object(body)

    def billed(self, body: Json) -> Answer:
        """Return what is known of the bill of a body that is not an answer."""
        reader = GeminiStream()
        reader.take(body, "")
        return reader.billed()

    def reader(self) -> StreamReader:
        """Read chunks."""
        return GeminiStream()


def answer_object(body: Json) -> Answer:
    """Read a whole answer."""
    reader = GeminiStream()
    reader.take(body, "")
    return reader.answer()


def _with_budget(body: dict[str, Any]) -> dict[str, Any]:
    """Turn a level of thought into the budget that older models take."""
    generation = body.get("generationConfig") or {}
    thought = dict(generation.get("thinkingConfig") or {})
    level = thought.pop("thinkingLevel", None)
    if level not in _BUDGETS:
        return body
    thought["thinkingBudget"] = _BUDGETS[level]
    return {**body, "generationConfig": {**generation, "thinkingConfig": thought}}


_READ = frozenset({"text", "thought", "functionCall"})
_READ_OF_A_CANDIDATE = frozenset({"content", "finishReason", "index", "safetyRatings", "tokenCount", "avgLogprobs"})


@dataclass
class _Candidate:
    """One choice, as its parts come."""

    texts: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    others: tuple[Json, ...] = ()
    media: tuple[str, ...] = ()
    finish: Any = None

    def take(self, candidate: Json) -> None:
        self.finish = candidate.get("finishReason") or self.finish
        for part in objects(mapping(candidate, "content").get("parts")):
            if part.get("text"):
                (self.thoughts if part.get("thought") else self.texts).append(text_of(part["text"]) or "")
            if call := mapping(part, "functionCall"):
                self.calls.append(tool_call(call.get("id"), call.get("name"), call.get("args")))
            self.others += rest_of(part, _READ)
            if inline := mapping(part, "inlineData"):
                self.media += (str(inline.get("mimeType")),)
        self.others += rest_of(candidate, _READ_OF_A_CANDIDATE)

    def plain(self, index: int) -> Json:
        calls = [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in self.calls]
        choice = {"index": index, "text": "".join(self.texts), "finish_reason": text_of(self.finish)}
        return {**choice, **({"tool_calls": calls} if calls else {})}


class GeminiStream:
    """The chunks of one answer; it is finished with its candidates' reasons. Its counts are running totals."""

    delta: ClassVar[bytes] = b'"candidates"'

    def __init__(self) -> None:
        """Start before the first chunk."""
        self.begun = self.finished = self.complete = False
        self._candidates: dict[int, _Candidate] = {}
        self._facts: dict[str, Any] = {}
        self._usages = Usages()
        self._grounded: list[Json] = []

    @property
    def texts(self) -> Sequence[str]:
        """The text so far, in the pieces in which it came."""
        return self._candidates[0].texts if 0 in self._candidates else ()

    def take(self, event: Json, name: str) -> None:  # noqa: ARG002 - chunks have no names
        """Take one chunk, or a whole body as one."""
        self._usages.take(event.get("usageMetadata"))
        self._facts |= {key: event[key] for key in ("modelVersion", "serviceTier") if event.get(key)}
        if blocked := mapping(event, "promptFeedback").get("blockReason"):
            self._candidates.setdefault(0, _Candidate()).finish = blocked
        for candidate in objects(event.get("candidates")):
            index = candidate.get("index")
            choice = self._candidates.setdefault(index if type(index) is int else 0, _Candidate())
            choice.take(candidate)
            if grounded := mapping(candidate, "groundingMetadata"):
                self._grounded.append(grounded)
            self.begun = self.begun or bool(choice.texts or choice.thoughts or choice.calls)
        self.finished = bool(self._candidates) and all(it.finish is not None for it in self._candidates.values())

    def done(self) -> None:
        """Relays end with OpenAI's mark."""
        self.complete = self.finished

    def answer(self) -> Answer:
        """Return all candidates and their facts."""
        ordered = [self._candidates[index] for index in sorted(self._candidates)] or [_Candidate()]
        first = ordered[0]
        return Answer(
            text="".join(first.texts),
            reading=self._reading(any(choice.texts or choice.thoughts or choice.calls for choice in ordered)),
            finish_reason=text_of(first.finish),
            response_model=text_of(self._facts.get("modelVersion")),
            tool_calls=tuple(first.calls),
            reasoning="".join(first.thoughts) or None,
            parts=first.others,
            choices=tuple(choice.plain(index) for index, choice in enumerate(ordered)) if len(ordered) > 1 else (),
        )

    def billed(self) -> Answer:
        """Return what is known of the bill so far."""
        return Answer(text="", reading=self._reading(False), response_model=text_of(self._facts.get("modelVersion")))

    def _reading(self, text: bool) -> UsageReading:
        details = (self._usages.raw or {}).get("candidatesTokensDetails")  # a picture drawn by code that the model ran
        media = () if details else [mime for choice in self._candidates.values() for mime in choice.media]
        items = of_gemini(self._grounded, text_of(self._facts.get("modelVersion")) or "", media)
        tier = self._facts.get("serviceTier")
        return read_usage(self._usages.raw, "gemini", text=text, items=items, service_tier=tier)
