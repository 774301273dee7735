"""Columns of calls under construction: rows of the metrics DB become arrays, without an object for each call.

Invariant: unknown stays unknown: NULL becomes no category, NA or NaN by the column's type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

SCORE_PREFIX = "score_"

LABELS = frozenset(
    {
        *(
            "run_id",
            "provider",
            "model",
            "prompt_id",
            "asked",
            "category",
            "status",
            "policy_cell",
            "error_type",
            "blank",
        ),
        *("response_model", "service_tier", "region", "finish_reason", "usage_source", "usage_more_json"),
        *("cost_status", "cost_reason", "price_id", "other_price_ids"),
    }
)
"""Columns whose values are kept once each, for many calls share them."""

_KINDS = {
    "ts": "time",
    "digest": "hash",
    "repeat": "int32",
    "attempts": "int32",
    "from_cache": "bool",
    "pieces": "bool",
    "prompt": "text",
    "answer": "text",
    "reference": "text",
}


_DTYPES = {
    "label": "int32",
    "count": "int64",
    "score": "float64",
    "hash": "int64",
    "time": "datetime64[us]",
    "text": "object",
}


def _kind(name: str) -> str:
    if name in LABELS:
        return "label"
    if name.startswith(("usage_tokens", "usage_web")) or name.endswith("_pico_usd"):
        return "count"
    if name.endswith(("_ms", "_usd")):
        return "float64"
    return "score" if name.startswith(("quality", SCORE_PREFIX)) else _KINDS.get(name, "object")


class CallColumn:
    """One column: values are added chunk by chunk into one array, then it is made.

    Args:
        name: decides its type.
        n: values that are expected at most.
        labels: numbers that other columns share; None has its own.

    Attributes:
        labels: the numbers of its labels.
    """

    def __init__(self, name: str, n: int = 0, labels: Labels | None = None) -> None:
        self._kind = _kind(name)
        self.labels = Labels() if labels is None else labels
        self._unknown = np.zeros(n if self._kind == "count" else 0, dtype=bool)
        self._values = np.empty(n, dtype=_DTYPES.get(self._kind, self._kind))
        self._size = 0

    def add(self, values: Sequence[Any]) -> None:
        """Add values as the database gives them."""
        start, self._size = self._size, self._size + len(values)
        packed, unknown = self._packed(values)
        if self._kind == "time" and not start:
            self._values = self._values.astype(packed.dtype)  # of the resolution that the first moments have
        if self._size > len(self._values):  # more than were there when they were counted
            self._values.resize(2 * self._size, refcheck=False)
            self._unknown.resize(2 * self._size if self._kind == "count" else 0, refcheck=False)
        self._values[start : self._size] = packed
        if unknown is not None:
            self._unknown[start : self._size] = unknown

    def _packed(self, values: Sequence[Any]) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the values as an array, and which whole numbers are unknown; None if none is."""
        if self._kind == "label":
            return np.fromiter(map(self.labels.__getitem__, values), dtype="int32", count=len(values)), None
        if self._kind == "count":
            return _counts(values)
        pack = _PACKED.get(self._kind)
        return np.array(values, dtype=self._kind) if pack is None else pack(values), None

    @property
    def values(self) -> np.ndarray:
        """Every value that was added, of labels their codes, where -1 is unknown; shape (n,)."""
        return self._values[: self._size]

    def made(self, order: np.ndarray) -> Any:
        """Make the column and let go of what was added.

        Args:
            order: the place of each of its values among those that were added; shape (n,).
        """
        values, self._values = self._values[order], self._values[:0]
        if self._kind == "label":
            return self.labels.categorical(values)
        if self._kind == "count":
            return pd.arrays.IntegerArray(values, self._unknown[order])
        if self._kind == "text":
            return pd.Series(values, dtype="object")  # pandas 3 would copy each text into one of its own kind
        return pd.to_datetime(values, utc=True) if self._kind == "time" else values


