"""A hand-edited figure is found by the command; a DB that nobody touched is reproduced to the last figure."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from in_process import sweep_in
from sqlalchemy import text

from gencost.audit.check import audit
from gencost.cli import main
from gencost.metrics_db import init_db

Audited = tuple[int, str]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> Path:
    """A DB with priced, free, failed and cached calls of several scorers, some tried again."""
    folder = tmp_path_factory.mktemp("audit")
    quiet = ["tracking=none", "report=none", "quality=[proxy,exact_match,contains]", "n=20", "retry.base_s=0.001"]
    faults = ["-m", "model=small,echo", "provider.error_rate=0.2", "retry.tries=2", "cache.enabled=true"]
    for words in (faults, ["model=small", "provider.error_rate=0.2", "cache.enabled=true"]):
        sweep_in(folder, *words, *quiet)
    return folder / "llmopt_stage1.sqlite"


@pytest.fixture
def copy(recorded, tmp_path) -> Path:
    to = tmp_path / "copy.sqlite"
    source, target = sqlite3.connect(recorded), sqlite3.connect(to)
    source.backup(target)
    source.close()
    target.close()
    return to


@pytest.fixture
def gencost(copy, capsys) -> Callable[..., Audited]:
    """Run a command on the copy; its exit code, and what it printed."""

    def run(*words: str) -> Audited:
        with pytest.raises(SystemExit) as ended:
            main([*words, "--db", f"sqlite:///{copy}"])
        return int(str(ended.value.code)), capsys.readouterr().out

    return run


def edit(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    for part in statement.split(";"):
        assert connection.execute(part).rowcount > 0, part
    connection.commit()
    connection.close()


def an_id(path: Path, where: str) -> str:
    connection = sqlite3.connect(path)
    rows = connection.execute(f"SELECT min(request_id) FROM requests LEFT JOIN responses USING (request_id) {where}")
    (request_id,) = rows.fetchone()
    connection.close()
    return str(request_id)


def test_an_untouched_db_is_reproduced_whole(recorded):
    engine = init_db(f"sqlite:///{recorded}")
    report = audit(engine, None)
    engine.dispose()
    assert (report.failures, dict(report.not_recomputed)) == ([], {})
    assert report.requests == 60
    assert report.figures > 60 * 8


PRICED = "WHERE request_id = (SELECT min(request_id) FROM responses WHERE cost_status = 'priced')"
FREE = "WHERE request_id = (SELECT min(request_id) FROM responses WHERE cost_status = 'free')"
CACHED = "WHERE request_id = (SELECT min(request_id) FROM responses WHERE cost_status = 'cached')"
FAILED = "WHERE request_id = (SELECT min(request_id) FROM requests WHERE status = 'error')"
REPEATED = f"{FAILED} AND attempt = 1"
HAND_WRITTEN = "INSERT INTO attempts (request_id, attempt, ts, service_ms) SELECT request_id, 9, ts, 1 FROM requests"
OTHER_PRICE = "(SELECT price_id FROM prices WHERE price_id <> responses.price_id)"
EDITS = [
    # money
    (f"UPDATE responses SET cost_pico_usd = cost_pico_usd + 1 {PRICED}", "cost"),
    (f"UPDATE responses SET cost_pico_usd = NULL {PRICED}", "cost"),
    (f"UPDATE responses SET cost_status = 'free' {PRICED}", "cost status"),
    (f"UPDATE responses SET cost_basis = 'requested' {PRICED}", "rates of this model and day"),
    (f"UPDATE responses SET price_id = {OTHER_PRICE}, cost_pico_usd = 0 {PRICED}", "rates of this model and day"),
    (f"UPDATE responses SET price_id = NULL, cost_pico_usd = NULL {PRICED}", "rates of this model and day"),
    (f"UPDATE attempts SET cost_pico_usd = cost_pico_usd + 1 {PRICED}", "cost of the last attempt"),
    (f"UPDATE responses SET saved_pico_usd = 5 {CACHED}", "cost that the cache saved"),
    (f"UPDATE responses SET cost_pico_usd = 5 {CACHED}", "cost from the cache"),
    # rates
    ("UPDATE prices SET block = replace(block, '0.15', '0.14') WHERE block LIKE '%0.15%'", "rates"),
    ("UPDATE prices SET block = 'nonsense'", "cost"),
    ("UPDATE prices SET source = 'genai-prices==0.0.1' WHERE block LIKE '%0.15%'", "source of rates"),
    ("DELETE FROM prices WHERE block LIKE '%0.15%'", "rates"),
    # tokens
    (f"UPDATE responses SET usage_tokens_out = usage_tokens_out + 1 {PRICED}", "tokens"),
    (f"UPDATE responses SET usage_tokens_out = usage_tokens_out + 1 {FREE}", "tokens"),
    (f"UPDATE responses SET usage_tokens_cached = usage_tokens_in + 1 {PRICED}", "tokens"),
    (f"UPDATE responses SET usage_tokens_in = NULL {FREE}", "tokens"),
    (f"UPDATE responses SET usage_web_searches = 3 {FREE}", "tokens"),
    (f"UPDATE responses SET usage_source = 'estimated' {PRICED}", "usage_source"),
    (f"UPDATE attempts SET usage_json = replace(usage_json, 'tokens_in\": ', 'tokens_in\": 1') {FREE}", "tokens"),
    (f"UPDATE attempts SET usage_json = '{{' {FREE}", "tokens"),
    # texts and scores
    (f"UPDATE responses SET response = 'x' || response {PRICED}", "response text"),
    ("UPDATE prompts SET text = text || '!'", "prompt text"),
    (f"UPDATE requests SET prompt_sha256 = 'f00' {PRICED}", "prompt text"),
    (f"UPDATE responses SET quality_proxy = 0.99 {PRICED}", "quality_proxy"),
    (f"UPDATE responses SET quality_proxy = NULL {PRICED}", "quality_proxy"),
    (f"UPDATE scores SET value = 0.77 {PRICED} AND scorer = 'exact_match'", "score exact_match"),
    (f"DELETE FROM scores {PRICED} AND scorer = 'contains'", "score contains"),
    # how the call went
    (f"UPDATE requests SET latency_ms = 1 {PRICED}", "latency_ms"),
    (f"UPDATE responses SET ttft_ms = 1 {PRICED}", "ttft_ms"),
    (f"DELETE FROM attempts {PRICED}", "attempts"),
    (f"DELETE FROM attempts {PRICED}; UPDATE requests SET attempts = 0 {PRICED}", "attempts"),
    (f"DELETE FROM attempts {REPEATED}", "attempts"),
    (f"UPDATE attempts SET error_type = NULL {REPEATED}", "attempts"),
    (f"{HAND_WRITTEN} {PRICED}", "attempts"),
    (f"DELETE FROM responses {PRICED}", "status"),
    (f"DELETE FROM responses {PRICED}; UPDATE requests SET status = 'pending' {PRICED}", "status"),
    (f"UPDATE requests SET status = 'error' {PRICED}", "status"),
    (f"UPDATE requests SET status = 'ok' {FAILED}", "status"),
    (f"UPDATE requests SET role = 'superseded' {PRICED}", "status"),
    # what was asked, and when
    (f"UPDATE requests SET model = 'large-latest' {PRICED}", "model"),
    (f"UPDATE requests SET provider = 'openai' {PRICED}", "provider"),
    (f"UPDATE requests SET params_json = '{{\"max_tokens\": 5}}' {PRICED}", "parameters"),
    (f"UPDATE requests SET ts = '2023-01-01 00:00:00.000000' {PRICED}", "time"),
    (f"UPDATE requests SET ts = '2023-01-01 00:00:00.000000' {PRICED}", "rates of this model and day"),
    ("UPDATE runs SET config_json = replace(config_json, '0.15', '0.14')", "rates of this model and day"),
    ("UPDATE runs SET config_json = '{'", "config of its run"),
    # what is not there any more
    (f"DELETE FROM requests {PRICED}", "calls"),
    (f"DELETE FROM requests {PRICED}", "row"),
    ("DELETE FROM runs WHERE started_at = (SELECT max(started_at) FROM runs)", "row"),
    ("UPDATE requests SET repeat = repeat + 1", "calls of prompt reasoning"),
]


@pytest.mark.parametrize(("statement", "figure"), EDITS)
def test_a_hand_edited_figure_is_found_by_the_command(copy, gencost, statement, figure):
    edit(copy, statement)
    code, said = gencost("audit", "--all")
    assert code == 1
    figures = {line.split("  ", 1)[1].split(":")[0] for line in said.splitlines() if ": recorded " in line}
    assert figure in figures


@pytest.mark.parametrize(
    ("statement", "figure"),
    [
        (f"UPDATE responses SET cost_pico_usd = cost_pico_usd + 1 {PRICED}", "cost"),
        ("UPDATE runs SET config_json = '{'", "config of its run"),
        ("UPDATE runs SET versions_json = 'nothing', git_commit = '[bold'; DELETE FROM prices", "rates"),
    ],
)
def test_the_page_of_a_call_says_it_too(copy, gencost, statement, figure):
    request_id = an_id(copy, "WHERE cost_status = 'priced'")
    edit(copy, statement)
    code, said = gencost("audit", request_id)
    assert code == 1
    assert any(line.split()[0 : len(figure.split())] == figure.split() and "NOT" in line for line in said.splitlines())


def test_the_source_of_rates_that_other_calls_share_is_left_to_audit_all(copy, gencost):
    """Another call may have got the same rates elsewhere; only who sees all calls can tell."""
    request_id = an_id(copy, "WHERE cost_status = 'priced'")
    edit(copy, "UPDATE prices SET source = 'somewhere'")
    code, said = gencost("audit", request_id)
    assert (code, "NOT reproduced" in said) == (0, False)
    assert "source of rates" in said


def test_the_command_lists_what_is_wrong_and_exits_1(copy, gencost):
    assert gencost("audit", "--all")[0] == 0
    edit(copy, f"UPDATE responses SET cost_pico_usd = 7 {PRICED}")
    code, said = gencost("audit", "--all")
    assert code == 1
    assert "  cost: recorded $0.000000000007, recomputed $0.0000" in said


def test_one_call_is_shown_on_one_page(copy, gencost):
    request_id = an_id(copy, "WHERE cost_status = 'priced'")
    connection = sqlite3.connect(copy)
    query = "SELECT response, text, cost_pico_usd FROM responses JOIN requests USING (request_id) JOIN prompts"
    row = connection.execute(f"{query} ON sha256 = prompt_sha256 WHERE request_id = ?", [request_id]).fetchone()
    connection.close()
    code, said = gencost("audit", request_id[:10])
    assert code == 0
    for shown in (request_id, row[0], row[1], "small-latest", "cell_key", '"input_usd_per_mtok":"0.15"'):
        assert shown in said
    assert f"sum {row[2] / 1e12:.12f}" in " ".join(said.split())  # the bill
    assert "NOT reproduced" not in said


@pytest.mark.parametrize("where", ["WHERE status = 'error'", "WHERE from_cache"])
def test_a_call_without_an_answer_of_its_own_has_a_page(copy, gencost, where):
    code, said = gencost("audit", an_id(copy, where))
    assert (code, "NOT reproduced" in said) == (0, False)


def test_a_run_may_be_named_where_a_call_is(copy, gencost):
    with sqlite3.connect(copy) as connection:
        run_id, calls = connection.execute("SELECT run_id, count(*) FROM requests GROUP BY 1 LIMIT 1").fetchone()
    connection.close()
    code, said = gencost("audit", run_id[:8])
    assert (code, said.startswith(f"{calls} requests: ")) == (0, True)


def test_what_the_last_command_recorded_is_audited_without_words(gencost):
    code, said = gencost("audit")
    assert (code, said.startswith("20 requests: ")) == (0, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["audit", "00000000-nothing"], "no request begins like this"),
        (["audit", "a"], "give at least 4 characters"),
        (["audit", "--run", "nope"], "run 'nope': no run begins like this"),
        (["audit", "--run", ""], "give at least 4 characters"),
        (["audit", "--sweep", "nope"], "sweep 'nope': no sweep begins like this"),
        (["audit", "abcdef", "--all"], "name one call, or runs, or --all"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(copy, capsys, words, said):
    with pytest.raises(SystemExit) as ended:
        main([*words, "--db", f"sqlite:///{copy}"])
    error = capsys.readouterr().err
    assert (ended.value.code, error.count("\n")) == (2, 1)
    assert said in error


def test_a_db_that_is_not_there_is_not_made(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["audit", "--all", "--db", f"sqlite:///{tmp_path}/none.sqlite"])
    assert ended.value.code == 2
    assert "does not exist" in capsys.readouterr().err
    assert not (tmp_path / "none.sqlite").exists()


@pytest.mark.postgres
def test_postgresql_is_audited_alike(gencost_process, postgres_database):
    """Times, numbers and texts come back as they were, and an edit is found there, too."""
    url = postgres_database
    words = ("-m", "model=small,echo", "n=10", "provider.error_rate=0.2", "retry.base_s=0.001")
    assert gencost_process(*words, f"metrics_db.url={url}", "tracking=none", "report=none").returncode == 0
    done = gencost_process("audit", "--all", "--db", url, module="gencost")
    assert (done.returncode, done.stdout.startswith("20 requests: ")) == (0, True), done.stdout + done.stderr
    done = gencost_process("reprice", "--db", url, module="gencost")
    assert "1.000" in done.stdout
    engine = init_db(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE responses SET cost_pico_usd = cost_pico_usd + 1 WHERE cost_status = 'priced'"))
    engine.dispose()
    done = gencost_process("audit", "--all", "--db", url, module="gencost")
    assert (done.returncode, "  cost: recorded" in done.stdout) == (1, True)
