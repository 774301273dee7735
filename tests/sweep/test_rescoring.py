"""``gencost rescore``: recorded answers are scored again, and nobody is asked again but a judge."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from in_process import sweep_in

from gencost.cli import main

N = 12


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> Path:
    """One recorded run."""
    folder = tmp_path_factory.mktemp("recorded")
    sweep_in(folder, f"n={N}", "model=small", "provider.sleep=false", "tracking=none", "report=none")
    return folder / "llmopt_stage1.sqlite"


@pytest.fixture(autouse=True)
def run_id(recorded) -> str:
    """The recorded run in a metrics DB of the test's own."""
    shutil.copy(recorded, ".")
    return query("SELECT run_id FROM runs")[0][0]


def query(text: str) -> list[tuple]:
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    rows = connection.execute(text).fetchall()
    connection.close()
    return rows


def execute(text: str) -> None:
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    connection.execute(text)
    connection.commit()
    connection.close()


def totals() -> dict[str, float]:
    """The sum of the scores of each scorer."""
    return {scorer: total for scorer, _, _, total in query(SCORES)}


def rescore(capsys, *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["rescore", *arguments])
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out + printed.err


SCORES = "SELECT scorer, version, count(*), sum(value) FROM scores GROUP BY 1, 2 ORDER BY 1"


def test_new_scorers_add_rows_and_ask_nobody(capsys, run_id):
    code, said = rescore(capsys, "--run", run_id[:8], "quality=[length,no_refusal]", "quality.length.max_words=1")
    assert code == 0, said
    assert re.search(rf"length 1\.\w+: {N} answers scored", said)
    values = [(scorer, n, total) for scorer, _, n, total in query(SCORES) if scorer != "proxy"]
    assert values == [("length", N, 0.0), ("no_refusal", N, N)]
    assert query("SELECT count(*) FROM requests") == [(N,)]
    assert query("SELECT score FROM runs") == [("proxy",)]


def test_the_same_scorer_and_version_is_kept_unless_forced(capsys, run_id):
    short = ("quality=[length]", "quality.length.max_words=1", "--run", run_id)
    rescore(capsys, *short)
    execute("UPDATE scores SET value = 0.5 WHERE scorer = 'length'")
    _, said = rescore(capsys, *short)
    assert f": 0 answers scored; {N} kept the score they had; --force replaces it" in said
    assert totals() == {"proxy": pytest.approx(totals()["proxy"]), "length": N * 0.5}
    _, said = rescore(capsys, *short, "--force")
    assert f": {N} answers scored" in said
    assert totals()["length"] == 0.0


def test_a_score_by_an_earlier_rule_is_given_anew(capsys, run_id):
    rescore(capsys, "quality=[no_refusal]", "--run", run_id)
    execute("UPDATE scores SET version = '1', value = 0.5 WHERE scorer = 'no_refusal'")
    _, said = rescore(capsys, "quality=[no_refusal]", "--run", run_id)
    assert f"no_refusal 3: {N} answers scored" in said
    assert [row[1:] for row in query(SCORES) if row[0] == "no_refusal"] == [("1", N, N * 0.5), ("3", N, N)]


def test_a_scorer_with_other_keys_is_another_version(capsys, run_id):
    for words in (1, 1000):
        rescore(capsys, "quality=[length]", f"quality.length.max_words={words}", "--run", run_id)
    assert sorted(total for scorer, _, _, total in query(SCORES) if scorer == "length") == [0.0, float(N)]


def test_what_has_no_value_is_tried_again_and_counted(capsys, run_id):
    execute("UPDATE requests SET reference = NULL")
    _, said = rescore(capsys, "quality=[exact_match]", "--run", run_id)
    assert f"exact_match 2: {N} answers scored; {N} of them without a value" in said
    execute(
        "UPDATE requests SET reference = (SELECT response FROM responses r WHERE r.request_id = requests.request_id)"
    )
    rescore(capsys, "quality=[exact_match]", "--run", run_id)
    assert ("exact_match", "2", N, float(N)) in query(SCORES)


def test_a_score_given_becomes_the_quality_of_the_run(capsys, run_id):
    rescore(capsys, "quality=[no_refusal]", "score=no_refusal", "--run", run_id)
    assert query("SELECT score FROM runs") == [("no_refusal",)]


def test_a_judge_asks_its_own_model_within_its_budget(capsys, run_id):
    code, said = rescore(capsys, "quality=[judge]", "budget.usd=0.0005", "quality.judge.in_flight=1", "--run", run_id)
    assert code == 3, said
    judged = query("SELECT count(*) FROM requests WHERE role = 'judge'")[0][0]
    assert 0 < judged < N
    assert f"{N - judged} not judged: budget.usd is reached" in said
    assert (
        query("SELECT sum(cost_pico_usd) FROM responses JOIN requests USING (request_id) WHERE role = 'judge'")[0][0]
        <= 500_000_000
    )
    code, said = rescore(capsys, "quality=[judge]", "budget.usd=1", "--run", run_id)
    assert code == 0, said
    assert query("SELECT count(*) FROM scores WHERE scorer = 'judge' AND judge_request_id IS NOT NULL") == [(N,)]
    assert query("SELECT count(*) FROM requests WHERE role = 'sample'") == [(N,)]


def test_of_two_judges_the_results_show_the_one_that_scored_last(capsys, run_id):
    from gencost.analysis.results import read_results
    from gencost.metrics_db import init_db

    for rubric in ("It is short.", "It is long."):
        rescore(capsys, "quality=[judge]", f"quality.judge.rubric={rubric}", "--run", run_id)
    last = query("SELECT avg(value) FROM scores WHERE version = (SELECT version FROM scores ORDER BY ts DESC LIMIT 1)")[
        0
    ][0]
    assert query("SELECT count(DISTINCT version) FROM scores WHERE scorer = 'judge'") == [(2,)]
    engine = init_db()
    assert read_results(engine, [run_id]).summaries[0].score_means["judge"] == pytest.approx(last)
    engine.dispose()


@pytest.mark.parametrize("folder", ["mine", "Ann's own, [ü]"])
def test_a_scorer_of_ones_own_comes_from_a_folder_of_ones_own(capsys, run_id, tmp_path, folder):
    (tmp_path / folder / "quality").mkdir(parents=True)
    node = {"mine": {"_target_": "gencost.quality.structure.Length", "name": "mine", "max_words": 1000}}
    (tmp_path / folder / "quality" / "mine.yaml").write_text(json.dumps(node), encoding="utf-8")
    code, said = rescore(capsys, "quality=[mine]", "--config-dir", folder, "--run", run_id)
    assert code == 0, said
    assert totals()["mine"] == N


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("n=3", "quality=[length]"), "n=3: rescore asks no model anew; it takes quality, "),
        ((), "name scorers, e.g. quality=[exact_match]"),
        (("quality=[lenght]",), "did you mean 'length'"),
        (("quality=[judge]", "quality.judge.model.name=jury"), "'jury' is not a mock model"),
        (("quality=[judge]", "provider@quality.judge.provider=openai"), "OPENAI_API_KEY"),
    ],
)
def test_a_mistake_is_one_line_and_changes_nothing(capsys, arguments, said, run_id):
    code, text = rescore(capsys, *arguments, "--run", run_id)
    assert (code, text.count("\n")) == (2, 1), text
    assert said in text
    assert [row[0] for row in query(SCORES)] == ["proxy"]
