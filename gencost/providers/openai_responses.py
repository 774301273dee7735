"""OpenAI's Responses API.

Source: https://platform.openai.com/docs/api-reference/responses (read 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from gencost.providers.answer import Answer, Json, StreamReader, count, error_body, invalid_body, text_of, usage_or_none
from gencost.providers.openai import OpenAIProvider, cost_said
from gencost.types import Request, Usage

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
        raw = body.get("usage") if isinstance(body.get("usage"), Mapping) else None
        details = body.get("incomplete_details")
        return Answer(
            text="".join(_texts(output)),
            usage=None if raw is None else usage_of(raw, sum(map(_is_search, output))),
            raw_usage=raw,
            finish_reason=text_of(details.get("reason"))
            if isinstance(details, Mapping)
            else text_of(body.get("status")),
            response_model=text_of(body.get("model")),
            service_tier=text_of(body.get("service_tier")),
            provider_cost_usd=None if raw is None else cost_said(raw),
        )

    def reader(self) -> StreamReader:
        """Read events."""
        return ResponsesStream(self)


class ResponsesStream:
    """The events of one streamed response; the last one holds the whole of it."""

    def __init__(self, provider: OpenAIResponsesProvider) -> None:
        """Start before the first event."""
        self.begun = self.complete = False
        self._provider = provider
        self._answer = Answer(text="")

    def take(self, event: Json) -> None:
        """Take one event; only the first piece of text and the end matter."""
        kind = str(event.get("type"))
        self.begun = self.begun or kind.endswith(".delta")
        if kind == "error":
            raise error_body(event)
        if kind in _ENDS:
            whole = event.get("response")
            self._answer = self._provider.parse(whole if isinstance(whole, Mapping) else {})
            self.complete = True

    def answer(self) -> Answer:
        """What the last event said."""
        return self._answer


def _texts(output: list[Any]) -> list[str]:
    parts = [
        part
        for item in output
        if isinstance(item, Mapping) and item.get("type") == "message"
        for part in item.get("content") or []
        if isinstance(part, Mapping)
    ]
    return [str(part.get("text") or part.get("refusal") or "") for part in parts]


def _is_search(item: Any) -> bool:
    return isinstance(item, Mapping) and item.get("type") == "web_search_call"


def usage_of(raw: Json, web_searches: int = 0) -> Usage | None:
    """Its counts are inclusive already; None if they are missing or cannot be true.

    Args:
        raw: ``usage`` as sent.
        web_searches: ``web_search_call`` items of the output; the usage does not count them.
    """
    if "input_tokens" not in raw or "output_tokens" not in raw:
        return None
    return usage_or_none(
        tokens_in=count(raw, "input_tokens"),
        tokens_out=count(raw, "output_tokens"),
        tokens_cached=count(raw, "input_tokens_details", "cached_tokens"),
        tokens_reasoning=count(raw, "output_tokens_details", "reasoning_tokens"),
        web_searches=web_searches,
    )
