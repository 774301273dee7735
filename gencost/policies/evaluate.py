"""Policies judged on recorded calls, beside every single cell, mixtures by lot and hindsight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gencost.analysis.recorded.grid import Grid
from gencost.errors import ConfigError
from gencost.policies.cascade import Cascade
from gencost.policies.category import Category
from gencost.policies.claims import Baseline, baseline, claims, winner
from gencost.policies.constant import SingleCell
from gencost.policies.crossfit import crossfit, settled
from gencost.policies.curves import aiq, hull
from gencost.policies.describe import describe, percent_less, points, seconds, short
from gencost.policies.figures import EvaluatedPolicy, SingleCellFigures, cost_range, figures, hindsight, p95, single
from gencost.policies.knn import Knn
from gencost.policies.length import PromptLength
from gencost.policies.logistic import Logistic
from gencost.policies.mixture import Mixture
from gencost.policies.route_then_cascade import RouteThenCascade
from gencost.policies.training import Learner, best_cell, mean_cost, mean_quality
from gencost.policies.walk import PolicyWalk
from gencost.protocols import Policy
from gencost.text.counted import counted


def every_policy() -> list[Learner]:
    """The policies that are tried unless some are named."""
    return [Category(), PromptLength(), Knn(), Logistic(), Cascade(), RouteThenCascade()]


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The results of policies.

    Attributes:
        grid: the recorded calls of the cells that policies may ask.
        singles: every cell, also those that no policy may ask.
        hull: the cells of the zero router, from the cheapest to the best.
        against: the cells that policies are compared with.
        policies: those that could be judged, the ones beside them too.
        skipped: policy -> why it could not be tried.
        left_out: cell -> why no policy may ask it.
        verdict: in words.
        policy: the one to use, fitted to all rows: a single cell where none wins.
        winner: its name; None where none wins.
    """

    grid: Grid
    singles: tuple[SingleCellFigures, ...]
    hull: tuple[str, ...]
    against: Baseline
    policies: tuple[EvaluatedPolicy, ...]
    skipped: Mapping[str, str]
    left_out: Mapping[str, str]
    verdict: str
    policy: Policy
    winner: str | None


def evaluate(
    everything: Grid,
    margin: float,
    seed: int = 0,
    policies: Sequence[Any] | None = None,
    fitted_here: Set[str] = frozenset(),
) -> Evaluation:
    """Judge policies.

    Args:
        everything: the recorded calls of two cells or more.
        margin: how much lower than the best single cell's the quality may be.
        seed: of folds and resamples.
        policies: to be tried; None tries every kind that the recorded calls allow.
        fitted_here: names of policies that were fitted to these very calls, so that they cannot win.

    Raises:
        ConfigError: fewer than two cells have known costs and scores, or there are too few prompts.
    """
    left_out = unusable(everything)
    grid = everything.columns([i for i, cell in enumerate(everything.cells) if cell not in left_out])
    _check(grid, left_out)
    against = baseline(grid, margin, best_cell(grid))
    asked = [*(every_policy() if policies is None else policies)]
    skipped = {policy.name: why for policy in asked if isinstance(policy, Learner) and (why := policy.lacks(grid))}
    tried = [policy for policy in asked if getattr(policy, "name", None) not in skipped]
    judged = [_apart(_judged(policy, against, len(tried), seed), fitted_here) for policy in tried]
    place = winner(
        [(candidate.claims, candidate.cost.value) for candidate in judged if candidate.claims and candidate.cost]
    )
    beside = _beside(against, {policy.name for policy in judged}, seed)
    best = None if place is None else judged[place]
    policy = _to_use(None if place is None else tried[place], against, seed)
    return Evaluation(
        grid=grid,
        singles=tuple(single(everything, i) for i in range(len(everything.cells))),
        hull=tuple(grid.cells[i] for i in hull(mean_cost(grid), mean_quality(grid))),
        against=against,
        policies=(*judged, *beside),
        skipped=skipped,
        left_out=left_out,
        verdict=_verdict(best, describe(policy), against, judged),
        policy=policy,
        winner=None if best is None else best.name,
    )


