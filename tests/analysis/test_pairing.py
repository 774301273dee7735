"""Cells of other prompt sets are paired by what was asked, and other settings of a scorer are said."""

from __future__ import annotations

from pathlib import Path

from test_conf import composed

from gencost.analysis.results import read_results
from gencost.metrics_db import init_db
from gencost.report.files import results_csv
from gencost.sweep.flow import run_cells


def run(tmp_path, text: str, *overrides: str) -> None:
    path = tmp_path / f"{abs(hash(text))}.csv"
    path.write_text(text, encoding="utf-8")
    common = [f"prompts.path={path}", "quality=[exact_match]", "tracking=none", "report=none", "provider.sleep=false"]
    run_cells([composed(*common, *overrides)])


def results():
    engine = init_db()
    with engine.connect() as connection:
        ids = [row[0] for row in connection.exec_driver_sql("select run_id from runs order by started_at")]
    cells = read_results(engine, ids)
    engine.dispose()
    return cells


def test_the_same_ids_of_other_prompts_are_no_pairs(tmp_path):
    run(tmp_path, "id,text,reference\n1,one,1\n2,two,2\n")
    run(tmp_path, "id,text,reference\n1,two,2\n2,three,3\n")
    cells = results()
    assert cells.remarks[0].endswith("paired by what was asked, and 1 of 3 prompts were asked of all of them")
    pairs = cells.calls.groupby("run_id", observed=True)["prompt_id"].agg(set)
    assert len(pairs.iloc[0] & pairs.iloc[1]) == 1


def test_the_same_prompts_under_other_ids_are_pairs(tmp_path):
    run(tmp_path, "id,text,reference\n1,one,1\n2,two,2\n")
    run(tmp_path, "id,text,reference\nb,two,2\nc,three,3\n")
    cells = results()
    assert cells.remarks[0].endswith("paired by what was asked, and 1 of 3 prompts were asked of all of them")


def test_a_smaller_set_of_the_same_prompts_is_paired_by_id(tmp_path):
    run(tmp_path, "id,text,reference\n1,one,1\n2,two,2\n")
    run(tmp_path, "id,text,reference\n1,one,1\n")
    cells = results()
    assert cells.remarks == ()
    assert set(cells.calls["prompt_id"]) == {"1", "2"}


def test_a_sweep_over_templates_is_paired_by_its_rows(tmp_path, gencost_run):
    (tmp_path / "p.csv").write_text("id,text,reference\n1,one,1\n2,two,2\n")
    templates = "prompts.template='{text}','Briefly: {text}'"
    done = gencost_run("-m", "prompts.path=p.csv", templates, "tracking=none", "report=none", "provider.sleep=false")
    assert done.returncode == 0, done.stderr
    cells = results()
    assert cells.remarks == ()
    assert set(cells.calls["prompt_id"]) == {"1", "2"}


def test_other_settings_of_one_scorer_are_said(tmp_path):
    run(tmp_path, "id,text,reference\n1,one,1\n")
    run(tmp_path, "id,text,reference\n1,one,1\n", "quality.exact_match.ignore_case=true")
    assert results().remarks[0].startswith("exact_match has other settings in other cells (")


def test_no_text_of_the_csv_is_a_formula(tmp_path):
    formulas, others = ("=1+1", "@x", "+cmd|x", "-1+1"), ("-5", "- item", "a=b")
    run(tmp_path, "id,text,reference\n" + "".join(f"{text},about {text},1\n" for text in (*formulas, *others)))
    engine = init_db()
    written = results_csv(engine, results(), Path(tmp_path / "r.csv")).read_text(encoding="utf-8")
    engine.dispose()
    assert [text for text in formulas if f",'{text}," not in written] == []
    assert [text for text in others if f",{text}," not in written] == []
