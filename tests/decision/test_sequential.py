"""The anytime-valid test: it errs at most 5 % of the time however often one looks, and it stops early."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gencost.decision.sequential import ALPHA, Race, log_capital
from gencost.errors import ConfigError


def draws(n: int) -> list[tuple[str, int]]:
    return [(f"q{i}", 0) for i in range(n)]


def test_the_capital_is_the_mean_over_stakes_of_the_products_of_gains():
    stakes = np.geomspace(0.01, 0.95, 24)
    # d = 0.5, -0.2 against a mean of at most 0: x = 0.75, 0.4, m = 0.5
    by_hand = np.mean([(1 + s / 0.5 * 0.25) * (1 + s / 0.5 * -0.1) for s in stakes])
    assert math.exp(log_capital(np.array([0.5, -0.2]), 0.0)[-1]) == pytest.approx(by_hand)


@pytest.mark.parametrize("spread", ["signs", "rare", "uniform"])
def test_under_continuous_peeking_the_type_i_error_is_at_most_five_percent(spread):
    # 500 experiments of 500 prompts whose true mean difference is 0, looked at after each prompt.
    rng = np.random.default_rng(11)
    shape = (500, 500)
    differences = {
        "signs": rng.choice([-1.0, 0.0, 1.0], p=[0.1, 0.8, 0.1], size=shape),
        "rare": np.where(rng.random(shape) < 0.01, 0.99, -0.01),  # mean 0.01 * 0.99 - 0.99 * 0.01 = 0
        "uniform": rng.uniform(-1, 1, size=shape),
    }[spread]
    crossed = (np.maximum.accumulate(log_capital(differences, 0.0), axis=1)[:, -1] >= -math.log(ALPHA)).mean()
    assert crossed <= 0.05


def test_a_fixed_n_test_looked_at_after_every_prompt_errs_far_more_often():
    rng = np.random.default_rng(12)
    d = rng.choice([-1.0, 0.0, 1.0], p=[0.1, 0.8, 0.1], size=(500, 500))
    n = np.arange(1, 501)
    mean, square = d.cumsum(axis=1) / n, (d**2).cumsum(axis=1) / n
    z = mean / np.sqrt(np.maximum(square - mean**2, 1e-9) / n)
    assert (np.abs(z[:, 20:]).max(axis=1) > 1.96).mean() > 0.25


def race(*, cells=("a", "b"), margin=0.05, reference="best", n=400) -> Race:
    return Race(cells, margin, reference, draws(n))


def run(one: Race, qualities: dict[str, np.ndarray]) -> dict[str, int]:
    """Feed the calls sample by sample as long as each cell still asks; how many each made."""
    made = dict.fromkeys(qualities, 0)
    for i, draw in enumerate(draws(len(next(iter(qualities.values()))))):
        for cell, quality in qualities.items():
            if not one.enough(cell):
                one.add(cell, draw, float(quality[i]))
                made[cell] += 1
    return made


def test_a_clearly_worse_cell_stops_early_and_so_does_the_last_one_left():
    rng = np.random.default_rng(1)
    duel = race()
    made = run(duel, {"a": (rng.random(400) < 0.9) * 1.0, "b": (rng.random(400) < 0.4) * 1.0})
    assert duel.decided["b"].verdict == "inferior"
    assert duel.decided["b"].against == "a"
    assert duel.decided["a"].verdict == "not_inferior"
    assert max(made.values()) < 100


def test_cells_that_agree_are_found_not_inferior_to_each_other():
    quality = (np.random.default_rng(2).random(400) < 0.5) * 1.0
    duel = race()
    made = run(duel, {"a": quality, "b": quality})
    assert {decided.verdict for decided in duel.decided.values()} == {"not_inferior"}
    assert max(made.values()) < 400


def test_with_a_reference_only_the_others_are_decided_and_it_goes_on_until_they_are():
    rng = np.random.default_rng(3)
    duel = race(cells=("ref", "b", "c"), reference="ref")
    made = run(duel, {c: (rng.random(400) < p) * 1.0 for c, p in {"ref": 0.9, "b": 0.1, "c": 0.5}.items()})
    assert set(duel.decided) == {"b", "c"}
    assert made["b"] < made["c"] == made["ref"]


def test_the_order_of_the_answers_changes_nothing():
    rng = np.random.default_rng(4)
    values = {cell: rng.random(60) for cell in ("a", "b")}
    calls = [(cell, i) for cell in values for i in range(60)]
    races = [race(n=60, margin=0.01) for _ in range(2)]
    for one, order in zip(races, (range(120), rng.permutation(120)), strict=True):
        for k in order:
            cell, i = calls[k]
            one.add(cell, (f"q{i}", 0), float(values[cell][i]))
    capitals = [one._duels["a", "b"].inferior for one in races]
    assert capitals[0] == pytest.approx(capitals[1])


def test_a_call_without_a_score_takes_its_prompt_out_of_the_pairs():
    duel = race()
    duel.add("a", ("q0", 0), None)
    duel.add("b", ("q0", 0), 1.0)
    assert duel._duels["a", "b"].inferior == pytest.approx(np.zeros(24))


def test_a_score_outside_0_to_1_ends_the_race_and_says_so():
    duel = race()
    duel.add("a", ("q0", 0), 3.0)
    assert "outside [0, 1]" in duel.broken
    assert not duel.enough("a")


@pytest.mark.parametrize(
    ("cells", "asked", "reference", "said"),
    [
        (["a"], draws(3), "best", "at least two"),
        (["a", "b"], [("q", 0), ("q", 1)], "best", "each prompt once"),
        (["a", "b"], draws(3), "c", "is not a cell"),
    ],
)
def test_what_cannot_be_raced_is_refused_in_one_line(cells, asked, reference, said):
    with pytest.raises(ConfigError, match=said):
        Race(cells, 0.02, reference, asked)


def test_with_best_a_cell_found_inferior_stops_while_others_are_open():
    duel = race(cells=("a", "b", "c"))
    made = run(duel, {"a": np.ones(60), "b": np.ones(60), "c": np.zeros(60)})
    assert (duel.decided["c"].verdict, duel.enough("c"), duel.enough("a")) == ("inferior", True, False)
    assert made["c"] < made["a"] == 60
