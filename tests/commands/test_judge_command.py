"""What ``gencost judge`` says, end to end, of scores of the mock's own judge."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from in_process import sweep_in

from gencost.commands.parsers import parser
from gencost.errors import ConfigError
from gencost.metrics_db import init_db


@pytest.fixture(scope="module")
def judged(tmp_path_factory) -> Path:
    """Twelve answers scored by two judges."""
    folder = tmp_path_factory.mktemp("judged")
    rows = "".join(f"q{i},Question {i}?,a{i}\n" for i in range(12))
    (folder / "p.csv").write_text(f"id,text,reference\n{rows}", encoding="utf-8")
    quality = [
        "quality=[judge,pairwise]",
        "quality.judge.provider.sleep=false",
        "quality.pairwise.provider.sleep=false",
    ]
    sweep_in(folder, "prompts.path=p.csv", "tracking=none", "report=none", "provider.sleep=false", *quality)
    return folder / "llmopt_stage1.sqlite"


@pytest.fixture
def recorded(judged, tmp_path) -> Path:
    shutil.copy(judged, tmp_path)
    return tmp_path


def judge(capsys, *arguments: str) -> str:
    from gencost.commands.judge import run

    capsys.readouterr()
    run(parser().parse_args(["judge", *arguments]))
    return capsys.readouterr().out


def set_scores(value: float) -> None:
    engine = init_db()
    with engine.begin() as connection:
        connection.exec_driver_sql(f"update scores set value = {value} where scorer = 'judge'")
    engine.dispose()


def test_a_constant_judge_is_said_to_tell_nothing(recorded, capsys):
    set_scores(0.75)
    out = judge(capsys, "--scorer", "judge")
    assert "it gave 0.75 to all 12 answers: it tells nothing" in out
    assert "place: in " in judge(capsys, "--scorer", "pairwise")


def test_labels_of_two_people_are_held_against_the_judge(recorded, capsys):
    set_scores(1.0)
    rows = "".join(f"q{i},{5 if i < 9 else 1},{5 if i < 6 else 1}\n" for i in range(12))
    (recorded / "l.csv").write_text(f"id,ann,bob\n{rows}", encoding="utf-8")
    out = judge(capsys, "--scorer", "judge", "--labels", str(recorded / "l.csv"))
    # ties go to the lower label: 6 of 12 are 5, the judge says 5 to all
    assert "judge and people: agreement 0.500 [" in out
    assert "(12 answers to 12 prompts)" in out
    assert "constant judge: agreement 0.500" in out
    assert "people and people: agreement 0.750, kappa 0.500" in out  # 9 of 12; (0.75 - 0.5) / 0.5


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x,y\n1,2\n", "it needs a column request_id or id"),
        ("id\nq1\n", "no column with labels"),
        ("id,ann\nq1,3\nq2,3\nq3,fine\n", "row 3: ann has 'fine', which is neither a number nor a known word"),
        ("id,ann,bob\nq1,hm,so\n", "no label in ann, bob"),
        ("id,ann,bob\nq1,yes,4\n", "'yes' and '4' are labels of two scales"),
        ("id,ann\nq1,5\nq2,5\n", "all are 5: say on which scale"),
    ],
)
def test_labels_that_cannot_be_used_are_refused(recorded, capsys, content, said):
    (recorded / "l.csv").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        judge(capsys, "--labels", str(recorded / "l.csv"))


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("wide.csv", "id;ann;bob;why\nq0; Yes;TRUE;so\nq1;no.;;\nq2;N/A;False;\nq3;correct;yes;good, really\n", ()),
        (
            "long.jsonl",
            """{"id": "q0", "rater": "ann", "label": "model_a"}\n{"id": "q0", "rater": "bob", "label": "[[A]]"}
            {"id": "q1", "rater": "ann", "label": "B"}\n{"id": "q2", "rater": "bob", "label": "MODEL_B"}
            {"id": "q3", "rater": "ann", "label": "A>B"}\n{"id": "q3", "rater": "bob", "label": "a"}""",
            (),
        ),
        (
            "lists.jsonl",
            "\n".join(f'{{"id": "q{i}", "human": {h}}}' for i, h in enumerate(["[1, 1]", "[0]", "[0]", "[1, 1]"])),
            (),
        ),
        ("own.csv", "id,ann,bob\nq0,Fine,FINE\nq1,poor,\nq2,,poor\nq3,fine,fine\n", ("--levels", "poor", "fine")),
        ("numbers.csv", 'id,ann,n\nq0,"1,0",7\nq1,0/1,7\nq2,0%,7\nq3,1 (sure),7\n', ("--raters", "ann")),
    ],
)
def test_labels_are_read_as_people_write_them(recorded, capsys, name, content, options):
    set_scores(1.0)
    (recorded / name).write_text(content, encoding="utf-8")
    out = judge(capsys, "--scorer", "judge", "--labels", str(recorded / name), *options)
    assert "labels: 4 of 4 are of an answer with a value; from 0 to 1," in out
    assert "judge and people: agreement 0.500, kappa 0.000, macro-F1 0.333 (4 answers to 4 prompts)" in out
    # F1 of yes 2 * 2 / (4 + 2), of no 0: (0.667 + 0) / 2


def test_the_scale_of_three_labels_is_that_of_the_judge(recorded, capsys):
    set_scores(0.5)  # 3 on its scale from 1 to 5
    rows = "".join(f"q{i},{(2, 3, 4)[i % 3]}\n" for i in range(12))
    (recorded / "l.csv").write_text(f"id,ann\n{rows}", encoding="utf-8")
    out = judge(capsys, "--scorer", "judge", "--labels", str(recorded / "l.csv"))
    assert "from 1 to 5," in out
    assert "judge and people: agreement 0.333 [" in out  # 4 of 12


def test_a_scorer_that_scored_nothing_is_one_line(recorded, capsys):
    with pytest.raises(ConfigError, match="no answer of these runs is scored by none"):
        judge(capsys, "--scorer", "none")
