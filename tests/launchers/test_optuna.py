"""An optimising sweeper is given what a cell came to; a cell without a value is a failed trial, never NaN."""

from __future__ import annotations

import pytest
import yaml
from launching import Launch

OPTUNA = ("hydra/sweeper=optuna", "hydra.sweeper.sampler.seed=0", "report=none", "tracking=none")
THREE = (
    "objective=[cost_usd_mean,latency_p95_ms,quality_mean]",
    "hydra.sweeper.direction=[minimize,minimize,maximize]",
)

pytestmark = pytest.mark.launcher


@pytest.mark.parametrize("launcher", ["interleaved", "joblib"])
def test_twenty_trials_of_three_objectives_find_what_is_not_dominated(launch: Launch, launcher):
    pytest.importorskip("hydra_plugins.hydra_optuna_sweeper", reason="pip install 'gencost[optuna]'")
    trials = 20 if launcher == "interleaved" else 4
    space = ("model=small,large", "load.concurrency=choice(2,4,8)", "model.params.max_tokens=int(interval(20,200))")
    done = launch(
        launcher, *OPTUNA, *THREE, f"hydra.sweeper.n_trials={trials}", "hydra.sweeper.n_jobs=4", "n=6", *space
    )
    assert done.code == 0, done.stderr
    assert done.query("SELECT count(*), count(DISTINCT sweep_id) FROM runs WHERE status = 'finished'") == [(trials, 1)]
    (path,) = done.folder.glob("outputs/baseline/*/optimization_results.yaml")
    solutions = yaml.safe_load(path.read_text())["solutions"]
    assert solutions
    costs = "SELECT avg(cost_usd) FROM requests JOIN responses USING (request_id) GROUP BY run_id"
    known = [cost for (cost,) in done.query(costs)]
    for solution in solutions:
        cost, p95_ms, quality = solution["values"]
        assert any(cost == pytest.approx(one, rel=1e-12) for one in known)
        assert p95_ms > 0
        assert 0 < quality <= 1


def test_a_trial_without_a_value_has_failed_and_the_others_count(launch: Launch):
    words = (
        "provider=flaky",
        "+provider.mode=choice(ok,late)",
        "n=10",
        "objective=[quality_mean]",
        "load.concurrency=1",
    )
    some = ("hydra.sweeper.direction=maximize", "hydra.sweeper.n_trials=6", "hydra.sweeper.max_failure_rate=1")
    done = launch("interleaved", *OPTUNA, *some, *words)
    assert done.code == 1  # a cell failed
    ended = dict(done.query("SELECT status, count(*) FROM runs GROUP BY status"))
    assert ended.keys() == {"failed", "finished"}
    (path,) = done.folder.glob("outputs/baseline/*/optimization_results.yaml")
    assert yaml.safe_load(path.read_text())["best_params"]["+provider.mode"] == "ok"


def test_too_many_failed_trials_end_the_sweep_in_one_line(launch: Launch):
    words = ("provider=flaky", "+provider.mode=choice(late)", "n=10", "objective=[quality_mean]", "load.concurrency=1")
    done = launch("interleaved", *OPTUNA, "hydra.sweeper.direction=maximize", *words)
    assert done.code == 1
    assert "no value for objective=quality_mean" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.query("SELECT status FROM sweeps") == [("failed",)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["objective=[cost_mean]"], "no metric 'cost_mean' (did you mean"),
        (["objective=[cost_usd_mean,quality_mean]"], "has 2 names, hydra.sweeper.direction 1"),
        ([], "objective=[] has 0 names"),
        (["objective=[quality_mean]", "dry_run=true"], "dry_run=true makes no call, so there is no objective"),
    ],
)
def test_an_objective_that_cannot_be_is_refused_before_the_first_call(launch: Launch, words, said):
    done = launch("interleaved", *OPTUNA, "n=choice(1,2)", *words)
    assert (done.code, done.stderr.count("\n")) == (2, 1), done.stderr
    assert said in done.stderr
    assert not (done.folder / "llmopt_stage1.sqlite").exists()
