"""Score one answer by one scorer, whatever happens in it."""

from __future__ import annotations

import asyncio
import inspect

from gencost.protocols import Scorer
from gencost.quality.base import is_late
from gencost.types import Response, Sample, Score


def score_now(scorer: Scorer, sample: Sample, response: Response) -> Score:
    """Score one answer at once.

    Args:
        scorer: none that is late, see ``is_late``.
        sample: what was asked.
        response: what came back.

    Returns:
        A score without a value, which says why, if the scorer fails.
    """
    try:
        result = scorer.score(sample, response)
    except Exception as error:  # noqa: BLE001 - a door: a user's scorer must not lose a paid answer
        return failed(scorer, error)
    return result if isinstance(result, Score) else failed(scorer, TypeError(f"it gave {result!r}, no Score"))


async def score(scorer: Scorer, sample: Sample, response: Response) -> Score:
    """Score one answer; a costly scorer that is not awaited computes in a thread of its own.

    Args:
        scorer: any.
        sample: what was asked.
        response: what came back.

    Returns:
        As ``score_now``.
    """
    if not is_late(scorer):
        return score_now(scorer, sample, response)
    try:
        if inspect.iscoroutinefunction(scorer.score):
            result = await scorer.score(sample, response)
        else:
            result = await asyncio.to_thread(scorer.score, sample, response)
    except Exception as error:  # noqa: BLE001 - a door, as above
        return failed(scorer, error)
    return result if isinstance(result, Score) else failed(scorer, TypeError(f"it gave {result!r}, no Score"))


def failed(scorer: Scorer, error: Exception) -> Score:
    """What a scorer that failed has to say."""
    said = f"{type(error).__name__}: {error}"
    return Score(scorer=scorer.name, version=scorer.version, value=None, explanation=said)
