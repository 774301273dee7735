"""Plain values in one canonical form, to compare what a program gave without trusting its own ``==``.

This source is also run in the process of the program, so it imports nothing of GenCost.
"""

from __future__ import annotations

import hashlib
import math
from fractions import Fraction

_DEEPEST = 60


def canonical(value: object, depth: int = 0) -> str | None:
    """Write a value so that equal values, and only they, have equal texts.

    Args:
        value: numbers, texts, bytes, None, and lists, tuples, dicts and sets of them; of a subclass what its base says.
        depth: how deep it is nested.

    Returns:
        None for anything else.
    """
    if depth > _DEEPEST:
        return None
    if value is None or value is Ellipsis:
        return repr(value)
    if isinstance(value, str):
        return "s" + ascii(str.__str__(value))
    if isinstance(value, bytes | bytearray):
        return "b" + ascii(bytes(memoryview(value)))
    number = _number(value)
    return number if number is not None else _container(value, depth)


def _number(value: object) -> str | None:
    if isinstance(value, int):
        return f"n{Fraction(int.__pos__(value))}"
    if isinstance(value, float):
        plain = float.__pos__(value)
        return f"n{Fraction(plain)}" if math.isfinite(plain) else f"f{plain}"
    if isinstance(value, complex):
        both = complex.__pos__(value)
        return _number(both.real) if both.imag == 0 else f"c{both!r}"
    if type(value).__module__ in {"fractions", "decimal", "_decimal", "_pydecimal"}:
        try:
            return f"n{Fraction(str(value))}"
        except (TypeError, ValueError, OverflowError):
            return None
    item = getattr(value, "item", None) if type(value).__module__ == "numpy" else None
    return canonical(item(), _DEEPEST) if callable(item) and getattr(value, "ndim", 1) == 0 else None


def _container(value: object, depth: int) -> str | None:
    if isinstance(value, list):
        return _joined("l", [canonical(part, depth + 1) for part in list.__iter__(value)])
    if isinstance(value, tuple):
        return _joined("t", [canonical(part, depth + 1) for part in tuple.__iter__(value)])
    if isinstance(value, set | frozenset):
        parts = set.__iter__(value) if isinstance(value, set) else frozenset.__iter__(value)
        return _joined("e", [canonical(part, depth + 1) for part in parts], ordered=False)
    if isinstance(value, dict):
        pairs = [(canonical(key, depth + 1), canonical(part, depth + 1)) for key, part in dict.items(value)]
        return _joined("d", [None if None in pair else f"{pair[0]}:{pair[1]}" for pair in pairs], ordered=False)
    return None


def _joined(mark: str, parts: list[str | None], *, ordered: bool = True) -> str | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return f"{mark}[{','.join(known if ordered else sorted(known))}]"


def digest(value: object) -> str | None:
    """SHA-256 (hex) of a value's canonical form; None if it has none."""
    form = canonical(value)
    return None if form is None else hashlib.sha256(form.encode()).hexdigest()
