"""OpenTelemetry: spans in four dialects, the semantic conventions old and new, OpenLLMetry and OpenInference."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar

from gencost.providers.answer import Answer
from gencost.traffic.bodies import answer_of, with_usage
from gencost.traffic.failures import failure
from gencost.traffic.log_events import log_spans
from gencost.traffic.log_join import LogJoin
from gencost.traffic.logged import BadRecord, LeftOut, LoggedCall, UnreadableRecordError
from gencost.traffic.nesting import Nesting
from gencost.traffic.other_counters import uncounted
from gencost.traffic.other_spans import other_spans
from gencost.traffic.other_usage import protocol_of, usages_in, with_fuller
from gencost.traffic.otlp_langfuse import in_conventions
from gencost.traffic.otlp_messages import indexed_turns, said_in, turns_of
from gencost.traffic.otlp_protobuf import is_protobuf, protobuf_records
from gencost.traffic.otlp_usage import METADATA, counts_of, other_counters, request_params
from gencost.traffic.records import Placed, files_of, records
from gencost.traffic.source import UNREADABLE, Item, LogSource, why_unreadable
from gencost.traffic.spans import Span, spans_of, tells_metrics
from gencost.traffic.stored_spans import is_table, rows_of_spans
from gencost.traffic.values import between_ms, duration_ms, moment, money, parsed, tags_of, text
from gencost.traffic.vendors import VENDORS

_CALLS = frozenset(
    """chat text_completion completion generate_content embeddings embedding message messages responses llm
    create_message multimodal""".split()  # noqa: SIM905 - a list to read
)
_OK = (1, "1", "STATUS_CODE_OK")
_ERROR = (2, "2", "STATUS_CODE_ERROR")
_APIS = (".chat", ".responses", ".completion", ".messages", ".embedding", ".embeddings")
# Instrumentations that drop a fact that the provider had sent.
_DROPS = {"opentelemetry.instrumentation.openai_v2": ("cached tokens",)}
_OTHER_LOG = "a log record that tells nothing of a model's call"
_CHUNKS = ("gen_ai.content.completion.chunk", "First Token Stream Event", "ai.stream.firstChunk")


@dataclass(frozen=True, kw_only=True)
class Otlp(LogSource):
    """Files of OTLP, JSON or protobuf.

    Attributes:
        provider: of spans that name none; null leaves it unknown.
        logs: a file or a folder of log records that belong to these spans; null where one file has both, or there are
            none. They are held until their spans come.
        not_billed: attributes that count something else than what the provider bills, though their names look so.
    """

    provider: str | None = None
    logs: str | None = None
    not_billed: list[str] = field(default_factory=list)

    name: ClassVar[str] = "otlp"
    tool: ClassVar[str] = "The trace"
    facts: ClassVar[tuple[str, ...]] = (
        *("operation", "provider", "model", "model_served", "response_id", "ttft_s", "finish_reason", "service_tier"),
        *(
            "prompt",
            "system",
            "answer",
            "tools",
            "params",
            "cost_usd",
            "currency",
            "error_type",
            "http_status",
            "stream",
        ),
        *("site", "tags", "more_tags", "session", "user", "internal", "prompt_id"),
    )

    def read(self, file: str) -> Iterator[Item]:
        """Read a file of JSON or protobuf."""
        (path,) = files_of(file)
        beside = [] if self.logs is None else files_of(self.logs)
        yield from self.items(chain.from_iterable(map(_records, [*beside, path])))

    def items(self, placed: Iterable[Placed | BadRecord]) -> Iterator[Item]:
        """Turn spans into calls, one for each call, however many spans report it."""
        others: list[Item] = []
        nesting = Nesting(same=self._same, twins=_twins, answer_id=self._answer_id, joined=_joined, adds_up=_adds_up)
        held = LogJoin.held if self.logs is None else sys.maxsize
        logs = LogJoin(nesting=nesting, is_call=self.is_call, answer_id=self._answer_id, held=held)
        for span in nesting.through(logs.through(self._spans(placed, others))):
            yield from _taken(others)
            yield from self._told(span)
        yield from _taken(others)
        for _ in range(logs.no_calls):
            yield LeftOut(why=_OTHER_LOG)
        for _ in range(nesting.repeats + logs.repeats):
            yield LeftOut(why="a call that the span around or beside it tells, too")

    def _spans(self, placed: Iterable[Placed | BadRecord], others: list[Item]) -> Iterator[tuple[Span, bool]]:
        """Yield all spans, and whether each is a call; set aside those that cannot be read."""
        for entry in placed:
            if isinstance(entry, BadRecord):
                others.append(entry)
                continue
            place, record = entry
            try:
                inner = record.get("trace")  # in Tempo's API
                record = inner if isinstance(inner, dict) else record
                told = [*(list(other_spans(record)) or spans_of(record)), *log_spans(record)]
            except UNREADABLE as error:
                others.append(BadRecord(place=place, why=str(error)))
                continue
            if tells_metrics(record):
                others.append(LeftOut(why="metrics, not spans or logs"))
            for span in (None if it is None else in_conventions(it) for it in told):
                is_call = span is not None and not span.is_log and self.is_call(span)
                if span is None or not (is_call or span.is_log):
                    others.append(LeftOut(why=_OTHER_LOG if span is None else "not the span of a model's call"))
                if span is not None:
                    yield span, is_call

    def is_call(self, span: Span) -> bool:
        """Whether a span is one call of a model."""
        operation = self.value(span.facts, "operation")
        if operation is not None:
            return str(operation).lower() in _CALLS
        named = any(self.value(span.facts, fact) is not None for fact in ("model", "model_served"))
        return named and bool(counts_of(span.facts).raw)

    def _told(self, span: Span) -> Iterator[Item]:
        try:
            yield self.call(span)
        except UNREADABLE as error:
            yield BadRecord(place=f"span {span.trace}:{span.id}", why=why_unreadable(error))

    def call(self, span: Span) -> LoggedCall:
        """Make a call of a span."""
        facts = span.facts
        invocation = parsed(self.value(facts, "params"))
        invocation = invocation if isinstance(invocation, dict) else {}
        served = text(self.value(facts, "model_served"))
        model = text(self.value(facts, "model")) or text(invocation.get("model")) or served
        if model is None:
            raise UnreadableRecordError("a call without a model")
        named = f"{span.trace}:{span.id}" if span.id else None
        start, end = facts["span.start"], facts["span.end"]
        cost, lost = money(self.value(facts, "cost_usd"), self.value(facts, "currency"))
        return LoggedCall(
            known_as=named or f"{facts.get('span.name')} {start} {end} {self.value(facts, 'response_id')}",
            source_id=named,
            response_id=text(self.value(facts, "response_id")),
            provider=self._provider(facts),
            model=model,
            ts=moment(start),
            latency_ms=between_ms(start, end),
            ttft_ms=self._ttft_ms(span),
            answer=self._answer(facts, invocation, served),
            source_cost_usd=cost,
            lost=(*lost, *_DROPS.get(str(facts.get("scope.name")), ())),
            **self._asked(facts, invocation),
            **self._place(facts),
            **(self._failure(span) if self._failed(span) else {}),
        )

    def _provider(self, facts: Mapping[str, Any]) -> str:
        named = (text(self.value(facts, "provider")) or self.provider or "unknown").lower()
        named = next((named.removesuffix(api) for api in _APIS if named.endswith(api)), named)
        return VENDORS.get(named, named)

    def _failed(self, span: Span) -> bool:
        """Whether a call failed: some instrumentations name the error and leave the status unset."""
        status = span.facts["span.status"]
        return status in _ERROR or (status not in _OK and self.value(span.facts, "error_type") is not None)

    def _ttft_ms(self, span: Span) -> float | None:
        ttft_ms = duration_ms(self.value(span.facts, "ttft_s"), per_ms=1000)
        first = next((event["time"] for name in _CHUNKS if (event := span.events.get(name)) is not None), None)
        return ttft_ms if ttft_ms is not None else between_ms(span.facts["span.start"], first)

    def _answer(self, facts: Mapping[str, Any], invocation: Mapping[str, Any], served: str | None) -> Answer:
        answered = self.value(facts, "answer")
        answer = said_in(turns_of(answered) or indexed_turns(facts, ("llm.output_messages.", "gen_ai.completion.")))
        if answer is None:
            answer = answer_of(facts.get("output.value")) if answered is None else answer_of(answered)
        counts = counts_of(facts)
        embeds = str(self.value(facts, "operation")).lower().startswith("embedding")
        finish = self.value(facts, "finish_reason")
        answer = replace(
            answer,
            finish_reason=text(finish[0] if isinstance(finish, list) else finish) or answer.finish_reason,
            response_model=served or answer.response_model,
        )
        tier = text(self.value(facts, "service_tier")) or text(invocation.get("service_tier"))
        protocol = counts.protocol(embeds=embeds)
        counted = with_usage(answer, counts.raw, protocol, tier)
        if answer.reading.raw is not None or _has_another_usage(facts.get("output.value")):
            inside = usages_in(facts.get("output.value")) if answer.reading.raw is None else (answer.reading.raw,)
            counted = with_fuller(counted, inside, tier)
        if METADATA in facts:
            counted = with_fuller(counted, usages_in(facts[METADATA]), tier)
        more = uncounted(other_counters(facts, counts.dialect, self.not_billed), counted)
        if not more:
            return counted
        raw = {**(counted.reading.raw or {}), "other attributes": more}
        return with_usage(answer, raw, protocol_of(counted), tier)

    def _asked(self, facts: Mapping[str, Any], invocation: Mapping[str, Any]) -> dict[str, Any]:
        prompt, system = self.value(facts, "prompt"), self.value(facts, "system")
        turns: Any = turns_of(prompt, system) or indexed_turns(facts, ("llm.input_messages.", "gen_ai.prompt."))
        if turns is None:
            body = parsed(facts.get("input.value") if prompt is None else prompt)
            turns = body.get("messages") or body.get("input") or body if isinstance(body, dict) else body
        params = request_params(facts, invocation)
        if (tools := parsed(self.value(facts, "tools"))) is not None:
            params["tools"] = tools
        return {"messages": turns, "params": params}

    def _place(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        tags = tags_of(self.value(facts, "tags"))
        for name, value in self.facts_of.each(facts, "more_tags"):
            if not str(value).startswith("unknown_service"):
                tags[name] = str(value)
        return {
            **{fact: text(self.value(facts, fact)) for fact in ("site", "session", "user", "prompt_id")},
            "tags": tags,
            "internal": self.value(facts, "internal") not in (None, False, "false"),
        }

    def _failure(self, span: Span) -> dict[str, Any]:
        raised = span.events.get("exception", {})
        kind = text(self.value(span.facts, "error_type")) or text(raised.get("exception.type"))
        message = text(span.facts["span.message"]) or text(raised.get("exception.message"))
        return failure(status=self.value(span.facts, "http_status") or kind, kind=kind, message=message)

    def _same(self, outer: Span, inner: Span) -> bool:
        """Whether nothing says that the call of an inner span is another one than that of the span around it."""
        ids = [self._answer_id(span) for span in (outer, inner)]
        if None not in ids:
            return ids[0] == ids[1]
        if self._failed(outer) != self._failed(inner):  # a try of the outer one, or the outer failed behind it
            return False
        counts = [counts_of(span.facts).totals for span in (outer, inner)]
        return all(first is None or second is None or first == second for first, second in zip(*counts, strict=True))

    def _answer_id(self, span: Span) -> str | None:
        return text(self.value(span.facts, "response_id"))


def _records(path: Path) -> Iterator[Placed | BadRecord]:
    if is_table(path):
        return rows_of_spans(path)
    return protobuf_records(path) if is_protobuf(path) else records(path)


def _has_another_usage(output: Any) -> bool:
    """Whether an output is that of a library which keeps the usage deep in it, as LangChain does."""
    return isinstance(output, str) and ("usage_metadata" in output or "token_usage" in output)


def _adds_up(outer: Span, inner: Sequence[Span]) -> bool:
    """Whether a span has the tokens of several calls inside of it, as that of an agent has."""
    whole = counts_of(outer.facts).totals
    parts = [it for it in (counts_of(span.facts).totals for span in inner) if None not in it]
    return len(parts) > 1 and whole == tuple(sum(map(int, side)) for side in zip(*parts, strict=True))


def _twins(first: Span, second: Span) -> bool:
    """Whether two sibling spans with one answer report the same call, as two instrumentations do at the same time."""
    if first.facts["scope.name"] == second.facts["scope.name"]:
        return False
    times = [(span.facts["span.start"], span.facts["span.end"]) for span in (first, second)]
    return None not in (*times[0], *times[1]) and bool(times[0][0] < times[1][1] and times[1][0] < times[0][1])


def _joined(outer: Span, inner: Span) -> Span:
    """The outer span, with what only the inner one says, such as a split of cache writes by time."""
    return replace(outer, facts={**inner.facts, **{name: it for name, it in outer.facts.items() if it is not None}})


def _taken(items: list[Item]) -> Iterator[Item]:
    yield from items
    items.clear()
