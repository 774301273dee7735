from __future__ import annotations

import pytest
from made import record, store, two

from gencost.cli import main

DB = "sqlite:///metrics.sqlite"


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["report", "--db", DB, *arguments])
    printed = capsys.readouterr()
    return ended.value.code, printed.out, printed.err


def test_the_last_commands_cells_become_a_page(engine, capsys, tmp_path):
    two(engine)
    code, said, _ = run(capsys)
    assert code == 0
    assert said.startswith("report.html: 2 cells")
    assert "Undecided: m b costs 50 % less" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_criteria_of_the_command_decide(engine, capsys, tmp_path):
    two(engine, n=100)  # 87 questions show half the cost
    assert run(capsys, "-o", "r.html", "--margin", "0.5", "--reference", "m=a")[0] == 0
    assert "Switch to m b: 50 % less" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_runs_are_named_by_their_first_characters(engine, capsys, tmp_path):
    cells = {"m a": [record("aaaa-1", 0)], "m b": [record("bbbb-2", 0)]}
    store(engine, cells, ids=["aaaa-1", "bbbb-2"])
    assert run(capsys, "bbbb")[1].startswith("report.html: 1 cell")
    assert "m a<" not in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("nowhere/r.html", "its folder does not exist"),
        (".", "is a folder; name a file in it"),
        ("page.PDF", "cannot be written as .pdf; name a file that ends in .html or .htm"),
    ],
)
def test_a_place_that_cannot_be_written_is_one_line(engine, capsys, output, said):
    two(engine)
    code, _, error = run(capsys, "-o", output)
    assert (code, error.count("\n")) == (2, 1)
    assert said in error
