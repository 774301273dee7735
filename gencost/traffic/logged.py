"""A call as a log tells it, before anything is hidden, priced or stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from gencost.providers.answer import Answer
from gencost.values.at_once import set_at_once


@set_at_once
@dataclass(frozen=True, kw_only=True)
class LoggedCall:
    """One call of a log; what the log does not say is None.

    Attributes:
        known_as: identifies it within its source: an id of the log, or a digest of its record.
        provider: the part of a price key before the colon.
        model: asked for.
        ts: when it was made, UTC.
        source_id: the log's own id of it.
        response_id: the provider's own id of the answer.
        answer: None if there was none, or if the call failed.
        messages: the turns that were sent, as the log has them.
        params: sent along.
        latency_ms: sent -> answered.
        ttft_ms: sent -> first token; None if not streamed.
        attempts: tries on the wire, if the log has them, else 1.
        error_type: None if it succeeded; so are ``error_message`` and ``http_status``.
        site: where it is made: a prompt's name, an agent or a route.
        tags: names and values.
        session: the conversation it belongs to.
        user: who asked.
        source_cost_usd: what the log says it cost.
        internal: a judge or a shadow evaluation, not traffic.
        from_cache: answered by a cache of the source's, without the provider.
        free_from_cache: that cache's answer is known to have cost nothing; False where its tokens are lost, too.
        prompt_id: by which it is paired with other calls; None takes ``known_as``.
        repeat: how often the same was asked before.
        category: a label to group by.
        reference: the right answer.
        scores: scorer -> its value.
        lost: facts that the tool is known to drop.
        cell: of an evaluation, whose cells are compared: what sets it apart; None in traffic.
    """

    known_as: str
    provider: str
    model: str
    ts: datetime | None = None
    source_id: str | None = None
    response_id: str | None = None
    answer: Answer | None = None
    messages: Any = None
    params: Mapping[str, Any] = field(default_factory=dict)
    latency_ms: float | None = None
    ttft_ms: float | None = None
    attempts: int = 1
    error_type: str | None = None
    error_message: str | None = None
    http_status: int | None = None
    site: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    session: str | None = None
    user: str | None = None
    source_cost_usd: Decimal | None = None
    internal: bool = False
    from_cache: bool = False
    free_from_cache: bool = True
    prompt_id: str | None = None
    repeat: int = 0
    category: str | None = None
    reference: str | None = None
    scores: Mapping[str, float | None] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    cell: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BadRecord:
    """A record that cannot be read.

    Attributes:
        place: file and line, or their equivalent.
        why: for people.
    """

    place: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """A record that is not a model's call, or repeats one.

    Attributes:
        why: in few words; records are counted by it.
    """

    why: str


class UnreadableRecordError(ValueError):
    """A record that a source cannot read; the text says why."""
