"""Cells that other processes run draw from the same traffic, up to the moment when the command began."""

from __future__ import annotations

import pytest
from launching import ELSEWHERE

from gencost import UnifiedLLM
from gencost.providers.mock import MockProvider

UNTIL = "SELECT DISTINCT json_extract(config_json, '$.prompts.until') FROM runs WHERE sweep_id IS NOT NULL"
ASKED = "SELECT run_id, group_concat(prompt_id) FROM (SELECT * FROM requests ORDER BY prompt_id) GROUP BY run_id"


@pytest.mark.parametrize("launcher", [pytest.param("basic", marks=pytest.mark.launcher), *ELSEWHERE])
def test_jobs_draw_the_same_sample_and_say_that_recorded_answers_are_no_cell(launch, tmp_path, monkeypatch, launcher):
    monkeypatch.chdir(tmp_path)
    provider = MockProvider(profiles={"large-latest": {"words": 5, "median_ms": 1, "sigma": 0.1}})
    with UnifiedLLM(provider=provider, model="large-latest", run="checkout") as llm:
        for number in range(12):
            llm.complete(f"checkout {number}")
    done = launch(launcher, "prompts=traffic", "n=5", "model=small,large", "tracking=none", "report=none")
    assert done.code == 0, done.stderr
    assert "recorded, the cell of the recorded answers, is not part of cells that other processes run" in done.stdout
    ((until,),) = done.query(UNTIL)
    samples = [ids for _, ids in done.query(ASKED) if ids.count(",") == 4]
    assert until is not None
    assert len(samples) == 2
    assert samples[0] == samples[1]
