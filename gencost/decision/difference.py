"""Two cells compared, paired by prompt: differences with intervals, and tests of whether there is one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from gencost.analysis.cell_intervals import is_binary
from gencost.analysis.measures import MEASURES, STREAMED, Measure, Measured
from gencost.analysis.statistics.clusters import TAIL
from gencost.analysis.statistics.intervals import LEAST_PROMPTS, Estimate
from gencost.analysis.statistics.studentised import difference_limits, ratio_limits
from gencost.decision.claims import Claims
from gencost.decision.least_prompts import LEAST_PROMPTS as LEAST_FOR_A_VERDICT
from gencost.decision.sign_tests import mcnemar, permutation
from gencost.decision.unseen import Unseen

_ROUNDING = 1e-9  # of sums of the same amounts in two orders
Test = Literal["mcnemar", "permutation"]
Always = Literal["less", "more"]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The difference of one measure, the second cell minus the first, over the prompts that both answered.

    Attributes:
        measure: ``quality``, ``cost`` (USD), ``latency``, ``ttft``, ``tpot`` (ms) or ``tokens_per_s``.
        prompts: that both have; for quality a failed call counts as ``decision.errors`` says.
        dropped: prompts that only one of them has.
        mean_a: of the first over these prompts: mean score a prompt, else mean per call.
        mean_b: of the second.
        delta: second - first; quality: Tango's score interval or Student's t, at the level of the claims of the
            comparison; others: bootstrap t, of costs at the level of all claims about them.
        ratio: mean_b / mean_a, bootstrap t on the log, likewise; None for quality, and where mean_a is not positive.
        test: exact McNemar where every score is 0 or 1, else a paired permutation of signs; None below 5 prompts.
        p_value: two-sided; None without a test.
        p_holm: adjusted for all pairs of the comparison (Holm, 1979); None without a test.
        always: the second has ``less``, or ``more``, in every single prompt; None if neither, and for quality.
        largest: the mean of a prompt / the mean of all, at most, in either cell; None for quality.
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
    always: Always | None = None
    largest: float | None = None

    def unseen(self, times: float | None) -> Unseen | None:
        """The ratio and what calls can do to it that were not seen; None without a ratio.

        Args:
            times: how many times the mean such a call may cost, unless a larger one was seen; None allows for none.
        """
        if self.ratio is None:
            return None
        most = None if times is None else max(times, self.largest or 1.0)
        return Unseen(ratio=self.ratio.value, prompts=self.prompts, times=most)

    @property
    def seen(self) -> Always | None:
        """Whether the second is shown to have less, or more, by what was seen: its ratio's interval is apart from 1.

        Where there is no interval, as below 50 prompts, it must be so in every single prompt, from 30 on. Means that
        differ by rounding alone are the same.
        """
        if self.ratio is None:
            return "more" if self.mean_a == 0 else None
        low, high = self.ratio.low, self.ratio.high
        if low is None or high is None:
            same = math.isclose(self.ratio.value, 1.0, rel_tol=_ROUNDING)
            return self.always if self.prompts >= LEAST_FOR_A_VERDICT and not same else None
        return "less" if high < 1 - _ROUNDING else "more" if low >= 1 - _ROUNDING else None

    def flipped(self) -> Difference:
        """The same, of the first against the second."""
        turned: dict[Always | None, Always | None] = {"less": "more", "more": "less", None: None}
        return replace(
            self,
            mean_a=self.mean_b,
            mean_b=self.mean_a,
            delta=self.delta.scaled(-1.0),
            ratio=None if self.ratio is None else _inverse(self.ratio),
            always=turned[self.always],
        )


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two cells compared; every difference is second - first.

    Attributes:
        first: name of the first cell.
        second: name of the second cell.
        quality: None if they have no scored prompt in common.
        cost: None if they have no prompt of known cost in common.
        latency: of mean latencies; None if they have no timed prompt in common.
        p95_ratio: 95th percentile of the second's latencies / of the first's, over all their calls; None if unknown.
        p50: the same of the medians, with an interval.
        p95: ``p95_ratio`` with an interval.
        ttft: of mean times to first token; None unless both streamed, as are ``tpot`` and ``tokens_per_s``.
    """

    first: str
    second: str
    quality: Difference | None
    cost: Difference | None
    latency: Difference | None
    p95_ratio: float | None
    p50: Estimate | None = None
    p95: Estimate | None = None
    ttft: Difference | None = None
    tpot: Difference | None = None
    tokens_per_s: Difference | None = None

    def get(self, measure: Measure) -> Difference | None:
        """The difference in one measure."""
        difference: Difference | None = getattr(self, measure)
        return difference

    def monthly_saving(self, calls_per_month: float) -> Estimate | None:
        """Compute what the second saves a month against the first, USD; below 0 it costs more.

        The calls a month x (mean cost per call of the first - of the second), over the prompts that both answered,
        with the interval of that paired difference; None if they have no prompt of known cost in common.
        """
        return None if self.cost is None else self.cost.delta.scaled(-calls_per_month)

    def flipped(self) -> Pair:
        """The same, of the first against the second."""
        turned = {m: d.flipped() if (d := self.get(m)) is not None else None for m in (*MEASURES, *STREAMED)}
        p50, p95 = (None if each is None else _inverse(each) for each in (self.p50, self.p95))
        p95_ratio = 1 / self.p95_ratio if self.p95_ratio else None
        return Pair(first=self.second, second=self.first, **turned, p95_ratio=p95_ratio, p50=p50, p95=p95)


