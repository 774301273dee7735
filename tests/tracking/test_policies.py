"""Evaluated policies become runs under the sweep's parent, each with its figures and its curve."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from gencost.analysis.recorded.grid import make_grid
from gencost.policies.evaluate import evaluate
from gencost.policies.length import PromptLength
from gencost.report.policies import markdown_policies
from gencost.tracking import Tracking
from gencost.tracking.client import RunStart
from gencost.tracking.policies import PolicyRuns, curve_points, log_policies, metrics


@pytest.fixture(scope="module")
def draw():
    from gencost.report.figures.policy_plot import policy_curves

    return policy_curves


@pytest.fixture(scope="module")
def evaluation():
    rng = np.random.default_rng(0)
    texts = [f"{'long ' * int(n)}{i}" for i, n in enumerate(rng.integers(1, 30, 200))]
    hard = np.array([len(text) > 80 for text in texts])
    cells = {
        "small": {"quality": 1.0 - hard, "cost": np.full(200, 1e-6), "latency": np.full(200, 10.0)},
        "large": {"quality": np.ones(200), "cost": np.full(200, 1e-5), "latency": np.full(200, 90.0)},
    }
    return evaluate(make_grid(texts, cells), 0.02, 0, [PromptLength()])


@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")  # of MLflow's own
def test_each_policy_is_a_run_with_metrics_and_a_curve(evaluation, draw, tmp_path):
    tracking = Tracking(f"sqlite:///{tmp_path}/mlflow.db", "policies")
    parent = tracking.start(RunStart(name="sweep", params={}, tags={}, started_at=datetime.now(UTC)))
    figure = draw(evaluation, tmp_path / "curves.png")
    common = PolicyRuns(parent=parent, sweep_id="s", verdict=evaluation.verdict, margin=0.02, seed=0, files=[figure])
    ids = log_policies(tracking, evaluation.policies, common)
    length = next(run for run, policy in zip(ids, evaluation.policies, strict=True) if policy.name == "length")
    run = tracking.client.get_run(length)
    assert run.data.tags["mlflow.parentRunId"] == parent
    assert run.data.tags["gencost.policy"] == "length"
    assert evaluation.verdict in run.data.tags["mlflow.note.content"]
    assert run.info.status == "FINISHED"
    assert run.data.metrics["quality_mean"] == evaluation.policies[0].quality.value
    assert len(tracking.client.get_metric_history(length, "curve_quality")) > 10
    assert [file.path for file in tracking.client.list_artifacts(length)] == ["curves.png"]


def test_what_does_not_apply_is_left_out(evaluation):
    zero = next(policy for policy in evaluation.policies if policy.name == "zero_router")
    assert set(metrics(zero)) == {"aiq"}
    assert list(curve_points(zero, datetime.now(UTC))) == []


def test_the_markdown_has_the_verdict_first_and_says_what_the_policy_does(evaluation):
    text = markdown_policies(evaluation)
    assert text.startswith(f"**{evaluation.verdict}**")
    assert "length: from 8" in text  # of 81 to 86 characters, large is needed


def test_a_figure_that_cannot_be_written_is_one_clear_line(evaluation, draw):
    from gencost.errors import ReportError

    with pytest.raises(ReportError, match="cannot be written"):
        draw(evaluation, Path("/nowhere/curves.png"))
