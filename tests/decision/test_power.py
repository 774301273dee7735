"""How many prompts a difference needs: against the textbook formula."""

from __future__ import annotations

import numpy as np
import pytest
from cells import cell

from gencost.decision.power import power
from gencost.errors import ConfigError


def test_the_paired_n_is_that_of_the_normal_formula_and_a_little_more():
    rng = np.random.default_rng(0)
    base = rng.normal(size=400)
    found = power(cell("a", base), cell("b", base + rng.normal(0, 0.2, size=400)), delta=0.02)
    # (1.95996 + 0.84162)^2 * (sd / delta)^2, and Student's t adds about two.
    normal = (1.959964 + 0.841621) ** 2 * (found.sd_difference / 0.02) ** 2
    assert normal < found.paired < normal + 4
    assert found.correlation > 0.95
    assert found.unpaired > 20 * found.paired  # the prompts' own spread, 1 instead of 0.2, counts twice


def test_too_few_prompts_or_no_difference_say_nothing():
    assert power(cell("a", [0.1] * 4), cell("b", [0.2] * 4), delta=0.1) is None
    assert power(cell("a", [0.1] * 9), cell("b", [0.2] * 9), delta=0.1) is None


@pytest.mark.parametrize(("delta", "level"), [(0.0, 0.8), (-1.0, 0.8), (0.1, 1.0)])
def test_an_impossible_question_is_refused(delta, level):
    with pytest.raises(ConfigError, match="power"):
        power(cell("a", [0.1] * 9), cell("b", [0.2] * 9), delta=delta, level=level)
