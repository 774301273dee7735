"""Judges' verdicts on answers, from the metrics DB: their scores, places and the lengths of what they judged."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd
from sqlalchemy import Engine, func, select

from gencost.metrics_db import tables

_PLACES = re.compile(r"as the first: ([\d.]+), .*?; as the second: ([\d.]+), ", re.DOTALL)


def judged(engine: Engine, run_ids: Sequence[str], scorer: str | None = None) -> pd.DataFrame:
    """Read the scores of judges, or of one scorer.

    Args:
        engine: the metrics DB.
        run_ids: whose answers.
        scorer: its name; None takes every one that asked a model.

    Returns:
        One row a score of the version that scored last: scorer, request_id, run_id, prompt_id, model, repeat, value,
        explanation, length (characters of the answer).
    """
    scores, requests, responses = tables.scores, tables.requests, tables.responses
    wanted = scores.c.judge_request_id.is_not(None) if scorer is None else scores.c.scorer == scorer
    columns = (scores.c.scorer, scores.c.version, scores.c.ts, scores.c.value, scores.c.explanation)
    asked = (requests.c.request_id, requests.c.run_id, requests.c.prompt_id, requests.c.model, requests.c.repeat)
    query = (
        select(*columns, *asked, func.length(responses.c.response).label("length"))
        .select_from(scores.join(requests, scores.c.request_id == requests.c.request_id).join(responses))
        .where(wanted, requests.c.run_id.in_(run_ids), requests.c.role == "sample")
        .order_by(scores.c.ts.is_not(None), scores.c.ts)
    )
    with engine.connect() as connection:
        frame = pd.DataFrame(connection.execute(query).mappings().all())
    if frame.empty:
        return frame
    last = frame.groupby("scorer")["version"].transform("last")
    return frame[frame["version"] == last].reset_index(drop=True)


def places(explanations: Sequence[str | None]) -> tuple[int, int, float] | None:
    """Compare the verdicts of a pairwise judge by the place in which it saw an answer.

    Returns:
        How many pairs were judged, in how many the verdict changed with the place, and the mean points of the first
        place; None where no explanation has places.
    """
    pairs = [_PLACES.search(text) for text in explanations if text]
    points = [(float(pair[1]), float(pair[2])) for pair in pairs if pair]
    if not points:
        return None
    changed = sum(first != second for first, second in points)
    # points of the answer in first place, and of the other text when that stood first
    of_first = [value for first, second in points for value in (first, 1 - second)]
    return len(points), changed, sum(of_first) / len(of_first)
