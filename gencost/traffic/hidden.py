"""Hide a logged call: what is left of it may be stored, and no text is there that the user did not ask to keep.

It is done where the log is read, so that nothing readable goes further than that process.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from gencost.metrics_db.rows import params_json
from gencost.providers.answer import Answer, facts_of
from gencost.text.safe import storable
from gencost.traffic.logged import BadRecord, LeftOut, LoggedCall
from gencost.traffic.privacy import Privacy, StoredPrompt

_NAMESPACE = uuid.UUID("6f1d3c52-6f0a-4a8e-9c0b-5d2a3e7f4b10").bytes
_NO_ANSWER = Answer(text="")
_MOST_WRITTEN = 1024
_LONG = 4096
_MOST_ID = 250


class HiddenCall(NamedTuple):
    """A logged call as it may be stored; a tuple, since it goes from one process to another.

    Attributes:
        request_id: derived from its id in the log.
        ts: when it was made, UTC; None if the log does not say it.
        prompt: as it is stored.
        params_json: its parameters as they are stored.
        answer: the columns of ``responses`` that say what was answered: ``response`` and ``ANSWER_PARTS``.
        facts: the fields of a ``Response`` that are known of the answer, its times and texts apart.
        error_message: as it is stored.
        place: the columns ``site``, ``tags_json``, ``session`` and ``user_hash`` of ``traffic``.

    The others are as ``LoggedCall`` has them.
    """

    request_id: str
    ts: datetime | None
    provider: str
    model: str
    prompt: StoredPrompt
    prompt_id: str
    repeat: int
    category: str | None
    reference: str | None
    params_json: str
    answer: tuple[str | None, ...]
    facts: dict[str, Any]
    latency_ms: float | None
    ttft_ms: float | None
    attempts: int
    error_type: str | None
    error_message: str | None
    http_status: int | None
    place: tuple[str | None, str | None, str | None, str | None]
    source_id: str | None
    source_cost_usd: Decimal | None
    internal: bool
    from_cache: bool
    free_from_cache: bool
    scores: Mapping[str, float | None]
    lost: tuple[str, ...]
    cell: str | None

    @property
    def letters(self) -> int:
        """The length of its kept texts, and of images and files in bytes."""
        answered = sum(map(len, filter(None, self.answer)))
        return len(self.prompt.text) + answered + sum(len(blob.data or b"") for blob in self.prompt.blobs)

    def joined(self, later: HiddenCall) -> HiddenCall:
        """Put this call and a later record of the same one together: the fuller of them holds.

        A log may tell a call when a part of its answer is there and again at its end, or a try that failed and then the
        one that did not.
        """
        if later.fullness <= self.fullness:
            return self
        failed = self.error_type is not None and later.error_type is None
        return later._replace(attempts=max(later.attempts, self.attempts + 1)) if failed else later

    @property
    def fullness(self) -> tuple[bool, bool, int, int, bool]:
        """The greater, the more is known: answered, counted, by how much, and how long it took."""
        usage = self.facts.get("usage")
        counts = (0, 0) if usage is None else (usage.tokens_out, usage.tokens_in)
        return self.error_type is None, usage is not None, *counts, self.latency_ms is not None


HiddenItem = HiddenCall | BadRecord | LeftOut


def request_id_of(source: str, known_as: str) -> str:
    """Make the request id of a logged call, the same in every import: ``uuid.uuid5``, in a third of its time."""
    distinct = known_as.encode("utf-8", "backslashreplace")  # half of a UTF-16 pair stays told from another
    digest = hashlib.sha1(_NAMESPACE + source.encode() + b"\0" + distinct, usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


class Hiding:
    """Hides the calls of one source.

    Args:
        source: its name.
        privacy: what is stored of texts.
    """

    def __init__(self, source: str, privacy: Privacy) -> None:
        self._source, self._privacy = source, privacy
        self._written: dict[str, str] = {}

    def items(self, items: Iterable[LoggedCall | BadRecord | LeftOut]) -> Iterator[HiddenItem]:
        """Hide the calls among what a log was read into."""
        for item in items:
            yield self.hidden(item) if isinstance(item, LoggedCall) else item

    def hidden(self, call: LoggedCall) -> HiddenCall:
        """Hide one call."""
        privacy, answer = self._privacy, call.answer or _NO_ANSWER
        return HiddenCall(
            request_id=request_id_of(self._source, call.known_as),
            ts=call.ts,
            provider=storable(call.provider),
            model=storable(call.model),
            prompt=privacy.prompt(call.messages, f"{self._source}\0{call.known_as}"),
            prompt_id=storable(privacy.label(call.prompt_id or call.known_as) or "")[:_MOST_ID],
            repeat=call.repeat,
            category=privacy.label(call.category),
            reference=privacy.reference(call.reference),
            params_json=self._params_json(call.params),
            answer=privacy.answer_row(answer, call.known_as),
            facts=_facts(call, answer, privacy),
            latency_ms=call.latency_ms,
            ttft_ms=call.ttft_ms,
            attempts=call.attempts,
            error_type=None if call.error_type is None else storable(call.error_type),
            error_message=privacy.error(call.error_message),
            http_status=call.http_status,
            place=self._place(call),
            source_id=privacy.label(call.source_id),
            source_cost_usd=call.source_cost_usd,
            internal=call.internal,
            from_cache=call.from_cache,
            free_from_cache=call.free_from_cache,
            scores=call.scores,
            lost=call.lost,
            cell=call.cell,
        )

    def _place(self, call: LoggedCall) -> tuple[str | None, str | None, str | None, str | None]:
        privacy = self._privacy
        tags = privacy.tags_json(call.tags)
        return privacy.label(call.site), tags, privacy.session(call.session), privacy.user(call.user)

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


def _facts(call: LoggedCall, answer: Answer, privacy: Privacy) -> dict[str, Any]:
    bill = facts_of(answer.reading)
    return {
        "finish_reason": privacy.words(answer.finish_reason),
        "response_model": answer.response_model,
        "provider_request_id": call.response_id,
        **bill,
        "raw_usage": privacy.words(bill["raw_usage"]),
    }
