"""An application asks a policy as it asks a model: ``UnifiedLLM(policy="policy.yaml")``."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from gencost import UnifiedLLM
from gencost.errors import CallError, ConfigError
from gencost.paths import conf_dir

MOCK = {**yaml.safe_load((conf_dir() / "provider" / "mock.yaml").read_text(encoding="utf-8")), "sleep": False}
CASCADE = {"_target_": "gencost.policies.cascade.Cascade", "cells": ["small", "large"], "gate": "proxy", "at_least": 2}


def policy_file(**content: object) -> str:
    cells = {name: {"provider": MOCK, "model": f"{name}-latest"} for name in ("small", "large")}
    made = {"gencost_policy": 1, "cells": cells, "policy": CASCADE, **content}
    Path("policy.yaml").write_text(yaml.safe_dump(made), encoding="utf-8")
    return "policy.yaml"


def rows(text: str) -> list[tuple]:
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    try:
        return connection.execute(text).fetchall()
    finally:
        connection.close()


def test_the_answer_has_the_calls_before_it_as_steps():
    with UnifiedLLM(policy=policy_file(), run="checkout") as llm:
        record = llm.complete("What is a pico-dollar?")
    assert (record.status, record.request.role, record.request.model) == ("ok", "sample", "large-latest")
    assert [step.request.policy_cell for step in record.steps] == ["small"]
    spent = record.cost.pico_usd + sum(step.cost.pico_usd for step in record.steps)
    assert rows("SELECT sum(cost_pico_usd) FROM responses") == [(spent,)]
    assert rows("SELECT role, policy_cell, parent_request_id FROM requests ORDER BY role") == [
        ("sample", "large", None),
        ("step", "small", record.request.request_id),
    ]
    assert rows("SELECT kind, status FROM runs") == [("application", "finished")]


def test_threads_ask_at_once_and_every_answer_has_its_own_steps():
    with UnifiedLLM(policy=policy_file()) as llm, ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(llm.complete, [f"question {i}" for i in range(20)]))
    assert {len(answer.steps) for answer in answers} == {1}
    own = "SELECT count(*) FROM requests s JOIN requests a ON a.request_id = s.parent_request_id"
    assert rows(f"{own} WHERE a.prompt_sha256 = s.prompt_sha256") == [(20,)]


def test_a_judge_of_the_file_may_be_the_gate():
    judge = {"_target_": "gencost.quality.judge.Judge", "with_reference": False, "provider": MOCK}
    scorers = {"judge": {**judge, "model": {"name": "judge"}}}
    with UnifiedLLM(policy=policy_file(scorers=scorers, policy={**CASCADE, "gate": "judge"})) as llm:
        record = llm.complete("What is a pico-dollar?")
    assert record.request.model == "large-latest"
    made = "SELECT role, count(*) FROM requests WHERE parent_request_id IS NOT NULL GROUP BY 1 ORDER BY 1"
    assert rows(made) == [("judge", 1), ("step", 1)]


def test_a_failed_answer_is_an_error_after_all_steps():
    failing = {
        name: {"provider": {**MOCK, "error_rate": 1.0}, "model": f"{name}-latest"} for name in ("small", "large")
    }
    with UnifiedLLM(policy=policy_file(cells=failing), raises=True) as llm, pytest.raises(CallError):
        llm.complete("Why?")
    assert rows("SELECT role, status FROM requests ORDER BY role") == [("sample", "error"), ("step", "error")]


def test_a_stream_is_refused_before_any_call():
    with UnifiedLLM(policy=policy_file()) as llm, pytest.raises(ConfigError, match="it has no stream: use complete"):
        llm.stream("hi")


def test_mistakes_are_found_when_it_is_made():
    with pytest.raises(ConfigError, match="leave provider, model and params out"):
        UnifiedLLM(policy=policy_file(), model="small-latest")
    with pytest.raises(ConfigError, match="its gate 'proxi' is not among the scorers"):
        UnifiedLLM(policy=policy_file(policy={**CASCADE, "gate": "proxi"}))
    with pytest.raises(ConfigError, match="cannot be read"):
        UnifiedLLM(policy="nowhere.yaml")
