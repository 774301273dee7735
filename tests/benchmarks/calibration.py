"""How often the decision and the intervals beside it err, against known truth.

``python tests/benchmarks/calibration.py [--quick] [-o FOLDER]`` prints a table and writes ``after.csv`` there.
An error is: a cell that is worse than the reference, or than the best, by the margin or more is switched to. All other
cells are cheaper and worse by exactly the margin, where the error is largest. Seeded; about 10 minutes on one core.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import gammaln, xlogy
from scipy.stats import norm

from gencost.analysis.statistics.intervals import Estimate, mean_per_call, mean_score, percentile
from gencost.decision.claims import Claims
from gencost.decision.least_prompts import LEAST_PROMPTS
from gencost.decision.noninferiority import Paired, above, lower_ends, paired

MARGINS = (0.01, 0.02, 0.05, 0.1)
REPEATS = 5


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row of the table.

    Attributes:
        kind: ``error``, ``coverage`` or ``power``.
        what: the case.
        percent: what came out.
        bound: what it must be: at most for an error, at least for the others; None where it is only shown.
        data_sets: simulated; None for an exact enumeration.
        none: percent of data sets without an interval.
        width: median width of the intervals.
    """

    kind: str
    what: str
    percent: float
    bound: float | None
    data_sets: int | None
    none: float = 0.0
    width: float | None = None


def exact_error(n: int, margin: float) -> Line:
    """The largest error of two cells over all discordances, by enumeration of every outcome."""
    wins, losses = np.meshgrid(np.arange(n + 1.0), np.arange(n + 1.0), indexing="ij")
    every, possible = np.full(wins.shape, float(n)), wins + losses <= n
    pairs = Paired(n=every, wins=wins, losses=losses, squares=wins + losses, n_eff=every, binary=True)
    passes = above(pairs, -margin, 0.025) & possible & (n >= LEAST_PROMPTS)
    b, c = wins[passes], losses[passes]
    ways = gammaln(n + 1) - gammaln(b + 1) - gammaln(c + 1) - gammaln(n - b - c + 1)
    errors = [
        np.exp(ways + xlogy(b, (d - margin) / 2) + xlogy(c, (d + margin) / 2) + xlogy(n - b - c, 1 - d)).sum()
        for d in np.linspace(margin, 1.0, 100)
    ]
    what = f"2 cells, 0/1, {n} prompts, margin {margin:g}, every discordance"
    return Line(kind="error", what=what, percent=100 * max(errors), bound=3.0, data_sets=None)


def binary(rng: np.random.Generator, n: int, shares: list[float], repeats: int = 1, icc: float = 0.5) -> np.ndarray:
    """0/1 scores by prompt, cell and repeat: questions are alike hard for all cells, repeats as alike as ``icc``."""
    k = len(shares)
    hard, own, each = rng.normal(size=(n, 1, 1)), rng.normal(size=(n, k, 1)), rng.normal(size=(n, k, repeats))
    latent = np.sqrt(0.7) * hard + np.sqrt(0.3) * (np.sqrt(icc) * own + np.sqrt(1 - icc) * each)
    return (latent < norm.ppf(shares)[None, :, None]).astype(float)


def graded(rng: np.random.Generator, n: int, cells: int, margin: float, kind: str) -> np.ndarray:
    """Graded scores, one a prompt; all but the first cell are worse by the margin in the mean."""
    if kind == "normal":
        scores = rng.uniform(0.3, 0.7, size=(n, 1)) + rng.normal(0, 0.08, size=(n, cells))
        scores[:, 1:] -= margin
    elif kind == "rare large losses":
        scores = np.full((n, cells), 0.9)
        scores[:, 1:] *= rng.random((n, cells - 1)) >= margin / 0.9
    else:  # halves
        base = rng.choice([0.5, 1.0], size=(n, 1))
        scores = base - 0.5 * (rng.random((n, cells)) < 2 * margin)
        scores[:, 0] = base[:, 0]
    return scores[:, :, None]


def claims_of(scores: np.ndarray, margin: float, *, is_binary: bool = True) -> Claims:
    """The claims of cells c0, c1, ... from scores by prompt, cell and repeat; NaN is missing."""
    means = scores.mean(axis=2)
    names = tuple(f"c{i}" for i in range(means.shape[1]))
    return Claims(cells=names, means=means, pairs=paired(means, binary=is_binary), margin=margin)


def switches(claims: Claims, *, best: bool = False) -> bool:
    """Whether another cell is switched to from c0, as ``decide`` does where every other cell is cheaper."""
    reference, *others = claims.cells
    fit = [cell for cell in others if claims.not_worse(cell, reference) and not claims.better_ones(cell)]
    return any(not (best and claims.perhaps_better(cell)) for cell in fit)


def simulated(what: str, draw: Callable[[], Claims], data_sets: int, *, best: bool = False) -> Line:
    """The error of one case."""
    wrong = sum(switches(draw(), best=best) for _ in range(data_sets))
    return Line(kind="error", what=what, percent=100 * wrong / data_sets, bound=3.5, data_sets=data_sets)


