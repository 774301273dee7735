"""MLflow: the spans of models' calls in its traces, from a tracking store or a file of ``trace.to_dict()``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from gencost.providers.answer import Answer
from gencost.traffic.bodies import answer_of, with_usage
from gencost.traffic.failures import failure
from gencost.traffic.logged import LeftOut, LoggedCall, UnreadableRecordError
from gencost.traffic.nesting import Nesting
from gencost.traffic.other_usage import usages_in, with_fuller
from gencost.traffic.otlp_usage import counts_of
from gencost.traffic.records import Placed
from gencost.traffic.source import LogSource
from gencost.traffic.spans import Span
from gencost.traffic.values import between_ms, count, moment, parsed, tags_of, text, usd

_CALLS = ("CHAT_MODEL", "LLM", "EMBEDDING")
_ERROR = ("STATUS_CODE_ERROR", "ERROR", "2")
_NOT_PARAMS = frozenset({"model", "messages", "input", "system", "stream", "contents", "prompt", "extra_headers"})
# Of their models MLflow writes cached tokens beside its input.
_BESIDE = ("anthropic", "bedrock")
_OWN = "gencost."


@dataclass(frozen=True, kw_only=True)
class MLflowTraces(LogSource):
    """MLflow's traces.

    Attributes:
        provider: of spans that name none; null leaves it unknown.
        experiments: names, of a tracking store; empty takes all.
    """

    provider: str | None = None
    experiments: list[str] = field(default_factory=list)

    name: ClassVar[str] = "mlflow"
    tool: ClassVar[str] = "MLflow"
    facts: ClassVar[tuple[str, ...]] = (
        *("type", "provider", "model", "model_served", "response_id", "outputs", "inputs", "prompt", "system", "usage"),
        *("service_tier", "cost_usd", "site", "tags", "session", "user", "internal"),
    )

    def files(self, path: str) -> list[str]:
        """A tracking store has one name."""
        return [path] if "://" in path else super().files(path)

    def unfolded(self, place: str, record: Mapping[str, Any]) -> Iterable[Placed]:
        """Return the traces inside the answer of its API."""
        listed = record.get("traces")
        return (
            [(f"{place} traces[{n}]", it) for n, it in enumerate(listed)]
            if isinstance(listed, list)
            else [(place, record)]
        )

    def calls(self, record: Mapping[str, Any]) -> Iterator[LoggedCall | LeftOut]:
        """Read the calls of one trace."""
        trace = parsed(record.get("trace"))
        trace = trace if isinstance(trace, dict) else record
        spans = (trace.get("data") or {}).get("spans") or parsed(trace.get("spans"))
        if not isinstance(spans, list):
            raise UnreadableRecordError("no data.spans: not a trace of MLflow")
        shared = _shared(trace.get("info") or trace)
        if any(name.startswith((f"tag.{_OWN}", f"metadata.{_OWN}")) for name in shared):
            yield LeftOut(why="a trace of GenCost's own")
            return
        made = [_span(span, shared) for span in spans]
        nesting = Nesting(same=self._same, joined=_joined)
        told = list(nesting.through((span, self.value(span.facts, "type") in _CALLS) for span in made))
        if not told:
            yield LeftOut(why="a trace without a model's call")
        for span in told:
            yield self._call(span, _scores(trace.get("info") or trace, span, alone=len(told) == 1))
        for _ in range(nesting.repeats):
            yield LeftOut(why="a call that the span around it tells, too")

    def _call(self, span: Span, scores: Mapping[str, float | None]) -> LoggedCall:
        facts = span.facts
        served = text(self.value(facts, "model_served"))
        model = text(self.value(facts, "model")) or served
        if model is None:
            raise UnreadableRecordError(f"span {facts['span.name']!r} names no model")
        inputs = self.value(facts, "inputs")
        provider = (text(self.value(facts, "provider")) or self.provider or "unknown").lower()
        turns, system = self.value(facts, "prompt"), self.value(facts, "system")
        if system is not None and isinstance(turns, list):
            turns = [{"role": "system", "content": system}, *turns]
        named = f"{facts['trace']}:{span.id}"
        return LoggedCall(
            known_as=named,
            source_id=named,
            response_id=text(self.value(facts, "response_id")),
            provider=provider,
            model=model.removeprefix(f"{provider}/"),
            ts=moment(facts["span.start"]) or moment(facts.get("request_time")),
            latency_ms=between_ms(facts["span.start"], facts["span.end"]),
            answer=self._answer(facts, served, provider),
            messages=turns if turns is not None else inputs,
            params={} if not isinstance(inputs, dict) else {it: inputs[it] for it in inputs if it not in _NOT_PARAMS},
            source_cost_usd=usd(self.value(facts, "cost_usd")),
            scores=scores,
            **self._place(facts),
            **(self._failure(span) if str(facts["span.status"]) in _ERROR else {}),
        )

    def _answer(self, facts: Mapping[str, Any], served: str | None, provider: str) -> Answer:
        answer, usage = answer_of(self.value(facts, "outputs")), self.value(facts, "usage")
        tier = text(self.value(facts, "service_tier"))
        spans = counts_of(facts)
        embeds = self.value(facts, "type") == "EMBEDDING"
        if answer.reading.usage is None and spans.raw:
            answer = with_usage(answer, spans.raw, spans.protocol(embeds=embeds), tier)
        elif answer.reading.usage is None:
            beside = "mlflow_beside" if provider in _BESIDE else "mlflow"
            answer = with_usage(answer, usage, "otel_embeddings" if embeds else beside, tier)
        answer = with_fuller(answer, usages_in(self.value(facts, "outputs")), tier)
        return replace(answer, response_model=answer.response_model or served)

    def _place(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        tags = tags_of(self.value(facts, "tags"))
        tag_values = {name[len("tag.") :]: str(it) for name, it in facts.items() if name.startswith("tag.")}
        tags |= {name: it for name, it in tag_values.items() if not name.startswith("mlflow.")}
        return {
            **{fact: text(self.value(facts, fact)) for fact in ("site", "session", "user")},
            "tags": tags,
            "internal": self.value(facts, "internal") is not None,
        }

    def _failure(self, span: Span) -> dict[str, Any]:
        raised = span.events.get("exception", {})
        message = text(span.facts["span.message"]) or text(raised.get("exception.message"))
        return failure(kind=raised.get("exception.type"), message=message)

    def _same(self, outer: Span, inner: Span) -> bool:
        ids = [text(self.value(span.facts, "response_id")) for span in (outer, inner)]
        if None not in ids:
            return ids[0] == ids[1]
        usages = [self.value(span.facts, "usage") for span in (outer, inner)]
        totals = [_total(usage) for usage in usages]
        return None in totals or totals[0] == totals[1]


def _total(usage: Any) -> tuple[int | None, int | None] | None:
    return (count(usage.get("input_tokens")), count(usage.get("output_tokens"))) if isinstance(usage, dict) else None


def _shared(info: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a trace that all of its spans have."""
    shared: dict[str, Any] = {"trace": info.get("trace_id") or info.get("request_id")}
    shared["request_time"] = info.get("request_time", info.get("timestamp_ms"))
    for key, prefix in (("tags", "tag."), ("trace_metadata", "metadata."), ("request_metadata", "metadata.")):
        named = parsed(info.get(key))
        if isinstance(named, dict):
            shared |= {f"{prefix}{name}": value for name, value in named.items()}
    return shared


