"""Chat Completions: OpenAI's protocol, which most providers and local servers speak.

Source: https://platform.openai.com/docs/api-reference/chat (read 2026-11-23).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from gencost.providers.answer import Answer, Json, StreamReader, count, error_body, invalid_body, text_of, usage_or_none
from gencost.providers.http import HttpProvider
from gencost.types import Request, Usage

_TICKS_PER_USD = Decimal(10) ** 10  # https://docs.x.ai/developers/cost-tracking (read 2026-11-24)


@dataclass(frozen=True, kw_only=True)
class OpenAIProvider(HttpProvider):
    """Any endpoint that speaks Chat Completions, chosen by ``base_url``.

    Attributes:
        key_header: the header with the key; Azure wants ``api-key``.
        key_prefix: before the key in that header.
        stream_options: asks for token counts at the end of a stream; null where a server refuses the field.
    """

    key_header: str = "Authorization"
    key_prefix: str = "Bearer "
    stream_options: dict[str, Any] | None = field(default_factory=lambda: {"include_usage": True})

    path: ClassVar[str] = "/chat/completions"

    def auth(self, key: str) -> dict[str, str]:
        """A bearer token, or what the provider calls it."""
        return {self.key_header: f"{self.key_prefix}{key}"}

    def body(self, request: Request) -> dict[str, Any]:
        """Messages and parameters as they are."""
        messages = [{"role": m.role, "content": m.content} for m in request.sample.messages]
        body: dict[str, Any] = {"model": request.model, "messages": messages, **request.params}
        if self.stream:
            body["stream"] = True
            if self.stream_options is not None:
                body["stream_options"] = self.stream_options
        return body

    def parse(self, body: Mapping[str, Any]) -> Answer:
        """Read one completion.

        Raises:
            ProviderError: it has no choice.
        """
        choice = _first_choice(body)
        message = choice.get("message") if choice is not None else None
        if choice is None or not isinstance(message, Mapping):
            raise invalid_body(f"no choices[0].message among {', '.join(body) or 'nothing'}")
        return _answer(body, _text(message), choice.get("finish_reason"), body.get("usage"))

    def reader(self) -> StreamReader:
        """Read chunks."""
        return OpenAIStream()


class OpenAIStream:
    """The chunks of one streamed completion; it is complete with ``[DONE]`` or a finish reason."""

    def __init__(self) -> None:
        """Start before the first chunk."""
        self.begun = self.complete = False
        self._texts: list[str] = []
        self._finish: Any = None
        self._facts: dict[str, Any] = {}
        self._usage: Any = None

    def take(self, event: Json) -> None:
        """Take one chunk; the one with the token counts has no choice."""
        for key in ("model", "service_tier"):
            if event.get(key):
                self._facts[key] = event[key]
        self._usage = event.get("usage") or self._usage
        choice = _first_choice(event)
        if choice is None:
            return
        delta = choice.get("delta")
        if isinstance(delta, Mapping):
            thought = delta.get("reasoning_content") or delta.get("reasoning")
            if text := _text(delta):
                self._texts.append(text)
            self.begun = self.begun or bool(text or thought or delta.get("tool_calls"))
        if choice.get("finish_reason"):
            self._finish = choice["finish_reason"]
            self.complete = True
            if self._finish == "error":
                raise error_body(choice.get("error") or "the provider ended the stream with an error")

    def answer(self) -> Answer:
        """The whole text and what was said about it."""
        return _answer(self._facts, "".join(self._texts), self._finish, self._usage)


def _first_choice(body: Json) -> Json | None:
    choices = body.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, Mapping) else None


def _text(message: Json) -> str:
    content = message.get("content")
    if isinstance(content, list):  # some servers send parts
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, Mapping))
    return text_of(content) or text_of(message.get("refusal")) or ""


def _answer(body: Json, text: str, finish: Any, usage: Any) -> Answer:
    raw = usage if isinstance(usage, Mapping) else None
    return Answer(
        text=text,
        usage=None if raw is None else usage_of(raw),
        raw_usage=raw,
        finish_reason=text_of(finish),
        response_model=text_of(body.get("model")),
        service_tier=text_of(body.get("service_tier")),
        provider_cost_usd=None if raw is None else cost_said(raw),
    )


def usage_of(raw: Json) -> Usage | None:
    """Turn the token counts of a completion into the inclusive basis.

    ``prompt_tokens`` contains cached tokens already. ``completion_tokens`` contains reasoning tokens, except where
    ``total_tokens`` says that they come on top (xAI).

    Args:
        raw: ``usage`` as sent.

    Returns:
        None if the counts are missing or cannot be true.
    """
    if "prompt_tokens" not in raw or "completion_tokens" not in raw:
        return None
    tokens_in, tokens_out = count(raw, "prompt_tokens"), count(raw, "completion_tokens")
    reasoning = count(raw, "completion_tokens_details", "reasoning_tokens")
    if reasoning and count(raw, "total_tokens") == tokens_in + tokens_out + reasoning:
        tokens_out += reasoning
    return usage_or_none(
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        tokens_cached=count(raw, "prompt_tokens_details", "cached_tokens") or count(raw, "prompt_cache_hit_tokens"),
        tokens_cache_write=count(raw, "prompt_tokens_details", "cache_write_tokens")
        or count(raw, "cache_creation_input_tokens"),
        tokens_reasoning=reasoning,
    )


def cost_said(raw: Json) -> Decimal | None:
    """Read what the provider says it charged, USD.

    OpenRouter's ``cost`` is in credits of 1 USD; with a key of one's own (``is_byok``) it is the fee alone and the
    vendor's charge stands beside it (openrouter.ai/docs/use-cases/usage-accounting). xAI counts in ticks of 1e-10 USD
    (docs.x.ai/developers/cost-tracking). Both as of 2026-11-24.

    Args:
        raw: ``usage`` as sent.
    """
    if "cost" not in raw:
        return _amount(raw.get("cost_in_usd_ticks"), _TICKS_PER_USD)
    charged, details = _amount(raw["cost"]), raw.get("cost_details")
    if charged is None or raw.get("is_byok") is not True:
        return charged
    vendor = _amount(details.get("upstream_inference_cost")) if isinstance(details, Mapping) else None
    return None if vendor is None else charged + vendor


def _amount(said: Any, per_usd: Decimal = Decimal(1)) -> Decimal | None:
    if said is None or isinstance(said, bool):
        return None
    try:
        value = Decimal(str(said)) / per_usd
    except InvalidOperation:
        return None
    return value if value.is_finite() and value >= 0 else None
