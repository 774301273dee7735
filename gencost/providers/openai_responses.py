"""OpenAI's Responses API.

Source: https://platform.openai.com/docs/api-reference/responses (read 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from gencost.providers.answer import Answer, Json, StreamReader, error_body, invalid_body, text_of
from gencost.providers.openai import OpenAIProvider
from gencost.types import Request
from gencost.usage import Reading, Usages, read_usage
from gencost.usage.items import of_responses

_ENDS = {"response.completed", "response.incomplete", "response.failed"}


@dataclass(frozen=True, kw_only=True)
class OpenAIResponsesProvider(OpenAIProvider):
    """Any endpoint that speaks the Responses API; answers are not stored there."""

    path: ClassVar[str] = "/responses"

    def body(self, request: Request) -> dict[str, Any]:
        """Messages are its ``input``; nothing is kept on the server."""
        turns = [{"role": m.role, "content": m.content} for m in request.sample.messages]
        streaming = {"stream": True} if self.stream else {}
        return {"model": request.model, "input": turns, "store": False, **request.params, **streaming}

    def parse(self, body: Mapping[str, Any]) -> Answer:
        """Read one response object.

        Raises:
            ProviderError: it failed, or has no output.
        """
        output = body.get("output")
        if body.get("status") == "failed":
            raise error_body(body.get("error") or "the response failed")
        if not isinstance(output, list):
            raise invalid_body(f"no output among {', '.join(body) or 'nothing'}")
        details = body.get("incomplete_details")
        return Answer(
            text="".join(_texts(output)),
            reading=_usage_of(body, "".join(_texts(output))),
            finish_reason=text_of(details.get("reason"))
            if isinstance(details, Mapping)
            else text_of(body.get("status")),
            response_model=text_of(body.get("model")),
        )

    def billed(self, body: Mapping[str, Any]) -> Answer:
        """What is known of the bill of a body that is no answer."""
        return Answer(text="", reading=_usage_of(body, ""), response_model=text_of(body.get("model")))

    def reader(self) -> StreamReader:
        """Read events."""
        return ResponsesStream(self)


class ResponsesStream:
    """The events of one streamed response; the last one holds the whole of it."""

    def __init__(self, provider: OpenAIResponsesProvider) -> None:
        """Start before the first event."""
        self.begun = self.complete = False
        self._provider = provider
        self._answer = self._billed = Answer(text="")

    def take(self, event: Json) -> None:
        """Take one event; only the first piece of text and the end matter."""
        kind = str(event.get("type"))
        self.begun = self.begun or kind.endswith(".delta")
        if kind == "error":
            raise error_body(event)
        if kind in _ENDS:
            whole = event.get("response")
            body = whole if isinstance(whole, Mapping) else {}
            self._billed = self._provider.billed(body)
            self._answer = self._provider.parse(body)
            self.complete = True

    def answer(self) -> Answer:
        """What the last event said."""
        return self._answer

    def billed(self) -> Answer:
        """What the last event said of the bill, whether the response failed or not."""
        return self._billed


def _texts(output: list[Any]) -> list[str]:
    parts = [
        part
        for item in output
        if isinstance(item, Mapping) and item.get("type") == "message"
        for part in item.get("content") or []
        if isinstance(part, Mapping)
    ]
    return [str(part.get("text") or part.get("refusal") or "") for part in parts]


def _usage_of(body: Json, text: str) -> Reading:
    usages = Usages()
    usages.take_event(body)
    items, tier = of_responses(body.get("output")), body.get("service_tier")
    return read_usage(usages.raw, "responses", text=bool(text), items=items, service_tier=tier)
