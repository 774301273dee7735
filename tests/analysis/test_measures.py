"""Calls put together by prompt."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gencost.analysis.measures import Measured

IDS = pd.CategoricalDtype(["q10", "q2", "q9"])


def _cell(ids: list[str], quality: list[float]) -> Measured:
    calls = pd.DataFrame({"prompt_id": pd.Categorical(ids, dtype=IDS), "quality": np.array(quality)})
    return Measured(cell="a", calls=calls, failed=np.array(["q2"], dtype=object))


def test_prompts_asked_once_are_put_together_as_those_asked_twice_are() -> None:
    """q10 has 1 and (0.75 + 1.25) / 2, q9 0.5 twice; q2 has no score."""
    once = _cell(["q9", "q2", "q10"], [0.5, np.nan, 1.0]).sums("quality")
    twice = _cell(["q9", "q2", "q10", "q10", "q9"], [0.5, np.nan, 0.75, 1.25, 0.5]).sums("quality")
    assert list(once.index) == list(twice.index) == ["q10", "q9"]
    assert list(once["sum"] / once["count"]) == list(twice["sum"] / twice["count"]) == [1.0, 0.5]
    assert list(once["count"]) == [1, 1]
    assert list(twice["count"]) == [2, 2]


def test_a_mean_score_a_prompt_is_by_the_order_of_ids_whether_a_failed_call_counts_or_not() -> None:
    """The call to q2 failed: it is 0, or left out."""
    cell = _cell(["q9", "q10"], [0.5, 1.0])
    assert cell.score_means(None).to_dict() == {"q10": 1.0, "q9": 0.5}
    counted = cell.score_means(0.0)
    assert list(counted.index) == ["q10", "q2", "q9"]
    assert list(counted) == [1.0, 0.0, 0.5]
