"""Each call as a trace: its texts, tokens, cost, scores, and when it waited and was on the wire.

Invariant: MLflow shows our cost or none. It prices a span that names a model and has tokens by a catalogue of its own,
so a call whose cost is unknown names no model.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from gencost.analysis.recorded.request_facts import Evidence, Facts
from gencost.messages import turn_of
from gencost.tracking.figures import llm_cost, token_usage
from gencost.tracking.trace_batch import Trace, write_batch

if TYPE_CHECKING:
    from mlflow.entities import Feedback, Span

    from gencost.tracking.client import Tracking

TRACES_A_BATCH = 50
_PREVIEW = 1000
_REQUEST_PARAMS = ("temperature", "top_p", "top_k", "max_tokens", "seed", "stop_sequences")


def log_traces(tracking: Tracking, run_id: str, calls: Iterable[Evidence]) -> Iterator[int]:
    """Log calls as traces of a run, in batches; one that is there already is replaced.

    Of MLflow's ways this is the cheapest that keeps scores and the link to the run: the trace first, then the spans of
    many traces in one request. Through spans that are started and ended a trace costs about three times as much, and
    MLflow's queue drops what does not fit.

    Args:
        tracking: where.
        run_id: MLflow's id of the run.
        calls: of it.

    Yields:
        How many are logged so far, after each batch.
    """
    from mlflow.tracing.client import TracingClient  # noqa: PLC0415 - heavy, see store

    client, logged = TracingClient(tracking.uri), 0
    for batch in _batches(calls):
        write_batch(client, tracking.experiment_id, [_trace(call, tracking.experiment_id, run_id) for call in batch])
        logged += len(batch)
        yield logged


def _batches(calls: Iterable[Evidence]) -> Iterator[list[Evidence]]:
    batch: list[Evidence] = []
    for call in calls:
        batch.append(call)
        if len(batch) == TRACES_A_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def trace_id(request_id: str) -> str:
    """MLflow's id of the trace of a request."""
    return f"tr-{request_id.replace('-', '')}"


def _trace(call: Evidence, experiment_id: str, run_id: str) -> Trace:
    from mlflow.entities import TraceInfo, TraceLocation, TraceState  # noqa: PLC0415 - heavy, see store

    request, response = call.request, call.response
    usage, cost = token_usage(response), llm_cost(call)
    metadata = {"mlflow.sourceRun": run_id}
    if usage is not None:
        metadata["mlflow.trace.tokenUsage"] = json.dumps(usage)
    if cost is not None:
        metadata["mlflow.trace.cost"] = json.dumps(cost)
    began, ended = _ns(request["ts"]), _ns(ended_at(call))
    name = f"chat {request['model']}"
    tags = {"gencost.request_id": request["request_id"], "gencost.prompt_id": request["prompt_id"]}
    info = TraceInfo(
        trace_id=trace_id(request["request_id"]),
        trace_location=TraceLocation.from_experiment_id(experiment_id),
        request_time=began // 10**6,
        state=TraceState.OK if request["status"] == "ok" else TraceState.ERROR,
        request_preview=(call.prompt or "")[:_PREVIEW],
        response_preview=(response["response"] if response else request["error_message"] or "")[:_PREVIEW],
        client_request_id=request["request_id"],
        execution_duration=(ended - began) // 10**6,
        trace_metadata=metadata,
        tags={"mlflow.traceName": name, **tags},
        assessments=[_feedback(request, score) for score in call.scores if score["value"] is not None],
    )
    whole = _Piece(name=name, began_ns=began, ended_ns=ended, attributes=_llm(call, usage, cost), error=_error(request))
    pieces = [whole, *_waits_and_attempts(call, began)]
    return Trace(info=info, spans=[_span(request["request_id"], 1 + i, piece) for i, piece in enumerate(pieces)])


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """One span: the whole call, or a part of it."""

    name: str
    began_ns: int
    ended_ns: int
    attributes: Mapping[str, Any]
    error: tuple[str, str] | None = None


def _waits_and_attempts(call: Evidence, began_ns: int) -> Iterator[_Piece]:
    free_ns = began_ns
    for attempt in call.attempts:
        sent_ns, answered_ns = _ns(attempt["ts"]), _ns(_answered_at(attempt))
        if sent_ns > free_ns:
            waited = "queue" if attempt["attempt"] == 1 else "backoff"
            yield _Piece(name=waited, began_ns=free_ns, ended_ns=sent_ns, attributes={"mlflow.spanType": "TASK"})
        yield _Piece(
            name=f"attempt {attempt['attempt']}",
            began_ns=sent_ns,
            ended_ns=answered_ns,
            attributes={"mlflow.spanType": "TASK", **_wire(attempt)},
            error=None if attempt["error_type"] is None else (attempt["error_type"], ""),
        )
        free_ns = answered_ns


