"""Figures of quality over cost: the hull of mixtures, AIQ, and for two cells PGR, APGR and CPT."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def hull(cost: np.ndarray, quality: np.ndarray) -> list[int]:
    """Find the points of the non-decreasing upper convex hull: what no mixture of others gives at the same cost.

    A mixture asks each cell for a fixed share of the prompts, by lot, so it lies on the line between them: the "zero
    router" of RouterBench (Hu et al., arXiv:2403.12031, 2024).

    Args:
        cost: of each point; shape (k,). Points with an unknown cost or quality are on no hull.
        quality: of each; shape (k,).

    Returns:
        Their places, from the cheapest to the best.
    """
    known = [int(i) for i in np.lexsort((-quality, cost)) if np.isfinite(cost[i]) and np.isfinite(quality[i])]
    corners: list[int] = []
    for i in known:
        if corners and quality[i] <= quality[corners[-1]]:
            continue
        while len(corners) > 1 and _below(corners[-2], corners[-1], i, cost, quality):
            corners.pop()
        corners.append(i)
    return corners


def _below(a: int, middle: int, b: int, cost: np.ndarray, quality: np.ndarray) -> bool:
    """Whether the middle point is on or below the line from a to b."""
    rise = (quality[middle] - quality[a]) * (cost[b] - cost[a])
    return bool(rise <= (quality[b] - quality[a]) * (cost[middle] - cost[a]))


def on_hull(corners: Sequence[tuple[float, float]], cost: np.ndarray) -> np.ndarray:
    """The best quality that mixtures give for at most this cost; that of the cheapest corner below it."""
    x, y = zip(*corners, strict=True)
    return np.asarray(np.interp(cost, x, y))


def aiq(cost: np.ndarray, quality: np.ndarray, between: tuple[float, float]) -> float | None:
    """Average improvement in quality: the mean height of the hull of some points over a range of costs.

    ``1 / (c_max - c_min) * integral of hull(c) dc`` (RouterBench, arXiv:2403.12031, 2024). Beyond its best point the
    hull goes on level; before its cheapest one, it is as high as there.

    Args:
        cost: of the points; shape (m,).
        quality: of the points; shape (m,).
        between: c_min and c_max, of the cheapest and the dearest single cell.

    Returns:
        None without a known point, or where all cells cost the same.
    """
    low, high = between
    places = hull(cost, quality)
    if not places or not high > low:
        return None
    corners = [(float(cost[i]), float(quality[i])) for i in places]
    at = np.unique([low, high, *(c for c, _ in corners if low < c < high)])
    return integral(on_hull(corners, at), at) / (high - low)


def integral(height: np.ndarray, at: np.ndarray) -> float:
    """The area below a line through points, by trapezia."""
    return float(np.sum((height[1:] + height[:-1]) / 2 * np.diff(at)))


def recovered(weak: np.ndarray, strong: np.ndarray, score: np.ndarray, *, mix_ties: bool = True) -> np.ndarray | None:
    """The performance gap recovered if the first j rows, those of highest score, go to the strong cell: j = 0 to n.

    ``PGR = (q - q_weak) / (q_strong - q_weak)`` (RouteLLM, Ong et al., arXiv:2406.18665, 2024).

    Args:
        weak: quality of the weak cell's answers, NaN unknown; shape (n,). Rows where one of the two is unknown are left
            out.
        strong: of the strong cell's.
        score: rows of higher ones go to the strong cell first; NaN before all.
        mix_ties: rows of equal score are taken by lot, which gives a straight line; False takes them in their order.

    Returns:
        Shape (rows + 1,), from 0 to 1; None where the strong cell is not the better one.
    """
    known = np.isfinite(weak) & np.isfinite(strong)
    gain, by = (strong - weak)[known], np.nan_to_num(score[known], nan=np.inf)
    if not len(gain) or gain.sum() <= 0:
        return None
    order = np.argsort(-by, kind="stable")
    gain, by = gain[order], by[order]
    if mix_ties:
        _, group, size = np.unique(-by, return_inverse=True, return_counts=True)
        gain = (np.bincount(group, gain) / size)[group]
    return np.concatenate([[0.0], np.cumsum(gain) / gain.sum()])


def apgr(curve: np.ndarray) -> float:
    """Average PGR: its integral over the share of strong calls, by trapezia (RouteLLM, section 4.1)."""
    return integral(curve, np.linspace(0.0, 1.0, len(curve)))


def cpt(curve: np.ndarray, percent: float) -> float | None:
    """Call-performance threshold: the least percentage of strong calls that recovers so much of the gap (RouteLLM).

    Where the curve goes down again its running maximum counts, so it is the first time that it is reached.

    Args:
        curve: from ``recovered``.
        percent: of the gap, e.g. 50.

    Returns:
        None if it is never reached.
    """
    reached = np.flatnonzero(curve >= percent / 100 - 1e-12)
    return float(100 * reached[0] / (len(curve) - 1)) if len(reached) else None
