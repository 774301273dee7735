"""Money as people read it."""

from __future__ import annotations

import pytest

from gencost.decision.numbers import usd


@pytest.mark.parametrize("cost", [0.000039325, 0.00026025, 0.000123455])
def test_a_call_and_a_thousand_show_the_same_digits_however_they_were_summed(cost):
    digits = usd(cost).replace("$", "").lstrip("0.")
    assert usd(1000 * cost).replace("$", "").lstrip("0.").startswith(digits)
    assert usd(cost * (1 + 2e-16)) == usd(cost * (1 - 2e-16)) == usd(cost)


def test_four_digits_are_shown_and_at_least_cents():
    assert [usd(value) for value in (0, 0.5, -0.5, 1234.567, 0.00003858)] == [
        "$0",
        "$0.5000",
        "-$0.5000",
        "$1,234.57",
        "$0.00003858",
    ]
