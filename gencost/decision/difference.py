"""Two cells compared, paired by prompt: differences with intervals, and tests of whether there is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy import stats

from gencost.analysis.cell_intervals import is_binary
from gencost.analysis.intervals import LEAST_PROMPTS, Estimate, blocks, bootstrapped, itself, ratio
from gencost.analysis.measures import MEASURES, Measure, Measured

_PERMUTATIONS, _EXACT = 9999, 13
_ROUNDING = 1e-5  # of float32 sums

Test = Literal["mcnemar", "permutation"]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How much more of one measure the second cell has than the first, over the prompts that both answered.

    Attributes:
        measure: ``quality``, ``cost`` (USD) or ``latency`` (ms).
        prompts: that both answered, repeats averaged.
        dropped: prompts that only one of them has.
        mean_a: of the first over these prompts.
        mean_b: of the second.
        delta: mean of second - first, BCa bootstrap over prompts.
        ratio: mean_b / mean_a, BCa bootstrap over prompts; None for quality, and where mean_a is not positive.
        test: exact McNemar where every score is 0 or 1, else a paired permutation of signs; None below 5 prompts.
        p_value: two-sided; None without a test.
        p_holm: adjusted for all pairs of the comparison (Holm, 1979); None without a test.
    """

    measure: Measure
    prompts: int
    dropped: int
    mean_a: float
    mean_b: float
    delta: Estimate
    ratio: Estimate | None
    test: Test | None
    p_value: float | None
    p_holm: float | None = None

    def flipped(self) -> Difference:
        """The same, of the first against the second."""
        return replace(
            self,
            mean_a=self.mean_b,
            mean_b=self.mean_a,
            delta=self.delta.scaled(-1.0),
            ratio=None if self.ratio is None else _inverse(self.ratio),
        )


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two cells compared; every difference is second - first.

    Attributes:
        first: name of the first cell.
        second: name of the second cell.
        quality: None if they have no scored prompt in common.
        cost: None if they have no prompt of known cost in common.
        latency: None if they have no timed prompt in common.
        p95_ratio: 95th percentile of the second's latencies / of the first's, over all their calls; None if unknown.
    """

    first: str
    second: str
    quality: Difference | None
    cost: Difference | None
    latency: Difference | None
    p95_ratio: float | None

    def get(self, measure: Measure) -> Difference | None:
        """The difference in one measure."""
        found: Difference | None = getattr(self, measure)
        return found

    def flipped(self) -> Pair:
        """The same, of the first against the second."""
        turned = {m: d.flipped() if (d := self.get(m)) is not None else None for m in MEASURES}
        p95_ratio = 1 / self.p95_ratio if self.p95_ratio else None
        return Pair(first=self.second, second=self.first, **turned, p95_ratio=p95_ratio)


def pair(first: Measured, second: Measured, seed: int = 0) -> Pair:
    """Compare two cells.

    Args:
        first: the baseline.
        second: what is compared with it.
        seed: of bootstrap and permutation.
    """
    found = {measure: difference(first, second, measure, seed) for measure in MEASURES}
    p95 = [np.percentile(v, 95) if len(v) else None for v in (cell.values("latency") for cell in (first, second))]
    ratio = float(p95[1] / p95[0]) if p95[0] and p95[1] is not None else None
    return Pair(first=first.cell, second=second.cell, **found, p95_ratio=ratio)


def difference(first: Measured, second: Measured, measure: Measure, seed: int = 0) -> Difference | None:
    """Compare two cells by one measure; None if no prompt has it in both."""
    of_a, of_b = first.per_prompt(measure), second.per_prompt(measure)
    both = of_a.index.intersection(of_b.index)
    if both.empty:
        return None
    a, b = of_a.loc[both].to_numpy(), of_b.loc[both].to_numpy()
    of_both = bootstrapped((b, a), ratio, seed) if measure != "quality" and a.mean() > 0 else None
    binary = measure == "quality" and is_binary(a) and is_binary(b)
    test, p_value = _test(a, b, seed, binary=binary)
    return Difference(
        measure=measure,
        prompts=len(both),
        dropped=len(of_a.index.union(of_b.index)) - len(both),
        mean_a=float(a.mean()),
        mean_b=float(b.mean()),
        delta=_never_differed(len(both)) if binary and (a == b).all() else bootstrapped((b - a,), itself, seed),
        ratio=of_both,
        test=test,
        p_value=p_value,
    )


def _never_differed(n: int) -> Estimate:
    """Bound a difference that was never seen: with 97.5 % confidence at most 1 - 0.025^(1 / n) of prompts differ.

    Resampling n zeros would claim certainty. Source: Clopper and Pearson, Biometrika 26, 1934, for 0 of n.
    """
    bound = 1.0 - 0.025 ** (1.0 / n)
    return Estimate(value=0.0, low=-bound, high=bound) if n >= LEAST_PROMPTS else Estimate(value=0.0)


def _test(a: np.ndarray, b: np.ndarray, seed: int, *, binary: bool) -> tuple[Test | None, float | None]:
    if len(a) < LEAST_PROMPTS:
        return None, None
    return ("mcnemar", mcnemar(a, b)) if binary else ("permutation", permutation(b - a, seed))


def mcnemar(a: np.ndarray, b: np.ndarray) -> float:
    """Exact two-sided McNemar test: of the prompts that only one got right, each is as likely to be either's.

    Args:
        a: 0 or 1 a prompt; shape (n,).
        b: the same prompts.

    Returns:
        The p-value; 1 where they never differ.
    """
    only_a, only_b = int(((a == 1) & (b == 0)).sum()), int(((a == 0) & (b == 1)).sum())
    return float(stats.binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0


def permutation(differences: np.ndarray, seed: int) -> float:
    """Paired permutation test: without an effect the sign of each difference is a coin toss.

    Every sign pattern is tried up to 13 prompts; above, 9,999 seeded ones: p = (1 + those at least as extreme) / 10,000
    (Phipson and Smyth, 2010). Above 1,000 prompts random groups take their place, as in
    ``bootstrapped``.

    Args:
        differences: one a prompt; shape (n,).
        seed: of the signs.

    Returns:
        The two-sided p-value.
    """
    if not differences.any():
        return 1.0
    (grouped,) = blocks((differences,), np.random.default_rng(seed))
    if len(grouped) <= _EXACT:
        found = stats.permutation_test(
            (grouped,), np.mean, permutation_type="samples", vectorized=True, n_resamples=_PERMUTATIONS
        )
        return float(found.pvalue)
    scaled = (grouped / np.abs(grouped).max()).astype("float32")
    extreme = np.abs(_signs(len(scaled), seed) @ scaled) >= abs(scaled.sum()) * (1 - _ROUNDING)
    return float((1 + extreme.sum()) / (1 + _PERMUTATIONS))


@lru_cache(maxsize=1)
def _signs(n: int, seed: int) -> np.ndarray:
    """Random signs, shape (permutations, n)."""
    return np.random.default_rng(seed).choice(np.array([-1, 1], dtype="float32"), size=(_PERMUTATIONS, n))


def _inverse(ratio: Estimate) -> Estimate:
    ends = [1 / end if end else None for end in (ratio.low, ratio.high)]
    return Estimate(value=1 / ratio.value if ratio.value else np.inf, low=ends[1], high=ends[0])
