"""Steps of live policies that have no answer yet: a resume goes on after the last of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Engine, select

from gencost.metrics_db.answers import ANSWER, answer_of
from gencost.metrics_db.tables import requests, responses, scores
from gencost.types import Response, Score

_CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class BegunStep:
    """One call that an earlier command made for an answer that it did not complete.

    Attributes:
        request_id: of the call.
        cell: that was asked.
        response: None if the call failed.
        scores: of the answer, as far as it was scored.
    """

    request_id: str
    cell: str
    response: Response | None
    scores: tuple[Score, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Begun:
    """The calls of an earlier command for one answer.

    Attributes:
        steps: its calls, oldest first.
        judgements: request ids of the calls that judged them.
    """

    steps: tuple[BegunStep, ...] = ()
    judgements: tuple[str, ...] = ()


NOTHING = Begun()


def begun(engine: Engine, run_id: str) -> dict[tuple[str, int], Begun]:
    """Read the steps of a run that have no answer yet, by prompt id and repeat; see ``supersede``."""
    steps: dict[tuple[str, int], list[BegunStep]] = defaultdict(list)
    judgements: dict[tuple[str, int], list[str]] = defaultdict(list)
    with engine.connect() as connection:
        rows = connection.execute(_of("step", run_id)).all()
        scored = _scores(connection, [row.request_id for row in rows])
        for row in rows:
            steps[row.prompt_id, row.repeat].append(_step(row, scored[row.request_id]))
        for row in connection.execute(_of("judge", run_id)) if steps else ():
            judgements[row.prompt_id, row.repeat].append(row.request_id)
    return {key: Begun(steps=tuple(made), judgements=tuple(judgements[key])) for key, made in steps.items()}


def _of(role: str, run_id: str) -> Any:
    columns = (requests.c.request_id, requests.c.prompt_id, requests.c.repeat, requests.c.status)
    return (
        select(*columns, requests.c.policy_cell, requests.c.latency_ms, responses.c.ttft_ms, *ANSWER)
        .select_from(requests.outerjoin(responses))
        .where(requests.c.run_id == run_id, requests.c.role == role, requests.c.parent_request_id.is_(None))
        .order_by(requests.c.ts, requests.c.request_id)
    )


def _step(row: Any, scored: Sequence[Score]) -> BegunStep:
    response = None
    if row.status == "ok":
        response = replace(answer_of(row), latency_ms=row.latency_ms or 0.0, ttft_ms=row.ttft_ms)
    return BegunStep(request_id=row.request_id, cell=row.policy_cell, response=response, scores=tuple(scored))


def _scores(connection: Connection, request_ids: Sequence[str]) -> dict[str, list[Score]]:
    given: dict[str, list[Score]] = defaultdict(list)
    for start in range(0, len(request_ids), _CHUNK):
        of_some = scores.c.request_id.in_(request_ids[start : start + _CHUNK])
        for row in connection.execute(select(scores).where(of_some)):
            given[row.request_id].append(Score(scorer=row.scorer, version=row.version, value=row.value))
    return given
