"""Is a cell worse than another by the margin? Every two cells at once, paired by prompt.

Scores of 0 and 1 are met by the score test of Tango ("Equivalence test and confidence interval for the difference in
proportions for the paired-sample design", Statistics in Medicine 17, 1998); other scores by Student's t, which may say
no more than a bound that as many equal values carry, and by ``tilted``. A verdict compares the test itself with its
limit, never a rounded end of an interval; the printed end is where the same test would turn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gencost.analysis.statistics.special import betaincinv, ndtri, stdtr, stdtrit
from gencost.analysis.statistics.tilted import above_tilted
from gencost.decision.least_prompts import LEAST_PROMPTS, least_prompts

POWER_Z = 0.8416  # normal quantile of 80 %
_STEPS = 60
_NEARLY = 0.9
_DOUBT = 0.005
_DRAWS = 20_000
_ROUNDING = 1e-12


@dataclass(frozen=True, kw_only=True)
class Paired:
    """The results of every two of k cells on the prompts that both have; entry [i, j] is cell i against cell j.

    Attributes:
        n: prompts that both have; shape (k, k), as are the others.
        wins: how many of them i has right and j has not, repeats taken in every combination.
        losses: how many j has right and i has not.
        squares: sum of the squared differences of the prompts' means.
        n_eff: independent prompts that they are worth: more than n where prompts were repeated and repeats differ.
        binary: every score is 0 or 1; if not, ``wins`` and ``losses`` are only good for their difference.
        span: highest - lowest possible score.
    """

    n: np.ndarray
    wins: np.ndarray
    losses: np.ndarray
    squares: np.ndarray
    n_eff: np.ndarray
    binary: bool
    span: float = 1.0

    @property
    def total(self) -> np.ndarray:
        """Sum of the differences i - j."""
        return np.asarray(self.wins - self.losses)

    @property
    def mean(self) -> np.ndarray:
        """Mean difference i - j; NaN without a prompt in common."""
        return np.asarray(self.total / np.where(self.n > 0, self.n, np.nan))

    @property
    def variance(self) -> np.ndarray:
        """Variance of the difference over prompts, n - 1 in the denominator; NaN below two prompts."""
        spread = self.squares - self.total * np.nan_to_num(self.mean)
        spread = np.where(spread > _ROUNDING * np.maximum(self.squares, 1e-300), spread, 0.0)
        return np.asarray(spread / np.where(self.n > 1, self.n - 1, np.nan))

    def counts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Prompts that only i, and that only j, has right, and all of them, as many as they are worth."""
        scale = self.n_eff / np.where(self.n > 0, self.n, 1)
        return self.wins * scale, self.losses * scale, self.n_eff


def paired(means: np.ndarray, others: np.ndarray | None = None, *, binary: bool, span: float = 1.0) -> Paired:
    """Count every two cells against each other, by products of matrices.

    Args:
        means: the mean score of each cell over the repeats of each prompt, NaN where it has none; shape (n, k).
        others: what the second of each two has instead; None takes the same.
        binary: every single score is 0 or 1.
        span: highest - lowest possible score.
    """
    p, m = _known(means)
    q, o = (p, m) if others is None else _known(others)
    n, wins, losses = m.T @ o, p.T @ (o - q), (m - p).T @ q
    squares = np.maximum((p**2).T @ o + m.T @ q**2 - 2 * (p.T @ q), 0.0)
    whole = not binary or (_whole(p) and _whole(q))
    n_eff = n if whole else _effective(n, wins, losses, squares, _differing(p, m, q, o))
    return Paired(n=n, wins=wins, losses=losses, squares=squares, n_eff=n_eff, binary=binary, span=span)