def errors(data_sets: int) -> Iterator[Line]:
    """Error rates: exact ones of two cells, simulated ones of more, of repeats, graded scores and unequal n."""
    yield from (exact_error(n, margin) for n in (29, 30, 50, 200) for margin in MARGINS)
    rng = np.random.default_rng(1)
    for k in (3, 6):
        for n in (50, 200):
            for margin in (0.02, 0.1):
                shares = [0.85] + [0.85 - margin] * (k - 1)
                case = f"{k} cells, 0/1, {n} prompts, margin {margin:g}"
                yield simulated(case, lambda s=shares, n=n, m=margin: claims_of(binary(rng, n, s), m), data_sets)
        shares = [0.85] + [0.83] * (k - 1)
        case = f"{k} cells, 0/1, 200 prompts, margin 0.02, reference=best"
        yield simulated(case, lambda s=shares: claims_of(binary(rng, 200, s), 0.02), data_sets, best=True)
    yield from repeated(data_sets, rng)
    yield from others(data_sets, rng)


def repeated(data_sets: int, rng: np.random.Generator) -> Iterator[Line]:
    """Error rates where each prompt was asked five times."""
    for k, n in ((2, 30), (2, 50), (6, 50), (6, 200)):
        for icc in (0.0, 0.2, 0.8):
            shares = [0.85] + [0.75] * (k - 1)
            case = f"{k} cells, 0/1, {n} prompts x {REPEATS}, ICC {icc:g}, margin 0.1"
            yield simulated(case, lambda s=shares, n=n, i=icc: claims_of(binary(rng, n, s, REPEATS, i), 0.1), data_sets)


def others(data_sets: int, rng: np.random.Generator) -> Iterator[Line]:
    """Error rates of graded scores, and where each cell lacks a fifth of the prompts."""
    for kind in ("normal", "rare large losses", "halves"):
        for k, n, margin in ((2, 200, 0.05), (6, 200, 0.05), (3, 500, 0.02)):
            case = f"{k} cells, graded ({kind}), {n} prompts, margin {margin:g}"

            def draw(k: int = k, n: int = n, margin: float = margin, kind: str = kind) -> Claims:
                return claims_of(graded(rng, n, k, margin, kind), margin, is_binary=False)

            yield simulated(case, draw, data_sets)
    for k in (2, 6):

        def lacking(k: int = k) -> Claims:
            scores = binary(rng, 250, [0.85] + [0.8] * (k - 1))
            scores[rng.random(scores.shape) < 0.2] = np.nan
            return claims_of(scores, 0.05)

        yield simulated(f"{k} cells, 0/1, 200 of 250 prompts each, margin 0.05", lacking, data_sets)


def covered(what: str, bound: float | None, truth: float, draw: Callable[[], Estimate], data_sets: int) -> Line:
    """How often intervals hold the truth, of those that are given."""
    estimates = [draw() for _ in range(data_sets)]
    ends = [(e.low, e.high) for e in estimates if e.low is not None and e.high is not None]
    hits = [low <= truth <= high for low, high in ends]
    none = 100 * (1 - len(ends) / data_sets)
    if len(ends) < 0.02 * data_sets:  # too few to say more
        return Line(kind="coverage", what=what, percent=100.0, bound=None, data_sets=data_sets, none=none)
    width = float(np.median([high - low for low, high in ends]))
    percent = 100 * float(np.mean(hits))
    return Line(kind="coverage", what=what, percent=percent, bound=bound, data_sets=data_sets, none=none, width=width)


def coverage(data_sets: int) -> Iterator[Line]:
    """Coverage of differences, mean scores, percentiles and means."""
    rng = np.random.default_rng(2)
    for n in (30, 50, 200):
        for discordance in (0.05, 0.2):
            yield difference_coverage(rng, n, discordance, 5 * data_sets)
    yield from score_coverage(rng, data_sets)
    yield from percentile_coverage(rng, data_sets)
    yield from means(rng, data_sets)


def score_coverage(rng: np.random.Generator, data_sets: int) -> Iterator[Line]:
    """Coverage of the mean of 0/1 scores."""
    for share in (0.99, 0.9, 0.5):
        for n, repeats, icc in ((50, 1, 0.5), (200, 1, 0.5), *((50, REPEATS, icc) for icc in (0.0, 0.2, 0.8))):
            case = f"mean 0/1, p = {share}, {n} prompts x {repeats}, ICC {icc:g}"

            def score(share: float = share, n: int = n, repeats: int = repeats, icc: float = icc) -> Estimate:
                hits = latent(rng, n, repeats, icc) < norm.ppf(share)
                return some(mean_score(hits.ravel().astype(float), np.repeat(np.arange(n), repeats)))

            yield covered(case, 93.5, share, score, data_sets)


