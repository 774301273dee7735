"""Budget, dry run and response cache as a user meets them; ``large`` costs $0.0225 for 10 calls or so."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

QUIET = ("tracking=none", "report=none")


def query(folder: Path, text: str) -> list[tuple]:
    connection = sqlite3.connect(folder / "llmopt_stage1.sqlite")
    rows = connection.execute(text).fetchall()
    connection.close()
    return rows


def spent_usd(folder: Path) -> float:
    return query(folder, "SELECT coalesce(sum(cost_pico_usd), 0) / 1e12 FROM responses")[0][0]


def test_a_budget_holds_for_the_whole_sweep_and_raising_it_goes_on(gencost_run, tmp_path):
    command = ("-m", "model=small,large", "n=60", "load.concurrency=20", *QUIET)
    done = gencost_run(*command, "budget.usd=0.05")
    assert done.returncode == 3
    assert "budget.usd=0.05 is reached" in done.stdout
    assert 0 < spent_usd(tmp_path) <= 0.05
    skipped = query(tmp_path, "SELECT count(*) FROM requests WHERE status = 'skipped' AND error_type = 'budget'")[0][0]
    answered = query(tmp_path, "SELECT count(*) FROM requests WHERE status = 'ok'")[0][0]
    assert skipped > 0
    assert skipped + answered == 120
    assert query(tmp_path, "SELECT DISTINCT status FROM runs WHERE cell LIKE '%large%'") == [("over_budget",)]

    again = gencost_run(*command, "budget.usd=10", "resume=true")
    assert again.returncode == 0, again.stdout + again.stderr
    final = "SELECT count(*), count(DISTINCT run_id || prompt_id || '/' || repeat) FROM requests WHERE role = 'sample'"
    assert query(tmp_path, f"{final} AND status = 'ok'") == [(120, 120)]
    assert query(tmp_path, "SELECT count(*) FROM responses") == [(120,)]  # nothing was paid for twice
    assert query(tmp_path, "SELECT DISTINCT status FROM runs") == [("finished",)]


def test_money_of_the_run_that_is_resumed_counts(gencost_run, tmp_path):
    command = ("model=large", "n=60", *QUIET)
    gencost_run(*command, "budget.usd=0.03")
    before = spent_usd(tmp_path)
    assert gencost_run(*command, "budget.usd=0.03", "resume=true").returncode == 3
    assert spent_usd(tmp_path) <= 0.03
    assert spent_usd(tmp_path) - before < 0.01


def test_a_run_is_not_resumed_at_other_rates(gencost_run, tmp_path):
    rates = tmp_path / "conf" / "pricing" / "mine.yaml"
    rates.parent.mkdir(parents=True)
    text = "models: {'mock:large-latest': [{input_usd_per_mtok: 2.5, output_usd_per_mtok: 10}]}"
    rates.write_text(text)
    command = ("--config-dir", "conf", "model=large", "pricing=mine", "n=60", *QUIET)
    assert gencost_run(*command, "budget.usd=0.03").returncode == 3
    rates.write_text(text.replace("10", "11"))
    done = gencost_run(*command, "budget.usd=9", "resume=true")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "large began with other rates" in done.stderr
    rates.write_text(text + "\naliases: {'mock:big': 'mock:large-latest'}")  # nothing that this run needs
    assert gencost_run(*command, "budget.usd=9", "resume=true").returncode == 0


def test_a_model_without_a_price_is_refused_unless_allowed(gencost_run, tmp_path):
    unpriced = ("n=3", "budget.usd=1", "provider.name=nobody", *QUIET)
    done = gencost_run(*unpriced)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "nobody:small-latest has no price" in done.stderr
    assert not (tmp_path / "llmopt_stage1.sqlite").exists()
    assert gencost_run(*unpriced, "budget.allow_unpriced=true").returncode == 0


def test_a_dry_run_makes_no_call_and_its_worst_case_bounds_the_bill(gencost_run, tmp_path):
    command = ("-m", "model=small,large", "n=20", *QUIET)
    done = gencost_run(*command, "dry_run=true")
    assert done.returncode == 0
    assert not (tmp_path / "llmopt_stage1.sqlite").exists()
    assert "no answer recorded yet" in done.stdout
    low, expected, worst = totals(done.stdout)
    assert gencost_run(*command).returncode == 0
    assert low < spent_usd(tmp_path) <= worst

    known = gencost_run(*command, "dry_run=true")
    assert "recorded answers" in known.stdout
    assert abs(totals(known.stdout)[1] / spent_usd(tmp_path) - 1) < 0.05  # lengths of these very prompts
    assert totals(known.stdout)[1] < expected
    rows = {
        name: [figures(line) for line in lines_of(known.stdout, name)] for name in ("tokens in", "tokens out", "USD")
    }
    assert all(low <= usual <= most for cells in rows.values() for low, usual, most in cells)
    assert [sum(cell[i] for cell in rows["USD"]) for i in range(3)] == pytest.approx(totals(known.stdout), abs=2e-6)
    of_cells = "SELECT sum(usage_tokens_{}) FROM responses JOIN requests USING (request_id) GROUP BY model ORDER BY 1"
    for name, column in (("tokens in", "in"), ("tokens out", "out")):
        usual = sorted(usual for _, usual, _ in rows[name])
        assert usual == [pytest.approx(n, abs=1) for (n,) in query(tmp_path, of_cells.format(column))]
    assert query(tmp_path, "SELECT count(*) FROM requests") == [(40,)]


def test_a_dry_run_needs_no_key_but_mentions_it(gencost_run, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    done = gencost_run("model=gpt_4o_mini", "n=5", "dry_run=true", *QUIET)
    assert done.returncode == 0
    assert "before the calls: OPENAI_API_KEY is not set" in done.stdout
    assert totals(done.stdout)[2] > 0
    assert gencost_run("model=gpt_4o_mini", "n=5", *QUIET).returncode == 2


def lines_of(text: str, name: str) -> list[str]:
    return re.findall(rf"^{name} +(.*)$", text, re.MULTILINE)


def figures(line: str) -> list[float]:
    return [float(figure.replace(",", "")) for figure in line.split()]


def totals(text: str) -> list[float]:
    (line,) = re.findall(r"all cells, USD: (\S+) / (\S+) / (\S+)", text)
    return [float(figure) for figure in line]


def test_a_cached_answer_is_billed_0_and_has_no_latency(gencost_run, tmp_path):
    command = ("model=large", "n=20", "cache.enabled=true", *QUIET)
    assert gencost_run(*command).returncode == 0
    first = spent_usd(tmp_path)
    done = gencost_run(*command)
    assert done.returncode == 0
    assert spent_usd(tmp_path) == first
    facts = "SELECT count(*), sum(saved_pico_usd) / 1e12, count(latency_ms), sum(cost_pico_usd), min(cost_status)"
    facts += " FROM requests JOIN responses USING (request_id) WHERE from_cache"
    assert query(tmp_path, facts) == [(20, first, 0, 0, "cached")]
    assert "20 answers came from the cache, which saved" in done.stdout
    texts = "SELECT prompt_id, repeat, response FROM requests JOIN responses USING (request_id) WHERE from_cache = {}"
    assert sorted(query(tmp_path, texts.format(1))) == sorted(query(tmp_path, texts.format(0)))


def test_another_parameter_is_another_call(gencost_run, tmp_path):
    gencost_run("n=5", "cache.enabled=true", *QUIET)
    gencost_run("n=5", "cache.enabled=true", "+model.params.temperature=0.5", *QUIET)
    assert query(tmp_path, "SELECT count(*) FROM requests WHERE from_cache") == [(0,)]


def test_retry_errors_asks_the_failed_ones_again(gencost_run, tmp_path):
    command = ("n=40", "retry.tries=1", *QUIET)
    gencost_run(*command, "provider.error_rate=0.3", "resume=false")
    failed = query(tmp_path, "SELECT count(*) FROM requests WHERE status = 'error'")[0][0]
    assert failed > 3
    assert gencost_run(*command, "provider.error_rate=0.3", "resume=true").returncode == 0
    assert query(tmp_path, "SELECT count(*) FROM requests") == [(40,)]  # errors are answers, too, unless asked again
    gencost_run(*command, "provider.error_rate=0.3", "resume=true", "retry_errors=true")
    assert query(tmp_path, "SELECT count(*) FROM requests WHERE role = 'sample'") == [(40,)]
    assert query(tmp_path, "SELECT count(*) FROM requests WHERE role = 'superseded'") == [(failed,)]
