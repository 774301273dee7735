"""The words of each provider for the portable keys of a model: one table a protocol, and what vendors do differently.

Sources (read 2026-11-26): https://platform.openai.com/docs/api-reference/chat and .../responses,
https://docs.anthropic.com/en/api/messages, https://ai.google.dev/api/generate-content,
https://api-docs.deepseek.com/guides/thinking_mode, https://docs.mistral.ai/api,
https://openrouter.ai/docs/use-cases/reasoning-tokens, https://console.groq.com/docs/api-reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gencost.providers.keys import Cannot, Json, Table, UnsayableError
from gencost.values.portable import EFFORTS


def _efforts(field: str, levels: tuple[str, ...] = EFFORTS) -> Callable[[Any], Json]:
    """Write a level of reasoning under a field; a number of tokens has no counterpart."""

    def write(value: Any) -> Json:
        if value not in levels:
            raise UnsayableError(
                f"takes {', '.join(levels)}" + ("" if isinstance(value, str) else ", no number of tokens")
            )
        return {field: value}

    return write


def _one(value: Any) -> Json:
    if value != 1:
        raise UnsayableError("gives one answer a request: ask more often with repeats=")
    return {}


def _no_json_without_schema(value: Any) -> Json:
    """A JSON schema in the Messages API; it has no mode that is JSON alone."""
    if value.get("type") == "json_object":
        raise UnsayableError("demands a schema: give the path of a JSON schema")
    if value.get("type") == "text":
        return {}
    return {"output_config": {"format": {"type": "json_schema", "schema": _schema_of(value)}}}


def _schema_of(value: Mapping[str, Any]) -> Any:
    return dict(value.get("json_schema") or {}).get("schema") or {}


def _off_alone(where: str) -> Callable[[Any], Json]:
    """Caching that nobody can steer; ``off`` sends no marks, which is what there is."""

    def write(value: Any) -> Json:
        if value != "off":
            raise UnsayableError(where)
        return {}

    return write


def _marks(*points: str) -> Callable[[Any], Json]:
    """Cache breakpoints, which ``gencost.providers.cache_marks`` sets in the body."""

    def write(value: Any) -> Json:
        if value != "off" and (beyond := [point for point in value["breakpoints"] if point not in points]):
            raise UnsayableError(f"takes breakpoints after {', '.join(points)}, not after {', '.join(beyond)}")
        return {} if value == "off" else {"cache": value}

    return write


_CACHES_ITSELF = "caches by itself, without marks: leave model.cache out, or choose a provider that takes breakpoints"

CHAT: Table = {
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": "seed",
    "stop": "stop",
    "reasoning": _efforts("reasoning_effort"),
    "cache": _off_alone(_CACHES_ITSELF),
    "service_tier": "service_tier",
    "response_format": "response_format",
    "n": "n",
}


def _deepseek_reasoning(value: Any) -> Json:
    if value == "none":
        return {"thinking": {"type": "disabled"}}
    return {"thinking": {"type": "enabled"}, **_efforts("reasoning_effort", ("none", "low", "high"))(value)}


def _openrouter_reasoning(value: Any) -> Json:
    return {"reasoning": {"effort": value} if isinstance(value, str) else {"max_tokens": value}}


def _google_reasoning(value: Any) -> Json:
    if isinstance(value, str):
        return {"reasoning_effort": value}
    return {"extra_body": {"google": {"thinking_config": {"thinking_budget": value}}}}


def _moonshot_reasoning(value: Any) -> Json:
    if value != "none":
        raise UnsayableError("switches thought on or off alone: give none, or leave it out")
    return {"thinking": {"type": "disabled"}}


def _json_alone(value: Any) -> Json:
    if value.get("type") == "json_schema":
        raise UnsayableError("takes no schema: give json, and describe the object in the prompt")
    return {"response_format": value}


_OPENAI: Table = {"max_tokens": "max_completion_tokens"}
_NO_TIER = Cannot("it has one tier: leave it out")

VENDORS: Mapping[str, Table] = {
    "openai": _OPENAI,
    "azure": _OPENAI,
    "deepseek": {
        "seed": Cannot("it takes no seed: leave it out"),
        "reasoning": _deepseek_reasoning,
        "service_tier": _NO_TIER,
        "response_format": _json_alone,
        "n": _one,
    },
    "google": {"reasoning": _google_reasoning},
    "groq": {"max_tokens": "max_completion_tokens", "n": _one},
    "litellm": {"cache": _marks("system", "last")},
    "mistral": {
        "seed": "random_seed",
        "reasoning": _efforts("reasoning_effort", ("none", "high")),
        "service_tier": _NO_TIER,
    },
    "moonshot": {"reasoning": _moonshot_reasoning, "service_tier": _NO_TIER},
    "openrouter": {"reasoning": _openrouter_reasoning, "cache": _marks("system", "last"), "n": _one},
    "x-ai": {"max_tokens": "max_completion_tokens"},
}
"""Name of a provider that speaks Chat Completions -> what it calls otherwise."""

RESPONSES: Table = {
    "max_tokens": "max_output_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": Cannot("the Responses API takes no seed: leave it out, or use provider=openai"),
    "stop": Cannot("the Responses API takes no stop texts: leave it out, or use provider=openai"),
    "reasoning": lambda value: {"reasoning": _efforts("effort")(value)},
    "cache": _off_alone(_CACHES_ITSELF),
    "service_tier": "service_tier",
    "response_format": "response_format",
    "n": _one,
}


def _messages_reasoning(value: Any) -> Json:
    if value == "none":
        return {"thinking": {"type": "disabled"}}
    if isinstance(value, int):
        if value < 1024:
            raise UnsayableError("takes at least 1024 tokens of thought")
        return {"thinking": {"type": "enabled", "budget_tokens": value}}
    return {"thinking": {"type": "adaptive"}, "output_config": {"effort": value}}


def _messages_tier(value: Any) -> Json:
    if value not in ("auto", "standard_only"):
        raise UnsayableError("takes auto or standard_only")
    return {"service_tier": value}


MESSAGES: Table = {
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": Cannot("the Messages API takes no seed: leave it out"),
    "stop": lambda value: {"stop_sequences": [value] if isinstance(value, str) else value},
    "reasoning": _messages_reasoning,
    "cache": _marks("system", "tools", "last"),
    "service_tier": _messages_tier,
    "response_format": _no_json_without_schema,
    "n": _one,
}


def _generation(field: str) -> Callable[[Any], Json]:
    return lambda value: {"generationConfig": {field: value}}


def _gemini_reasoning(value: Any) -> Json:
    if isinstance(value, int) or value == "none":
        thought: Json = {"thinkingBudget": 0 if value == "none" else value}
    else:
        thought = {"thinkingLevel": value}
    return {"generationConfig": {"thinkingConfig": {"includeThoughts": value != "none", **thought}}}


def _gemini_format(value: Any) -> Json:
    if value.get("type") == "text":
        return {}
    schema = {"responseJsonSchema": _schema_of(value)} if value.get("type") == "json_schema" else {}
    return {"generationConfig": {"responseMimeType": "application/json", **schema}}


GEMINI: Table = {
    "max_tokens": _generation("maxOutputTokens"),
    "temperature": _generation("temperature"),
    "top_p": _generation("topP"),
    "seed": _generation("seed"),
    "stop": lambda value: {"generationConfig": {"stopSequences": [value] if isinstance(value, str) else value}},
    "reasoning": _gemini_reasoning,
    "cache": _off_alone("caches by itself; name a cache of your own with model.params.cachedContent"),
    "service_tier": "serviceTier",
    "response_format": _gemini_format,
    "n": _generation("candidateCount"),
}