class Labels(dict[Any, int]):
    """Numbers labels from 0 in the order met; unknown is -1. Columns of several runs may share one."""

    def __init__(self) -> None:
        super().__init__({None: -1})
        self._sorted: list[Any] = []
        self._place = np.array([-1], dtype="int32")  # of each number among the sorted ones; the last one is that of -1
        self._dtype = pd.CategoricalDtype(pd.Index([], dtype=object))
        self._ranks = np.array([], dtype="int32")

    def __missing__(self, label: Any) -> int:
        code = self[label] = len(self) - 1
        return code

    def categorical(self, codes: np.ndarray) -> pd.Categorical:
        """Make a column; labels stand in their sorted order, those met since the last column behind all before."""
        before, labels = len(self._sorted), list(self)[1:]
        if len(labels) > before or not before:
            new = sorted(range(before, len(labels)), key=labels.__getitem__)
            place = np.full(len(labels) + 1, -1, dtype="int32")
            place[:before] = self._place[:-1]
            place[new] = np.arange(before, len(labels), dtype="int32")
            self._place, self._sorted = place, self._sorted + [labels[at] for at in new]
            self._dtype = pd.CategoricalDtype(pd.Index(self._sorted, dtype=object))
        return pd.Categorical.from_codes(self._place[codes], dtype=self._dtype, validate=False)

    def ranks(self) -> np.ndarray:
        """Return the places of the labels, in the order of their numbers, if short texts come before long ones."""
        if len(self._ranks) < len(self) - 1:
            labels = list(self)[1:]
            order = sorted(range(len(labels)), key=labels.__getitem__)
            order.sort(key=lambda at: len(labels[at]))
            self._ranks = np.empty(len(labels), dtype="int32")
            self._ranks[order] = np.arange(len(labels), dtype="int32")
        return self._ranks


def _counts(values: Sequence[Any]) -> tuple[np.ndarray, np.ndarray | None]:
    try:
        return np.array(values, dtype="int64"), None
    except TypeError:  # one is None
        unknown = np.array([value is None for value in values])
        return np.array([0 if value is None else value for value in values], dtype="int64"), unknown


def _scores(values: Sequence[Any]) -> np.ndarray:
    scores = np.array(values, dtype="float64")
    return np.where(np.isfinite(scores), scores, np.nan)  # an infinite one, of an early version, is not a score


def _times(values: Sequence[Any]) -> np.ndarray:
    moments = pd.to_datetime(pd.Series(values, dtype=object), utc=True, format="ISO8601")
    return np.asarray(moments.dt.tz_localize(None).to_numpy())


def _hashes(values: Sequence[Any]) -> np.ndarray:
    return np.fromiter(map(hash, values), dtype="int64", count=len(values))


def _texts(values: Sequence[Any]) -> np.ndarray:
    return np.array(values, dtype="object")


_PACKED: Mapping[str, Callable[[Sequence[Any]], np.ndarray]] = {
    "text": _texts,
    "score": _scores,
    "time": _times,
    "hash": _hashes,
}


def stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put frames of calls under each other, column by column, so that never more than one is there twice.

    The frames are empty then. A column that one of them has not is unknown there; labels keep the order of the first
    frame, further ones follow it.
    """
    filled = [frame for frame in frames if len(frame)] or list(frames[:1])
    names = dict.fromkeys(name for frame in filled for name in frame)
    return pd.DataFrame({name: _column_of(filled, name) for name in names}, copy=False)


def _column_of(frames: Sequence[pd.DataFrame], name: str) -> pd.Series:
    parts = [frame.pop(name) if name in frame else pd.Series(np.nan, index=frame.index) for frame in frames]
    if name in LABELS and any(part.dtype is not parts[0].dtype for part in parts):  # pandas 2 warns of that
        parts = [part.astype("category") for part in parts]
        first, *rest = (part.cat.categories for part in parts)
        labels = first.append(rest).unique()
        parts = [part.cat.set_categories(labels) for part in parts]
    return pd.concat(parts, ignore_index=True)
