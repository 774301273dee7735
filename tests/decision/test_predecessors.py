"""The run before each cell, and the earlier cells that nothing follows."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

from gencost.analysis.recorded.runs import Run
from gencost.decision.predecessors import _adjusted, match
from gencost.values.cell_names import RecordedCell


def run(run_id: str, overrides: str, day: int = 1) -> Run:
    return Run(
        **dict.fromkeys(("sweep_id", "mlflow_run_id", "score", "error_message", "ended_at", "client_bound")),
        run_id=run_id,
        name="nightly",
        cell=overrides,
        seed=0,
        status="finished",
        started_at=datetime(2026, 1, day, tzinfo=UTC),
        loop_lag_p99_ms=None,
        cell_key=run_id,
        recorded=RecordedCell(overrides=overrides, identity=run_id),
    )


def test_the_newest_run_of_the_same_overrides_is_before_a_cell_and_an_older_one_of_it_is_not_left_over():
    earlier = [run("old", "m=small", 1), run("new", "m=small", 2), run("gone", "m=large", 2)]
    matched = match([run("now", "m=small", 3), run("fresh", "m=huge", 3)], ["m small", "m huge"], earlier)
    assert matched.pairs == (("m small", "now", "new"),)
    assert matched.without == ("m huge",)
    assert matched.unused == ("m large",)


def test_a_cell_alone_follows_the_only_earlier_run_whatever_its_overrides():
    assert match([run("now", "m=a")], ["m a"], [run("old", "m=b")]).pairs == (("m a", "now", "old"),)
    assert match([run("now", "m=a"), run("too", "m=c")], ["m a", "m c"], [run("old", "m=b")]).pairs == ()


def test_the_p_values_of_all_cells_are_adjusted_together_and_unknown_ones_stay_unknown():
    def compared(p_value: float | None) -> SimpleNamespace:
        return SimpleNamespace(pairs=[SimpleNamespace(quality=SimpleNamespace(p_value=p_value))])

    unscored = SimpleNamespace(pairs=[SimpleNamespace(quality=None)])
    # Holm: the smaller of two times 2, the larger as it is
    assert _adjusted([compared(0.03), unscored, compared(0.01), compared(None)], "quality") == [0.03, None, 0.02, None]
    assert _adjusted([unscored], "quality") == [None]