def _span(request_id: str, number: int, piece: _Piece) -> Span:
    from mlflow.entities import Span  # noqa: PLC0415 - heavy, see store

    attributes = {"mlflow.traceRequestId": trace_id(request_id), **piece.attributes}
    message = "" if piece.error is None else ": ".join(piece.error)
    return Span.from_dict(
        {
            "trace_id": _base64(request_id.replace("-", "")),
            "span_id": _base64(f"{number:016x}"),
            "parent_span_id": None if number == 1 else _base64(f"{1:016x}"),
            "name": piece.name,
            "start_time_unix_nano": piece.began_ns,
            "end_time_unix_nano": max(piece.began_ns, piece.ended_ns),
            "events": [] if piece.error is None else [_exception(piece.ended_ns, piece.error)],
            "links": [],
            "status": {
                "code": "STATUS_CODE_ERROR" if piece.error is not None else "STATUS_CODE_OK",
                "message": message,
            },
            "attributes": {key: json.dumps(value) for key, value in attributes.items() if value is not None},
        }
    )


def _error(request: Facts) -> tuple[str, str] | None:
    """Type and text of what a call failed with; None if it did not."""
    failed = request["status"] != "ok"
    return (str(request["error_type"]), str(request["error_message"] or "")) if failed else None


def _exception(at_ns: int, error: tuple[str, str]) -> dict[str, Any]:
    """OTel's event of an error."""
    attributes = {"exception.type": error[0], "exception.message": error[1]}
    return {"name": "exception", "time_unix_nano": at_ns, "attributes": attributes}


def _base64(digits: str) -> str:
    return base64.b64encode(bytes.fromhex(digits)).decode()


def _llm(call: Evidence, usage: Mapping[str, int] | None, cost: Mapping[str, float] | None) -> dict[str, Any]:
    """Attributes of the span of the whole call: OTel's GenAI names, MLflow's, ours."""
    request, response = call.request, call.response or {}
    params = json.loads(request["params_json"] or "{}")
    named = {f"gen_ai.request.{key}": params.get(key) for key in _REQUEST_PARAMS}
    priced = {
        "gen_ai.request.model": request["model"],
        "gen_ai.response.model": response.get("response_model"),
        "mlflow.llm.model": request["model"],
        "mlflow.llm.provider": request["provider"],
        "mlflow.llm.cost": cost,
    }
    return {
        "mlflow.spanType": "CHAT_MODEL",
        "mlflow.spanInputs": {"messages": [turn_of(turn) for turn in call.messages]},
        "mlflow.spanOutputs": _said(response),
        "mlflow.chat.tokenUsage": usage,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": request["provider"],
        "gen_ai.response.id": response.get("provider_request_id"),
        "gen_ai.response.finish_reasons": [response["finish_reason"]] if response.get("finish_reason") else None,
        "gen_ai.usage.input_tokens": response.get("usage_tokens_in"),
        "gen_ai.usage.output_tokens": response.get("usage_tokens_out"),
        "error.type": request["error_type"],
        **_ours(request, response),
        **named,
        **(priced if cost is not None else {}),
    }


def _said(response: Facts) -> Any:
    """The answer: its text, or with the functions that it calls a turn of Chat Completions."""
    text, calls = response.get("response"), json.loads(response.get("tool_calls_json") or "[]")
    if not calls:
        return text
    called = [
        {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": call["arguments"]}}
        for call in calls
    ]
    return {"role": "assistant", "content": text or None, "tool_calls": called}


def _ours(request: Facts, response: Facts) -> dict[str, Any]:
    facts = {f"gencost.{key}": response.get(key) for key in ("cost_status", "cost_pico_usd", "ttft_ms")}
    return {
        "gencost.request_id": request["request_id"],
        "gencost.provider_model": f"{request['provider']}:{request['model']}",
        "gencost.latency_ms": request["latency_ms"],
        "gencost.from_cache": request["from_cache"],
        **facts,
    }


def _wire(attempt: Facts) -> dict[str, Any]:
    return {
        "http.response.status_code": attempt["http_status"],
        "error.type": attempt["error_type"],
        "gencost.ttft_ms": attempt["ttft_ms"],
        "gencost.retry_after_s": attempt["retry_after_s"],
    }


def _feedback(request: Facts, score: Facts) -> Feedback:
    from mlflow.entities import AssessmentSource, Feedback  # noqa: PLC0415 - heavy, see store

    judged = score["judge_request_id"] is not None
    key = f"{score['request_id']} {score['scorer']} {score['version']}"
    ms = _ns(request["ts"]) // 10**6
    feedback = Feedback(
        name=score["scorer"],
        value=score["value"],
        source=AssessmentSource(
            source_type="LLM_JUDGE" if judged else "CODE", source_id=f"{score['scorer']} {score['version']}"
        ),
        rationale=score["explanation"],
        trace_id=trace_id(request["request_id"]),
        create_time_ms=ms,
        last_update_time_ms=ms,
    )
    feedback.assessment_id = f"a-{sha256(key.encode()).hexdigest()[:32]}"  # its own, so that it is there once only
    return feedback


def _answered_at(attempt: Facts) -> datetime:
    moment: datetime = attempt["ts"] + timedelta(milliseconds=attempt["service_ms"] or 0.0)
    return moment


def ended_at(call: Evidence) -> datetime:
    """Return the moment when the last attempt of a call was answered; of its birth, if none was made."""
    born: datetime = call.request["ts"]
    return max([born, *(_answered_at(attempt) for attempt in call.attempts)])


def _ns(moment: datetime) -> int:
    return int(moment.timestamp()) * 10**9 + moment.microsecond * 1000
