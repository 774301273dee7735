"""Recorded requests of applications and logs, to be drawn from and answered again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, String, cast, func, select

from gencost.metrics_db.answers import ANSWER, answer_of, scored_elsewhere
from gencost.metrics_db.tables import prompts, requests, responses, runs, traffic
from gencost.types import Cost, Response
from gencost.values.call_site import DRAWN

_KINDS = ("text", "conversation")
_CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class WantedRequests:
    """The recorded requests that are asked for; None is any.

    Attributes:
        since: made then or later.
        until: answered by then, and if they are of a log, its import had begun.
        site: where they are made.
        model: that was asked.
        source: whose log they are from.
    """

    since: datetime | None = None
    until: datetime | None = None
    site: str | None = None
    model: str | None = None
    source: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The conditions of SQL: answered calls that are traffic, and were not drawn from other traffic themselves."""
        conditions = [
            requests.c.status == "ok",
            requests.c.role == "sample",
            traffic.c.internal.is_(False),
            traffic.c.source.not_in(DRAWN),
        ]
        asked = ((traffic.c.site, self.site), (requests.c.model, self.model), (traffic.c.source, self.source))
        conditions += [column == value for column, value in asked if value is not None]
        if self.since is not None:
            conditions.append(requests.c.ts >= self.since)
        if self.until is not None:
            later = select(runs.c.run_id).where(runs.c.started_at > self.until)
            conditions += [requests.c.ts <= self.until, requests.c.run_id.is_(None) | requests.c.run_id.not_in(later)]
        return conditions


@dataclass(frozen=True, kw_only=True)
class RecordedAnswer:
    """An answer as it was recorded.

    Attributes:
        model: that was asked.
        response: with its usage and times.
        cost: as it was billed.
    """

    model: str
    response: Response
    cost: Cost


def candidates(engine: Engine, wanted: WantedRequests) -> Iterator[tuple[str, tuple[str | None, str, int], datetime]]:
    """Yield the id, the stratum and the time of each wanted request whose texts were kept, a few at a time in memory.

    A stratum is a site, a model and the number of digits of its tokens: what calls cost differs between them.
    """
    tokens = func.coalesce(responses.c.usage_tokens_in, 0) + func.coalesce(responses.c.usage_tokens_out, 0)
    size = func.length(cast(tokens, String))
    columns = (requests.c.request_id, traffic.c.site, requests.c.model, size.label("size"), requests.c.ts)
    took_ms = func.coalesce(requests.c.latency_ms, 0) + func.coalesce(requests.c.backoff_ms, 0)
    query = select(*columns, took_ms.label("took_ms")).select_from(requests.join(traffic).join(responses).join(prompts))
    query = query.where(*wanted.conditions(), prompts.c.kind.in_(_KINDS))
    with engine.connect().execution_options(stream_results=True) as connection:
        for row in connection.execute(query):
            if wanted.until is None or row.ts + timedelta(milliseconds=row.took_ms) <= wanted.until:
                yield row.request_id, (row.site, row.model, row.size), row.ts


def how_many(engine: Engine, wanted: WantedRequests) -> int:
    """Count the wanted requests, those without their texts too."""
    query = select(func.count()).select_from(requests.join(traffic).join(responses)).where(*wanted.conditions())
    with engine.connect() as connection:
        return int(connection.scalar(query) or 0)


def sites(engine: Engine) -> list[str]:
    """Name every site."""
    with engine.connect() as connection:
        return [site for site in connection.scalars(select(traffic.c.site).distinct()) if site is not None]


_ASKED = (requests.c.prompt_id, requests.c.category, requests.c.reference, requests.c.params_json)
_SITE = (traffic.c.site, traffic.c.tags_json, traffic.c.session, traffic.c.user_hash)


def recorded_rows(engine: Engine, request_ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Read what was asked, and where, in the order of the ids."""
    columns = (requests.c.request_id, *_ASKED, *_SITE, prompts.c.kind, prompts.c.text, responses.c.response)
    query = select(*columns).select_from(requests.join(traffic).join(responses).join(prompts))
    for start in range(0, len(request_ids), _CHUNK):
        ids = request_ids[start : start + _CHUNK]
        with engine.connect() as connection:
            rows = {row.request_id: row for row in connection.execute(query.where(requests.c.request_id.in_(ids)))}
        yield from (dict(rows[request_id]._mapping) for request_id in ids)


def answers_of(engine: Engine, request_ids: Sequence[str]) -> dict[str, RecordedAnswer]:
    """Read the answers of some requests, by request id."""
    facts = [column for column in responses.c if column not in ANSWER]
    query = select(requests.c.latency_ms, requests.c.model, *ANSWER, *facts).select_from(requests.join(responses))
    answers: dict[str, RecordedAnswer] = {}
    for start in range(0, len(request_ids), _CHUNK):
        chosen = query.where(responses.c.request_id.in_(request_ids[start : start + _CHUNK]))
        with engine.connect() as connection:
            rows = list(connection.execute(chosen))
            scored = scored_elsewhere(connection, [row.request_id for row in rows])
        answers |= {row.request_id: _answer(row, scored.get(row.request_id, {})) for row in rows}
    return answers


def _answer(row: Any, scored: Mapping[str, float]) -> RecordedAnswer:
    response = replace(
        answer_of(row),
        latency_ms=row.latency_ms,
        ttft_ms=row.ttft_ms,
        usage_reader=row.usage_reader,
        billed_items=json.loads(row.billed_items_json or "{}"),
        region=row.region,
        recorded=scored,
    )
    cost = Cost(
        pico_usd=row.cost_pico_usd,
        status=row.cost_status,
        price_id=row.price_id,
        reason=row.cost_reason,
        other_price_ids=tuple(json.loads(row.other_price_ids or "[]")),
        basis=row.cost_basis or "served",
    )
    return RecordedAnswer(model=row.model, response=response, cost=cost)
