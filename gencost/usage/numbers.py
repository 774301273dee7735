"""Every number of a usage object with the path to it, and what makes a number a count."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

MOST = 2**63 - 1
"""The greatest count that every database can store."""

_NUMERIC = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")
_PLAIN = frozenset({int, float, str, bool, type(None)})
_LABELS = ("modality", "ttl")
_SHOWN = 40


def leaves(usage: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """List every value of a usage object that is neither an object nor a list.

    Args:
        usage: as sent.

    Returns:
        Its path and the value. An element of a list that names its ``modality`` or ``ttl`` is the step ``[THAT]``,
        any other its number, ``[0]``.
    """
    numbers: list[tuple[str, Any]] = []
    waiting: list[tuple[str, Any]] = [("", usage)]
    while waiting:
        start, holder = waiting.pop()
        for key, value in _children(holder):
            path = start + key
            if type(value) in _PLAIN:
                numbers.append((path, value))
            elif isinstance(value, Mapping | list | tuple):
                waiting.append((f"{path}.", value))
            else:
                numbers.append((path, value))
    return numbers


def _children(holder: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(holder, list | tuple):
        return [(_element(n, inner), inner) for n, inner in enumerate(holder)]
    if all(type(key) is str and "." not in key for key in holder):
        return holder.items()  # type: ignore[no-any-return]
    return [(_step(key), inner) for key, inner in holder.items()]


def _step(key: Any) -> str:
    text = str(key)
    return text if "." not in text else text.replace(".", "·")  # a key may not pass for a path


def _element(n: int, value: Any) -> str:
    if isinstance(value, Mapping):
        for label in _LABELS:
            if isinstance(value.get(label), str):
                return f"[{_step(value[label])}]"
    return f"[{n}]"


def is_number(value: Any) -> bool:
    """Whether a value says an amount other than zero: a number, or a text that is one."""
    if isinstance(value, str):
        return bool(_NUMERIC.fullmatch(value)) and _is_not_zero(value)
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and value != 0


def _is_not_zero(text: str) -> bool:
    return any(digit in "123456789" for digit in re.split("[eE]", text)[0])


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
    return count if count <= MOST else f"{shown(value)} is more than can be stored"


def shown(value: Any) -> str:
    """Write a value for people, not longer than a line has room for."""
    try:
        text = repr(value) if isinstance(value, str) else str(value)
    except ValueError:  # of more digits than Python writes
        return "a number of more than 4,300 digits"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
