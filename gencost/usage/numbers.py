"""The parts of a usage object by name, and the test of a number there: whether it is a count."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from gencost.values.token_counts import MOST_COUNT

_NUMERIC = re.compile(r"[-+]?[$€£¥]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?[$€£¥]?")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s,_'](?=\d)")  # 1,290 and the like
_LABELS = ("modality", "ttl")
OBJECT = (dict, Mapping)
"""The types of a JSON object, for ``isinstance``: a plain dict is told in a sixth of the time that the ABC takes."""
_LIST = (list, tuple)  # a union would be made anew each time
_SHOWN = 40


def held(holder: Any) -> tuple[tuple[Any, ...], Iterable[Any]]:
    """Take an object or a list apart: the names of its entries, and the values.

    An element of a list that names its ``modality`` or ``ttl`` is called ``[THAT]``, any other by its number, ``[0]``.
    """
    if isinstance(holder, _LIST):
        return tuple(_element(n, inner) for n, inner in enumerate(holder)), holder
    return tuple(holder), holder.values()


def step(name: Any) -> str:
    """Write a name as one step of a path; a name may not pass for a path of several."""
    text = str.__str__(name) if isinstance(name, str) else str(name)
    return text if "." not in text else text.replace(".", "·")


def _element(n: int, value: Any) -> str:
    if isinstance(value, Mapping):
        for label in _LABELS:
            if isinstance(value.get(label), str):
                return f"[{step(value[label])}]"
    return f"[{n}]"


def is_number(value: Any) -> bool:
    """Whether a value says an amount other than zero: a number, or a text that is one."""
    if isinstance(value, str):
        text = _BETWEEN_DIGITS.sub("", value.strip())
        return bool(_NUMERIC.fullmatch(text)) and _is_not_zero(text)
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and value != 0


def _is_not_zero(text: str) -> bool:
    return any(digit.isdecimal() and int(digit) for digit in re.split("[eE]", text)[0])


def count_of(value: Any) -> int | str:
    """Read a count.

    Returns:
        The count; or why it is none, for people. ``12.0`` is 12, as JSON has one kind of number.
    """
    if type(value) is int:
        count = value
    elif isinstance(value, float | Decimal) and math.isfinite(value) and value == int(value):
        count = int(value)
    else:
        return f"{shown(value)} is not a whole number"
    if count < 0:
        return f"{shown(value)} is less than 0"
    return count if count <= MOST_COUNT else f"{shown(value)} is more than can be stored"


def shown(value: Any) -> str:
    """Write a value for people, not longer than a line has room for."""
    try:
        text = repr(value) if isinstance(value, str) else str(value)
    except ValueError:  # of more digits than Python writes
        return "a number of more than 4,300 digits"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def within(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object under a name; an empty one for anything else."""
    inner = raw.get(name)
    return inner if isinstance(inner, Mapping) else {}
