"""What was found in two published studies, rebuilt from its four counts, against figures of statsmodels and scipy.

The counts stand in experiments/replay_gsm8k and follow from experiments/replay_llmdrift; a paired comparison of 0/1
scores depends on nothing else. The p-values and the 6,183 prompts are what statsmodels 0.15.0 gave (``mcnemar`` with
``exact=True``, ``TTestPower``), recorded on 2026-11-26.
"""

from __future__ import annotations

import numpy as np
import pytest
from cells import cell

from gencost.decision.difference import difference
from gencost.decision.power import power
from gencost.decision.sequential import Race

#                               both right, only the first, only the second, none
GSM8K = (747, 383, 95, 94)  # gpt-4-1106-preview, Mixtral-8x7B
GPT_4 = (364, 476, 147, 13)  # gpt-4-0314, gpt-4-0613 on "is N prime?"
GPT_3_5 = (343, 153, 419, 85)  # gpt-3.5-turbo-0301, gpt-3.5-turbo-0613
ALL = pytest.mark.parametrize("counts", [GSM8K, GPT_4, GPT_3_5], ids=["gsm8k", "gpt-4", "gpt-3.5"])


def flags(counts: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat([1.0, 1.0, 0.0, 0.0], counts), np.repeat([1.0, 0.0, 1.0, 0.0], counts)


@pytest.mark.parametrize(
    ("counts", "p_value"),
    [(GSM8K, 5.116157326697284e-42), (GPT_4, 2.106277478606487e-41), (GPT_3_5, 1.4071042229502043e-29)],
)
def test_mcnemar_is_that_of_statsmodels(counts, p_value):
    a, b = flags(counts)
    assert difference(cell("a", a), cell("b", b), "quality").p_value == pytest.approx(p_value)


@ALL
def test_the_interval_of_the_difference_is_scipys(counts):
    from scipy import stats

    a, b = flags(counts)
    estimate = difference(cell("a", a), cell("b", b), "quality").delta
    rng = np.random.default_rng(1)
    direct = stats.bootstrap((b - a,), np.mean, n_resamples=10_000, method="BCa", rng=rng).confidence_interval
    assert estimate.value == pytest.approx((counts[2] - counts[1]) / sum(counts))
    assert (estimate.low, estimate.high) == pytest.approx((direct.low, direct.high), abs=0.003)


def test_the_studies_came_out_as_published():
    # GPT-4 fell from 84.0 % to 51.1 %, GPT-3.5 rose from 49.6 % to 76.2 % (LLMDrift, 2023).
    assert [round(float(np.mean(one)), 3) for one in (*flags(GPT_4), *flags(GPT_3_5))] == [0.84, 0.511, 0.496, 0.762]


def test_the_prompts_that_a_difference_of_two_points_needs_are_those_of_statsmodels():
    a, b = flags(GSM8K)
    assert power(cell("a", a), cell("b", b), delta=0.02).paired == 6183


def test_the_race_on_gsm8k_is_over_within_a_tenth_of_the_prompts():
    a, b = flags(GSM8K)
    rng, stops = np.random.default_rng(0), []
    for _ in range(20):
        order = rng.permutation(len(a))
        race = Race(["gpt-4", "mixtral"], 0.02, "gpt-4", [(str(i), 0) for i in order])
        made = 0
        while not race.enough("mixtral"):
            i = order[made]
            race.add("gpt-4", (str(i), 0), a[i])
            race.add("mixtral", (str(i), 0), b[i])
            made += 1
        assert race.decided["mixtral"].verdict == "inferior"
        stops.append(made)
    assert np.median(stops) < 1319 / 10
