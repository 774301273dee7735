"""Nothing is judged on rows that it was fitted on."""

from __future__ import annotations

import numpy as np
import pytest

from gencost.analysis.recorded.grid import Grid, make_grid
from gencost.policies.category import Category
from gencost.policies.constant import SingleCell
from gencost.policies.crossfit import crossfit, settled
from gencost.policies.knn import Knn
from gencost.policies.length import PromptLength
from gencost.policies.logistic import Logistic
from gencost.policies.mixture import Mixture
from gencost.policies.training import folds, out_of_fold, splits, trade
from gencost.policies.walk import walk

MARGIN = 0.02


def known(n: int, seed: int = 0) -> Grid:
    """Half of the prompts are hard, and say so by word, category and length; small fails those, large fails none."""
    rng = np.random.default_rng(seed)
    hard = rng.random(n) < 0.5
    texts = [f"{'prove the theorem carefully and at length' if h else 'say hello'} {i}" for i, h in enumerate(hard)]
    small = {"quality": (~hard).astype(float), "cost": np.full(n, 1.0)}
    large = {"quality": np.ones(n), "cost": np.full(n, 10.0)}
    categories = ["hard" if h else "easy" for h in hard]
    return make_grid(texts, {"small": small, "large": large}, categories=categories)


def test_rows_of_one_cluster_are_in_one_fold_and_folds_are_balanced():
    clusters = np.repeat(np.arange(50), 3)
    fold = folds(clusters, 5, seed=1)
    assert all(len(set(fold[clusters == c])) == 1 for c in range(50))
    assert np.bincount(fold).tolist() == [30] * 5  # 10 clusters of 3 each


def test_every_row_is_held_out_once():
    held_out = sum(judge.astype(int) for _, judge in splits(np.arange(17), 5, seed=0))
    assert held_out.tolist() == [1] * 17


def test_a_predictor_is_never_asked_about_rows_of_a_cluster_it_was_fitted_on():
    grid = make_grid([f"t{i // 2}" for i in range(40)], {"a": {"quality": np.zeros(40), "cost": np.ones(40)}})
    met = []

    def fit(rows: Grid):
        learnt = set(rows.clusters)
        met.append(lambda asked: learnt & set(asked.clusters))
        return lambda asked: np.full(asked.quality.shape, float(len(learnt & set(asked.clusters))))

    assert out_of_fold(grid, fit, seed=0).tolist() == [[0.0]] * 40


@pytest.mark.parametrize("learner", [Category(), PromptLength(), Knn(neighbours=10), Logistic()], ids=lambda p: p.name)
def test_what_can_be_known_from_the_prompt_is_learnt(learner):
    made = crossfit(learner, known(400), MARGIN, seed=0)
    assert np.nanmean(made.outcome.quality) > 0.98
    assert np.nanmean(made.outcome.cost) < 6.5  # half of the prompts need the large one: 5.5


@pytest.mark.parametrize("learner", [Category(), PromptLength(), Knn(neighbours=10), Logistic()], ids=lambda p: p.name)
def test_the_policy_fitted_to_all_rows_chooses_live_as_it_was_judged(learner):
    grid = known(300)
    policy = settled(learner, grid, MARGIN, seed=0)
    fresh = known(100, seed=1)
    made = walk(policy, fresh)
    assert made.quality.mean() > 0.97
    assert made.cost.mean() < 6.5


def test_labels_that_mean_nothing_teach_nothing():
    """A fit to its own rows would route them rightly; held-out rows show that it knows nothing."""
    rng = np.random.default_rng(3)
    n = 600
    right = (rng.random((n, 2)) < 0.5).astype(float)
    texts = [" ".join(f"w{w}" for w in rng.integers(0, 300, 12)) + f" {i}" for i in range(n)]
    cells = {name: {"quality": right[:, i], "cost": np.full(n, 1.0 + 9 * i)} for i, name in enumerate("ab")}
    grid = make_grid(texts, cells)
    for learner in (Knn(neighbours=5, prior=0.0), Logistic(strength=1000.0)):
        trained = learner.train(grid, 0)
        best = max(np.mean(trained.training(s).quality) for s in trained.settings)
        assert best < 0.5 + 3 * 0.5 / np.sqrt(n)


def test_answers_without_a_score_are_neither_learnt_from_nor_counted_as_wrong():
    grid = known(400)
    lost = np.random.default_rng(1).random(400) < 0.3
    grid.quality[lost, 1] = np.nan  # of the large cell, which is right wherever it is known
    for learner in (Category(), Logistic(), Knn(neighbours=10)):
        made = crossfit(learner, grid, MARGIN, seed=0)
        assert np.nanmean(made.outcome.quality) > 0.97, learner.name


def test_a_setting_is_chosen_on_the_training_folds_alone():
    """Quality of the judged fold is turned round; what is chosen for it stays the same."""
    grid = known(200)
    fold = folds(grid.clusters, 5, seed=0)
    before = crossfit(PromptLength(), grid, MARGIN, seed=0)
    grid.quality[fold == 2] = 1 - grid.quality[fold == 2]
    after = crossfit(PromptLength(), grid, MARGIN, seed=0)
    assert np.array_equal(before.outcome.calls[fold == 2], after.outcome.calls[fold == 2])


def test_a_policy_is_judged_the_same_for_one_seed():
    one, other = (crossfit(Logistic(), known(200), MARGIN, seed=4) for _ in range(2))
    assert np.array_equal(one.outcome.quality, other.outcome.quality)
    assert one.cost_ci == other.cost_ci


def test_a_mixture_by_lot_asks_about_so_many():
    policy = Mixture(shares={"small": 0.25, "large": 0.75})
    grid = known(2000)
    assert walk(policy, grid).calls.mean(axis=0).tolist() == pytest.approx([0.25, 0.75], abs=0.03)


def test_of_equal_worth_the_cheaper_cell_is_asked():
    assert trade(np.array([[0.5, 0.5], [0.5, 0.6]]), np.array([2.0, 1.0]), 0.0).tolist() == [1, 1]
    assert trade(np.array([[0.9, 0.5]]), np.array([2.0, 1.0]), 0.5).tolist() == [1]  # .9 - 1 < .5 - .5


def test_without_a_better_way_the_constant_policy_keeps_the_best_cell():
    assert settled(SingleCell(), known(100), MARGIN, seed=0) == SingleCell(cell="large")
