"""Turn a request, a record and a price into rows of the tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from gencost.messages import blobs_of
from gencost.metrics_db.said import said_row
from gencost.text import storable
from gencost.token_counts import USAGE_COUNTS, more_facts, usage_facts
from gencost.types import Attempt, CallSite, Record, Request, Response, Score

Row = dict[str, Any]

PROXY = "proxy"

# The columns of each kind of row below.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "blobs": ("sha256", "media_type", "size", "data"),
    "prompts": ("sha256", "text", "kind"),
    "prices": ("price_id", "block", "source"),
    "requests": (
        *("request_id", "run_id", "ts", "provider", "model", "prompt_id", "category", "repeat", "prompt_sha256"),
        *("role", "reference", "params_json", "attempts", "status", "error_type", "from_cache", "cache_key"),
        "policy_cell",
    ),
    "settle": (
        *("b_request_id", "ts", "latency_ms", "queue_ms", "backoff_ms", "attempts", "status"),
        *("error_type", "error_message", "from_cache"),
    ),
    "chosen": ("b_request_id", "role", "parent_request_id"),
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
        *("usage_tokens_in", "usage_tokens_out", "usage_tokens_cached", "usage_tokens_cache_write"),
        *("usage_tokens_cache_write_1h", "usage_tokens_reasoning", "usage_web_searches", "usage_source"),
        *("usage_more_json", "usage_reader", "billed_items_json", "other_price_ids"),
        *("raw_usage_json", "ttft_ms", "cost_pico_usd", "cost_status", "cost_reason", "cost_basis"),
        *("price_id", "saved_pico_usd", "provider_cost_usd", "quality_proxy"),
    ),
    "traffic": (
        *("request_id", "site", "tags_json", "session", "user_hash", "source", "source_id", "source_cost_pico_usd"),
        "internal",
    ),
    "attempts": (
        *("request_id", "attempt", "ts", "service_ms", "ttft_ms", "http_status", "error_type", "retry_after_s"),
        *("usage_json", "raw_usage_json", "machine_ms", "cost_pico_usd", "price_id"),
    ),
    "scores": ("request_id", "scorer", "version", "value", "explanation", "judge_request_id", "ts"),
    "logged": (
        *("request_id", "run_id", "ts", "provider", "model", "prompt_id", "category", "repeat", "prompt_sha256"),
        *("role", "reference", "params_json", "attempts", "status", "error_type", "from_cache", "cache_key"),
        *("latency_ms", "queue_ms", "backoff_ms", "error_message"),
    ),
}


def keep(row: Row) -> None:
    """Make every text of a row one that each database keeps as it is; what it says may come from anywhere."""
    for name, value in row.items():
        if type(value) is str and not (value.isascii() and "\x00" not in value):
            row[name] = storable(value)


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def prompt_row(request: Request) -> Row:
    """The row of ``prompts`` that a request points at."""
    return {"sha256": request.sample.prompt_sha256, "text": request.sample.text, "kind": request.sample.kind}


def blob_rows(request: Request) -> list[Row]:
    """The rows of ``blobs`` that a request's prompt names."""
    return [
        {"sha256": blob.sha256, "media_type": blob.media_type, "size": len(blob.data), "data": blob.data}
        for blob in blobs_of(request.sample.messages)
        if blob.data is not None
    ]


def pending_row(request: Request) -> Row:
    """The row of ``requests`` before a byte is sent."""
    sample = request.sample
    return {
        "request_id": request.request_id,
        "run_id": request.run_id,
        "ts": request.ts,
        "provider": request.provider,
        "model": request.model,
        "prompt_id": sample.id,
        "category": sample.category,
        "repeat": request.repeat,
        "prompt_sha256": sample.prompt_sha256,
        "role": request.role,
        "reference": sample.reference,
        "params_json": _json(request.params),
        "attempts": 0,
        "status": "pending",
        "error_type": None,
        "from_cache": False,
        "cache_key": request.cache_key,
        "policy_cell": request.policy_cell,
    }


def traffic_row(request: Request, call_site: CallSite) -> Row:
    """The row of ``traffic`` of a call whose place in an application is known."""
    return {
        "request_id": request.request_id,
        "site": call_site.site,
        "tags_json": _json(call_site.tags or None),
        "session": call_site.session,
        "user_hash": call_site.user_hash,
        "source": call_site.source,
        "source_id": None,
        "source_cost_pico_usd": None,
        "internal": request.role == "judge",
    }


