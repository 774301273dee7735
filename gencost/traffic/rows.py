"""Turn a logged call into rows of the metrics DB: hidden, read, billed at the price of its day."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN
from typing import Any

from gencost.cost_tracker import CostTracker
from gencost.metrics_db.answers import SCORED_ELSEWHERE
from gencost.metrics_db.bulk import KindAndRow, logged_row
from gencost.metrics_db.rows import Row, attempt_row, kept, params_json, response_row, row_of, score_row
from gencost.metrics_db.said import SAID
from gencost.providers.answer import Answer, facts_of
from gencost.text.safe import storable
from gencost.traffic.logged import LoggedCall
from gencost.traffic.privacy import Privacy, StoredPrompt
from gencost.types import PICO_PER_USD, Attempt, Cost, Message, Record, Request, Response, Sample, Score
from gencost.values.altered import altered

_NAMESPACE = uuid.UUID("6f1d3c52-6f0a-4a8e-9c0b-5d2a3e7f4b10")
_SAMPLE = Sample(id="", messages=(Message(role="user", content=""),))
_NO_ANSWER = Answer(text="")
_NO_RESPONSE = Response(text="", usage=None, latency_ms=0.0)
_BEHIND_ANSWER = 2 + len(SAID)  # columns of ``responses``: the call's id, its text, ``SAID``
_MOST_WRITTEN = 1024
_LONG = 4096
_MOST_ID = 250
_MOST_PICO = 2**63 - 1
_LOST = "answered by a cache of the tool: what the answer took when it was made is not in the log"


def request_id_of(source: str, known_as: str) -> str:
    """Make the request id of a logged call: the same whenever it is imported."""
    return str(uuid.uuid5(_NAMESPACE, f"{source}\0{known_as}"))


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A logged call, ready to be stored.

    Attributes:
        request_id: derived from its id in the log.
        record: the call as GenCost's own calls are.
        prompt: as it is stored.
        call: as it was read.
        source_pico_usd: what the log says it cost, 1e-12 USD; None if it does not.
    """

    request_id: str
    record: Record
    prompt: StoredPrompt
    call: LoggedCall
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
        privacy: what is stored of texts.
        tracker: prices calls.
    """

    def __init__(self, source: str, privacy: Privacy, tracker: CostTracker) -> None:
        self._source, self._privacy, self._tracker = source, privacy, tracker
        self._written: dict[str, str] = {}

    def prepared(self, call: LoggedCall, request_id: str, run_id: str, at: datetime) -> Prepared:
        """Prepare one call.

        Args:
            call: as it was read.
            request_id: see ``request_id_of``.
            run_id: of the run that it becomes part of.
            at: when it was made, where the log does not say it.
        """
        label = self._privacy.label
        request = Request(
            request_id=request_id,
            run_id=run_id,
            ts=call.ts or at,
            provider=storable(call.provider),
            model=storable(call.model),
            sample=altered(
                _SAMPLE,
                id=storable(label(call.prompt_id or call.known_as) or "")[:_MOST_ID],
                reference=self._privacy.reference(call.reference),
                category=None if call.category is None else storable(call.category),
            ),
            repeat=call.repeat,
            role="judge" if call.internal else "sample",
        )
        return Prepared(
            request_id=request_id,
            record=self._record(call, request),
            prompt=self._privacy.prompt(call.messages, f"{self._source}\0{call.known_as}"),
            call=call,
            source_pico_usd=_pico(call),
        )

    def _record(self, call: LoggedCall, request: Request) -> Record:
        answer = call.answer or _NO_ANSWER
        failed = call.error_type is not None
        response = self._response(call, answer)
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
            error_message=self._privacy.error(call.error_message),
        )

    def _response(self, call: LoggedCall, answer: Answer) -> Response:
        return altered(
            _NO_RESPONSE,
            latency_ms=call.latency_ms or 0.0,
            ttft_ms=call.ttft_ms,
            finish_reason=answer.finish_reason,
            response_model=answer.response_model,
            provider_request_id=call.response_id,
            **facts_of(answer.reading),
        )

    def _attempts(self, call: LoggedCall, request: Request, billed: Response | None) -> tuple[Attempt, ...]:
        """The try that a log tells: the last one, if its time is known."""
        if call.latency_ms is None or call.from_cache:
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

    def _from_cache(self, call: LoggedCall, request: Request, response: Response, cost: Cost | None) -> Record:
        """An answer of the tool's own cache: no provider was asked, or nobody knows what it took."""
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
        record, prompt, call = prepared.record, prepared.prompt, prepared.call
        yield "prompts", (prompt.sha256, prompt.text, prompt.kind)
        for blob in prompt.blobs:
            if blob.data is not None:
                yield "blobs", kept(blob.sha256, blob.media_type, len(blob.data), blob.data)
        for price in self._tracker.price_rows(record):
            yield "prices", row_of("prices", price)
        yield "logged", self._request_row(prepared)
        if record.response is not None:
            row = response_row(record, record.response)
            answer = self._privacy.answer_row(call.answer or _NO_ANSWER, call.known_as)
            yield "responses", (row[0], *answer, *row[_BEHIND_ANSWER:])
        for attempt in record.attempts:
            yield "attempts", attempt_row(prepared.request_id, attempt)
        for score in record.scores:
            yield "scores", score_row(prepared.request_id, score)
        yield "traffic", self._traffic_row(prepared)

    def _request_row(self, prepared: Prepared) -> Row:
        record, call = prepared.record, prepared.call
        latency = call.latency_ms if record.response is not None and not call.from_cache else None
        tries = 0 if call.from_cache else call.attempts
        return logged_row(record, self._params_json(call.params), prepared.prompt.sha256, (latency, tries))

    def _params_json(self, params: Mapping[str, Any]) -> str:
        """Write the parameters of a call, each spelling once: an application sends few."""
        spelling = repr(params)
        written = self._written.get(spelling)
        if written is None:
            written = params_json(self._privacy.params(params))
            if len(spelling) < _LONG:
                if len(self._written) >= _MOST_WRITTEN:
                    self._written.clear()
                self._written[spelling] = written
        return written

    def _traffic_row(self, prepared: Prepared) -> Row:
        call, privacy = prepared.call, self._privacy
        return kept(
            prepared.request_id,
            privacy.label(call.site),
            privacy.tags_json(call.tags),
            privacy.session(call.session),
            privacy.user(call.user),
            self._source,
            privacy.label(call.source_id),
            prepared.source_pico_usd,
            call.internal,
        )


def _pico(call: LoggedCall) -> int | None:
    if call.source_cost_usd is None:
        return None
    pico = int((call.source_cost_usd * PICO_PER_USD).to_integral_value(ROUND_HALF_EVEN))
    return pico if pico <= _MOST_PICO else None


def _scores(call: LoggedCall) -> tuple[Score, ...]:
    if not call.scores:
        return ()
    return tuple(Score(scorer=name[:200], version=SCORED_ELSEWHERE, value=value) for name, value in call.scores.items())
