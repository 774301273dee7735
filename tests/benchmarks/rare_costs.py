"""How often a cell is said to cost less although rare, dear calls make it cost as much; and the power that is left.

``python tests/benchmarks/rare_costs.py [--quick] [-o FOLDER]`` prints a table and writes ``rare_costs.csv`` there.
Costs of both cells are lognormal, correlated by prompt at 0.7 on the log; a share of the second's calls costs so many
times as much, and the others so much less that both cells cost the same on average. Seeded, with 2,000 resamples
instead of 10,000; some 20 minutes on one core.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gencost.analysis.statistics import studentised
from gencost.analysis.statistics.intervals import Estimate
from gencost.decision.difference import Difference

RARE_COST = 25.0
SHARES, TIMES = (0.01, 0.02, 0.05, 0.1), (10, 30, 100)
SIGMAS = {30: (0.5,), 50: (0.5, 1.0), 200: (0.5, 1.0), 1000: (1.0,)}
Row = dict[str, object]


def costs(
    rng: np.random.Generator, n: int, sigma: float, ratio: float, rare: tuple[float, float] = (0.0, 1.0)
) -> tuple[np.ndarray, np.ndarray]:
    """Draw costs of n prompts in two cells, the mean of the first 1: the second has a share of calls ``rare`` times."""
    each = np.sqrt(0.7) * rng.normal(size=(n, 1)) + np.sqrt(0.3) * rng.normal(size=(n, 2))
    cost = np.exp(sigma * each - sigma**2 / 2)
    return cost[:, 0], ratio * cost[:, 1] * np.where(rng.random(n) < rare[0], rare[1], 1.0)


def compared(a: np.ndarray, b: np.ndarray) -> Difference:
    """The comparison of two cells' costs, as ``pair`` makes it."""
    sums = [np.stack([cost, np.ones(len(cost))], axis=1) for cost in (a, b)]
    mean_a, mean_b = float(a.mean()), float(b.mean())
    return Difference(
        measure="cost",
        prompts=len(a),
        dropped=0,
        mean_a=mean_a,
        mean_b=mean_b,
        delta=Estimate.of(mean_b - mean_a, studentised.difference_limits(*sums)),
        ratio=Estimate.of(mean_b / mean_a, studentised.ratio_limits(*sums)),
        test=None,
        p_value=None,
        always="less" if (b < a).all() else None,
        largest=float(max(a.max() / mean_a, b.max() / mean_b)),
    )


def claimed(rng: np.random.Generator, of: tuple[int, float], ratio: float, rare: tuple[float, float], sets: int) -> Row:
    """How often the second is said to cost less, on what was seen and with the bound; and its saving is covered."""
    n, sigma = of
    seen, shown, hits, given = 0, 0, 0, 0
    truth = 1 - ratio * (1 + rare[0] * (rare[1] - 1))
    for _ in range(sets):
        both = compared(*costs(rng, n, sigma, ratio, rare))
        unseen, saving = both.unseen(RARE_COST), both.delta.scaled(-1.0)
        seen += both.seen == "less"
        shown += both.seen == "less" and unseen is not None and unseen.ratio_with_them < 1
        if saving.low is not None and saving.high is not None:
            given, hits = given + 1, hits + (saving.low <= truth <= saving.high)
    percent = {"cheaper_as_seen": 100 * seen / sets, "cheaper": 100 * shown / sets}
    covered = None if given < sets / 10 else round(100 * hits / given, 1)
    named = {"prompts": n, "sigma": sigma, "ratio": round(ratio, 4), "share": rare[0], "times": rare[1]}
    return {
        **named,
        **{name: round(value, 1) for name, value in percent.items()},
        "saving_covered": covered,
        "sets": sets,
    }


def rows(scale: float) -> Iterator[Row]:
    """Equal costs with rare calls, then true savings without any."""
    rng = np.random.default_rng(4)
    for n, sigmas in SIGMAS.items():
        sets = int((1000 if n < 1000 else 400) * scale)
        for sigma in sigmas:
            for share in SHARES:
                for times in TIMES:
                    yield claimed(rng, (n, sigma), 1 / (1 + share * (times - 1)), (share, times), sets)
    for n, sigmas in SIGMAS.items():
        for sigma in sigmas:
            for ratio in (0.9, 0.7, 0.5, 0.3, 0.2, 0.1):
                yield claimed(rng, (n, sigma), ratio, (0.0, 1.0), int((400 if n < 1000 else 200) * scale))


def main() -> None:
    """Print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a tenth of the data sets")
    parser.add_argument("-o", "--output", type=Path, help="write rare_costs.csv there")
    given = parser.parse_args()
    studentised.RESAMPLES = 2000
    lines = []
    for row in rows(0.1 if given.quick else 1.0):
        lines.append(row)
        print(*(f"{name}={value}" for name, value in row.items()), flush=True)
    if given.output:
        with (given.output / "rare_costs.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(lines[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(lines)


if __name__ == "__main__":
    main()
