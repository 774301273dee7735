"""The latencies of a bill: one pass over the calls, of which no more than a number each is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Select

from gencost.analysis.bills.keys import BillKey, labelled, labelled_columns
from gencost.metrics_db.tables import requests

_CHUNK_ROWS = 5_000
_PERCENTILES = {"p50_ms": 50, "p95_ms": 95}


@dataclass(frozen=True, kw_only=True)
class LatencyTimes:
    """Percentiles of the latencies of answered calls that no cache of ours answered, by name; empty without any.

    Attributes:
        total: of all calls.
        by_keys: values of the keys -> those of their calls.
    """

    total: Mapping[str, Any]
    by_keys: Mapping[tuple[Any, ...], Mapping[str, Any]]


def read_times(connection: Connection, calls: Select[Any], keys: Sequence[BillKey]) -> LatencyTimes:
    """Read the latencies of calls.

    Args:
        connection: of the metrics DB.
        calls: selects the calls, and no column yet.
        keys: to split by.
    """
    query = calls.add_columns(requests.c.latency_ms, *labelled_columns(keys))
    answered = requests.c.status == "ok", requests.c.from_cache.is_(False), requests.c.latency_ms.is_not(None)
    numbers: dict[tuple[Any, ...], int] = {}
    chunks, groups = [np.array([])], [np.array([], dtype="int32")]
    options = {"yield_per": _CHUNK_ROWS}
    for rows in connection.execute(query.where(*answered), execution_options=options).partitions():
        chunks.append(np.array([row[0] for row in rows], dtype=float))
        groups.append(np.array([numbers.setdefault(tuple(row[1:]), len(numbers)) for row in rows], dtype="int32"))
    latency_ms, group = np.concatenate(chunks), np.concatenate(groups)
    order = np.lexsort((latency_ms, group))
    ends = np.cumsum(np.bincount(group, minlength=len(numbers)))
    parts = np.split(latency_ms[order], ends[:-1]) if numbers else []
    by_keys = {labelled(keys, values): _percentiles(part) for values, part in zip(numbers, parts, strict=True)}
    return LatencyTimes(total=_percentiles(np.sort(latency_ms)), by_keys=by_keys)


def _percentiles(ordered: np.ndarray) -> dict[str, float]:
    """Interpolate linearly, as numpy does, between the places (from 0) before and after (size - 1) * share / 100."""
    values: dict[str, float] = {}
    for name, share in _PERCENTILES.items() if len(ordered) else ():
        at, hundredths = divmod((len(ordered) - 1) * share, 100)
        low, high = (float(ordered[min(place, len(ordered) - 1)]) for place in (at, at + 1))
        values[name] = low + (high - low) * hundredths / 100
    return values
