"""Exact sums of pico-USD in SQL, of however many calls: a 64-bit sum overflows at 9.2 million USD."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func

_PART = 10**9


def sum_parts(column: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Sum a column of whole numbers in two parts, which ``whole`` puts together: multiples of 10^9, and the rest."""
    return func.sum(column // _PART), func.sum(column % _PART)


def whole(high: Any, low: Any) -> int | None:
    """Put the two parts of a sum together; None if there was nothing to sum."""
    return None if high is None else int(high) * _PART + int(low)
