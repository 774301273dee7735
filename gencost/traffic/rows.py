"""Turn a logged call, its texts hidden, into rows of the metrics DB, billed at the price of its day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN

from gencost.cost_tracker import CostTracker
from gencost.metrics_db.answer_parts import ANSWER_PARTS
from gencost.metrics_db.answers import SCORED_ELSEWHERE
from gencost.metrics_db.bulk import KindAndRow, logged_row
from gencost.metrics_db.rows import Row, attempt_row, response_row, row_of, score_row
from gencost.traffic.hidden import HiddenCall
from gencost.types import PICO_PER_USD, Attempt, Cost, Message, Record, Request, Response, Sample, Score
from gencost.values.altered import altered

_SAMPLE = Sample(id="", messages=(Message(role="user", content=""),))
_NO_RESPONSE = Response(text="", usage=None, latency_ms=0.0)
_BEHIND_ANSWER = 2 + len(ANSWER_PARTS)  # columns of ``responses``: the call's id, its text, ``ANSWER_PARTS``
_MOST_PICO = 2**63 - 1
_LOST = "answered by a cache of the tool: what the answer took when it was made is not in the log"


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A logged call, ready to be stored.

    Attributes:
        record: the call as GenCost's own calls are.
        call: as logged.
        source_pico_usd: what the log says it cost, 1e-12 USD; None if it does not.
    """

    record: Record
    call: HiddenCall
    source_pico_usd: int | None

    @property
    def pico_usd(self) -> int | None:
        """The cost of the call, failed tries included, 1e-12 USD; None if unknown."""
        if self.record.cost is not None:
            return self.record.cost.pico_usd
        known = [it.cost_pico_usd for it in self.record.attempts if it.cost_pico_usd is not None]
        return sum(known) if known else None


class RowMaker:
    """Prepares the calls of one source.

    Args:
        source: its name.
        tracker: prices calls.
    """

    def __init__(self, source: str, tracker: CostTracker) -> None:
        self._source, self._tracker = source, tracker

    def prepared(self, call: HiddenCall, run_id: str, at: datetime) -> Prepared:
        """Prepare one call.

        Args:
            call: its texts hidden.
            run_id: of the run that it becomes part of.
            at: when it was made, where the log does not say it.
        """
        request = Request(
            request_id=call.request_id,
            run_id=run_id,
            ts=call.ts or at,
            provider=call.provider,
            model=call.model,
            sample=altered(_SAMPLE, id=call.prompt_id, reference=call.reference, category=call.category),
            repeat=call.repeat,
            role="judge" if call.internal else "sample",
        )
        return Prepared(record=self._record(call, request), call=call, source_pico_usd=_pico(call))

    def _record(self, call: HiddenCall, request: Request) -> Record:
        failed = call.error_type is not None
        response = _response(call)
        billed = response if not failed or response.raw_usage is not None else None
        attempts = self._attempts(call, request, billed)
        attempts, answered, cost = self._tracker.account(request, attempts, None if failed else response)
        if answered is not None and call.from_cache:
            return self._from_cache(call, request, answered, cost)
        return Record(
            request=request,
            status="error" if failed else "ok",
            attempts=attempts,
            response=answered,
            cost=cost,
            scores=_scores(call),
            error_type=call.error_type,
            error_message=call.error_message,
        )

    def _attempts(self, call: HiddenCall, request: Request, billed: Response | None) -> tuple[Attempt, ...]:
        """The try that a log reports: the last one, if its time is known, or if it failed and was billed."""
        if call.from_cache or (call.latency_ms is None and (call.error_type is None or billed is None)):
            return ()
        last = Attempt(
            attempt=call.attempts,
            ts=request.ts,
            service_ms=call.latency_ms,
            ttft_ms=call.ttft_ms,
            http_status=call.http_status,
            error_type=call.error_type,
            usage=None if billed is None else billed.usage,
            billed=billed if call.error_type is not None else None,
        )
        return (last,)

    def _from_cache(self, call: HiddenCall, request: Request, response: Response, cost: Cost | None) -> Record:
        """Make the record of an answer from the tool's own cache: billed 0, or of unknown cost."""
        if call.free_from_cache and cost is not None:
            free = replace(cost, pico_usd=0, status="cached", reason=None)
            saved = cost.pico_usd
        else:
            free, saved = Cost(pico_usd=None, status="unpriced", reason=_LOST), None
        return Record(
            request=request,
            status="ok",
            response=response,
            cost=free,
            scores=_scores(call),
            from_cache=True,
            saved_pico_usd=saved,
        )

    def rows(self, prepared: Prepared) -> Iterator[KindAndRow]:
        """Write a call as rows, see ``statements.LOGGED``."""
        record, call = prepared.record, prepared.call
        yield "prompts", (call.prompt.sha256, call.prompt.text, call.prompt.kind)
        for blob in call.prompt.blobs:
            if blob.data is not None:
                yield "blobs", (blob.sha256, blob.media_type, len(blob.data), blob.data)
        for price in self._tracker.price_rows(record):
            yield "prices", row_of("prices", price)
        yield "logged", _request_row(record, call)
        if record.response is not None:
            row = response_row(record, record.response)
            yield "responses", (row[0], *call.answer, *row[_BEHIND_ANSWER:])
        for attempt in record.attempts:
            yield "attempts", attempt_row(call.request_id, attempt)
        for score in record.scores:
            yield "scores", score_row(call.request_id, score)
        told = (self._source, call.source_id, prepared.source_pico_usd, call.internal)
        yield "traffic", (call.request_id, *call.place, *told)


def _request_row(record: Record, call: HiddenCall) -> Row:
    latency = call.latency_ms if record.response is not None and not call.from_cache else None
    tries = 0 if call.from_cache else call.attempts
    return logged_row(record, call.params_json, call.prompt.sha256, (latency, tries))


def _response(call: HiddenCall) -> Response:
    return altered(_NO_RESPONSE, latency_ms=call.latency_ms or 0.0, ttft_ms=call.ttft_ms, **call.facts)


def _pico(call: HiddenCall) -> int | None:
    if call.source_cost_usd is None:
        return None
    pico = int((call.source_cost_usd * PICO_PER_USD).to_integral_value(ROUND_HALF_EVEN))
    return pico if pico <= _MOST_PICO else None


def _scores(call: HiddenCall) -> tuple[Score, ...]:
    if not call.scores:
        return ()
    return tuple(Score(scorer=name[:200], version=SCORED_ELSEWHERE, value=value) for name, value in call.scores.items())
