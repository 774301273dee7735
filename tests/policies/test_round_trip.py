"""An exported policy, carried out on the same recorded calls, makes the very choices that it makes offline."""

from __future__ import annotations

import csv
import sqlite3

import numpy as np
import pytest

from gencost.analysis.recorded.grid_reader import read_grid
from gencost.cli import main
from gencost.config.policy_file import PolicyFile
from gencost.metrics_db import init_db
from gencost.policies.walk import walk

N = 90
RNG = np.random.default_rng(5)
KINDS = ("sums", "letters", "places")
WORDS = ["river", "sum", "of", "numbers", "capital", "Größe", "word", "état", "x1", "long"]
REPLAY = (
    "provider=replay",
    "provider.path=calls.csv",
    "prompts.path=prompts.csv",
    "prompts.columns.text=prompt",
    "tracking=none",
    "report=none",
)
CELLS: list[str] = []
QUALITY = "quality=[exact_match,json_valid]"


@pytest.fixture
def recorded(tmp_path, gencost_run):
    """Recorded calls of two models, replayed into two cells: small is right and says JSON where a kind is easy."""
    prompts = [f"{KINDS[i % 3]} {i}: " + " ".join(RNG.choice(WORDS, 3 + i % 9)) for i in range(N)]
    with (tmp_path / "prompts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "prompt", "reference", "category"])
        writer.writerows([i, prompt, "7", KINDS[i % 3]] for i, prompt in enumerate(prompts))
    with (tmp_path / "calls.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["prompt", "model", "response", "tokens_in", "tokens_out", "latency_ms"])
        for i, prompt in enumerate(prompts):
            easy = i % 3 == 0 or RNG.random() < 0.4
            writer.writerow([prompt, "small", "7" if easy else "no idea", 10, 5 + i % 3, 100 + i])
            writer.writerow([prompt, "large", "7", 10, 50, 900 + i])
    price = "{input_usd_per_mtok: 1, output_usd_per_mtok: 1}"
    dear = "{input_usd_per_mtok: 20, output_usd_per_mtok: 20}"
    rates = f"models: {{'replay:small': [{price}], 'replay:large': [{dear}]}}\n"
    (tmp_path / "conf" / "pricing").mkdir(parents=True)
    (tmp_path / "conf" / "pricing" / "mine.yaml").write_text(rates, encoding="utf-8")
    command = ("--config-dir", "conf", "pricing=mine", *REPLAY, QUALITY)
    done = gencost_run("-m", "model=recorded", "model.name=small,large", *command)
    assert done.returncode == 0, done.stdout + done.stderr
    return command


POLICIES = {
    "logistic": (),
    "knn": ("policy.neighbours=5",),
    "cascade": ("policy.gate=json_valid",),
    "route_then_cascade": ("policy.gate=json_valid",),
    "category": (),
    "length": (),
}


def exported(name: str, capfd) -> PolicyFile:
    with pytest.raises(SystemExit) as done:
        main(["policy", *CELLS, f"policy={name}", *POLICIES[name], "--margin", "0.3", "--export", f"{name}.yaml"])
    assert not done.value.code, capfd.readouterr().err
    return PolicyFile(path=f"{name}.yaml")


def live_choices(run_id: str) -> list[tuple[int, str]]:
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    rows = connection.execute(
        "SELECT CAST(prompt_id AS INTEGER), policy_cell FROM requests WHERE run_id = ? ORDER BY 1, 2", (run_id,)
    ).fetchall()
    connection.close()
    return rows


def run_ids() -> list[str]:
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    rows = connection.execute("SELECT run_id FROM runs ORDER BY started_at, cell DESC").fetchall()
    connection.close()
    return [run_id for (run_id,) in rows]


@pytest.mark.cli
def test_live_choices_are_the_offline_ones(recorded, gencost_run, monkeypatch, capfd):
    # The policy itself is exported, whether or not it wins: what is tested is that the file chooses as it did.
    monkeypatch.setattr("gencost.policies.evaluate.winner", lambda _: 0)
    CELLS[:] = run_ids()
    engine = init_db()
    grid = read_grid(engine, CELLS)
    engine.dispose()
    both = set()
    for name in POLICIES:
        file = exported(name, capfd)
        run = gencost_run("policy=file", f"policy.path={name}.yaml", *recorded)
        assert run.returncode == 0, run.stdout + run.stderr
        calls = walk(file.policy, grid).calls
        offline = [
            (int(grid.samples[row].id), grid.cells[column]) for row, column in zip(*np.nonzero(calls), strict=True)
        ]
        assert live_choices(run_ids()[-1]) == sorted(offline), name
        both |= {name} if calls.any(axis=0).all() else set()
    assert {"logistic", "cascade", "category"} <= both  # not merely one cell for everything
