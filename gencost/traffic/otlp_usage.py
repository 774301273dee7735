"""The counts and the parameters among the attributes of a span."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from gencost.traffic.other_counters import is_counter
from gencost.traffic.other_usage import usage_names, usages_in, with_numbers
from gencost.traffic.otlp_langfuse import USAGE
from gencost.traffic.values import count, parsed

# Later ones win where two say the same: the convention's own names last.
_PREFIXES = ("ai.usage.", "llm.usage.", "anthropic.usage.", "gen_ai.usage.")
_SPELLINGS = {
    "prompt_tokens": "input_tokens",
    "completion_tokens": "output_tokens",
    "promptTokens": "input_tokens",  # Vercel's AI SDK 4, then 5
    "completionTokens": "output_tokens",
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "totalTokens": "total_tokens",
}
_COUNT = "llm.token_count."
_REQUEST = ("gen_ai.request.", "llm.request.")
_NOT_PARAMS = frozenset({"model", "stream", "is_stream", "type", "messages", "input", "headers", "functions"})
_LEAVES_OUT = re.compile("anthropic|bedrock")
METADATA = "ai.response.providerMetadata"
_TOLD = {"cachedPromptTokens": "cachedInputTokens", "reasoningTokens": "reasoningTokens"}
_TOLD |= {"cacheCreationInputTokens": "cacheWriteInputTokens", "cacheReadInputTokens": "cachedInputTokens"}
_INSIDE = ("openai", "azure")
_METRIC = "gen_ai.client.token.usage"
_MONEY = ("cost", "total_cost")


@dataclass(frozen=True, kw_only=True, slots=True)
class SpanCounts:
    """The counts of a span.

    Attributes:
        raw: nested at the dots of their names; empty if there are none.
        dialect: ``otel``, ``openinference`` or ``langfuse``.
    """

    raw: Mapping[str, Any]
    dialect: str

    @property
    def totals(self) -> tuple[int | None, int | None]:
        """Input and output tokens; None is unknown."""
        if self.dialect == "langfuse":  # cached and thought tokens stand beside its totals
            return self._sum_of("input"), self._sum_of("output")
        names = ("prompt", "completion") if self.dialect == "openinference" else ("input_tokens", "output_tokens")
        first, second = (count(self.raw.get(name)) for name in names)
        return first, second

    def protocol(self, *, embeds: bool) -> str:
        """Name the table by which they are read."""
        if self.dialect == "langfuse":
            return self.dialect
        if embeds:
            return f"{self.dialect}_embeddings"
        return "otel_beside" if self.dialect == "otel" and self._is_beside() else self.dialect

    def _sum_of(self, side: str) -> int | None:
        numbers = [count(value) for name, value in self.raw.items() if name.startswith(side)]
        return sum(number or 0 for number in numbers) if numbers else None

    def _is_beside(self) -> bool:
        """Whether cached tokens, which the convention includes, can only be beside the input."""
        if count(self.raw.get("total_tokens")) is not None:
            return False  # the total says it
        names = ("cache_read", "cache_write", "cache_creation")
        nested = [inner.get("input_tokens") for name in names if isinstance(inner := self.raw.get(name), dict)]
        flat = [self.raw.get(f"{name}_input_tokens") for name in names]
        parts = sum(count(value) or 0 for value in (*nested, *flat))
        return parts > (count(self.raw.get("input_tokens")) or 0)


def counts_of(facts: Mapping[str, Any]) -> SpanCounts:
    """Collect the counts of a span, whatever they are called: what no table names must be seen."""
    raw: dict[str, Any] = {}
    for prefix in _PREFIXES:
        for name, value in facts.items():
            if name.startswith(prefix) and value is not None:
                path = name[len(prefix) :]
                path = _SPELLINGS.get(path, path)
                if path.partition(".")[0] not in _MONEY:
                    _put(raw, path.split("."), value)
    if raw:
        return SpanCounts(raw=_with_doubt(_with_metadata(raw, facts), facts), dialect="otel")
    return _other_counts(facts)


def _other_counts(facts: Mapping[str, Any]) -> SpanCounts:
    """Those of OpenInference, or of Langfuse."""
    raw: dict[str, Any] = {}
    for name, value in facts.items():
        if name.startswith(_COUNT) and value is not None:
            _put(raw, name[len(_COUNT) :].split("."), value)
    details = parsed(facts.get(USAGE)) if not raw else None
    if isinstance(details, dict):
        return SpanCounts(raw=with_numbers(details), dialect="langfuse")
    return SpanCounts(raw=raw, dialect="openinference")


def _with_metadata(raw: dict[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Add the cached tokens of Vercel's AI SDK 4: inside the totals of OpenAI, beside those of Anthropic."""
    metadata = parsed(facts.get(METADATA))
    for maker, told in metadata.items() if isinstance(metadata, dict) else ():
        for name, value in told.items() if isinstance(told, dict) and not usage_names(told) else ():
            if count(value) and (known := _TOLD.get(name)) is not None and known not in raw:
                raw[known if maker in _INSIDE else f"{name}, inside or beside the input"] = value
    return raw


def _with_doubt(raw: dict[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Vercel's AI SDK 5 leaves cached tokens out of the input of some makers, 6 has them inside and says details."""
    maker = str(facts.get("gen_ai.system") or facts.get("ai.model.provider") or "")
    if "cachedInputTokens" in raw and "inputTokenDetails" not in raw and _LEAVES_OUT.search(maker):
        cached = raw.pop("cachedInputTokens")
        if not any(_is_whole(it, cached) for it in usages_in(facts.get(METADATA))):
            raw["cachedInputTokens, inside or beside the input"] = cached
    return raw


def _is_whole(usage: Mapping[str, Any], cached: Any) -> bool:
    """Whether a usage is Anthropic's own, which says where as many cached tokens stand, and takes the span's place."""
    return usage.get("cache_read_input_tokens") == count(cached) and usage.keys() >= {"input_tokens", "output_tokens"}


def other_counters(facts: Mapping[str, Any], dialect: str, not_billed: Collection[str] = ()) -> dict[str, Any]:
    """Collect the attributes that count and are not among ``counts_of``, such as those of a second convention.

    Args:
        facts: of a span.
        dialect: that is read.
        not_billed: names that the user says count something else.
    """
    read = {"openinference": (_COUNT,), "langfuse": (USAGE,)}.get(dialect, _PREFIXES)
    return {
        name: parsed(value)
        for name, value in facts.items()
        if not name.startswith((*read, *_REQUEST))
        and (name != _METRIC and name not in not_billed and is_counter(name) and type(value) is not bool)
    }


def _put(raw: dict[str, Any], steps: list[str], value: Any) -> None:
    target = raw
    for step in steps[:-1]:
        inner = target.get(step)
        if not isinstance(inner, dict):
            inner = target[step] = {}
        target = inner
    target[steps[-1]] = int(value) if isinstance(value, str) and value.isdecimal() else value


def request_params(facts: Mapping[str, Any], invocation: Mapping[str, Any]) -> dict[str, Any]:
    """Collect what was sent along.

    Args:
        facts: of a span.
        invocation: parameters that it has as one object.
    """
    params = {name: value for name, value in invocation.items() if name not in _NOT_PARAMS}
    for name, value in facts.items():
        prefix = next((it for it in _REQUEST if name.startswith(it)), None)
        if prefix is not None and value is not None and (key := name[len(prefix) :]) not in _NOT_PARAMS:
            params[key] = parsed(value)
    return params
