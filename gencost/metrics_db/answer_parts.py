"""The parts of an answer other than its text, as columns of ``responses``: written, and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, and_, func

from gencost.messages import ToolCall
from gencost.metrics_db.tables import responses
from gencost.types import Response

ANSWER_PARTS = ("response_sha256", "tool_calls_json", "reasoning", "extra_json")


NO_TEXT_SHA256 = sha256(b"").hexdigest()
"""The digest of an answer that really is empty."""


def answer_parts_row(response: Response) -> tuple[str | None, ...]:
    """Write the functions, thoughts, further choices and other parts of an answer: the columns ``ANSWER_PARTS``."""
    extra = {"choices": response.choices, "parts": response.parts, "recorded": dict(response.recorded)}
    return answer_parts_of(response.text, response.tool_calls, response.reasoning, extra)


def answer_parts_of(
    text: str, tool_calls: Sequence[ToolCall], reasoning: str | None, extra: Mapping[str, Any]
) -> tuple[str | None, ...]:
    """Write the columns ``ANSWER_PARTS``; ``extra_json`` holds what is not empty in ``extra``."""
    calls_json = tool_calls_json(tool_calls)
    more = {name: values for name, values in extra.items() if values}
    extra_json = _json(more) if more else None
    return answer_sha256(text, calls_json), calls_json, reasoning, extra_json


def tool_calls_json(tool_calls: Sequence[ToolCall]) -> str | None:
    """Write the functions that an answer calls; None if it calls none."""
    if not tool_calls:
        return None
    return _json([{"id": it.id, "name": it.name, "arguments": it.arguments} for it in tool_calls])


def text_is_hidden() -> ColumnElement[bool]:
    """Whether, in SQL, the text of an answer was left out when it was stored: it is empty, but its digest is not."""
    answers = responses.c
    digest = func.coalesce(answers.response_sha256, NO_TEXT_SHA256)
    return and_(answers.response == "", answers.tool_calls_json.is_(None), digest != NO_TEXT_SHA256)


def answer_sha256(text: str, tool_calls_json: str | None) -> str:
    """SHA-256 (hex) of an answer in UTF-8: of its text, and behind a NUL of the functions that it calls, if any."""
    whole = text if tool_calls_json is None else f"{text}\0{tool_calls_json}"
    return sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def tool_calls_of(tool_calls_json: str | None) -> tuple[ToolCall, ...]:
    """Read the functions that an answer calls."""
    return tuple(ToolCall(**call) for call in json.loads(tool_calls_json)) if tool_calls_json else ()


def choices_of(extra_json: str | None) -> tuple[dict[str, Any], ...]:
    """Read all choices of an answer to a request for several; empty for one."""
    return tuple(json.loads(extra_json).get("choices", ())) if extra_json else ()


def parts_of(extra_json: str | None) -> tuple[dict[str, Any], ...]:
    """Read the parts of an answer that are neither text, nor tool calls, nor thoughts."""
    return tuple(json.loads(extra_json).get("parts", ())) if extra_json else ()


def recorded_of(extra_json: str | None) -> dict[str, Any]:
    """Read the recorded facts of a replayed answer, see ``Response.recorded``; empty for any other answer."""
    return dict(json.loads(extra_json).get("recorded", {})) if extra_json else {}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