def _span(span: Mapping[str, Any], shared: Mapping[str, Any]) -> Span:
    """A span, its attributes decoded: each is a text of JSON; those of MLflow are nested at their dots."""
    facts: dict[str, Any] = dict(shared)
    for name, value in (span.get("attributes") or {}).items():
        plain = _decoded(value)
        if name.startswith("mlflow."):
            target = facts
            *steps, last = name.split(".")
            for step in steps:
                target = target.setdefault(step, {})
            target[last] = plain
        else:
            facts[name] = plain
    status = span.get("status") or {}
    status = status if isinstance(status, Mapping) else {"code": status}
    facts |= {
        "span.name": span.get("name"),
        "span.start": span.get("start_time_unix_nano", span.get("start_time")),
        "span.end": span.get("end_time_unix_nano", span.get("end_time")),
        "span.status": status.get("code", span.get("status_code")),
        "span.message": status.get("message", span.get("status_message")),
    }
    context = span.get("context") or {}
    return Span(
        trace=str(shared["trace"]),
        id=str(span.get("span_id") or context.get("span_id")),
        parent=str(span.get("parent_span_id") or span.get("parent_id") or ""),
        facts=facts,
        events={str(it.get("name")): it.get("attributes") or {} for it in reversed(span.get("events") or ())},
    )


def _decoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    whole = parsed(f"[{value}]")
    return whole[0] if isinstance(whole, list) and len(whole) == 1 else value


def _joined(outer: Span, inner: Span) -> Span:
    """The outer span, with the body that the inner one had."""
    facts, other = dict(outer.facts), inner.facts.get("mlflow", {})
    facts["mlflow"] = {**facts.get("mlflow", {}), **other}
    return replace(outer, facts={**inner.facts, **facts})


def _scores(info: Mapping[str, Any], span: Span, *, alone: bool) -> dict[str, float | None]:
    """The assessments of a call: those of its span, and of its trace where it is the only call."""
    scores: dict[str, float | None] = {}
    for it in parsed(info.get("assessments")) or ():
        value = (it.get("feedback") or {}).get("value")
        of_span = it.get("span_id")
        if isinstance(value, bool | int | float) and (of_span == span.id or (alone and of_span is None)):
            scores[str(it.get("assessment_name") or it.get("name"))] = float(value)
    return scores
