"""Error rates of many claims at once, of unequal repeats, raters and months: what ``calibration.py`` leaves out.

``python tests/benchmarks/many_claims.py [-o FOLDER]`` prints a table and writes ``many_claims.csv`` there: beside each
figure, where there is one, that of the simpler rule, which takes each claim as if it were alone. Seeded; some five
minutes on one core.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import csv
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy.stats import norm, t

from gencost.analysis.statistics.agreement import AgreementFigure, agreement
from gencost.analysis.statistics.intervals import Estimate, mean_per_call, mean_score, percentile
from gencost.analysis.statistics.skewed import Stratum, total_limits
from gencost.analysis.statistics.studentised import ratio_limits
from gencost.decision.claims import Claims
from gencost.decision.holm import holm
from gencost.decision.noninferiority import Paired, above, paired
from gencost.decision.sign_tests import mcnemar

Row = dict[str, object]


def row(kind: str, what: str, hits: float, sets: int, *, alone: float | None = None, none: float = 0.0) -> Row:
    """A row: percent of so many data sets."""
    simple = None if alone is None else f"{100 * alone / sets:.2f}"
    percent = f"{100 * hits / sets:.2f}" if sets else None
    return {"kind": kind, "what": what, "alone": simple, "percent": percent, "data_sets": sets, "none": round(none, 1)}


def binary(rng: np.random.Generator, n: int, shares: list[float]) -> np.ndarray:
    """0/1 scores by prompt and cell, correlated at 0.7."""
    k = len(shares)
    latent = np.sqrt(0.7) * rng.normal(size=(n, 1)) + np.sqrt(0.3) * rng.normal(size=(n, k))
    return (latent < norm.ppf(shares)).astype(float)


def costs_less(rng: np.random.Generator) -> Iterator[Row]:
    """Cells of equal mean cost: how often one of the three cheapest is said to cost less than the reference."""
    once = np.ones(50)
    for (k, sets), chosen in itertools.product(((2, 500), (3, 500), (6, 300), (10, 300)), (False, True)):
        wrong = np.zeros(2)
        for _ in range(sets):
            each = np.sqrt(0.7) * rng.normal(size=(50, 1)) + np.sqrt(0.3) * rng.normal(size=(50, k))
            costs = np.exp(0.5 * each)
            means = costs.mean(axis=0)
            of, tests = (int(means.argmax()), k * (k - 1)) if chosen else (0, k - 1)
            base = np.stack([costs[:, of], once], axis=1)
            cheaper = [np.stack([costs[:, i], once], axis=1) for i in means.argsort()[:3] if means[i] < means[of]]
            shown = [pair for pair in cheaper if _below(base, pair, 1)]
            wrong += bool(shown), any(_below(base, pair, tests) for pair in shown)
        reference = "the dearest that was seen" if chosen else "named"
        what = f"costs less: {k} cells of equal mean cost, 50 prompts, reference {reference}"
        yield row("error", what, wrong[1], sets, alone=wrong[0])


def _below(base: np.ndarray, pair: np.ndarray, claims: int) -> bool:
    high = ratio_limits(base, pair, 0, claims).high
    return high is not None and high < 1


def significant(rng: np.random.Generator) -> Iterator[Row]:
    """Equal cells: how often a p-value of those with the first or the best is below 5 %."""
    for k, sets in ((20, 1000), (40, 1000)):
        wrong = np.zeros(2)
        for _ in range(sets):
            scores = binary(rng, 200, [0.8] * k)
            hubs = {0, int(scores.mean(axis=0).argmax())}
            looked_at = (pair for pair in itertools.combinations(range(k), 2) if set(pair) & hubs)
            p_values = np.array([mcnemar(scores[:, i], scores[:, j]) for i, j in looked_at])
            wrong += (holm(p_values) < 0.05).any(), (holm(p_values, k * (k - 1) // 2) < 0.05).any()
        yield row(
            "error", f"p < 5 %: {k} equal cells, pairs with the first or the best", wrong[1], sets, alone=wrong[0]
        )


def better(rng: np.random.Generator) -> Iterator[Row]:
    """Half of the cells worse by the margin: how often one is said to be worse by more than that."""
    for k, margin in ((6, 0.02), (10, 0.02), (10, 0.0)):
        wrong, names = np.zeros(2), tuple("abcdefghij"[:k])
        for _ in range(2000):
            scores = binary(rng, 200, [0.85] * (k // 2) + [0.85 - margin] * (k - k // 2))
            claims = Claims(cells=names, means=scores, pairs=paired(scores, binary=True), margin=margin)
            good, bad = (set(names[: k // 2]), names[k // 2 :]) if margin else (set(names), names)
            wrong[0] += any(claims.better(i, j) for j in bad for i in good - {j})
            wrong[1] += any(good & set(claims.better_ones(j)) for j in bad)
        what = f"better by more than the margin, any two of {k} cells, 200 prompts, margin {margin:g}"
        yield row("error", what, wrong[1], 2000, alone=wrong[0])


def looks(rng: np.random.Generator) -> Iterator[Row]:
    """A cell worse by the margin, looked at twice: after some prompts, and after more with those among them."""
    for first, second, margin in ((50, 200, 0.05), (100, 1000, 0.02)):
        chances = [(0.1 - margin) / 2, (0.1 + margin) / 2, 0.9]
        counts = [rng.multinomial(first, chances, size=50_000)]
        counts.append(counts[0] + rng.multinomial(second - first, chances, size=50_000))
        passes = []
        for n, seen in zip((first, second), counts, strict=True):
            wins, losses = seen[:, 0].astype(float), seen[:, 1].astype(float)
            every = np.full(len(wins), float(n))
            pairs = Paired(n=every, wins=wins, losses=losses, squares=wins + losses, n_eff=every, binary=True)
            passes.append(above(pairs, -margin, 0.025))
        what = f"two looks, at {first} and {second:,} prompts, margin {margin:g}; alone: the second"
        yield row("error", what, (passes[0] | passes[1]).sum(), 50_000, alone=passes[1].sum())


def missing(rng: np.random.Generator) -> Iterator[Row]:
    """A cell worse by 2 points, some or most of which are answers without a score: at most 2 % are left out."""
    for n, share in ((1000, 0.01), (1000, 0.019)):
        wrong = np.zeros(2)
        for _ in range(2000):
            scores = binary(rng, n, [0.85, 0.85])
            lot, right = rng.random(n) * 0.85, scores[:, 1] == 1
            lost = right & (lot < share)
            scores[right & (lot < 0.02), 1] = 0
            left_out = scores.copy()
            left_out[lost, 1] = np.nan
            wrong += [above(paired(each, binary=True), -0.02, 0.025)[1, 0] for each in (scores, left_out)]
        what = f"{100 * share:g} % of the worse cell's scores missing, all of them wrong, {n:,} prompts"
        yield row("error", f"{what}; alone: all scored", wrong[1], 2000, alone=wrong[0])


def covered(
    kind: str, draw: Callable[[], list[tuple[str, Estimate | AgreementFigure | None, float]]], sets: int
) -> Iterator[Row]:
    """How often each of several intervals holds its truth, of those that are given."""
    hits: dict[str, list[bool]] = {}
    for _ in range(sets):
        for name, figure, truth in draw():
            held = hits.setdefault(name, [])
            if figure is not None and figure.low is not None and figure.high is not None:
                held.append(bool(figure.low <= truth <= figure.high))
    for name, held in hits.items():
        yield row("coverage", f"{name}, {kind}", sum(held), len(held), none=100 * (1 - len(held) / sets))


def uneven(rng: np.random.Generator) -> Iterator[Row]:
    """Prompts that were asked unequally often."""
    sizes = {
        **{f"{n} prompts, one of them asked 100 times": np.r_[100, np.ones(n - 1, int)] for n in (60, 100, 200)},
        "60 prompts, asked 1 to 30 times (geometric)": np.minimum(rng.geometric(0.2, 60), 30),
    }
    for (kind, asked), icc in itertools.product(sizes.items(), (0.2, 0.8)):
        prompts = np.repeat(np.arange(len(asked)), asked)

        def draw(prompts: np.ndarray = prompts, icc: float = icc) -> list[tuple[str, Estimate | None, float]]:
            n = int(prompts.max()) + 1
            z = np.sqrt(icc) * rng.normal(size=n)[prompts] + np.sqrt(1 - icc) * rng.normal(size=len(prompts))
            return [
                ("mean 0/1, p = 0.5", mean_score((z < 0).astype(float), prompts), 0.5),
                ("mean 0/1, p = 0.9", mean_score((z < norm.ppf(0.9)).astype(float), prompts), 0.9),
                ("mean of graded scores", mean_score(norm.cdf(z), prompts), 0.5),
                ("mean cost (lognormal 0.5)", mean_per_call(np.exp(0.5 * z), prompts), float(np.exp(0.125))),
                ("p50", percentile(np.exp(z), 50, prompts), 1.0),
                ("p95", percentile(np.exp(z), 95, prompts), float(np.exp(norm.ppf(0.95)))),
            ]

        yield from covered(f"{kind}, ICC {icc:g}", draw, 300)


def raters(rng: np.random.Generator) -> Iterator[Row]:
    """A judge against people, two labels, each right as often."""
    for n, right in itertools.product((20, 50, 200), (0.95, 0.8)):

        def draw(n: int = n, right: float = right) -> list[tuple[str, AgreementFigure | None, float]]:
            people = rng.integers(2, size=n)
            judge = np.where(rng.random(n) < right, people, 1 - people)
            held = agreement(judge, people, [str(i) for i in range(n)])
            truths = (right, 2 * right - 1, right)
            return list(
                zip(("agreement", "kappa", "macro-F1"), (held.share, held.kappa, held.macro_f1), truths, strict=True)
            )

        yield from covered(f"{n} prompts, {100 * right:g} % equal labels", draw, 500)


def months(rng: np.random.Generator) -> Iterator[Row]:
    """Totals of lognormal costs, drawn at random or by strata; alone: Student's t."""
    for n, parts, sigma in ((30, 1, 1.0), (50, 1, 1.5), (200, 1, 1.5), (60, 12, 1.0)):
        sizes = np.maximum((rng.dirichlet(np.ones(parts)) * 20_000).round(), 20).astype(int)
        costs = [np.exp(rng.normal(0, 0.7 * (parts > 1)) + sigma * rng.normal(size=size)) for size in sizes]
        drawn = np.maximum(1, np.round(n * sizes / sizes.sum())).astype(int)
        truth, held = sum(map(np.sum, costs)), np.zeros(2)
        for _ in range(2000):
            values = [rng.choice(of, m, replace=False) for of, m in zip(costs, drawn, strict=True)]
            strata = [Stratum(values=v, size=float(size)) for v, size in zip(values, sizes, strict=True)]
            low, high = total_limits(strata) or (0.0, 0.0)
            everything = np.concatenate(values)
            total = sum(each.size * each.values.mean() for each in strata)
            spreads = [each.values.var(ddof=1) if len(each.values) > 1 else everything.var(ddof=1) for each in strata]
            squares = [s.size**2 * s.unseen * v / len(s.values) for s, v in zip(strata, spreads, strict=True)]
            half = t.ppf(0.975, max(1, len(everything) - parts)) * np.sqrt(sum(squares))
            held += abs(total - truth) <= half, low <= truth <= high
        what = f"a month of lognormal costs (sigma {sigma:g}), {n} drawn of 20,000, {parts} strata"
        yield row("coverage", what, held[1], 2000, alone=held[0])


def main() -> None:
    """Print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("-o", "--output", type=Path, help="write many_claims.csv there")
    parser.add_argument("--only", help="one kind, e.g. months")
    given, rows = parser.parse_args(), list[Row]()
    kinds = (costs_less, significant, better, looks, missing, uneven, raters, months)
    asked = [kind for kind in kinds if given.only in {None, kind.__name__}]
    for made in itertools.chain.from_iterable(kind(np.random.default_rng(13)) for kind in asked):
        rows.append(made)
        print(f"{made['percent'] or '':>7} {made['alone'] or '':>7}  {made['what']} (none {made['none']})", flush=True)
    if given.output:
        with (given.output / "many_claims.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
