"""Turn a request, a record and a price into rows of the tables, as the drivers take them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from gencost.messages import blobs_of
from gencost.metrics_db.answer_parts import answer_parts_row
from gencost.text.json_writer import json_writer
from gencost.types import Attempt, CallSite, Cost, Record, Request, RequestStatus, Response, Score, Usage
from gencost.values.token_counts import USAGE_COUNTS, more_facts, usage_counts, usage_facts

Row = tuple[Any, ...]
"""The values of one row in the order of ``COLUMNS``, as the drivers take them."""
Rows = list[tuple[str, Row]]
"""Rows of several kinds, each with its kind, a key of ``COLUMNS``."""

PROXY = "proxy"

# The columns of each kind of row below, in the order of their table; of an update its key comes last.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "blobs": ("sha256", "media_type", "size", "data"),
    "prompts": ("sha256", "text", "kind"),
    "prices": ("price_id", "block", "source"),
    "requests": (
        *("request_id", "run_id", "ts", "provider", "model", "prompt_id", "category", "repeat", "prompt_sha256"),
        *("role", "policy_cell", "reference", "params_json", "attempts", "status", "error_type", "from_cache"),
        "cache_key",
    ),
    "settle": (
        *("ts", "latency_ms", "queue_ms", "backoff_ms", "attempts", "status"),
        *("error_type", "error_message", "from_cache", "b_request_id"),
    ),
    "chosen": ("role", "parent_request_id", "b_request_id"),
    "responses": (
        *(
            "request_id",
            "response",
            "response_sha256",
            "tool_calls_json",
            "reasoning",
            "extra_json",
            "response_model",
            "service_tier",
            "region",
            "finish_reason",
            "provider_request_id",
        ),
        *(f"usage_{name}" for name in USAGE_COUNTS),
        *("usage_more_json", "usage_source", "usage_reader", "billed_items_json"),
        *("raw_usage_json", "ttft_ms", "server_ms", "server_ttft_ms", "chunk_times"),
        *("cost_pico_usd", "cost_status", "cost_reason", "cost_basis"),
        *("price_id", "other_price_ids", "saved_pico_usd", "provider_cost_usd", "quality_proxy"),
    ),
    "traffic": (
        *("request_id", "site", "tags_json", "session", "user_hash", "source", "source_id", "source_cost_pico_usd"),
        "internal",
    ),
    "attempts": (
        *("request_id", "attempt", "ts", "service_ms", "ttft_ms", "http_status", "error_type", "retry_after_s"),
        *("usage_json", "raw_usage_json", "machine_ms", "cost_pico_usd", "price_id", "response"),
    ),
    "scores": ("request_id", "scorer", "version", "value", "explanation", "judge_request_id", "ts"),
    "logged": (
        *("request_id", "run_id", "ts", "provider", "model", "prompt_id", "category", "repeat", "prompt_sha256"),
        *("role", "reference", "params_json", "latency_ms", "queue_ms", "backoff_ms", "attempts", "status"),
        *("error_type", "error_message", "from_cache", "cache_key"),
    ),
}


_WRITE = json_writer(sort_keys=True, default=str)
_NO_COST = Cost(pico_usd=None, status="unpriced")
_MOST_PARAMS = 4096
_NAMES = sorted(USAGE_COUNTS)
_UNKNOWN = (None,) * len(USAGE_COUNTS)


def row_of(kind: str, columns: Mapping[str, Any]) -> Row:
    """Make a row of its columns by name; others are left out."""
    return tuple([columns[name] for name in COLUMNS[kind]])


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else _WRITE(value)


def params_json(params: Mapping[str, Any]) -> str:
    """Write the parameters of a request."""
    return _WRITE(params)


class ParamsJson:
    """The parameters of cells as JSON, made once for each cell."""

    def __init__(self) -> None:
        """Start with none."""
        self._made: dict[int, tuple[Mapping[str, Any], Mapping[str, Any], str]] = {}

    def of(self, params: Mapping[str, Any]) -> str:
        """Write parameters; the same object is written again only if it was changed."""
        held = self._made.get(id(params))
        if held is not None and held[0] is params and held[1] == params:
            return held[2]
        if len(self._made) >= _MOST_PARAMS:
            self._made.clear()
        text = params_json(params)
        self._made[id(params)] = params, deepcopy(dict(params)), text
        return text


def prompt_row(request: Request) -> Row:
    """The row of ``prompts`` that a request points at."""
    return (request.sample.prompt_sha256, request.sample.text, request.sample.kind)


def blob_rows(request: Request) -> list[Row]:
    """The rows of ``blobs`` that a request's prompt names."""
    return [
        (blob.sha256, blob.media_type, len(blob.data), blob.data)
        for blob in blobs_of(request.sample.messages)
        if blob.data is not None
    ]


