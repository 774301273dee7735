"""A run that is gone on with has paid, for all anybody knows, for what was in flight at its crash, or has no cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from gencost.errors import ConfigError
from gencost.runner import resuming


@dataclass
class Planned:
    """What of a plan goes on: its dearest sample costs 10, to judge it 3."""

    spent: list[tuple[int, int]] = field(default_factory=list)
    label: str = "small"
    samples: tuple[int, ...] = (4, 10)
    run_id: str = "new"
    earlier: Any = None
    done: frozenset = frozenset()

    @property
    def cell(self) -> Any:
        return SimpleNamespace(config=SimpleNamespace(retry_errors=False))

    @property
    def sender(self) -> Any:
        budget = SimpleNamespace(settle=lambda *money: self.spent.append(money))
        return SimpleNamespace(budget=budget, held_pico_usd=lambda sample: 3)

    def worst_pico_usd(self, sample: int) -> int:
        return sample


@pytest.mark.parametrize(
    ("lost", "pico_usd"),
    [({}, 0), ({"superseded": 2}, 20), ({"superseded": 2, "step": 1, "judge": 4}, 42)],  # 3 x 10 + 4 x 3
)
def test_lost_calls_count_at_their_worst_and_lost_judgements_at_theirs(monkeypatch, lost, pico_usd):
    monkeypatch.setattr(resuming, "claim", lambda engine, run: None)
    monkeypatch.setattr(resuming, "supersede", lambda engine, run_id, errors: {("q", 0)})
    monkeypatch.setattr(resuming, "unknown_bills", lambda engine, run_id: dict(lost))
    plan, run = Planned(), SimpleNamespace(run_id="old")
    gone_on = resuming._resumed(plan, run, None)
    assert (gone_on.run_id, gone_on.earlier, gone_on.done) == ("old", run, {("q", 0)})
    assert plan.spent == [(0, pico_usd)]


def test_a_run_of_another_process_is_left_to_it(monkeypatch):
    monkeypatch.setattr(resuming, "claim", lambda engine, run: 7)
    with pytest.raises(ConfigError, match="small is being run by process 7 of host"):
        resuming._resumed(Planned(), SimpleNamespace(run_id="old", host="host"), None)
