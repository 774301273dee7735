"""The calls of cells dealt to processes: all of them, once each, at the moments of one schedule, within the places."""

from __future__ import annotations

import pytest

from gencost.config.cell import compose_cell
from gencost.cost_tracker import CostTracker
from gencost.errors import ConfigError
from gencost.runner.dealing import check_processes, deal
from gencost.runner.plan import make_plans
from gencost.sending.budget import Budget


def plans(*cells: tuple[str, ...]):
    return make_plans([compose_cell(["report=none", *overrides]) for overrides in cells], Budget(None))


def test_every_draw_is_in_one_hand_and_the_places_add_up():
    (plan,) = plans(("n=5", "repeats=3", "load.processes=4", "load.concurrency=10", "load.warmup=5"))
    hands = [hand for (hand,) in deal([plan])]
    dealt = [(sample.id, repeat) for hand in hands for sample, repeat in hand.draws]
    assert sorted(dealt) == sorted((sample.id, repeat) for sample, repeat in plan.draws)
    assert [len(hand.draws) for hand in hands] == [4, 4, 4, 3]  # 15 calls
    assert [hand.load.concurrency for hand in hands] == [3, 3, 2, 2]  # 10 places
    assert [hand.load.warmup for hand in hands] == [2, 1, 1, 1]


def test_an_open_loop_keeps_the_moments_of_one_process():
    (plan,) = plans(("n=5", "repeats=20", "load=poisson", "load.rate_per_s=50", "load.processes=3"))
    schedule = plan.cell.load.due_s(100, plan.load_seed)
    of_call = dict(zip([(sample.id, repeat) for sample, repeat in plan.draws], schedule, strict=True))
    for (hand,) in deal([plan]):
        assert [of_call[sample.id, repeat] for sample, repeat in hand.draws] == hand.load.due_s(0, 99)


def test_a_cell_of_one_place_stays_whole_and_the_next_begins_in_the_next_process():
    alone = ("n=3", "load.concurrency=1", "load.processes=2")
    numbers = [[hand.number for hand in hands] for hands in deal(plans(alone, (*alone, "model=large")))]
    assert numbers == [[0], [1]]


def test_no_process_is_begun_for_nothing():
    assert len(deal(plans(("n=2", "load.processes=8")))) == 2


def test_a_race_and_a_machine_by_the_hour_need_one_process(monkeypatch):
    two, alone = plans(("n=2", "load.processes=2")), plans(("n=2",))
    with pytest.raises(ConfigError, match=r"decision.sequential=true .* load.processes=1"):
        check_processes(two, sequential=True)
    check_processes(two, sequential=False)
    monkeypatch.setattr(CostTracker, "is_by_the_hour", lambda *_: True)
    with pytest.raises(ConfigError, match=r"mock:small-latest is paid by the hour .* load.processes=1"):
        check_processes(two, sequential=False)
    check_processes(alone, sequential=True)


def test_less_than_one_process_is_refused():
    with pytest.raises(ConfigError, match=r"load.processes=0: give a number >= 1"):
        plans(("load.processes=0",))
