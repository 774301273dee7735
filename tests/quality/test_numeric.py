from __future__ import annotations

from decimal import Decimal

import pytest
from asked import scored, value

from gencost.errors import ConfigError
from gencost.quality.numeric import Numeric, last_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("42", "42"),
        ("It took 3 days, so 42.", "42"),
        ("48/2 = 24 clips. 48+24 = 72.\n#### 72", "72"),
        ("#### $1,234.50 a year, of 2 years", "1234.50"),  # the first after the mark
        ("the total is $1,234,567", "1234567"),
        ("1'000'000 or 1_000_000", "1000000"),
        ("1,2345", "2345"),  # no group of three: two numbers
        ("-5", "-5"),
        ("\u22125 degrees", "-5"),
        ("5-10", "10"),  # a range, no sign
        ("= -$5", "-5"),
        ("x=.5", "0.5"),
        ("Python 3.11.7", "3.11"),
        ("1.2e-3", "0.0012"),
        ("1.2 x 10^-3", "0.0012"),
        (r"1.2 \times 10^{5}", "120000"),
        (r"\boxed{1{,}000}", "1000"),
        ("5kg", "5"),
    ],
)
def test_the_number_of_a_text(text, number):
    found, percent = last_number(text)
    assert (found, percent) == (Decimal(number), False)


@pytest.mark.parametrize("text", ["", "none at all", "gpt4", "####", "5 #### none"])
def test_a_text_without_a_number(text):
    assert last_number(text) is None


def test_a_decimal_comma_swaps_the_two_marks():
    assert last_number("1.234,5", decimal_comma=True) == (Decimal("1234.5"), False)


@pytest.mark.parametrize(
    ("answer", "reference", "right"),
    [
        ("42.0", "42", 1.0),
        ("12%", "12%", 1.0),
        ("12%", "0.12", 1.0),
        ("12 %", "12", 1.0),
        ("0.12", "12%", 1.0),
        ("0.12", "12", 0.0),
        ("0.1", "0.1000000000000000055", 0.0),  # exact decimals, no floats
        ("no idea", "42", 0.0),
    ],
)
def test_two_numbers_are_compared_as_they_are_meant(answer, reference, right):
    assert value(Numeric(), answer, reference) == right


def test_the_larger_tolerance_holds_and_its_edge_is_within():
    assert value(Numeric(absolute=0.5), "41.5", "42") == 1.0  # |41.5 - 42| = 0.5
    assert value(Numeric(absolute=0.5), "41.49", "42") == 0.0
    assert value(Numeric(relative=0.01), "198", "200") == 1.0  # 0.01 * 200 = 2
    assert value(Numeric(relative=0.01), "197.9", "200") == 0.0
    assert value(Numeric(relative=0.01, absolute=3), "197", "200") == 1.0


def test_a_reference_without_a_number_gives_no_score():
    assert scored(Numeric(), "42", "many").explanation == "the reference has no number"
    assert value(Numeric(), "42", "many") is None


@pytest.mark.parametrize("tolerance", [-1.0, float("nan"), float("inf")])
def test_a_tolerance_that_is_none_is_refused(tolerance):
    with pytest.raises(ConfigError, match="absolute=.*a tolerance is a number >= 0"):
        Numeric(absolute=tolerance)
