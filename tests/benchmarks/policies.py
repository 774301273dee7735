"""How often a policy that is no better is said to win, and how often the interval of its saving covers it.

python tests/benchmarks/policies.py [DATA SETS]   # known truth, on the functions; 5,000 take some minutes a line
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from gencost.analysis.recorded.grid import Grid, make_grid
from gencost.policies.cascade import Cascade
from gencost.policies.category import Category
from gencost.policies.claims import baseline, claims, saving
from gencost.policies.crossfit import crossfit
from gencost.policies.length import PromptLength
from gencost.policies.outcome import Outcome, routed
from gencost.policies.training import best_cell

STRONG = 0.85


def cells(rng: np.random.Generator, n: int, gap: float, sigma: float = 0.8) -> Grid:
    """Two cells whose answers, costs (1 and 10 on average), prompts, categories and signals have nothing in common."""
    quality = rng.random((n, 2)) < np.array([STRONG - gap, STRONG])
    cost = rng.lognormal(-(sigma**2) / 2, sigma, (n, 2)) * np.array([1.0, 10.0])
    texts = ["x" * int(length) + str(i) for i, length in enumerate(rng.integers(10, 400, n))]
    own = {name: {"quality": quality[:, i], "cost": cost[:, i]} for i, name in enumerate(("weak", "strong"))}
    categories = [f"c{c}" for c in rng.integers(0, 5, n)]
    return make_grid(texts, own, categories=categories, signals={"sure": rng.random((n, 2))})


def fixed(rng: np.random.Generator, grid: Grid, quality: float, cost: float) -> Outcome:
    """A policy of known mean quality and cost that has nothing in common with the cells."""
    n = len(grid)
    calls = np.tile([0.5, 0.5], (n, 1))
    right = (rng.random(n) < quality).astype(float)
    paid = cost * rng.lognormal(-0.32, 0.8, n)
    return Outcome(quality=right, cost=paid, latency=np.full(n, np.nan), calls=calls)


def worthless(rng: np.random.Generator, n: int) -> bool:
    """A threshold on lengths that mean nothing, chosen in training folds: on the line of mixtures by lot."""
    grid = cells(rng, n, gap=0.05)
    made = crossfit(PromptLength(), grid, 0.1, int(rng.integers(2**31)), resamples=0)
    return claims(made.outcome, baseline(grid, 0.1, best_cell(grid)), 1).win


def three_worthless(rng: np.random.Generator, n: int) -> bool:
    """Three policies at once, none of which knows anything."""
    grid, seed = cells(rng, n, gap=0.05), int(rng.integers(2**31))
    against = baseline(grid, 0.1, best_cell(grid))
    tried = (PromptLength(), Category(), Cascade())
    return any(claims(crossfit(p, grid, 0.1, seed, resamples=0).outcome, against, len(tried)).win for p in tried)


def at_the_margin(rng: np.random.Generator, n: int) -> bool:
    """Cheap and far above the mixture, but worse than the best cell by just the margin."""
    grid = cells(rng, n, gap=0.4)
    return claims(fixed(rng, grid, STRONG - 0.1, 3.0), baseline(grid, 0.1, best_cell(grid)), 1).win


def saves_nothing(rng: np.random.Generator, n: int) -> bool:
    """Better than the best cell, and just as dear."""
    grid = cells(rng, n, gap=0.4)
    return claims(fixed(rng, grid, 0.95, 10.0), baseline(grid, 0.1, best_cell(grid)), 1).win


def rare_losses(rng: np.random.Generator, n: int) -> bool:
    """On the line of mixtures, in the middle: 0.9 and in one of 18 prompts 0, where cells are always 0.8 and 0.9."""
    own = {
        name: {"quality": np.full(n, q), "cost": np.full(n, c)} for name, q, c in (("w", 0.8, 1.0), ("s", 0.9, 10.0))
    }
    grid = make_grid([str(i) for i in range(n)], own)
    quality, calls = np.where(rng.random(n) < 0.05 / 0.9, 0.0, 0.9), np.tile([0.5, 0.5], (n, 1))
    made = Outcome(quality=quality, cost=np.full(n, 5.5), latency=np.full(n, np.nan), calls=calls)
    return claims(made, baseline(grid, 0.09, 1), 1).win


def coverage(rng: np.random.Generator, n: int, sigma: float) -> bool:
    """Half of the prompts go to the weak cell, by a rule that knows nothing: it saves 1 - (.5 + 5) / 10."""
    grid = cells(rng, n, gap=0.1, sigma=sigma)
    interval = saving(routed(grid, (rng.random(n) < 0.5).astype(int)), grid, 1)
    return interval.low is not None and interval.high is not None and interval.low <= 0.45 <= interval.high


LINES: dict[str, Callable[[np.random.Generator], bool]] = {
    "false wins: a worthless length, n=300": lambda rng: worthless(rng, 300),
    "false wins: three worthless policies, n=300": lambda rng: three_worthless(rng, 300),
    "false wins: worse by the margin, n=100": lambda rng: at_the_margin(rng, 100),
    "false wins: worse by the margin, n=400": lambda rng: at_the_margin(rng, 400),
    "false wins: no cheaper, n=100": lambda rng: saves_nothing(rng, 100),
    "false wins: no cheaper, n=400": lambda rng: saves_nothing(rng, 400),
    "false wins: rare large losses, n=60": lambda rng: rare_losses(rng, 60),
    "false wins: rare large losses, n=100": lambda rng: rare_losses(rng, 100),
    "false wins: rare large losses, n=400": lambda rng: rare_losses(rng, 400),
    "saving covered: n=100, lognormal 0.5": lambda rng: coverage(rng, 100, 0.5),
    "saving covered: n=100, lognormal 1": lambda rng: coverage(rng, 100, 1.0),
    "saving covered: n=400, lognormal 1": lambda rng: coverage(rng, 400, 1.0),
    "saving covered: n=1,000, lognormal 1": lambda rng: coverage(rng, 1000, 1.0),
}


def rate(line: str, sets: int, seed: int = 0) -> float:
    """The share of data sets in which a line of the table holds."""
    return float(np.mean([LINES[line](np.random.default_rng([seed, number])) for number in range(sets)]))


if __name__ == "__main__":
    sets = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    for line in LINES:
        sys.stdout.write(f"{line}: {100 * rate(line, sets):.2f} % of {sets:,}\n")
        sys.stdout.flush()
