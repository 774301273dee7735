"""A sweep as MLflow is told of it: its row, or for an older GenCost what its cells say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rows import START, run_row

from gencost.errors import MetricsDBError
from gencost.metrics_db import insert_runs
from gencost.metrics_db.runs import begin_sweep, tracked_run, tracked_sweep


def test_a_sweep_with_a_row_is_read_from_it(engine):
    begin_sweep(engine, {"sweep_id": "s", "name": "named", "status": "running", "started_at": START})
    insert_runs(engine, [run_row("a", "m=a")])
    sweep = tracked_sweep(engine, "s")
    assert (sweep.name, sweep.status, sweep.started_at) == ("named", "running", START)


def test_a_sweep_without_a_row_is_put_together_from_its_cells(engine):
    ends = [{"ended_at": START + timedelta(hours=hour)} for hour in (1, 3, 2)]
    insert_runs(engine, [{**run_row(name, f"m={name}"), **end} for name, end in zip("abc", ends, strict=True)])
    sweep = tracked_sweep(engine, "s")
    assert (sweep.name, sweep.mlflow_run_id, sweep.status) == ("n", None, "finished")
    assert sweep.ended_at == START + timedelta(hours=3)
    insert_runs(engine, [{**run_row("d", "m=d"), "status": "running"}])
    assert (tracked_sweep(engine, "s").status, tracked_sweep(engine, "s").ended_at) == ("running", None)


def test_a_sweep_or_a_run_that_is_not_there_is_named(engine):
    with pytest.raises(MetricsDBError, match="sweep 'none' is not in the metrics DB"):
        tracked_sweep(engine, "none")
    with pytest.raises(MetricsDBError, match="run 'none' is not in the metrics DB"):
        tracked_run(engine, "none")
    insert_runs(engine, [{**run_row("log", "c"), "kind": "imported"}])
    with pytest.raises(MetricsDBError, match="run 'log' is of kind imported"):
        tracked_run(engine, "log")
