"""Recorded answers that a scorer has not scored yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Engine, func, select

from gencost.messages import messages_of
from gencost.metrics_db.answer_parts import text_is_hidden
from gencost.metrics_db.answers import ASKED, WHOLE, request_of, scored_elsewhere, whole_answer
from gencost.metrics_db.tables import prompts, requests, responses, runs, scores
from gencost.types import Request, Response, Sample

_CHUNK = 200

Again = Literal["missing", "empty", "all"]
"""Which answers to score: those without a score; also those whose score has no value; all."""


@dataclass(frozen=True, kw_only=True)
class StoredAnswer:
    """One recorded answer.

    Attributes:
        request: of its call; its sample is without the other columns of its row, which are not recorded.
        response: the whole answer.
    """

    request: Request
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
    columns = (requests.c.prompt_id, requests.c.category, requests.c.reference, prompts.c.kind, prompts.c.text)
    query = select(*columns, *ASKED, *WHOLE)
    query = query.select_from(requests.join(responses).join(prompts).join(runs, isouter=True))
    for start in range(0, len(request_ids), _CHUNK):
        ids = request_ids[start : start + _CHUNK]
        with engine.connect() as connection:
            rows = {row.request_id: row for row in connection.execute(query.where(requests.c.request_id.in_(ids)))}
            scored = scored_elsewhere(connection, ids)
        yield from (_answer(rows[it], scored.get(it, {})) for it in ids if it in rows)


def _answer(row: Any, scored: Mapping[str, float]) -> StoredAnswer:
    messages = messages_of(row.kind, row.text)
    sample = Sample(id=row.prompt_id, messages=messages, reference=row.reference, category=row.category)
    response = whole_answer(row._mapping)
    if scored:
        response = replace(response, recorded={**scored, **response.recorded})
    return StoredAnswer(request=request_of(row._mapping, sample), response=response)
