"""A scorer of answers that are numbers."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from gencost.errors import ConfigError, nearest
from gencost.quality.base import Finding, ReferenceScorer, needed
from gencost.quality.marked import boxed
from gencost.quality.numbers.marked import last_meant, marked_part, result_of
from gencost.quality.numbers.other_readings import other_readings
from gencost.quality.numbers.quantities import Quantity, quantities, tidied
from gencost.quality.numbers.several import is_right
from gencost.quality.numbers.words import in_digits
from gencost.quality.reading import shortened

_BACKENDS = ("numbers", "math_verify")
_MOST_WORDS = 24
_MOST_NUMBERS = 200
_LONGEST_NUMBER = 100
_DIGITS = re.compile(r"\d+")
_CALCULATION = re.compile(r"[\d)}]\s*=")  # not "x = 3, y = 4"
_INEQUALITY = re.compile(r"[A-Za-z]\s*(?:[<>\u2264\u2265]|\\(?:le|ge|leq|geq|lt|gt)\b)")
_LEAD = re.compile(r"[-\u2212+$\u20ac\u00a3(\[{\\\s]+\Z")
_SHORT = 200


@dataclass(frozen=True, kw_only=True)
class Numeric(ReferenceScorer):
    r"""1 if the answer's number is that of the reference, within the tolerance; else 0.

    What is marked as the answer is read first, the last mark of the first kind there is: what ``pattern`` captures,
    ``\boxed{}``, ``####`` (GSM8K: Cobbe et al., "Training Verifiers to Solve Math Word Problems", 2021), an
    ``<answer>`` tag, the answer field of JSON, a sentence that announces an answer ("The answer is 18", "18 is the
    answer") or corrects it ("no wait, 19"), bold in the last line with a number, "Total:" there, first words with one
    number that a breakdown explains; "The final answer is 18" behind a box comes before it. There the first number
    counts, of a calculation its result; without a mark the last number of the text. Of an answer of more than 16,000
    characters the first 4,000 and the last 12,000 are read.

    How numbers are read (fractions, percentages, times, dates, thousands, units) says ``numbers.quantities``.
    Numbers are compared exactly: |answer - reference| <= max(absolute, relative * |reference|); times and dates must be
    equal. A reference with several numbers (``5 h 30 min``, ``(3, 4)``, ``[0, 1)``) is compared as a whole, see
    ``numbers.several``; where it is a text around them, or an inequality, there is no score.

    Attributes:
        absolute: tolerance.
        relative: tolerance as a share of the reference.
        decimal_comma: ``1.234,5`` is what others write as ``1,234.5``, and ``1.234`` is 1234.
        pattern: a regular expression whose last match is the answer, or its first group if it has one.
        backend: ``numbers``, or ``math_verify`` to compare expressions (``x^2 + 1``, intervals, sets) by the package of
            that name; needs the extra ``math``.
        separator: what parts several accepted references; null has none.
        name: in the ``scores`` table.
        version: changes when the definition changes.
    """

    absolute: float = 0.0
    relative: float = 0.0
    decimal_comma: bool = False
    pattern: str | None = None
    backend: str = "numbers"
    separator: str | None = None
    name: str = "numeric"
    version: str = "3"

    def __post_init__(self) -> None:
        """Refuse an invalid tolerance, pattern or backend."""
        for key in ("absolute", "relative"):
            value = getattr(self, key)
            if not 0 <= value < float("inf"):
                raise ConfigError(f"quality.{self.name}.{key}={value}: a tolerance is a number >= 0")
        if self.backend not in _BACKENDS:
            raise ConfigError(
                f"quality.{self.name}.backend={self.backend!r}: choose from {', '.join(_BACKENDS)}"
                f"{nearest(self.backend, _BACKENDS)}"
            )
        if self.backend == "math_verify":
            _ = self._expressions
        _ = self._marker

    @cached_property
    def _marker(self) -> re.Pattern[str] | None:
        try:
            return None if self.pattern is None else re.compile(self.pattern, re.MULTILINE)
        except re.error as error:
            raise ConfigError(
                f"quality.{self.name}.pattern={self.pattern!r} is not a regular expression: {error}"
            ) from None

    @cached_property
    def _expressions(self) -> Callable[[str, str], bool]:
        package: Any = needed("math_verify", "math", self.name)
        logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns of having no limit of its own

        def equal(answer: str, reference: str) -> bool:
            # Its own limits need signals of the main thread; scoring.timeout_s holds for it.
            gold = package.parse(_as_math(reference), parsing_timeout=None)
            return bool(package.verify(gold, package.parse(answer, parsing_timeout=None), timeout_seconds=None))

        return equal

    def compare(self, answer: str, reference: str) -> Finding:
        """Compare the two; an answer without a number is wrong, a reference without one gives no score."""
        if self.backend == "math_verify":
            return float(self._expressions(answer, reference)), None
        wanted = self._wanted(in_digits(tidied(shortened(reference))))
        goals, why = self._goals(wanted)
        if not goals:
            return None, why
        answer = in_digits(tidied(shortened(answer)))
        part = marked_part(answer, self._marker)
        inner = _last_numbers(answer) if part is None else in_digits(part)
        numbers = self._read(inner)
        if not numbers:
            return 0.0, "the answer has no number"
        if len(goals) > 1:
            if part is None and len(numbers) > len(goals):
                inner = inner[_start_of(inner, numbers[-len(goals)]) :]
            parts = [inner, ", ".join(boxed(answer)), _last_line(answer)]
            right = is_right(parts, wanted, self._read, self._same)
            return float(right), f"{_said(numbers)}, reference {_said(goals)}"
        meant = last_meant(inner, numbers) if part is None else result_of(inner, numbers) or numbers[0]
        right = any(self._equal(number, goals[0]) for number in (meant, *other_readings(inner, numbers, meant)))
        return float(right), f"{meant}, reference {goals[0]}"

    def _read(self, text: str) -> list[Quantity]:
        return list(quantities(text, decimal_comma=self.decimal_comma))

    def _wanted(self, reference: str) -> str:
        """The part of a reference that is compared: what is marked, all boxes of a short one, a result."""
        boxes = list(dict.fromkeys(boxed(reference)))
        part = ", ".join(boxes) if len(boxes) > 1 and len(reference) < _SHORT else marked_part(reference, self._marker)
        if part is None:
            return reference
        numbers = self._read(part)
        result = result_of(part, numbers) if len(numbers) > 1 else None
        return part if result is None else part[_start_of(part, result) : result.end]

    def _goals(self, wanted: str) -> tuple[list[Quantity], str]:
        """The numbers of a reference; empty with the reason if it has none, or is not numbers alone."""
        goals = self._read(wanted)
        if not goals:
            return [], "the reference has no number"
        if _INEQUALITY.search(wanted):
            return [], "the reference is an inequality, which backend=math_verify compares"
        words = sum(map(len, re.findall(r"[^\W\d_]+", wanted)))
        if len(goals) > 1 and (_CALCULATION.search(wanted) or words > _MOST_WORDS):
            return [], "the reference has more than one number"
        return goals, ""

    def _same(self, numbers: Sequence[Quantity], goals: Sequence[Quantity]) -> bool:
        if len(numbers) != len(goals):
            return False
        return all(self._equal(number, goal) for number, goal in zip(numbers, goals, strict=True))

    def _equal(self, number: Quantity, goal: Quantity) -> bool:
        if number.symbol != goal.symbol:
            return False
        if {number.kind, goal.kind} == {"ratio", "number"}:  # 3:4 is 3/4
            return number.value == goal.value
        if number.kind != goal.kind:
            return _full_hour(number) == _full_hour(goal) is not None
        if number.kind == "date":
            return bool(number.days & goal.days)
        absolute, relative = Fraction(str(self.absolute)), Fraction(str(self.relative))
        if number.kind != "number":
            absolute = relative = Fraction(0)
        return any(abs(mine - two) <= max(absolute, relative * abs(two)) for mine, two in number.readings(goal))


def _start_of(text: str, number: Quantity) -> int:
    """Find the place where a number begins with its sign, and a bracket before it."""
    lead = _LEAD.search(text, max(0, number.start - 8), number.start)
    return number.start if lead is None else lead.start()


def _last_line(text: str) -> str:
    """The last line with a digit; empty if there is none."""
    return next((line for line in reversed(text.splitlines()) if any(char.isdigit() for char in line)), "")


def _last_numbers(text: str) -> str:
    """The end of a text that holds more numbers than anybody reads, with the last 200 runs of digits."""
    runs = [run.start() for run in _DIGITS.finditer(text)]
    if len(runs) <= _MOST_NUMBERS:
        return text
    start = runs[-_MOST_NUMBERS]
    return text[text.rfind(" ", max(0, start - _LONGEST_NUMBER), start) + 1 or start :]


def _full_hour(quantity: Quantity) -> Fraction | None:
    """A plain number, or the hour of a time without minutes, which is often asked for as a number: 2:00 pm is 2."""
    if quantity.kind == "time" and quantity.value % 3600 == 0:
        hour = quantity.value / 3600
        return hour - 12 if hour > 12 else hour
    return quantity.value if quantity.kind == "number" and not quantity.percent else None


def _said(numbers: Sequence[Quantity]) -> str:
    return " and ".join(map(str, numbers))[:200]


def _as_math(reference: str) -> str:
    """A reference in the marks that the package looks for, if it has none."""
    return reference if "$" in reference or "\\boxed" in reference or "\\(" in reference else f"${reference}$"