def percentile_coverage(rng: np.random.Generator, data_sets: int) -> Iterator[Line]:
    """Coverage of the median and of p95."""
    several = [(n, REPEATS, icc) for n in (30, 50, 200) for icc in (0.0, 0.2, 0.8)]
    for q in (50, 95):
        for n, repeats, icc in (*several, (50, 1, 0.0), (200, 1, 0.0)):
            case = f"p{q} of lognormal times, {n} prompts x {repeats}, ICC {icc:g}"

            def times(q: int = q, n: int = n, repeats: int = repeats, icc: float = icc) -> Estimate:
                values = np.exp(latent(rng, n, repeats, icc)).ravel()
                return some(percentile(values, q, np.repeat(np.arange(n), repeats)))

            yield covered(case, 93.5, float(np.exp(norm.ppf(q / 100))), times, data_sets)


def means(rng: np.random.Generator, data_sets: int) -> Iterator[Line]:
    """Coverage of means of heavy-tailed costs."""
    for n in (50, 200, 1000):
        draws: dict[str, tuple[float | None, float, Callable[[int], np.ndarray]]] = {
            "lognormal 1": (91.5, float(np.exp(0.5)), lambda n: rng.lognormal(0, 1, n)),
            "Pareto 2.5": (91.5, 2.5 / 1.5, lambda n: rng.pareto(2.5, n) + 1),
            "Pareto 1.5 (no variance: fails)": (None, 3.0, lambda n: rng.pareto(1.5, n) + 1),
        }
        for name, (bound, truth, draw) in draws.items():
            yield covered(
                f"mean of {name}, {n} prompts",
                bound,
                truth,
                lambda d=draw, n=n: some(mean_per_call(d(n), np.arange(n))),
                data_sets if n < 1000 else data_sets // 5,
            )


def some(estimate: Estimate | None) -> Estimate:
    """An estimate of values that there are."""
    assert estimate is not None
    return estimate


def latent(rng: np.random.Generator, n: int, repeats: int, icc: float) -> np.ndarray:
    """Normal values by prompt and repeat, correlated within a prompt."""
    return np.sqrt(icc) * rng.normal(size=(n, 1)) + np.sqrt(1 - icc) * rng.normal(size=(n, repeats))


def counts(rng: np.random.Generator, n: int, discordance: float, margin: float, data_sets: int) -> Paired:
    """Many pairs of 0/1 cells at once: the first is worse by the margin."""
    chances = [(discordance - margin) / 2, (discordance + margin) / 2, 1 - discordance]
    wins, losses, _ = rng.multinomial(n, chances, size=data_sets).T.astype(float)
    every = np.full(data_sets, float(n))
    return Paired(n=every, wins=wins, losses=losses, squares=wins + losses, n_eff=every, binary=True)


def difference_coverage(rng: np.random.Generator, n: int, discordance: float, data_sets: int) -> Line:
    """Coverage of Tango's interval."""
    pairs = counts(rng, n, discordance, 0.02, data_sets)
    turned = Paired(n=pairs.n, wins=pairs.losses, losses=pairs.wins, squares=pairs.squares, n_eff=pairs.n, binary=True)
    low, high = lower_ends(pairs, 0.025), -lower_ends(turned, 0.025)
    hits = float(np.mean((low <= -0.02) & (high >= -0.02)))
    what = f"difference of 0/1 scores, {n} prompts, discordance {discordance:g}"
    width = float(np.median(high - low))
    return Line(kind="coverage", what=what, percent=100 * hits, bound=93.5, data_sets=data_sets, width=width)


def power(data_sets: int) -> Iterator[Line]:
    """How often equal cells are found equal."""
    rng = np.random.default_rng(3)
    for n, margin, bound in ((200, 0.05, 60.0), (1000, 0.02, 55.0)):
        share_wrong = float(np.mean(above(counts(rng, n, 0.07, 0.0, data_sets), -margin, 0.025)))
        what = f"2 equal cells, {n} prompts, margin {margin:g}, discordance 0.07"
        yield Line(kind="power", what=what, percent=100 * share_wrong, bound=bound, data_sets=data_sets)


def written(line: Line) -> dict[str, object]:
    """A row of the file, with the digits that so many data sets tell."""
    width = None if line.width is None else float(f"{line.width:.4g}")
    return {**vars(line), "percent": f"{line.percent:.2f}", "none": round(line.none, 1), "width": width}


def main() -> None:
    """Print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a tenth of the data sets")
    parser.add_argument("-o", "--output", type=Path, help="write after.csv there")
    given = parser.parse_args()
    scale = 0.1 if given.quick else 1.0
    lines: list[Line] = []
    for line in (
        row for rows in (errors(int(10_000 * scale)), coverage(int(1000 * scale)), power(20_000)) for row in rows
    ):
        lines.append(line)
        bad = line.bound is not None and ((line.percent > line.bound) == (line.kind == "error"))
        print(
            f"{line.percent:6.2f}  {line.kind:8} {line.what}{f'  none {line.none:.0f} %' if line.none else ''}",
            flush=True,
        )
        if bad:
            print(f"        ^ must be {'at most' if line.kind == 'error' else 'at least'} {line.bound:g}")
    if given.output:
        with (given.output / "after.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(vars(lines[0])), lineterminator="\n")
            writer.writeheader()
            writer.writerows(map(written, lines))


if __name__ == "__main__":
    main()
