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
    """One column: values are added chunk by chunk, then it is made.

    Args:
        name: says of which type it is.
    """

    def __init__(self, name: str) -> None:
        self._kind = _kind(name)
        self._codes = _Codes()
        self._parts: list[Any] = []

    def add(self, values: Sequence[Any]) -> None:
        """Add values as the database gives them."""
        if self._kind == "label":
            self._parts.append(np.fromiter(map(self._codes.__getitem__, values), dtype="int32", count=len(values)))
        else:
            pack = _PACKED.get(self._kind)
            self._parts.append(np.array(values, dtype=self._kind) if pack is None else pack(values))

    @property
    def labels(self) -> list[Any]:
        """The labels met so far, in the order of their codes."""
        return list(self._codes)[1:]

    @property
    def values(self) -> np.ndarray:
        """Every value that was added, of labels their codes, where -1 is unknown; shape (n,)."""
        return _joined(self._parts, "int32" if self._kind == "label" else self._kind)

    def made(self, order: np.ndarray) -> Any:
        """Make the column and let go of what was added.

        Args:
            order: where each of its values stands among those that were added; shape (n,).
        """
        parts, self._parts = self._parts, []
        if self._kind == "label":
            return _categorical(self.labels, _joined(parts, "int32")[order])
        if self._kind == "count":
            counts, unknown = (
                _joined([part[at] for part in parts], dtype) for at, dtype in enumerate(("int64", "bool"))
            )
            return pd.arrays.IntegerArray(counts[order], unknown[order])
        if self._kind == "time":
            return pd.to_datetime(np.concatenate(parts or [_times(())])[order], utc=True)
        return _joined(parts, {"score": "float64", "hash": "int64"}.get(self._kind, self._kind))[order]


class _Codes(dict[Any, int]):
    """Numbers labels from 0 in the order met; unknown is -1."""

    def __init__(self) -> None:
        super().__init__({None: -1})

    def __missing__(self, label: Any) -> int:
        code = self[label] = len(self) - 1
        return code


def _joined(parts: Sequence[np.ndarray], dtype: str) -> np.ndarray:
    return np.concatenate(parts) if parts else np.array([], dtype=dtype)


def _categorical(labels: Sequence[Any], codes: np.ndarray) -> pd.Categorical:
    """Number the labels in their sorted order."""
    order = sorted(range(len(labels)), key=labels.__getitem__)
    place = np.full(len(labels) + 1, -1, dtype="int32")  # the last one is that of -1
    place[order] = np.arange(len(labels), dtype="int32")
    return pd.Categorical.from_codes(place[codes], categories=pd.Index([labels[at] for at in order]))


def _counts(values: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers, and which of them are unknown."""
    try:
        return np.array(values, dtype="int64"), np.zeros(len(values), dtype=bool)
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


_PACKED: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "count": _counts,
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
    if name in LABELS and len(parts) > 1:  # pandas 2 warns where one has other categories
        parts = [part.astype("category") for part in parts]
        first, *rest = (part.cat.categories for part in parts)
        labels = first.append(rest).unique()
        parts = [part.cat.set_categories(labels) for part in parts]
    return pd.concat(parts, ignore_index=True)
