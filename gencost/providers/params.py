"""Parameters in the words of Chat Completions, as Responses and Messages call them; their own words stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gencost.errors import ProviderError

Json = dict[str, Any]


def responses_params(params: Mapping[str, Any]) -> Json:
    """Write parameters as the Responses API calls them."""
    named = dict(params)
    for old in ("max_tokens", "max_completion_tokens"):
        if old in named:
            named.setdefault("max_output_tokens", named.pop(old))
    if "reasoning_effort" in named:
        named["reasoning"] = {**dict(named.get("reasoning") or {}), "effort": named.pop("reasoning_effort")}
    if "tools" in named:
        named["tools"] = [_flat(tool) for tool in named["tools"]]
    if isinstance(named.get("tool_choice"), Mapping):
        named["tool_choice"] = _flat(named["tool_choice"])
    if "response_format" in named:
        wanted = dict(named.pop("response_format"))
        format_ = {"type": wanted.get("type"), **dict(wanted.get("json_schema") or {})}
        named["text"] = {**dict(named.get("text") or {}), "format": format_}
    return named


def _flat(tool: Any) -> Any:
    """Lift what stands under ``function`` up beside the type."""
    if isinstance(tool, Mapping) and isinstance(tool.get("function"), Mapping):
        return {"type": tool.get("type", "function"), **tool["function"]}
    return tool


_CHOICES = {"auto": "auto", "none": "none", "required": "any"}


def anthropic_params(params: Mapping[str, Any]) -> Json:
    """Write parameters as the Messages API calls them.

    Raises:
        ProviderError: one of them has no counterpart there.
    """
    named = dict(params)
    if "max_completion_tokens" in named:
        named.setdefault("max_tokens", named.pop("max_completion_tokens"))
    if "stop" in named:
        stop = named.pop("stop")
        named["stop_sequences"] = [stop] if isinstance(stop, str) else list(stop or ())
    if "tools" in named:
        named["tools"] = [_anthropic_tool(tool) for tool in named["tools"]]
    if "tool_choice" in named:
        named["tool_choice"] = _anthropic_choice(named["tool_choice"])
    for name in ("response_format", "reasoning_effort", "n", "logprobs"):
        if name in named:
            raise ProviderError(f"the Messages API has no parameter {name}", error_type="invalid_request")
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
