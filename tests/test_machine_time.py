"""A machine that is paid by the hour, through whole commands: at $3,600 an hour a second is a dollar."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest

from gencost.cli import main
from gencost.cost_tracker import CostTracker
from gencost.pricing import load_pricing
from gencost.providers.openai import OpenAIProvider
from gencost.sending.budget import Budget
from gencost.sending.limits import Limits, LimitSettings
from gencost.sending.retry import Retry
from gencost.sending.sender import Sender
from gencost.types import Message, Sample

HOURLY = "fallback: none\nmodels:\n  'mock:small-latest': {gpu_hour: {usd_per_hour: 3600}}\n"
COMMAND = ("--config-dir", "own", "pricing=case", "model=small", "n=6", "tracking=none", "report=none")


@pytest.fixture
def run(gencost_run, tmp_path):
    (tmp_path / "own" / "pricing").mkdir(parents=True)
    (tmp_path / "own" / "pricing" / "case.yaml").write_text(HOURLY)
    return lambda *words: gencost_run(*COMMAND, *words)


def query(folder, statement: str) -> list[tuple]:
    with closing(sqlite3.connect(folder / "llmopt_stage1.sqlite")) as connection:
        rows = connection.execute(statement).fetchall()
        connection.commit()
    return rows


def audited(capfd) -> tuple[int, str]:
    with pytest.raises(SystemExit) as end:
        main(["audit", "--all"])
    return int(end.value.code or 0), capfd.readouterr().out


def test_calls_side_by_side_are_billed_shares_and_an_audit_finds_one_that_is_more(run, tmp_path, capfd):
    done = run("load.concurrency=3")
    assert done.returncode == 0, done.stderr
    assert "billed by the time its machine was busy, shared by all calls in flight there" in done.stdout
    for machine_ms, pico in query(tmp_path, "SELECT machine_ms, cost_pico_usd FROM attempts"):
        assert pico == pytest.approx(machine_ms * 1e9, abs=1)  # a ms is 1e-3 USD
    assert audited(capfd)[0] == 0
    query(
        tmp_path,
        "UPDATE attempts SET machine_ms = machine_ms + 1e6 WHERE request_id = (SELECT min(request_id) FROM requests)",
    )
    code, text = audited(capfd)
    assert code == 1
    assert "machine time" in text


def test_a_dry_run_estimates_from_how_long_it_took(run, tmp_path):
    assert run("load=sequential").returncode == 0
    done = run("load=sequential", "dry_run=true")
    assert done.returncode == 0, done.stderr
    (took_ms,) = query(tmp_path, "SELECT sum(latency_ms) FROM requests")[0]
    expected = re.search(r"^USD +\S+ +(\S+) +\S+", done.stdout, re.MULTILINE)
    assert expected is not None, done.stdout
    assert float(expected[1]) == pytest.approx(took_ms / 1e3, abs=2e-6)  # 6 calls, one after the other, at $1 a second


def test_a_budget_reserves_the_longest_try():
    """30 s at $3.6 an hour are $0.03."""
    prices = load_pricing({"models": {"p:m": {"gpu_hour": {"usd_per_hour": 3.6}}}, "fallback": "none"})
    sender = Sender(
        model="m",
        params={},
        provider=OpenAIProvider(name="p", base_url="http://127.0.0.1:1/v1", total_s=30.0),
        retry=Retry(tries=1),
        limits=Limits(LimitSettings()),
        budget=Budget(1.0),
        cost_tracker=CostTracker(prices),
    )
    sample = Sample(id="1", messages=(Message(role="user", content="hi"),))
    assert sender.worst_pico_usd(sample) == 30_000_000_000
