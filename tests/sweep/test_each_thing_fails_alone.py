"""What is made when the calls are over fails alone, with one line, and takes no call and no other thing with it."""

from __future__ import annotations

import sqlite3
import sys
from importlib import import_module
from pathlib import Path

import pytest

from gencost.analysis import results
from gencost.sweep import ending

SWEEP = ("-m", "model=small,large", "n=5", "tracking=none", "provider.sleep=false")
FILES = {"baseline_results.csv", "baseline_cost_vs_latency.png", "baseline_quality.png", "baseline_report.html"}
SHOWN = {"table": "p50 ms", "differences": "quality difference", "decision": "Undecided: "}


def broken(*_, **__):
    raise ValueError("broken on purpose, key sk-canary-0123456789")


def breaks(monkeypatch, place: str) -> None:
    """Let ``module:name`` raise; ``module:Class.name`` is a method."""
    module, _, name = place.partition(":")
    owner, *rest = name.split(".")
    target = import_module(module)
    if rest:
        monkeypatch.setattr(getattr(target, owner), rest[0], broken)
    else:
        monkeypatch.setattr(target, owner, broken)


def statuses(table: str) -> list[str]:
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    rows = [status for (status,) in connection.execute(f"SELECT status FROM {table}")]
    connection.close()
    return rows


def files_of_the_sweep() -> set[str]:
    (folder,) = Path("outputs/baseline").iterdir()
    return {path.name for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize(
    ("places", "lost"),
    [
        (
            {
                "gencost.report.files:results_csv": "baseline_results.csv",
                "gencost.report.figures.figure_numbers:_bar": "baseline_quality.png",
            },
            {"baseline_results.csv", "baseline_quality.png"},
        ),
        (
            {
                "gencost.report.figures.figure_numbers:_points": "baseline_cost_vs_latency.png",
                "gencost.report.html.page:page": "baseline_report.html",
            },
            {"baseline_cost_vs_latency.png", "baseline_report.html"},
        ),
        (
            {
                "gencost.report.html.report_data:power": "the prompts needed on the page",
                "gencost.report.html.report_data:breakdown": "the bills on the page",
                "gencost.report.html.charts:front": "front on the page",
                "gencost.decision.compare:pareto": "the Pareto front",
                "gencost.decision.compare:effects": "the effects of the keys",
                "gencost.sweep.ending:_client": "whether the client was too slow",
                "gencost.report.comparison:print_remarks": "remarks",
            },
            set(),
        ),
        ({"gencost.decision.compare:decide": "the decision"}, set()),
        ({"gencost.decision.compare:intervals": "the comparison"}, set()),
        ({"gencost.decision.compare:pair": "the comparison"}, {"differences"}),
        ({"gencost.report.comparison:cell_row": "the table of cells"}, {"table"}),
        (
            {
                "gencost.report.comparison:_difference": "the table of differences",
                "gencost.report.comparison:decision_lines": "the decision",
            },
            {"differences", "decision"},
        ),
    ],
    ids=lambda value: next(iter(value), "") if isinstance(value, dict) else "",
)
def test_it_takes_nothing_else_with_it(gencost_run, monkeypatch, places, lost):
    for place in places:
        breaks(monkeypatch, place)
    figures = any("figure" in place for place in places)  # they take a second
    done = gencost_run(*SWEEP, f"report.plots={figures}")
    assert (done.returncode, done.stderr) == (0, "")
    assert (statuses("runs"), statuses("sweeps")) == (["finished"] * 2, ["finished"])
    assert files_of_the_sweep() == {name for name in FILES if figures or not name.endswith(".png")} - lost
    assert {name for name, text in SHOWN.items() if text in done.stdout} == set(SHOWN) - lost
    lines = [line for line in done.stdout.splitlines() if "broken on purpose" in line]
    for what in places.values():
        text = f"{what} failed: ValueError: broken on purpose, key sk-*** (test_each_thing_fails_alone.py, line "
        assert [line for line in lines if line.startswith(text)], lines
    assert all(line.endswith("; no recorded call is lost with it") for line in lines)


def test_without_results_the_calls_are_recorded_and_said_to_be_there(gencost_run, monkeypatch):
    breaks(monkeypatch, "gencost.analysis.results:read_results")
    done = gencost_run(*SWEEP)
    assert (done.returncode, done.stderr) == (0, "")
    assert (statuses("runs"), statuses("sweeps")) == (["finished"] * 2, ["finished"])
    assert done.stdout.count("the results failed") == 3  # of each cell and of the sweep
    assert "metrics DB  sqlite:///llmopt_stage1.sqlite" in done.stdout


def test_figures_of_cells_are_waited_for_where_the_results_of_the_sweep_fail(gencost_run, monkeypatch):
    read = results.read_results
    monkeypatch.setattr(results, "read_results", lambda engine, ids: read(engine, ids) if len(ids) == 1 else broken())
    done = gencost_run(*SWEEP, "report.html=false")
    assert done.stdout.count("the results failed") == 1
    assert len(list(Path("outputs").rglob("*.png"))) == 2 * 2  # of each cell


class Unusable:
    """Finds pandas built for another numpy, or a script of the user's that has its name."""

    def __init__(self, module: str, error: BaseException) -> None:
        self.module, self.error = module, error

    def find_spec(self, name, *_):
        if name == self.module:
            raise self.error


def unusable(monkeypatch, module: str, error: BaseException) -> None:
    folder, _, name = module.rpartition(".")
    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.delattr(f"{folder}.{name}", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Unusable(module, error), *sys.meta_path])


