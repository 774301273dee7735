"""Every cell's answer to every prompt as matrices: what a policy is decided on, and judged by.

Invariant: unknown is NaN, never 0. A failed call is known: its quality is 0, it is billed what its tries were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gencost.types import Message, Sample
from gencost.values.cell_names import find_cell


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The results of k cells on the same n rows; a row is one prompt asked once, its repeats are rows of their own.

    Attributes:
        cells: names, in the order of the columns.
        samples: what each row asks; without a reference, which no policy may see.
        clusters: whole numbers from 0, equal for repeats and for equal prompts under other ids; shape (n,).
        quality: the primary score of each answer; 0 where the call failed, NaN where it has no score; shape (n, k).
        cost: USD, of an answer from the cache what it would have cost; NaN is unknown; shape (n, k).
        latency: ms; NaN is unknown, as of failed calls and answers from the cache; shape (n, k).
        answered: whether there is an answer; shape (n, k).
        signals: scorer -> its score of each answer, for gates; NaN is unknown; each of shape (n, k).
        signal_cost: scorer -> USD that scoring cost, for a judge; scorers without a model are left out.
        signal_latency: scorer -> ms that a judge took; scorers without a model are left out.
        overrides: of each cell, by which it can be named, too; empty if there is nothing but the names.
    """

    cells: tuple[str, ...]
    samples: tuple[Sample, ...]
    clusters: np.ndarray
    quality: np.ndarray
    cost: np.ndarray
    latency: np.ndarray
    answered: np.ndarray
    signals: Mapping[str, np.ndarray] = field(default_factory=dict)
    signal_cost: Mapping[str, np.ndarray] = field(default_factory=dict)
    signal_latency: Mapping[str, np.ndarray] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def quality_range(self) -> tuple[float, float]:
        """The lowest and the highest known score; NaN where none is known."""
        lowest, highest = (pick.reduce(self.quality, axis=None, initial=np.nan) for pick in (np.fmin, np.fmax))
        return float(lowest), float(highest)

    def rows(self, chosen: np.ndarray) -> Grid:
        """The same of some rows.

        Args:
            chosen: their places, or a boolean a row.
        """
        places = np.arange(len(self))[chosen]
        return Grid(
            cells=self.cells,
            samples=tuple(self.samples[place] for place in places),
            clusters=self.clusters[places],
            quality=self.quality[places],
            cost=self.cost[places],
            latency=self.latency[places],
            answered=self.answered[places],
            signals={name: values[places] for name, values in self.signals.items()},
            signal_cost={name: values[places] for name, values in self.signal_cost.items()},
            signal_latency={name: values[places] for name, values in self.signal_latency.items()},
            overrides=self.overrides,
        )

    def columns(self, chosen: Sequence[int]) -> Grid:
        """The same of some cells, in the order given."""
        at = list(chosen)

        def taken(values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            return {name: each[:, at] for name, each in values.items()}

        return replace(
            self,
            cells=tuple(self.cells[i] for i in at),
            quality=self.quality[:, at],
            cost=self.cost[:, at],
            latency=self.latency[:, at],
            answered=self.answered[:, at],
            signals=taken(self.signals),
            signal_cost=taken(self.signal_cost),
            signal_latency=taken(self.signal_latency),
            overrides=tuple(self.overrides[i] for i in at) if self.overrides else (),
        )

    def place(self, cell: str) -> int:
        """The column of a cell, which may also be named by its overrides.

        Raises:
            ConfigError: no cell or several are meant.
        """
        if cell in self.cells:
            return self.cells.index(cell)
        known = dict(zip(self.cells, self.overrides or self.cells, strict=True))
        return self.cells.index(find_cell(cell, known, "policy.cell"))


def make_grid(texts: Sequence[str], cells: Mapping[str, Mapping[str, Any]], **more: Any) -> Grid:
    """Make a grid of plain columns.

    Args:
        texts: of the prompts; equal ones are one cluster.
        cells: name -> ``quality``, ``cost`` (USD) and, if known, ``latency`` (ms), each one value a prompt.
        more: ``categories``, one a prompt; ``signals``, as in ``Grid``.
    """
    n = len(texts)
    categories = more.get("categories") or [None] * n
    samples = tuple(
        Sample(id=str(i), messages=(Message(role="user", content=text),), category=category)
        for i, (text, category) in enumerate(zip(texts, categories, strict=True))
    )
    unknown = np.full(n, np.nan)
    quality, cost, latency = (
        np.column_stack([np.asarray(by_row.get(name, unknown), dtype=float) for by_row in cells.values()])
        for name in ("quality", "cost", "latency")
    )
    return Grid(
        cells=tuple(cells),
        samples=samples,
        clusters=clusters_of(texts),
        quality=quality,
        cost=cost,
        latency=latency,
        answered=np.ones((n, len(cells)), dtype=bool),
        signals={name: np.asarray(values, dtype=float) for name, values in more.get("signals", {}).items()},
    )


def clusters_of(keys: Sequence[str]) -> np.ndarray:
    """Number keys from 0 in the order met, equal ones alike."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=int)
