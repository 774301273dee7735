"""What Hydra swallows, GenCost does not: exit code, runs and parent run are right under every launcher."""

from __future__ import annotations

import pytest
from launching import ALL, ALL_MARKED, ELSEWHERE, skip_without

pytestmark = pytest.mark.cli

HALF_WRITTEN = ("outputs", "mlflow.db", "mlartifacts", "llmopt_stage1.sqlite")
OF = "provider=flaky,provider.mode="
ONE = "load.concurrency=1"
CELLS = "SELECT cell, status FROM runs ORDER BY cell"


@pytest.mark.parametrize("launcher", ALL_MARKED)
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["model=small,larg"], "model=larg does not exist"),
        (["load.concurrency=1,0"], "load.concurrency=0"),
        (["provider=flaky", "+provider.mode=ok,at_once"], "provider.mode=at_once: no"),
        (["model=small,gpt_4o_mini"], "OPENAI_API_KEY"),
    ],
    ids=["does not compose", "impossible value", "fails its check", "no key"],
)
def test_a_mistake_in_one_cell_is_found_before_the_first_call_of_any(launch, launcher, arguments, said, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    done = launch(launcher, *arguments, "n=3")
    assert (done.code, done.stdout) == (2, "")
    assert (said in done.stderr, done.stderr.count("\n")) == (True, 1), done.stderr
    assert not [name for name in HALF_WRITTEN if (done.folder / name).exists()]


@pytest.mark.parametrize("launcher", ALL)
def test_a_cell_that_fails_late_fails_the_sweep_and_no_other_cell(launch, launcher):
    done = launch(launcher, "provider=flaky", "+provider.mode=ok,late", "n=10", ONE)
    assert done.code == 1, done.stderr
    assert done.query(CELLS) == [(f"{OF}late,n=10,{ONE}", "failed"), (f"{OF}ok,n=10,{ONE}", "finished")]
    assert done.query("SELECT count(*) FROM requests JOIN runs USING (run_id) WHERE cell LIKE '%ok%'") == [(10,)]
    assert done.mlflow == {"parent": ["FAILED"], "children": ["FAILED", "FINISHED"]}
    assert "mode late: failed: the metrics DB refused a row" in done.stdout


@pytest.mark.parametrize("launcher", ["basic", *ELSEWHERE])
def test_a_cell_that_fails_in_its_job_alone_is_told_by_the_sweep(launch, launcher):
    done = launch(launcher, "provider=flaky", "+provider.mode=ok,in_its_job", "n=4")
    assert done.code == 1, done.stderr
    assert done.query(CELLS) == [(f"{OF}ok,n=4", "finished")]
    assert done.mlflow == {"parent": ["FAILED"], "children": ["FINISHED"]}
    assert "mode in_its_job: provider.mode=in_its_job: no" in done.stdout


@pytest.mark.parametrize("launcher", ELSEWHERE)
def test_a_process_that_dies_leaves_no_run_that_seems_to_go_on(launch, launcher):
    done = launch(launcher, "provider=flaky", "+provider.mode=dies", "n=10", ONE)
    assert done.code == 1, done.stderr
    assert done.query("SELECT status, ended_at IS NULL FROM runs") == [("failed", 0)]
    assert done.mlflow == {"parent": ["FAILED"], "children": ["FAILED"]}
    assert "its process ended without a word; go on with resume=true" in done.stdout


@pytest.mark.parametrize("launcher", ALL_MARKED)
def test_a_sweep_of_finished_cells_is_finished(launch, launcher):
    done = launch(launcher, "provider=flaky", "n=3,4")
    assert done.code == 0, done.stderr
    assert done.mlflow == {"parent": ["FINISHED"], "children": ["FINISHED", "FINISHED"]}


def test_a_launcher_whose_package_is_not_here_names_the_extra(launch):
    done = launch("basic", "hydra.launcher.engine=no_joblib.Launcher", "n=1,2")
    assert (done.code, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "pip install 'gencost[joblib]'" in done.stderr


@pytest.mark.launcher
def test_slurm_is_told_to_be_missing_where_it_is(launch):
    skip_without("submitit_local")
    done = launch("submitit_slurm", "n=1,2", "tracking=none")
    assert done.code == 1, done.stderr
    assert "srun" in done.stdout
    assert done.query("SELECT launcher, status FROM sweeps") == [("submitit_slurm", "failed")]
