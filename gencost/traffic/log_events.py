"""Log records of OTLP that tell a model's call: events of the semantic conventions, old and new, and of coding agents.

Sources, read 2026-11-27: docs/gen-ai/gen-ai-events.md of open-telemetry/semantic-conventions, 1.36 for one event a
message, main for ``gen_ai.client.inference.operation.details``; the
pages on monitoring of Claude Code, Codex and Gemini CLI.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gencost.traffic.spans import DETAILS, Span, attributes, hex_id, number, value_of, with_shared
from gencost.traffic.values import count, duration_ms

_ROLES = {f"gen_ai.{role}.message": role for role in ("system", "user", "assistant", "tool")}
_CHOICE = "gen_ai.choice"


@dataclass(frozen=True, kw_only=True)
class _Agent:
    """The names of the counts in an agent's events: those that are added up to input and output, and parts of them."""

    provider: str
    tokens_in: tuple[str, ...]
    tokens_out: tuple[str, ...]
    cached: str
    written: str = ""
    reasoning: str = ""
    repeated: tuple[str, ...] = ()


_CLAUDE = _Agent(
    provider="anthropic",
    tokens_in=("input_tokens", "cache_read_tokens", "cache_creation_tokens"),
    tokens_out=("output_tokens",),
    cached="cache_read_tokens",
    written="cache_creation_tokens",
)
_CODEX = _Agent(
    provider="openai",
    tokens_in=("input_token_count",),
    tokens_out=("output_token_count",),
    cached="cached_token_count",
    written="cache_write_token_count",
    reasoning="reasoning_token_count",
    repeated=("tool_token_count",),  # the total
)
_GEMINI = _Agent(
    provider="google",
    tokens_in=("input_token_count", "tool_token_count"),
    tokens_out=("output_token_count", "thoughts_token_count"),
    cached="cached_content_token_count",
    reasoning="thoughts_token_count",
)
_ANSWERED = {
    "claude_code.api_request": _CLAUDE,
    "codex.sse_event": _CODEX,
    "codex.websocket_event": _CODEX,
    "gemini_cli.api_response": _GEMINI,
}
_FAILED = {"claude_code.api_error": _CLAUDE, "codex.api_request": _CODEX, "gemini_cli.api_error": _GEMINI}
_COMPLETED = "response.completed"
# Its own words -> those of the semantic conventions.
_SAME = {
    "model": "gen_ai.request.model",
    "request_id": "gen_ai.response.id",
    "cost_usd": "gen_ai.usage.cost",
    "status_code": "http.response.status_code",
    "conversation.id": "gen_ai.conversation.id",
    "finish_reasons": "gen_ai.response.finish_reasons",
}
_WHY = ("error", "error.message", "error_message")
_GEMINI_CLI = "gemini-cli"


def log_spans(record: Mapping[str, Any]) -> Iterator[Span | None]:
    """Read the log records of one record, each as a span that says what the record does.

    Yields:
        None for one that is not about a call.
    """
    for item, shared in with_shared(record, ("resourceLogs", "resource_logs"), ("scopeLogs", "scope_logs"), _RECORDS):
        yield _told(item, shared)


_RECORDS = ("logRecords", "log_records")


def _told(item: Mapping[str, Any], shared: Mapping[str, Any]) -> Span | None:
    given, body = attributes(item.get("attributes")), value_of(item.get("body"))
    short = given.get("event.name")
    names = (item.get("eventName", item.get("event_name")), short, body, f"claude_code.{short}")
    name = next((it for it in names if isinstance(it, str) and (it in _KNOWN)), None)
    if name is None:
        return None
    at = number(item.get("timeUnixNano", item.get("time_unix_nano")))
    at = at or number(item.get("observedTimeUnixNano", item.get("observed_time_unix_nano")))
    facts: Mapping[str, Any] | None
    if name == DETAILS:
        repeats = shared.get("resource.service.name") == _GEMINI_CLI  # its own event says more
        facts = None if repeats else {**(body if isinstance(body, Mapping) else {}), **given}
    elif name in _ROLES or name == _CHOICE:
        facts = _message(name, body if isinstance(body, Mapping) else {}, given)
    else:
        facts = _of_agent(name, given)
    return None if facts is None else _span(item, name, at, {**shared, **facts})


_KNOWN = frozenset({DETAILS, _CHOICE, *_ROLES, *_ANSWERED, *_FAILED})


def _span(item: Mapping[str, Any], name: str, at: int | None, facts: Mapping[str, Any]) -> Span:
    """A record as a span: it is written at the end of a call, as long after its begin as it says."""
    took_ms = duration_ms(facts.get("duration_ms"))
    start = at if at is None or took_ms is None else at - round(took_ms * 1e6)
    digest = hashlib.sha256(json.dumps([item], sort_keys=True, default=str).encode()).hexdigest()[:24]
    return Span(
        trace=hex_id(item.get("traceId", item.get("trace_id"))),
        id=hex_id(item.get("spanId", item.get("span_id"))),
        parent="",
        facts={
            "span.status": None,
            "span.message": None,
            **{key: value for key, value in facts.items() if key != "duration_ms"},
            "span.name": f"{name} {digest}",
            "span.start": start,
            "span.end": None if took_ms is None else at,
        },
        is_log=True,
    )


def _message(name: str, body: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    if name == _CHOICE:
        message = body.get("message")
        message = message if isinstance(message, Mapping) else {"content": body.get("content")}
        finish = {"gen_ai.response.finish_reasons": body.get("finish_reason")}
        return {**given, **finish, "log.said": [{"role": "assistant", **message}]}
    turn = {"role": _ROLES[name], **{key: value for key, value in body.items() if key != "id"}}
    return {**given, "log.asked": [{**turn, **({"tool_call_id": body["id"]} if "id" in body else {})}]}


def _of_agent(name: str, given: Mapping[str, Any]) -> dict[str, Any] | None:
    why = next((given[key] for key in _WHY if given.get(key)), None)
    agent = _ANSWERED.get(name)
    if agent is not None:
        if agent is _CODEX and given.get("event.kind") != _COMPLETED:
            return None
        counts = _counts(agent, given)
    elif why is not None or (count(given.get("http.response.status_code")) or 0) >= 400:
        agent, counts = _FAILED[name], {}
    else:
        return None
    read = {*agent.tokens_in, *agent.tokens_out, agent.cached, agent.written, agent.reasoning, *agent.repeated}
    rest = {_SAME.get(key, key): value for key, value in given.items() if key not in read and key not in _WHY}
    failed = {"span.status": 2, "span.message": why} if name in _FAILED else {}
    asked = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": agent.provider}
    return {**asked, **rest, **counts, **failed}


def _counts(agent: _Agent, given: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {name: count(value) for name, value in given.items()}
    parts = {
        "cache_read.input_tokens": numbers.get(agent.cached),
        "cache_creation.input_tokens": numbers.get(agent.written),
        "reasoning.output_tokens": numbers.get(agent.reasoning),
    }
    sums = {"input_tokens": agent.tokens_in, "output_tokens": agent.tokens_out}
    whole = {
        name: None if numbers.get(added[0]) is None else sum(numbers.get(it) or 0 for it in added)
        for name, added in sums.items()
    }
    return {f"gen_ai.usage.{name}": value for name, value in {**whole, **parts}.items() if value is not None}
