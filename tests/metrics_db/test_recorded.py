"""A metrics DB and a config that an earlier version wrote: today's version goes on with them and reads them alike."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
import yaml
from omegaconf import OmegaConf

from gencost.cli import main
from gencost.config.schema import Config

RECORDED = Path(__file__).parent / "recorded"
QUIET = ("tracking=none", "report=none", "resume=true")
COUNT = """SELECT role, requests.status, count(*) FROM requests JOIN runs USING (run_id)
    WHERE name = ? GROUP BY 1, 2 ORDER BY 1, 2"""


@pytest.fixture
def db(tmp_path) -> Path:
    """The DB in the test's folder, beside the files that its runs read."""
    for name in ("answers.jsonl", "chat.jsonl", "looks.csv"):
        shutil.copy(RECORDED / name, tmp_path)
    path = tmp_path / "llmopt_stage1.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript((RECORDED / "recorded.sql").read_text(encoding="utf-8"))
    connection.close()
    return path


def query(path: Path, statement: str, *values: object) -> list[tuple]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def gencost(capsys, *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main([*words])
    printed = capsys.readouterr()
    assert ended.value.code in (0, None), printed.out + printed.err
    return printed.out


def run_id(path: Path, name: str) -> str:
    return query(path, "SELECT run_id FROM runs WHERE name = ?", name)[0][0]


def test_an_audit_makes_every_figure_again(db, capsys):
    printed = gencost(capsys, "audit", "--all")
    # 449 figures, less the 12 scores of a definition of contains that has changed since
    assert "29 requests: 437 figures reproduced, 0 not" in printed
    assert "score contains: 12 cannot be recomputed" in printed


def test_the_cells_of_its_sweep_are_compared_with_the_figures_that_were_printed_then(db, capsys):
    ((sweep,),) = query(db, "SELECT sweep_id FROM sweeps")
    page = gencost(capsys, "compare", sweep)
    # printed then: mean cost $0.00135, mean quality 0.6097; the decision has other words now
    assert "$0.001350" in page
    assert " 0.610 " in page


@pytest.mark.parametrize("name", ["judged", "errors", "replayed", "looks", "killed"])
def test_each_run_has_a_report(db, capsys, name):
    assert "1 cell" in gencost(capsys, "report", run_id(db, name))
    assert "<html" in Path("report.html").read_text(encoding="utf-8")


def test_its_prompts_have_the_kind_that_readers_took_them_for(db, capsys):
    gencost(capsys, "compare", run_id(db, "looks"))  # opens it
    kinds = """SELECT DISTINCT name, prompts.kind FROM prompts JOIN requests ON sha256 = prompt_sha256
        JOIN runs USING (run_id)
        WHERE role = 'sample' AND name IN ('looks', 'replayed', 'sweep') ORDER BY 1"""
    # The texts of looks.csv are JSON of messages, which were read as conversations then.
    assert query(db, kinds) == [("looks", "conversation"), ("replayed", "conversation"), ("sweep", "text")]


def test_its_answers_are_scored_by_another_scorer(db, capsys):
    gencost(capsys, "rescore", "quality=[token_f1]", "--run", run_id(db, "replayed"))
    scored = """SELECT prompt_id, value FROM scores JOIN requests USING (request_id) JOIN runs USING (run_id)
        WHERE scorer = 'token_f1' AND name = 'replayed' ORDER BY 1"""
    # without articles "it is trillionth of dollar" has all 3 words of "trillionth of dollar": 2 * 3 / (5 + 3)
    assert query(db, scored) == [("c1", 0.75), ("c2", 1.0)]


def test_its_config_fits_the_schema_of_today():
    recorded = yaml.safe_load((RECORDED / "config.yaml").read_text(encoding="utf-8"))
    merged = OmegaConf.merge(OmegaConf.structured(Config), recorded)
    assert (merged.name, merged.n, merged.seed, merged.model.name) == ("sweep", 4, 0, "small-latest")
    assert merged.model.params == {"max_tokens": 400, "temperature": None}


def test_that_config_is_the_one_in_the_db(db):
    in_db = query(db, "SELECT config_json FROM runs WHERE name = 'sweep' AND cell LIKE 'model=small%'")[0][0]
    assert json.loads(in_db) == yaml.safe_load((RECORDED / "config.yaml").read_text(encoding="utf-8"))


SMALL_ERRORS = ("provider.error_rate=0.6", "retry.tries=2", "retry.base_s=0.001", "retry_errors=true")
REPLAYED = ("model.name=recorded-1", "provider=replay", "provider.path=answers.jsonl", "prompts.path=chat.jsonl")
SLOW = ("load.concurrency=1", "provider.profiles.small-latest.median_ms=800")
RESUMED = {  # name -> the words of its command, its calls afterwards
    "sweep": (("-m", "model=small,large", "n=4", "quality=[proxy,contains]"), [("sample", "ok", 8)]),
    # judged once more, as a judge of today has another version
    "judged": (("model=small", "n=3", "quality=[proxy,judge]"), [("judge", "ok", 6), ("sample", "ok", 3)]),
    "errors": (  # each failed again, as answers and faults depend on seed, prompt and repeat alone
        ("model=small", "n=6", *SMALL_ERRORS),
        [("sample", "error", 5), ("sample", "ok", 1), ("superseded", "error", 5)],
    ),
    "replayed": (("model=recorded", *REPLAYED, "quality=[proxy,contains]", "n=null"), [("sample", "ok", 2)]),
    "looks": (("model=echo", "prompts.path=looks.csv", "quality=[proxy,contains]", "n=null"), [("sample", "ok", 2)]),
    "killed": (("model=small", "n=8", *SLOW), [("sample", "ok", 8), ("superseded", "error", 2)]),
}


@pytest.mark.cli
@pytest.mark.parametrize("name", RESUMED)
def test_each_command_resumes_with_the_calls_that_are_missing_alone(db, gencost_run, name):
    words, calls = RESUMED[name]
    kept = query(db, "SELECT request_id, response FROM responses ORDER BY 1")
    done = gencost_run(*words, f"name={name}", *QUIET)
    assert done.returncode == 0, done.stdout + done.stderr
    assert query(db, COUNT, name) == calls
    after = dict(query(db, "SELECT request_id, response FROM responses"))
    assert all(after[request_id] == response for request_id, response in kept)
