from __future__ import annotations

import time

import pytest
from asked import scored, value
from hypothesis import given
from hypothesis import strategies as st

from gencost.errors import ConfigError
from gencost.quality.numbers.quantities import quantities
from gencost.quality.numeric import Numeric


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("42", "42"),
        ("the total is $1,234,567", "1234567"),
        ("1'000'000 or 1_000_000", "1000000 1000000"),
        ("1,2345", "1 2345"),  # no group of three: two numbers
        ("1,23,456", "123456"),  # India
        ("1.234,5 and 1.234.567", "1234.5 1234567"),  # Europe
        ("12,34 (3,4)", "12.34 3 4"),  # within brackets a comma parts
        ("-5 or \u22125", "-5 -5"),
        ("5-10", "5 10"),  # a range, no sign
        ("5 - 3", "5 3"),  # an operator, no sign
        ("= -$5", "-5"),
        ("x=.5", "0.5"),
        ("Python 3.11.7", "3.11"),
        ("gpt4, x_1, x^2", ""),
        ("1.2e-3 1.2 x 10^-3", "0.0012 0.0012"),
        (r"1.2 \times 10^{5}", "120000"),
        (r"\boxed{1{,}000} 1\,000", "1000 1000"),
        (r"1/2 1 3/4 2½ \frac{3}{4} 2\frac{1}{2}", "0.5 1.75 2.5 0.75 2.5"),
        ("2^10 10²", "1024 100"),
        ("12% 12 percent", "12% 12%"),
        ("1.5 million", "1.5 x 10^6"),
        ("3:45 3:45 pm", "3:45:00 15:45:00"),
        ("2024-01-15 January 15, 2024 15/01/2024", "2024-01-15 2024-01-15 2024-01-15"),
        ("3/4/2024", "2024-03-04 or 2024-04-03"),
    ],
)
def test_the_numbers_of_a_text(text, numbers):
    assert " ".join(map(str, quantities(text))) == numbers


def test_a_decimal_comma_swaps_the_two_marks():
    assert list(map(str, quantities("1.234,5 and 1.234", decimal_comma=True))) == ["1234.5", "1234"]


def test_the_larger_tolerance_holds_and_its_edge_is_within():
    assert value(Numeric(absolute=0.5), "41.5", "42") == 1.0  # |41.5 - 42| = 0.5
    assert value(Numeric(absolute=0.5), "41.49", "42") == 0.0
    assert value(Numeric(relative=0.01), "198", "200") == 1.0  # 0.01 * 200 = 2
    assert value(Numeric(relative=0.01), "197.9", "200") == 0.0
    assert value(Numeric(relative=0.01, absolute=3), "197", "200") == 1.0
    assert value(Numeric(), "0.1", "0.1000000000000000055") == 0.0  # exact, no floats


def test_a_reference_that_cannot_be_compared_gives_no_score_and_says_why():
    assert scored(Numeric(), "42", "many").explanation == "the reference has no number"
    score = scored(Numeric(), "7", "3 + 4 = 7 apples")
    assert (score.value, score.explanation) == (None, "the reference has more than one number")
    assert scored(Numeric(), "8", "#### 7").explanation == "8, reference 7"


@pytest.mark.parametrize(
    "answer",
    [
        "The answer cannot be determined due to missing data.",  # due is Italian for 2
        "Once we know the price, we can compute it.",  # once is Spanish for 11
        "The price is in cents.",
        "null",
        "这个问题十分困难",  # very difficult; 十 is 10
        "三角形的面积无法确定",  # a triangle; 三 is 3
    ],
)
def test_a_word_that_only_looks_like_a_number_of_another_language_is_none(answer):
    assert scored(Numeric(), answer, "2").explanation == "the answer has no number"


def test_the_lower_end_of_a_range_is_not_the_answer():
    assert [value(Numeric(), answer, "3") for answer in ("3 to 4", "3 out of 4")] == [0.0, 1.0]


@pytest.mark.parametrize("tolerance", [-1.0, float("nan"), float("inf")])
def test_a_tolerance_that_is_none_is_refused(tolerance):
    with pytest.raises(ConfigError, match="absolute=.*a tolerance is a number >= 0"):
        Numeric(absolute=tolerance)


def test_a_pattern_or_a_backend_that_is_none_is_refused():
    with pytest.raises(ConfigError, match="pattern='\\('.* is not a regular expression"):
        Numeric(pattern="(")
    with pytest.raises(ConfigError, match="backend='math': choose from numbers, math_verify"):
        Numeric(backend="math")


def test_expressions_are_compared_by_math_verify():
    pytest.importorskip("math_verify")
    scorer = Numeric(backend="math_verify")
    assert value(scorer, r"so \boxed{x^2+2x+1}", "(x+1)^2") == 1.0
    assert value(scorer, r"$\{1, 2\}$", r"\{2, 1\}") == 1.0
    assert value(scorer, "The answer is 5", "6") == 0.0


@given(st.integers(-(10**15), 10**15), st.sampled_from(["{:d}", "{:,d}", "{:_d}", "{:d}.0", "The answer is {:,d}."]))
def test_a_whole_number_is_read_however_it_is_written(number, form):
    assert value(Numeric(), form.format(number), str(number)) == 1.0
    assert value(Numeric(), form.format(number), str(number + 1)) == 0.0


@pytest.mark.parametrize("piece", ["1", "1,", "1/", "(1", "answer ", "**1", "\\frac", "1 = ", "{", "1万"])
def test_a_long_answer_is_read_in_a_moment(piece):
    start = time.process_time()
    value(Numeric(), piece * (30_000 // len(piece)), "5")
    assert time.process_time() - start < 5
