"""Rows that are whole requests: a line of a batch file, of a fine-tuning file, of a log, as the API takes or took it.

Source: https://platform.openai.com/docs/guides/batch and .../fine-tuning (read 2026-11-26).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gencost.errors import PromptError
from gencost.messages.message import Message, kind_of
from gencost.tabular import Row

OWN = ("tools", "tool_choice", "response_format", "params")
"""Columns that a sample sends along by itself, in the words of Chat Completions."""

# What else stands beside ``messages`` in a request. The model is the cell's to choose; streaming is the provider's.
_REQUEST = frozenset(
    """frequency_penalty logit_bias logprobs max_completion_tokens max_output_tokens max_tokens modalities
    parallel_tool_calls presence_penalty prediction reasoning reasoning_effort seed service_tier stop stop_sequences
    temperature thinking top_k top_logprobs top_p verbosity web_search_options""".split()  # noqa: SIM905 - a list to read
)
_ENVELOPE = ("method", "url", "custom_id")
_BODIES = ("body", "params")  # of OpenAI's batch files, of Anthropic's
_OF_A_REQUEST = frozenset({"model", "max_tokens"})
_TURNS, _BEFORE = ("messages", "input"), ("system", "instructions")


def unwrapped(row: Row) -> Row:
    """Return the request inside a line of a batch file, with its id; any other row unchanged.

    A text in place of turns is the user's, and what a request says beside them to the system is its first turn.
    """
    holder = next((key for key in _BODIES if isinstance(row.get(key), Mapping) and _has_turns(row[key])), None)
    if holder is None:
        return _request(row) if isinstance(row.get("messages"), list) and not _OF_A_REQUEST.isdisjoint(row) else row
    if str(row.get("url")).endswith("/embeddings"):
        return row
    rest = {key: value for key, value in row.items() if key not in {*_ENVELOPE, holder}}
    named = {"id": row["custom_id"]} if row.get("custom_id") is not None else {}
    return {**named, **rest, **_request(row[holder])}


def _has_turns(body: Mapping[str, Any]) -> bool:
    return any(key in body for key in _TURNS)


def _request(body: Mapping[str, Any]) -> Row:
    turns = next(body[key] for key in _TURNS if key in body)
    if isinstance(turns, str):
        turns = [{"role": "user", "content": turns}]
    before = next((body[key] for key in _BEFORE if body.get(key)), None)
    if before is not None and isinstance(turns, list):
        turns = [{"role": "system", "content": before}, *turns]
    return {"messages": turns, **{key: value for key, value in body.items() if key not in {*_TURNS, *_BEFORE}}}


def own_params(row: Row, columns: Mapping[str, str]) -> dict[str, Any]:
    """Take what a row sends along by itself.

    Args:
        row: unwrapped.
        columns: what the file calls ``tools``, ``tool_choice``, ``response_format`` and ``params``.

    Raises:
        PromptError: one of them is not JSON of its kind.
    """
    params: dict[str, Any] = {}
    if isinstance(row.get(columns.get("messages", "messages")), list):
        params |= {key: row[key] for key in row if key in _REQUEST and row[key] is not None}
    for key in OWN:
        value = _as_json(row.get(columns.get(key, key)), key, stated=key in columns)
        if key == "params":
            params |= value or {}
        elif value is not None:
            params[key] = value
    return params


def _as_json(value: Any, key: str, *, stated: bool) -> Any:
    """Read a cell that holds JSON; a text is taken as JSON where the column map names it, and elsewhere left alone."""
    if value is None or value == "":
        return None
    looks = isinstance(value, str) and value.lstrip()[:1] in {"{", "["}
    if isinstance(value, str) and not (stated or looks or key == "tool_choice"):
        return None  # a column of the user's own that happens to have this name
    if looks or (isinstance(value, str) and stated and key != "tool_choice"):
        try:
            value = json.loads(value)
        except ValueError:
            raise PromptError(f"{key} is {value[:60]!r}: give JSON") from None
    wanted: type | tuple[type, ...] = {"tools": list, "params": Mapping}.get(key, (Mapping, str))
    if not isinstance(value, wanted):
        raise PromptError(f"{key} is {repr(value)[:60]}: give {'a list' if wanted is list else 'a mapping'}")
    return value


def lesson(messages: tuple[Message, ...], reference: str | None) -> tuple[tuple[Message, ...], str | None]:
    """Take the last turn of a fine-tuning line, the assistant's, as the reference; one with another reference keeps it.

    Several at the end are one turn, as providers join them.

    Raises:
        PromptError: nothing is left to ask.
    """
    asked = messages
    while asked and asked[-1].role == "assistant" and not asked[-1].tool_calls:
        asked = asked[:-1]
    if len(asked) == len(messages):
        return messages, reference
    if not asked:
        raise PromptError("the conversation is the assistant's turn alone: there is nothing to ask")
    if kind_of(asked) == "text" and not asked[0].text.strip():
        raise PromptError("the prompt is empty")
    answer = "\n".join(turn.text for turn in messages[len(asked) :])
    return asked, answer if reference is None else reference