ERRORS = [ValueError("broken on purpose"), SystemExit("broken on purpose")]


@pytest.mark.parametrize("error", ERRORS)
def test_an_import_that_breaks_loses_no_end_of_a_cell(monkeypatch, error):
    unusable(monkeypatch, "gencost.report.publish", error)
    ending._load()


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize(
    "case",
    [
        ("gencost.analysis.results", ("n=3",), ["whether the client was too slow", "what is made of the calls"]),
        ("gencost.report.publish", ("n=3",), ["the table"]),
        ("gencost.report.publish", SWEEP, ["what is made of the sweep"]),
        ("gencost.report.files", SWEEP, [*["what is made of the calls"] * 2, "what is made of the sweep"]),
    ],
)
def test_an_import_that_breaks_after_the_calls_is_one_line_for_each_thing(gencost_run, monkeypatch, error, case):
    module, words, told = case
    unusable(monkeypatch, module, error)
    done = gencost_run(*words, "tracking=none", "report.plots=false", "report.html=false")
    assert (done.returncode, done.stderr) == (0, "")
    assert set(statuses("runs")) == {"finished"}
    failed = [line.partition(" failed: ")[0] for line in done.stdout.splitlines() if "broken on purpose" in line]
    assert failed == told
    assert "metrics DB  sqlite:///llmopt_stage1.sqlite" in done.stdout


@pytest.mark.parametrize("name", ["config.yaml", "baseline_results.csv"])
def test_a_file_that_cannot_be_written_is_named_with_its_reason(gencost_run, name):
    Path("there", name).mkdir(parents=True)  # a folder is in the way
    done = gencost_run("n=3", "tracking=none", "report.plots=false", "hydra.run.dir=there")
    assert (done.returncode, statuses("runs")) == (0, ["finished"])
    assert f"{name} failed: {Path('there', name).absolute()} cannot be used: Is a directory" in done.stdout
    assert "mean cost" in done.stdout


def test_an_objective_that_fails_fails_its_trial_and_leaves_the_cell_finished(gencost_run, monkeypatch):
    breaks(monkeypatch, "gencost.analysis.objective:objective")
    done = gencost_run(*SWEEP, "objective=[cost_usd_mean]", "report=none")
    assert done.returncode == 1
    assert statuses("runs") == ["finished"] * 2
    assert "the objective failed: ValueError: broken on purpose" in done.stdout
    assert "no value for objective=cost_usd_mean" in done.stderr


def test_a_single_run_shows_its_table_where_it_cannot_be_compared(gencost_run, monkeypatch):
    breaks(monkeypatch, "gencost.decision.compare:measured")
    done = gencost_run("n=5", "tracking=none", "provider.sleep=false", "report=none")
    assert (done.returncode, statuses("runs")) == (0, ["finished"])
    assert "the comparison failed: ValueError: broken on purpose" in done.stdout
    assert "mean cost" in done.stdout