def pair(first: Measured, second: Measured, seed: int = 0, claims: Claims | None = None, cost_claims: int = 1) -> Pair:
    """Compare two cells.

    Args:
        first: the baseline.
        second: what is compared with it.
        seed: of bootstrap and permutation.
        claims: the tests of all cells of the comparison; None takes these two alone, at a margin of 0.02.
        cost_claims: how many claims that a cell costs less hold together.
    """
    claims = claims or Claims.of([first, second], 0.02)
    tests = {"cost": cost_claims}
    p95 = _percentile_ratio(first, second, 95)
    return Pair(
        first=first.cell,
        second=second.cell,
        quality=_quality(first, second, claims, seed),
        **{each: _of_calls(first, second, each, seed, tests.get(each, 1)) for each in (*MEASURES[1:], *STREAMED)},
        p50=_percentile_ratio(first, second, 50),
        p95=p95,
        p95_ratio=None if p95 is None else p95.value,
    )


def difference(first: Measured, second: Measured, measure: Measure, seed: int = 0) -> Difference | None:
    """Compare two cells by one measure; None if no prompt has it in both."""
    if measure == "quality":
        return _quality(first, second, Claims.of([first, second], 0.02), seed)
    return _of_calls(first, second, measure, seed)


def _quality(first: Measured, second: Measured, claims: Claims, seed: int) -> Difference | None:
    if not {first.cell, second.cell} <= set(claims.cells):
        return None
    a, b = (claims.means[:, claims.cells.index(cell.cell)] for cell in (first, second))
    both, either = ~np.isnan(a) & ~np.isnan(b), ~np.isnan(a) | ~np.isnan(b)
    delta = claims.difference(second.cell, first.cell)
    if delta is None:
        return None
    a, b = a[both], b[both]
    test, p_value = _test(a, b, seed, binary=is_binary(a) and is_binary(b))
    return Difference(
        measure="quality",
        prompts=len(a),
        dropped=int(either.sum()) - len(a),
        mean_a=float(a.mean()),
        mean_b=float(b.mean()),
        delta=delta,
        ratio=None,
        test=test,
        p_value=p_value,
    )


def _of_calls(first: Measured, second: Measured, measure: Measure, seed: int, tests: int = 1) -> Difference | None:
    """Compare means per call over the prompts that both have."""
    of_a, of_b = first.sums(measure), second.sums(measure)
    both = of_a.index if of_a.index.equals(of_b.index) else of_a.index.intersection(of_b.index)
    if both.empty:
        return None
    a, b = (of.loc[both].to_numpy(dtype=float) if len(of) != len(both) else of.to_numpy(float) for of in (of_a, of_b))
    mean_a, mean_b = _mean(a), _mean(b)
    each_a, each_b = a[:, 0] / a[:, 1], b[:, 0] / b[:, 1]
    test, p_value = _test(each_a, each_b, seed, binary=False)
    return Difference(
        measure=measure,
        prompts=len(both),
        dropped=len(of_a) + len(of_b) - 2 * len(both),
        mean_a=mean_a,
        mean_b=mean_b,
        delta=Estimate.of(mean_b - mean_a, difference_limits(a, b, seed, tests)),
        ratio=_ratio(a, b, seed, tests),
        test=test,
        p_value=p_value,
        always=_always(each_a, each_b),
        largest=max(_times(each_a, mean_a), _times(each_b, mean_b)),
    )


def _mean(sums: np.ndarray) -> float:
    return float(sums[:, 0].sum() / sums[:, 1].sum())


def _ratio(a: np.ndarray, b: np.ndarray, seed: int, tests: int) -> Estimate | None:
    mean_a, mean_b = _mean(a), _mean(b)
    if not mean_a > 0:
        return None
    if not mean_b > 0:
        return Estimate(value=mean_b / mean_a, low=0.0, high=0.0) if mean_b == 0 else Estimate(value=mean_b / mean_a)
    return Estimate.of(mean_b / mean_a, ratio_limits(a, b, seed, tests))


def _always(a: np.ndarray, b: np.ndarray) -> Always | None:
    return "less" if (b < a).all() else "more" if (b > a).all() else None


def _times(each: np.ndarray, mean: float) -> float:
    return float(each.max()) / mean if mean > 0 else 1.0


def _percentile_ratio(first: Measured, second: Measured, q: float) -> Estimate | None:
    """The ratio of two percentiles of latency; its interval is what their two 97.5 % intervals allow: 95 % or more."""
    a, b = (cell.percentile("latency", q, tail=TAIL / 2) for cell in (first, second))
    if a is None or b is None or not a.value > 0:
        return None
    value = b.value / a.value
    if a.low is None or a.high is None or b.low is None or b.high is None or not a.low > 0:
        return Estimate(value=value, reason=a.reason or b.reason)
    return Estimate(value=value, low=b.low / a.high, high=b.high / a.low)


def _test(a: np.ndarray, b: np.ndarray, seed: int, *, binary: bool) -> tuple[Test | None, float | None]:
    if len(a) < LEAST_PROMPTS:
        return None, None
    return ("mcnemar", mcnemar(a, b)) if binary else ("permutation", permutation(b - a, seed))


def _inverse(ratio: Estimate) -> Estimate:
    low, high = (1 / end if end else None for end in (ratio.high, ratio.low))
    return Estimate(value=1 / ratio.value if ratio.value else np.inf, low=low, high=high, reason=ratio.reason)