def unusable(grid: Grid) -> dict[str, str]:
    """Say of each cell that no policy may ask why: an unknown cost never wins, and without scores nothing is known."""
    reasons = {}
    for i, cell in enumerate(grid.cells):
        unpriced = int((grid.answered[:, i] & ~np.isfinite(grid.cost[:, i])).sum())
        if unpriced:
            reasons[cell] = f"the cost of {unpriced:,} of {int(grid.answered[:, i].sum()):,} answers is unknown"
        elif not np.isfinite(grid.quality[:, i]).any():
            reasons[cell] = "no answer has a score"
    return reasons


def _check(grid: Grid, left_out: Mapping[str, str]) -> None:
    why = "".join(f"; {cell}: {reason}" for cell, reason in left_out.items())
    if len(grid.cells) < 2:
        raise ConfigError(f"a policy needs two cells with known costs and scores, here are {len(grid.cells)}{why}")
    prompts = int(grid.clusters.max()) + 1
    if prompts < 30:
        raise ConfigError(
            f"{counted(prompts, 'different prompt is', 'different prompts are')} too few to judge "
            "a policy on rows of its own: record 30"
        )


def _judged(policy: Any, against: Baseline, tried: int, seed: int) -> EvaluatedPolicy:
    """Judge one that might be used: a learner by cross-fitting, another as it is."""
    learner = policy if isinstance(policy, Learner) else PolicyWalk(policy)
    fitted = crossfit(learner, against.grid, against.margin, seed)
    words = describe(policy if learner.slow else settled(learner, against.grid, against.margin, seed))
    return figures(fitted, against, words, claims(fitted.outcome, against, tried))


def _apart(judged: EvaluatedPolicy, fitted_here: Set[str]) -> EvaluatedPolicy:
    """Note that a policy's own calls prove nothing."""
    if judged.claims is None or judged.name not in fitted_here:
        return judged
    return replace(judged, claims=replace(judged.claims, apart=False))


def _beside(against: Baseline, there: Set[str], seed: int) -> list[EvaluatedPolicy]:
    """Make the baselines of every policy: the zero router, mixtures by lot, prompt length and hindsight.

    They are always there; where the cheapest cell is the best one, too, mixtures and lengths ask that alone.
    """
    grid = against.grid
    cost, quality = mean_cost(grid), mean_quality(grid)
    judged = [
        EvaluatedPolicy(name="zero_router", aiq=aiq(cost, quality, cost_range(grid)), words="the hull of single cells")
    ]
    for learner in (Mixture(), PromptLength()):
        if learner.name not in there:
            fitted = crossfit(learner, grid, against.margin, seed)
            words = describe(settled(learner, grid, against.margin, seed))
            judged.append(figures(fitted, against, words, None))
    return [*judged, hindsight(against)]


def _to_use(policy: Any, against: Baseline, seed: int) -> Policy:
    """The policy to use, fitted to all rows."""
    if policy is None:
        return SingleCell(cell=against.grid.cells[against.kept])
    learner = policy if isinstance(policy, Learner) else PolicyWalk(policy)
    return settled(learner, against.grid, against.margin, seed)


def _verdict(best: EvaluatedPolicy | None, words: str, against: Baseline, judged: Sequence[EvaluatedPolicy]) -> str:
    cell, margin = short(against.grid.cells[against.kept]), 100 * against.margin
    if best is None or best.saving is None or best.gain is None:
        sentence = f"No policy beats {cell}-only at the margin of {margin:g} points."
        nearest = [policy for policy in judged if policy.claims and policy.saving]
        if not nearest:
            return sentence
        near = max(
            nearest,
            key=lambda policy: (
                sum(vars(policy.claims).values()),
                policy.quality.value if policy.quality else 0,
            ),
        )
        return f"{sentence} Nearest: {near.name}; not shown {near.claims.missing if near.claims else ''}."
    later = None
    p95_ms = p95(against.grid.latency[:, against.kept])
    if best.p95_ms is not None and p95_ms is not None:
        later = best.p95_ms - p95_ms
    evidence = f"{percent_less(best.saving)} than {cell}, quality {points(best.gain, against.margin)}, {seconds(later)}"
    return f"Use {words}: {evidence}."
