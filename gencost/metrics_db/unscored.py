"""Recorded answers that a scorer has not scored yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Engine, func, select

from gencost.messages import messages_of
from gencost.metrics_db.said import choices_of, parts_of, text_is_hidden, tool_calls_of
from gencost.metrics_db.tables import prompts, requests, responses, scores
from gencost.types import Response, Sample

_CHUNK = 200

Again = Literal["missing", "empty", "all"]
"""Which answers to score: those without a score; also those whose score has no value; all."""


@dataclass(frozen=True, kw_only=True)
class StoredAnswer:
    """One recorded answer.

    Attributes:
        request_id: of its call.
        repeat: of its sample.
        sample: as it was asked; without the other columns of its row, which are not recorded.
        response: its text, its finish reason; the latency is 0.
    """

    request_id: str
    repeat: int
    sample: Sample
    response: Response


def unscored(engine: Engine, run_ids: Sequence[str], scorer: tuple[str, str], again: Again) -> list[str]:
    """Find the answers that a scorer has to score.

    Args:
        engine: the metrics DB.
        run_ids: the runs.
        scorer: its name and version.
        again: which.

    Returns:
        Request ids, in the order asked.
    """
    name, version = scorer
    have = select(scores.c.request_id).where(scores.c.scorer == name, scores.c.version == version)
    if again == "empty":
        have = have.where(scores.c.value.is_not(None))
    query = (
        select(requests.c.request_id)
        .select_from(requests.join(responses))
        .where(requests.c.run_id.in_(run_ids), requests.c.role == "sample", requests.c.status == "ok")
        .where(~text_is_hidden())
        .order_by(requests.c.ts, requests.c.request_id)
    )
    with engine.connect() as connection:
        if again == "all":
            return list(connection.scalars(query))
        return list(connection.scalars(query.where(requests.c.request_id.not_in(have))))


def without_text(engine: Engine, run_ids: Sequence[str]) -> int:
    """Count the answers that no scorer can read, as their texts were not stored."""
    query = select(func.count()).select_from(requests.join(responses)).where(requests.c.run_id.in_(run_ids))
    with engine.connect() as connection:
        return int(connection.scalar(query.where(text_is_hidden())) or 0)


def answers(engine: Engine, request_ids: Sequence[str]) -> Iterator[StoredAnswer]:
    """Read recorded answers, few at a time in memory."""
    columns = (requests.c.request_id, requests.c.repeat, requests.c.prompt_id, requests.c.category)
    texts = (prompts.c.kind, prompts.c.text, responses.c.response, responses.c.finish_reason)
    more = (responses.c.tool_calls_json, responses.c.reasoning, responses.c.extra_json)
    query = select(*columns, requests.c.reference, *texts, *more)
    query = query.select_from(requests.join(responses).join(prompts))
    for start in range(0, len(request_ids), _CHUNK):
        ids = request_ids[start : start + _CHUNK]
        with engine.connect() as connection:
            rows = {row.request_id: row for row in connection.execute(query.where(requests.c.request_id.in_(ids)))}
        yield from (_answer(rows[request_id]) for request_id in ids if request_id in rows)


def _answer(row: Any) -> StoredAnswer:
    messages = messages_of(row.kind, row.text)
    sample = Sample(id=row.prompt_id, messages=messages, reference=row.reference, category=row.category)
    response = Response(
        text=row.response,
        usage=None,
        latency_ms=0.0,
        finish_reason=row.finish_reason,
        tool_calls=tool_calls_of(row.tool_calls_json),
        reasoning=row.reasoning,
        choices=choices_of(row.extra_json),
        parts=parts_of(row.extra_json),
    )
    return StoredAnswer(request_id=row.request_id, repeat=row.repeat, sample=sample, response=response)