def _known(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = ~np.isnan(means)
    return np.where(known, means, 0.0), known.astype(float)


def _whole(p: np.ndarray) -> bool:
    return bool(np.isin(p, (0.0, 1.0)).all())


def _effective(
    n: np.ndarray, wins: np.ndarray, losses: np.ndarray, squares: np.ndarray, differ: np.ndarray
) -> np.ndarray:
    """Compare the variance that single answers would have with that of the prompts' means (Korn and Graubard, 1998).

    The ratio of Student's t and the normal quantile makes up for the doubt about the second, which was learnt from the
    prompts in which the two differ; at a level of 0.5 %, so that it does for several cells, too.
    """
    single = (wins + losses) * n - (wins - losses) ** 2
    clustered = squares * n - (wins - losses) ** 2
    gain = np.divide(single, clustered, out=np.ones_like(n), where=clustered > 1e-9 * np.maximum(single, 1e-300))
    doubt = (ndtri(1 - _DOUBT) / stdtrit(np.clip(np.minimum(differ, n - 1), 1, None), 1 - _DOUBT)) ** 2
    return np.where(gain > 1 + 1e-9, n * np.maximum(gain * doubt, 1.0), n)


def _differing(p: np.ndarray, m: np.ndarray, q: np.ndarray, o: np.ndarray) -> np.ndarray:
    """In how many prompts every two differ; shape (k, k)."""
    return np.stack([((p[:, [i]] != q) & (m[:, [i]] * o > 0)).sum(axis=0) for i in range(p.shape[1])])


def tango_z(only_first: np.ndarray, only_second: np.ndarray, n: np.ndarray, delta: np.ndarray | float) -> np.ndarray:
    """Tango's score statistic of "the true difference first - second is ``delta``"; large speaks for more.

    ``A = 2n, B = -b - c + (2n - b + c) D, C = -c D (1 - D), q = (sqrt(B^2 - 4AC) - B) / 2A,
    z = (b - c - n D) / sqrt(n (2q + D (1 - D)))``.

    Args:
        only_first: b, prompts that only the first has right; any shape.
        only_second: c, those that only the second has.
        n: prompts.
        delta: D, in (-1, 1).

    Returns:
        0 where nothing differs from what is asked, as without any prompt.
    """
    b, c, n = np.asarray(only_first, float), np.asarray(only_second, float), np.asarray(n, float)
    lead = -b - c + (2 * n - b + c) * delta
    root = np.sqrt(np.maximum(lead**2 + 8 * n * c * delta * (1 - np.asarray(delta)), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        q = np.where(lead > 0, 2 * c * delta * (1 - np.asarray(delta)) / (root + lead), (root - lead) / (4 * n))
        spread = n * (2 * q + np.asarray(delta) * (1 - np.asarray(delta)))
        z = (b - c - n * delta) / np.sqrt(spread)
    ahead = np.copysign(np.inf, b - c - n * delta)
    certain = np.where(b - c == n * delta, 0.0, ahead)
    return np.where(spread > 1e-12 * np.maximum(n, 1e-300), z, certain)


def above(pairs: Paired, delta: float, alpha: float) -> np.ndarray:
    """Whether i - j is shown to be above ``delta``; shape (k, k), False below two prompts.

    Args:
        pairs: of every two cells.
        delta: e.g. -margin.
        alpha: one-sided level of each test.
    """
    if pairs.binary:
        b, c, n = pairs.counts()
        return np.asarray(
            (n > 0) & (tango_z(b, c, n, delta) > ndtri(1 - alpha)) & (_all_differ(b, c, n, alpha) > delta)
        )
    return np.asarray(np.nan_to_num(_graded_end(pairs, alpha), nan=-np.inf) > delta)


def shown_above(pair: Paired, differences: np.ndarray, delta: float, alpha: float) -> bool:
    """Whether the mean of one cell is shown to be above that of another + ``delta``, from 30 prompts on.

    Args:
        pair: of the two; shape (1, 1).
        differences: first - second of each prompt, NaN where one has no score; shape (n,).
        delta: e.g. -margin.
        alpha: one-sided.
    """
    if pair.n[0, 0] < LEAST_PROMPTS or not above(pair, delta, alpha)[0, 0]:
        return False
    known = differences[~np.isnan(differences)]
    return pair.binary or above_tilted(known, delta, float(ndtri(1 - alpha)), pair.span)


def lower_ends(pairs: Paired, alpha: float) -> np.ndarray:
    """Return where ``above`` turns: the lower confidence limit of i - j; shape (k, k), NaN without a prompt in common.

    The upper limit of i - j is minus the lower limit of j - i.
    """
    if not pairs.binary:
        return _graded_end(pairs, alpha)
    b, c, n = pairs.counts()
    low, high, limit = np.full(n.shape, -1.0), np.ones(n.shape), ndtri(1 - alpha)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        beyond = tango_z(b, c, n, middle) > limit
        low, high = np.where(beyond, middle, low), np.where(beyond, high, middle)
    return np.where(n > 0, np.minimum(low, _all_differ(b, c, n, alpha)), np.nan)


def _all_differ(only_first: np.ndarray, only_second: np.ndarray, n: np.ndarray, alpha: float) -> np.ndarray:
    """The exact limit that must agree where the cells differ in nearly every prompt; infinite elsewhere.

    There the difference is 2 B / n - 1 with a binomial B, whose steps let Tango's test err with up to 3.7 %. Below 0
    the limit of Clopper and Pearson for the share of wins, w, gives 2 w - 1; above, Tango's speaks alone.
    """
    differ = only_first + only_second
    share = betaincinv(np.maximum(only_first, 1e-9), only_second + 1, alpha)
    limit = 2 * share - 1
    return np.where((differ > _NEARLY * n) & (limit < 0), limit, np.inf)


def _graded_end(pairs: Paired, alpha: float) -> np.ndarray:
    """Student's t, and at most what n equal values carry: mean - span (1 - alpha^(1/n)), the bound for 0 of n."""
    n = np.where(pairs.n > 1, pairs.n, np.nan)
    t_end = pairs.mean - stdtrit(n - 1, 1 - alpha) * np.sqrt(pairs.variance / n)
    floor = pairs.mean - pairs.span * (1 - alpha ** (1 / n))
    return np.asarray(np.maximum(np.minimum(t_end, floor), -pairs.span))


def needed(pairs: Paired, i: int, j: int, margin: float, alpha: float) -> int | None:
    """Count the prompts that would show with 80 % that i is not worse than j, were they equal; None for a margin of 0.

    ``(z_a + 0.84)^2 d / m^2`` with d = (b + c + 2) / (n + 2), and not below ``least_prompts``; graded scores, see
    ``_graded_needed``.
    """
    least = least_prompts(margin / pairs.span, alpha)
    if least is None or not pairs.n[i, j]:
        return None
    if not pairs.binary:
        return _graded_needed(float(np.nan_to_num(pairs.variance[i, j])), margin, alpha, pairs.span)
    b, c, n = (float(each[i, j]) for each in pairs.counts())
    asked = (float(ndtri(1 - alpha)) + POWER_Z) ** 2 * (b + c + 2) / (n + 2) / margin**2
    return math.ceil(max(asked, least) * float(pairs.n[i, j]) / n)


def _graded_needed(variance: float, margin: float, alpha: float, span: float) -> int:
    """The least n at which a mean that is 0.84 standard errors too low passes Student's t and the bounds of the unseen.

    ``0.84 e + max(z_a e, span z_a^2 / (n + z_a^2), span (1 - alpha^(1/n))) < m`` with the standard error e.
    """
    limit = float(ndtri(1 - alpha))

    def passes(n: int) -> bool:
        error = math.sqrt(variance / n)
        unseen = span * max(limit**2 / (n + limit**2), -math.expm1(math.log(alpha) / n))
        return POWER_Z * error + max(limit * error, unseen) < margin

    few, enough = 1, 2
    while not passes(enough):
        few, enough = enough, 2 * enough
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if passes(middle) else (middle, enough)
    return enough


def probability(pairs: Paired, i: int, j: int, delta: float, seed: int = 0) -> float:
    """The probability that i - j is above ``delta``, given the data and no prejudice; never a verdict.

    For 0/1 scores with the prior Dirichlet(0.5, 0.5, 0.5) of "only i", "only j", "alike" (20,000 seeded draws); for
    graded ones by Student's t, or by the same Dirichlet of gains and losses where nothing varies.
    """
    n, spread = float(pairs.n[i, j]), float(np.nan_to_num(pairs.variance[i, j]))
    if not pairs.binary and n > 1 and spread > 0:
        return float(stdtr(n - 1, (float(pairs.mean[i, j]) - delta) / math.sqrt(spread / n)))
    if pairs.binary:
        b, c, n = (float(each[i, j]) for each in pairs.counts())
    else:
        gain = float(pairs.total[i, j]) / pairs.span
        b, c = max(gain, 0.0), max(-gain, 0.0)
    drawn = np.random.default_rng(seed).dirichlet([b + 0.5, c + 0.5, max(n - b - c, 0.0) + 0.5], size=_DRAWS)
    return float(np.mean((drawn[:, 0] - drawn[:, 1]) * pairs.span > delta))