def request_row(request: Request, params: str, status: RequestStatus = "pending", error_type: str | None = None) -> Row:
    """The row of ``requests`` before a byte is sent, or for a call that is not made.

    Args:
        request: which call.
        params: its parameters as JSON.
        status: ``pending`` or ``skipped``.
        error_type: why it is not made; None for one that is.
    """
    sample = request.sample
    return (
        request.request_id,
        request.run_id,
        request.ts,
        request.provider,
        request.model,
        sample.id,
        sample.category,
        request.repeat,
        sample.prompt_sha256,
        request.role,
        request.policy_cell,
        sample.reference,
        params,
        0,
        status,
        error_type,
        False,
        request.cache_key,
    )


def traffic_row(request: Request, call_site: CallSite) -> Row:
    """The row of ``traffic`` of a call whose place in an application is known."""
    return (
        request.request_id,
        call_site.site,
        _json(call_site.tags or None),
        call_site.session,
        call_site.user_hash,
        call_site.source,
        None,
        None,
        request.role == "judge",
    )


def settled_row(record: Record) -> Row:
    """Return the columns that settling changes in ``requests``, and which row it is."""
    return (
        record.request.ts,
        None if record.response is None or record.from_cache else record.response.latency_ms,
        record.queue_ms,
        record.backoff_ms,
        len(record.attempts),
        record.status,
        record.error_type,
        record.error_message,
        record.from_cache,
        record.request.request_id,
    )


def chosen_rows(answer: str, made_for_it: Mapping[str, str]) -> list[Row]:
    """Return the columns that change when a policy keeps an answer.

    Args:
        answer: request id of the call that gave it.
        made_for_it: request id -> role of the calls before it and of the judgements.
    """
    return [("sample", None, answer), *((role, answer, made) for made, role in made_for_it.items())]


def response_row(record: Record, response: Response) -> Row:
    """The row of ``responses``."""
    cost, charged_usd, proxy = record.cost or _NO_COST, response.provider_cost_usd, None
    for score in record.scores:
        if score.scorer == PROXY:
            proxy = score.value
    return (
        record.request.request_id,
        response.text,
        *_said(response),
        response.response_model,
        response.service_tier,
        response.region,
        response.finish_reason,
        response.provider_request_id,
        *_usage_row(response),
        _json(response.raw_usage),
        None if record.from_cache else response.ttft_ms,
        response.server_ms,
        response.server_ttft_ms,
        response.chunk_times,
        cost.pico_usd,
        cost.status,
        cost.reason,
        cost.basis if cost.price_id or cost.basis == "recorded" else None,
        cost.price_id,
        json.dumps(cost.other_price_ids) if cost.other_price_ids else None,
        record.saved_pico_usd,
        None if charged_usd is None else float(charged_usd),
        proxy,
    )


def _said(response: Response) -> tuple[str | None, ...]:
    """``response_sha256``, ``tool_calls_json``, ``reasoning`` and ``extra_json``."""
    if response.tool_calls or response.choices or response.parts or response.recorded:
        return answer_parts_row(response)
    digest = sha256(response.text.encode("utf-8", "surrogatepass")).hexdigest()
    return digest, None, response.reasoning, None


def _usage_row(response: Response) -> Row:
    """The counts, ``usage_more_json``, ``usage_source``, ``usage_reader`` and ``billed_items_json``."""
    usage, items = response.usage, _json(response.billed_items or None)
    if usage is None:
        return *_UNKNOWN, None, "missing", response.usage_reader, items
    more = _json(more_facts(usage) or None)
    return *usage_counts(usage), more, usage.source, response.usage_reader, items


def _usage_json(usage: Usage | None) -> str | None:
    """The counts of a try as ``usage_from`` reads them: one that is not there is 0, and its source the provider."""
    if usage is None:
        return None
    facts = usage.__dict__
    if usage.more or usage.calls or usage.unread or usage.source != "provider":
        return _json({name: value for name, value in usage_facts(usage).items() if value or name == "source"})
    return "{" + ", ".join([f'"{name}": {facts[name]}' for name in _NAMES if facts[name]]) + "}"


def attempt_row(request_id: str, attempt: Attempt) -> Row:
    """One row of ``attempts``."""
    cost = attempt.cost or _NO_COST
    return (
        request_id,
        attempt.attempt,
        attempt.ts,
        attempt.service_ms,
        attempt.ttft_ms,
        attempt.http_status,
        attempt.error_type,
        attempt.retry_after_s,
        _usage_json(attempt.usage),
        None if attempt.billed is None else _json(attempt.billed.raw_usage),
        attempt.machine_ms,
        cost.pico_usd,
        None if attempt.error_type is None else cost.price_id,
        attempt.text,
    )


def score_row(request_id: str, score: Score) -> Row:
    """One row of ``scores``."""
    named = (request_id, score.scorer, score.version, score.value, score.explanation, score.judge_request_id)
    return (*named, datetime.now(UTC))


def settled_rows(record: Record) -> Rows:
    """Every row of the end of a request but those of its prices."""
    request_id = record.request.request_id
    entry: Rows = [("settle", settled_row(record))]
    if record.response is not None:
        entry.append(("responses", response_row(record, record.response)))
    entry += [("attempts", attempt_row(request_id, attempt)) for attempt in record.attempts]
    entry += [("scores", score_row(request_id, score)) for score in record.scores]
    return entry
