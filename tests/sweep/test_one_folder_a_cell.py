"""Each cell of a multirun has a folder of its own."""

from __future__ import annotations

SWEEP = ("-m", "model=small,large", "n=3", "tracking=none", "report=none")


def test_cells_that_would_write_into_one_folder_are_refused_before_the_first_call(gencost_run, tmp_path):
    done = gencost_run(*SWEEP, "hydra.sweep.subdir=same")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "2 cells would write into one folder" in done.stderr
    assert not list(tmp_path.rglob("config.yaml"))


def test_folders_by_number_are_taken(gencost_run, tmp_path):
    assert gencost_run(*SWEEP, "hydra.sweep.subdir=${hydra.job.num}").returncode == 0
    assert sorted(path.parent.name for path in tmp_path.rglob("config.yaml")) == ["0", "1"]
