"""The option whose number an answer gives in another form: "v = 4 m/s" where B is "4.0 m/s", "1440" for "$1,440"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gencost.quality.letters.letter_tokens import NONE, Stated
from gencost.quality.numbers.marked import last_meant, marked_part, result_of
from gencost.quality.numbers.quantities import Quantity, quantities

_EQUALS = re.compile(r"[=\u2248][\s*($\u20ac\u00a3\u2212-]*\Z")
_SHORT = 60
_DENIES = re.compile(r"n['\u2019]t\b|\b(?:not|cannot|unable|unsure|between|or)\b", re.IGNORECASE)


def option_by_number(text: str, letters: str, texts: Sequence[str]) -> Stated:
    """Find the option with the number that a text marks, or, where the text is short, with its last one.

    Args:
        text: an answer.
        letters: of the options.
        texts: in the same order; each must have one number, or none is found.
    """
    options = _numbers(texts)
    if not options:
        return NONE
    part = marked_part(text)
    if part is None and (len(text) > _SHORT or _DENIES.search(text)):
        return NONE
    inner = text if part is None else part
    numbers = list(quantities(inner))
    if not numbers:
        return NONE
    calculated = result_of(inner, numbers)
    return _only(calculated or (last_meant(inner, numbers) if part is None else numbers[0]), options, letters)


def option_calculated(text: str, letters: str, texts: Sequence[str]) -> Stated:
    """Find the option that is the result of the calculation which a text is: "$1,200 x 1.2 = $1,440"."""
    numbers = list(quantities(text))
    if not numbers or not _EQUALS.search(text, max(0, numbers[-1].start - 6), numbers[-1].start):
        return NONE
    return _only(numbers[-1], _numbers(texts), letters)


def _numbers(texts: Sequence[str]) -> list[Quantity]:
    """The numbers of options of one each; empty for all others."""
    each = [list(quantities(text)) for text in texts]
    return [numbers[0] for numbers in each] if all(len(numbers) == 1 for numbers in each) else []


def _only(number: Quantity, options: Sequence[Quantity], letters: str) -> Stated:
    same = [letters[i] for i, option in enumerate(options) if _are_equal(number, option)]
    return frozenset(same) if len(same) == 1 else NONE


def _are_equal(number: Quantity, option: Quantity) -> bool:
    if (number.kind, number.symbol, number.days) != (option.kind, option.symbol, option.days):
        return False
    return any(mine == other for mine, other in number.readings(option))
