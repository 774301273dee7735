"""A scorer of answers that end in a number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, localcontext

from gencost.errors import ConfigError
from gencost.quality.base import Finding, ReferenceScorer

_MARKER = "####"

# A sign belongs to a number only where nothing that could be a number or a word stands before it: 5-10 ends in 10.
_NUMBER = r"""(?<![\w{point}])(?P<sign>[-+\u2212]?)\s?[$\u20ac\u00a3]?
    (?P<whole>\d{{1,3}}(?:[{thousands}_'\u00a0\u2009\u202f]\d{{3}})+(?!\d)|\d+|(?={point}\d))
    (?:{point}(?P<fraction>\d+))?
    (?:[eE](?P<e>[-+]?\d+)|\s?(?:[\u00d7xX*]|\\times)\s?10\s?(?:\^|\*\*)\s?\{{?(?P<ten>[-+\u2212]?\d+)\}}?)?
    (?P<percent>\s?\\?%)?"""


@dataclass(frozen=True, kw_only=True)
class Numeric(ReferenceScorer):
    r"""1 if the answer's number is that of the reference, within the tolerance; else 0.

    The number of a text is the first one after its last ``####`` (the mark of GSM8K: Cobbe et al., "Training Verifiers
    to Solve Math Word Problems", 2021), else its last one. It may have a sign, a currency sign, thousands separators
    (``1,234,567``; also ``_``, ``'``, narrow and no-break spaces), decimals, an exponent (``1.2e-3``, ``1.2 x 10^-3``)
    and a percent sign. A number inside a word (``gpt4``) is none, a fraction (``1/2``) is two. Where one side alone has
    a percent sign, 12% equals both 12 and 0.12. Numbers are compared as exact decimals: |answer - reference| <=
    max(absolute, relative * |reference|).

    Attributes:
        absolute: tolerance.
        relative: tolerance as a share of the reference.
        decimal_comma: ``1.234,5`` is what others write as ``1,234.5``.
        name: in the ``scores`` table.
        version: changes when the definition changes.
    """

    absolute: float = 0.0
    relative: float = 0.0
    decimal_comma: bool = False
    name: str = "numeric"
    version: str = "1"

    def __post_init__(self) -> None:
        """Refuse a tolerance that is none."""
        for key in ("absolute", "relative"):
            value = getattr(self, key)
            if not 0 <= value < float("inf"):
                raise ConfigError(f"quality.{self.name}.{key}={value}: a tolerance is a number >= 0")

    def compare(self, answer: str, reference: str) -> Finding:
        """Compare the two numbers; an answer without one is wrong, a reference without one gives no score."""
        wanted = last_number(reference, decimal_comma=self.decimal_comma)
        if wanted is None:
            return None, "the reference has no number"
        found = last_number(answer, decimal_comma=self.decimal_comma)
        if found is None:
            return 0.0, "the answer has no number"
        (value, percent), (goal, goal_percent) = found, wanted
        readings = [(value, goal)]
        if percent != goal_percent:
            readings.append((value / 100, goal) if percent else (value, goal / 100))
        said = f"{value}{'%' * percent}, reference {goal}{'%' * goal_percent}"
        return float(any(self._close(*reading) for reading in readings)), said

    def _close(self, value: Decimal, goal: Decimal) -> bool:
        with localcontext() as context:
            context.prec = 60
            tolerance = max(Decimal(str(self.absolute)), Decimal(str(self.relative)) * abs(goal))
            return abs(value - goal) <= tolerance


def last_number(text: str, *, decimal_comma: bool = False) -> tuple[Decimal, bool] | None:
    """Read the number of a text.

    Args:
        text: an answer or a reference.
        decimal_comma: see ``Numeric``.

    Returns:
        The number as it is written, and whether a percent sign follows; None if there is none.
    """
    pattern, text = _COMMA if decimal_comma else _POINT, text.replace("{,}", ",")  # LaTeX: 1{,}000
    if _MARKER in text:
        found = pattern.search(text.rpartition(_MARKER)[2])
        return None if found is None else _value(found)
    matches = list(pattern.finditer(text))
    return _value(matches[-1]) if matches else None


def _pattern(point: str, thousands: str) -> re.Pattern[str]:
    return re.compile(_NUMBER.format(point=re.escape(point), thousands=re.escape(thousands)), re.VERBOSE)


_POINT, _COMMA = _pattern(".", ","), _pattern(",", ".")


def _value(found: re.Match[str]) -> tuple[Decimal, bool]:
    sign = "-" if found["sign"] in {"-", "\u2212"} else ""
    exponent = (found["e"] or found["ten"] or "0").replace("\u2212", "-")
    digits = re.sub(r"\D", "", found["whole"])
    power = max(-400, min(400, int(exponent)))  # no answer means more, and 10^10^9 would not end
    return Decimal(f"{sign}{digits or 0}.{found['fraction'] or 0}E{power}"), found["percent"] is not None
