"""A command that goes on with no earlier run says what is other than in the last one."""

from __future__ import annotations

import pytest
from test_conf import composed

from gencost.errors import ConfigError
from gencost.sweep.flow import run_cells

ROWS = {f"q{i}": (f"Question {i}?", f"a{i}") for i in range(6)}


def write(folder, rows) -> None:
    text = "".join(f"{name},{asked},{known}\n" for name, (asked, known) in rows.items())
    (folder / "p.csv").write_text(f"id,text,reference\n{text}", encoding="utf-8")


@pytest.fixture
def run(tmp_path):
    write(tmp_path, ROWS)
    common = [f"prompts.path={tmp_path / 'p.csv'}", "tracking=none", "report=none", "provider.sleep=false"]
    return lambda *overrides: run_cells([composed(*common, *overrides)])


def refused(run, *overrides: str) -> str:
    with pytest.raises(ConfigError) as told:
        run("resume=true", *overrides)
    return str(told.value)


def test_keys_that_differ_are_named(run):
    assert "has no run of this command; leave resume out to begin one" in refused(run)
    run("n=4")
    assert "had n=4 (now 5); give the same to go on" in refused(run, "n=5")
    assert "had seed=0 (now 3), model.temperature=null (now 0.5); give" in refused(
        run, "n=4", "seed=3", "model.temperature=0.5"
    )


def test_prompts_that_changed_are_named(run, tmp_path):
    run()
    rows = {**ROWS, "q1": ("Another?", "a1"), "q2": (ROWS["q2"][0], "b"), "q9": ("New?", "c")}
    del rows["q4"]
    write(tmp_path, rows)
    assert (
        "6 prompts were asked; 1 changed ('q1'), 1 have another reference ('q2'), 1 are gone ('q4'), 1 are new ('q9'); "
        "restore the file to go on"
    ) in refused(run)
    write(tmp_path, ROWS)
    run("resume=true")
