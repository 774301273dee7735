"""Parameters as each protocol calls them: portable keys by table, words of Chat Completions by rule, others unchanged.

A word that another protocol has for a portable key is that key here; the protocol's own words stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gencost.errors import ConfigError
from gencost.providers.key_tables import CHAT, GEMINI, MESSAGES, RESPONSES, VENDORS
from gencost.providers.keys import joined, translated
from gencost.values.portable import checked, meaning

Json = dict[str, Any]

_CHAT_WORDS = frozenset({"max_completion_tokens", "reasoning_effort", "thinking", "random_seed", "cache_control"})
_RESPONSES_WORDS = frozenset({"max_output_tokens"})
_MESSAGES_WORDS = frozenset({"stop_sequences", "thinking", "cache_control"})


def chat_params(params: Mapping[str, Any], provider: str) -> Json:
    """Write parameters as a provider of Chat Completions calls them.

    Args:
        params: portable keys and other words.
        provider: its name.

    Raises:
        ConfigError: it has no words for one of them.
    """
    return translated(portable(params, _CHAT_WORDS), {**CHAT, **VENDORS.get(provider, {})}, provider)


def portable(params: Mapping[str, Any], spoken: frozenset[str]) -> Json:
    """Turn words of other protocols into portable keys, and these into their one form.

    Args:
        params: as they were given.
        spoken: words of the protocol's own, which stay.

    Raises:
        ConfigError: a value has no counterpart.
    """
    named: Json = {}
    for word, value in params.items():
        key = None if word in spoken else meaning(word, value)
        of_api = key is None or (key == "reasoning" and isinstance(value, Mapping))
        named[word if of_api else str(key)] = value if of_api else checked(str(key), value)
    return named


def responses_params(params: Mapping[str, Any], provider: str = "openai") -> Json:
    """Write parameters as the Responses API calls them.

    Raises:
        ConfigError: it has no words for one of them.
    """
    named = translated(portable(params, _RESPONSES_WORDS), RESPONSES, provider)
    if "tools" in named:
        named["tools"] = [_flat(tool) for tool in named["tools"]]
    if isinstance(named.get("tool_choice"), Mapping):
        named["tool_choice"] = _flat(named["tool_choice"])
    if named.pop("logprobs", False):
        named["include"] = [*named.get("include", ()), "message.output_text.logprobs"]
    if "response_format" in named:
        wanted = dict(named.pop("response_format"))
        format_ = {"type": wanted.get("type"), **dict(wanted.get("json_schema") or {})}
        named = joined(named, {"text": {"format": format_}})
    return named


_DEMANDED: Json = {"parameters": {"type": "object", "properties": {}}, "strict": False}


def with_demanded(tools: Any) -> list[Any]:
    """Add what the Responses API requires of functions, which it would take as strict otherwise.

    No part of ``responses_params``, whose result names cells: they mean what they meant.
    """
    return [{**_DEMANDED, **tool} if _is_function(tool) else tool for tool in tools]


def _is_function(tool: Any) -> bool:
    return isinstance(tool, Mapping) and tool.get("type") == "function"


def _flat(tool: Any) -> Any:
    """Lift the fields under ``function`` up to the level of the type."""
    if isinstance(tool, Mapping) and isinstance(tool.get("function"), Mapping):
        return {"type": tool.get("type", "function"), **tool["function"]}
    return tool


_CHOICES = {"auto": "auto", "none": "none", "required": "any"}


def anthropic_params(params: Mapping[str, Any], provider: str = "anthropic") -> Json:
    """Write parameters as the Messages API calls them.

    Raises:
        ConfigError: it has no words for one of them.
    """
    named = translated(portable(params, _MESSAGES_WORDS), MESSAGES, provider)
    if "tools" in named:
        named["tools"] = [_anthropic_tool(tool) for tool in named["tools"]]
    if "tool_choice" in named:
        named["tool_choice"] = _anthropic_choice(named["tool_choice"])
    thought, most = (named.get("thinking") or {}).get("budget_tokens"), named.get("max_tokens")
    if isinstance(thought, int) and isinstance(most, int) and thought >= most:
        raise ConfigError(
            f"model.reasoning={thought}: provider {provider} takes thought out of model.max_tokens={most}, and nothing "
            "would be left for the answer: give more of these"
        )
    if "logprobs" in named:
        raise ConfigError(f"model.params.logprobs: provider {provider} has no such parameter: leave it out")
    return named


def _anthropic_tool(tool: Any) -> Any:
    function = tool.get("function") if isinstance(tool, Mapping) else None
    if not isinstance(function, Mapping):
        return tool
    described = {"description": function["description"]} if function.get("description") else {}
    schema = function.get("parameters") or {"type": "object", "properties": {}}
    return {"name": function.get("name"), **described, "input_schema": schema}


def _anthropic_choice(choice: Any) -> Any:
    if isinstance(choice, str) and choice in _CHOICES:
        return {"type": _CHOICES[choice]}
    function = choice.get("function") if isinstance(choice, Mapping) else None
    return {"type": "tool", "name": function.get("name")} if isinstance(function, Mapping) else choice


_GEMINI_WORDS = frozenset({"thinkingConfig"})
_GEMINI_FIELDS = frozenset(
    {"generationConfig", "safetySettings", "cachedContent", "labels", "serviceTier", "toolConfig", "tools"}
)
_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY"}


def gemini_params(params: Mapping[str, Any], provider: str = "google") -> Json:
    """Write parameters as Gemini's native protocol calls them: what the body has not is one of its generation.

    Raises:
        ConfigError: it has no words for one of them.
    """
    named = translated(portable(params, _GEMINI_WORDS), GEMINI, provider)
    fields = {key: value for key, value in named.items() if key in _GEMINI_FIELDS}
    if "tools" in fields:
        fields["tools"] = _gemini_tools(fields["tools"])
    if "tool_choice" in named:
        fields = joined(fields, {"toolConfig": {"functionCallingConfig": _gemini_choice(named.pop("tool_choice"))}})
    rest = {_camel(key): value for key, value in named.items() if key not in _GEMINI_FIELDS}
    return joined(fields, {"generationConfig": rest}) if rest else fields


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _gemini_tools(tools: Any) -> list[Any]:
    """Put the functions into one tool; Gemini's own tools stay as they are."""
    functions, others = [], []
    for tool in tools:
        function = tool.get("function") if isinstance(tool, Mapping) else None
        if isinstance(function, Mapping):
            described = {key: function[key] for key in ("name", "description") if function.get(key)}
            schema = {"parametersJsonSchema": function["parameters"]} if function.get("parameters") else {}
            functions.append({**described, **schema})
        else:
            others.append(tool)
    return [*([{"functionDeclarations": functions}] if functions else []), *others]


def _gemini_choice(choice: Any) -> Json:
    function = choice.get("function") if isinstance(choice, Mapping) else None
    if isinstance(function, Mapping):
        return {"mode": "ANY", "allowedFunctionNames": [function.get("name")]}
    if isinstance(choice, str) and choice in _MODES:
        return {"mode": _MODES[choice]}
    raise ConfigError(f"tool_choice={choice!r}: give auto, none, required or a function")
