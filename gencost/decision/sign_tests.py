"""Tests of whether two cells differ at all, paired by prompt."""

from __future__ import annotations

import itertools
from functools import lru_cache

import numpy as np

from gencost.analysis.statistics.special import bdtr
from gencost.analysis.statistics.studentised import MOST_BLOCKS

_PERMUTATIONS, _EXACT = 9999, 13
_ROUNDING = 1e-5  # of float32 sums
_TIES = 1e-12  # of float64 sums


def mcnemar(a: np.ndarray, b: np.ndarray) -> float:
    """Exact two-sided McNemar test: of the prompts that only one got right, each is as likely to be either's.

    Args:
        a: 0 or 1 a prompt; shape (n,).
        b: the same prompts.

    Returns:
        The p-value; 1 where they never differ.
    """
    only_a, only_b = int(((a == 1) & (b == 0)).sum()), int(((a == 0) & (b == 1)).sum())
    return min(1.0, 2.0 * float(bdtr(min(only_a, only_b), only_a + only_b, 0.5)))


def permutation(differences: np.ndarray, seed: int) -> float:
    """Paired permutation test: without an effect the sign of each difference is a coin toss.

    Every sign pattern is tried up to 13 prompts; above, 9,999 seeded ones: p = (1 + those at least as extreme) / 10,000
    (Phipson and Smyth, 2010). Above 1,000 prompts the sums of random
    groups take their place.

    Args:
        differences: one a prompt; shape (n,).
        seed: of the signs.

    Returns:
        The two-sided p-value.
    """
    if not differences.any():
        return 1.0
    grouped = _blocks(differences, seed)
    if len(grouped) <= _EXACT:
        sums = np.array(list(itertools.product((-1.0, 1.0), repeat=len(grouped)))) @ grouped
        return float((np.abs(sums) >= abs(grouped.sum()) - _TIES * np.abs(grouped).sum()).mean())
    scaled = (grouped / np.abs(grouped).max()).astype("float32")
    sums = np.concatenate([part.astype("float32") @ scaled for part in np.array_split(_signs(len(scaled), seed), 10)])
    extreme = np.abs(sums) >= abs(scaled.sum()) * (1 - _ROUNDING)
    return float((1 + extreme.sum()) / (1 + _PERMUTATIONS))


def _blocks(differences: np.ndarray, seed: int) -> np.ndarray:
    n = len(differences)
    if n <= MOST_BLOCKS:
        return differences
    return np.bincount(np.random.default_rng(seed).permutation(n) % MOST_BLOCKS, weights=differences)


@lru_cache(maxsize=1)
def _signs(n: int, seed: int) -> np.ndarray:
    """Random signs, shape (permutations, n)."""
    rng, signs = np.random.default_rng(seed), np.empty((_PERMUTATIONS, n), dtype="int8")
    for part in np.array_split(signs, 10):  # of all at once the places would take 80 MB
        part[:] = rng.choice(np.array([-1, 1], dtype="int8"), size=part.shape)
    return signs