def skipped_row(request: Request, reason: str) -> Row:
    """The row of ``requests`` for a call that was not made."""
    return {**pending_row(request), "status": "skipped", "error_type": reason}


def settled_row(record: Record) -> Row:
    """Return the columns that settling changes in ``requests``; ``b_request_id`` names the row."""
    return {
        "b_request_id": record.request.request_id,
        "ts": record.request.ts,
        "latency_ms": None if record.response is None or record.from_cache else record.response.latency_ms,
        "queue_ms": record.queue_ms,
        "backoff_ms": record.backoff_ms,
        "attempts": len(record.attempts),
        "status": record.status,
        "error_type": record.error_type,
        "error_message": record.error_message,
        "from_cache": record.from_cache,
    }


def chosen_rows(answer: str, made_for_it: Mapping[str, str]) -> list[Row]:
    """Return the columns that change when a policy keeps an answer.

    Args:
        answer: request id of the call that gave it.
        made_for_it: request id -> role of the calls before it and of the judgements.
    """
    kept = {"b_request_id": answer, "role": "sample", "parent_request_id": None}
    return [
        kept,
        *({"b_request_id": id_, "role": role, "parent_request_id": answer} for id_, role in made_for_it.items()),
    ]


def response_row(record: Record, response: Response) -> Row:
    """The row of ``responses``."""
    cost = record.cost
    return {
        "request_id": record.request.request_id,
        "response": response.text,
        **(said_row(response) if response.tool_calls or response.choices else _said(response)),
        "response_model": response.response_model,
        "service_tier": response.service_tier,
        "region": response.region,
        "finish_reason": response.finish_reason,
        "provider_request_id": response.provider_request_id,
        **_usage_row(response),
        "raw_usage_json": _json(response.raw_usage),
        "ttft_ms": None if record.from_cache else response.ttft_ms,
        "cost_pico_usd": cost and cost.pico_usd,
        "cost_status": cost.status if cost else "unpriced",
        "cost_reason": cost and cost.reason,
        "cost_basis": cost.basis if cost and cost.price_id else None,
        "price_id": cost and cost.price_id,
        "other_price_ids": json.dumps(cost.other_price_ids) if cost and cost.other_price_ids else None,
        "saved_pico_usd": record.saved_pico_usd,
        "provider_cost_usd": None if response.provider_cost_usd is None else float(response.provider_cost_usd),
        "quality_proxy": next((s.value for s in record.scores if s.scorer == PROXY), None),
    }


def _said(response: Response) -> Row:
    """The columns of an answer that is a text alone, see ``said_row``."""
    digest = sha256(response.text.encode("utf-8", "surrogatepass")).hexdigest()
    return {"response_sha256": digest, "tool_calls_json": None, "reasoning": response.reasoning, "extra_json": None}


def _usage_row(response: Response) -> Row:
    usage = response.usage
    return {
        **{f"usage_{name}": None if usage is None else getattr(usage, name) for name in USAGE_COUNTS},
        "usage_source": usage.source if usage else "missing",
        "usage_more_json": None if usage is None else _json(more_facts(usage) or None),
        "usage_reader": response.usage_reader,
        "billed_items_json": _json(response.billed_items or None),
    }


def attempt_row(request_id: str, attempt: Attempt) -> Row:
    """One row of ``attempts``."""
    return {
        "request_id": request_id,
        "attempt": attempt.attempt,
        "ts": attempt.ts,
        "service_ms": attempt.service_ms,
        "ttft_ms": attempt.ttft_ms,
        "http_status": attempt.http_status,
        "error_type": attempt.error_type,
        "retry_after_s": attempt.retry_after_s,
        "usage_json": None if attempt.usage is None else _json(usage_facts(attempt.usage)),
        "raw_usage_json": None if attempt.billed is None else _json(attempt.billed.raw_usage),
        "machine_ms": attempt.machine_ms,
        "cost_pico_usd": attempt.cost and attempt.cost.pico_usd,
        "price_id": None if attempt.error_type is None or attempt.cost is None else attempt.cost.price_id,
    }


def score_row(request_id: str, score: Score) -> Row:
    """One row of ``scores``."""
    return {
        "request_id": request_id,
        "scorer": score.scorer,
        "version": score.version,
        "value": score.value,
        "explanation": score.explanation,
        "judge_request_id": score.judge_request_id,
        "ts": datetime.now(UTC),
    }
