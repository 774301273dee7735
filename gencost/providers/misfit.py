"""The checks of a provider of the user's own, and of its answers: what no metrics DB keeps fails its call alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from gencost.errors import ProviderError
from gencost.messages import ToolCall
from gencost.types import Response, Usage

_TEXTS = (
    *("finish_reason", "response_model", "service_tier", "usage_reader", "usage_problem", "region"),
    *("provider_request_id", "reasoning"),
)
_TIMES = ("latency_ms", "ttft_ms", "server_ms", "server_ttft_ms", "machine_ms", "sent_ns")
_FAILED_TIMES = ("service_ms", "ttft_ms", "retry_after_s", "sent_ns")
# The type of what is kept as JSON, and how values that JSON does not have are written; None: they cannot be.
_JSON: Mapping[str, tuple[Any, Callable[[Any], str] | None]] = {
    "raw_usage": (Mapping | None, str),
    "billed_items": (Mapping, str),
    "recorded": (Mapping, None),
    **dict.fromkeys(("choices", "parts"), (tuple | list, None)),
}
_LONGEST = 200
_MOST = 2**63  # a larger number fits into no database


def unfit_provider(provider: Any) -> str | None:
    """Say what is wrong with a provider, whose methods are there.

    Returns:
        None if its calls can be recorded.
    """
    name = provider.name
    if isinstance(name, str) and name.strip():
        return None
    kind = type(provider).__name__
    return f"{kind}.name is {_shown(name)}: give a text, the part of a price key before the colon"


def misfit(name: str, outcome: Any) -> str | None:
    """Say what is wrong with the outcome of a try.

    Args:
        name: of what gave it, for people.
        outcome: an answer, the error that was raised, or anything else.

    Returns:
        None if it can be recorded.
    """
    if isinstance(outcome, ProviderError):
        wrong = _wrong_failure(outcome)
        return None if wrong is None else f"{name} raised a ProviderError with {wrong}"
    if not isinstance(outcome, Response):
        return f"{name} gave {_shown(outcome)}: give a gencost.Response"
    wrong = _wrong_answer(outcome)
    return None if wrong is None else f"{name} gave {wrong}"


def _wrong_answer(answer: Any) -> str | None:
    if not isinstance(answer.text, str):
        return f"text={_shown(answer.text)}: give a text"
    if not isinstance(answer.usage, Usage | None):
        return f"usage={_shown(answer.usage)}: give a gencost.Usage or None"
    return _wrong_texts(answer, _TEXTS) or _wrong_times(answer, _TIMES) or _wrong_parts(answer)


def _wrong_failure(error: Any) -> str | None:
    if not isinstance(error.error_type, str):
        return f"error_type={_shown(error.error_type)}: give a text"
    if not isinstance(error.http_status, int | None):
        return f"http_status={_shown(error.http_status)}: give a whole number or None"
    billed = error.billed
    if not isinstance(billed, Response | None):
        return f"billed={_shown(billed)}: give a gencost.Response or None"
    wrong = _wrong_texts(error, ("text",)) or _wrong_times(error, _FAILED_TIMES)
    return wrong or (None if billed is None else _wrong_answer(billed))


def _wrong_texts(given: Any, names: tuple[str, ...]) -> str | None:
    wrong = next((name for name in names if not isinstance(getattr(given, name), str | None)), None)
    return None if wrong is None else f"{wrong}={_shown(getattr(given, wrong))}: give a text or None"


def _wrong_times(given: Any, names: tuple[str, ...]) -> str | None:
    wrong = next((name for name in names if not _is_time(getattr(given, name))), None)
    return None if wrong is None else f"{wrong}={_shown(getattr(given, wrong))}: give a number >= 0 or None"


def _is_time(value: Any) -> bool:
    if value is None:
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _MOST


def _wrong_parts(answer: Any) -> str | None:
    """Say what is wrong with the facts that are neither texts nor times."""
    cost, stamps, calls = answer.provider_cost_usd, answer.chunk_times, answer.tool_calls
    if cost is not None and not _is_money(cost):
        return f"provider_cost_usd={_shown(cost)}: give a Decimal or None"
    if not isinstance(stamps, bytes | None):
        return f"chunk_times={_shown(stamps)}: give bytes or None"
    if not (isinstance(calls, tuple | list) and all(map(_is_call, calls))):
        return f"tool_calls={_shown(calls)}: give gencost.ToolCalls whose id, name and arguments are texts"
    for name, (kind, others) in _JSON.items():
        if not _is_json(value := getattr(answer, name), kind, others):
            return f"{name}={_shown(value)}: give what JSON can hold"
    return None


def _is_money(value: Any) -> bool:
    if isinstance(value, Decimal) and not value.is_finite():  # a signalling NaN cannot be compared
        return False
    return isinstance(value, int | float | Decimal) and -_MOST < value < _MOST


def _is_call(call: Any) -> bool:
    return isinstance(call, ToolCall) and isinstance(call.id, str | None) and _are_texts(call.name, call.arguments)


def _are_texts(*values: Any) -> bool:
    return all(isinstance(value, str) for value in values)


def _is_json(value: Any, kind: Any, others: Callable[[Any], str] | None) -> bool:
    if not isinstance(value, kind):
        return False
    try:
        json.dumps(dict(value) if isinstance(value, Mapping) else value, default=others, sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _shown(value: Any) -> str:
    return repr(value)[:_LONGEST]
