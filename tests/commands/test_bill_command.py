from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gencost import UnifiedLLM
from gencost.cli import main
from gencost.errors import ConfigError
from gencost.providers.mock import MockProvider
from gencost.text.moments import moment

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def calls():
    provider = MockProvider(profiles={"small-latest": {}, "large-latest": {}}, sleep=False)
    made = []
    for model in ("small-latest", "large-latest"):
        with UnifiedLLM(provider=provider, model=model, run="checkout", tags={"route": "pay"}) as llm:
            made += [llm.complete(f"question {n}") for n in range(5)]
    return made


def bill(capsys, *words) -> str:
    with pytest.raises(SystemExit) as end:
        main(["bill", *words])
    assert end.value.code == 0
    return capsys.readouterr().out


def test_json_is_a_list_of_rows_with_exact_costs(capsys, calls):
    rows = json.loads(bill(capsys, "--by", "site,model", "--format", "json"))
    assert [list(row) for row in rows] == [
        [
            *("site", "model", "calls", "tokens_in", "tokens_cached", "tokens_cache_write", "tokens_out"),
            *("tokens_reasoning", "cost_usd", "source_cost_usd", "unpriced", "errors"),
        ]
    ] * 2
    for row in rows:
        assert Decimal(row["cost_usd"]) == sum(it.cost.usd for it in calls if it.request.model == row["model"])
        assert (row["site"], row["calls"], row["source_cost_usd"], row["unpriced"]) == ("checkout", 5, None, 0)


def test_without_a_key_there_is_one_row_of_everything(capsys, calls):
    (row,) = json.loads(bill(capsys, "--format", "json"))
    assert row["calls"] == 10
    assert Decimal(row["cost_usd"]) == sum(it.cost.usd for it in calls)


def test_csv_has_shares_months_and_percentiles_too(capsys):
    rows = list(csv.DictReader(io.StringIO(bill(capsys, "--by", "model", "--by", "tag.route", "--format", "csv"))))
    assert (rows[0]["tag.route"], rows[0]["model"]) == ("pay", "large-latest")
    rows = list(csv.DictReader(io.StringIO(bill(capsys, "--by", "model", "day", "--format", "csv"))))
    assert sum(float(row["share"]) for row in rows) == pytest.approx(1.0)
    assert all(float(row["p95_ms"]) >= float(row["p50_ms"]) for row in rows)
    assert float(rows[0]["usd_per_month"]) == pytest.approx(30 * float(rows[0]["cost_usd"]))  # one day


@pytest.mark.parametrize("by", ["model", "site,provider,model,run", "session,user,week"])
def test_the_table_fits_80_columns(capsys, monkeypatch, by):
    monkeypatch.setenv("COLUMNS", "80")
    lines = bill(capsys, "--by", by).splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.lstrip().startswith("total") or by.startswith("session") for line in lines)


def test_markdown_and_files(capsys, tmp_path):
    assert bill(capsys, "--by", "model", "-o", "bill.md") == ""
    text = (tmp_path / "bill.md").read_text()
    assert text.splitlines()[0].startswith("| model | calls |")
    assert "| total | 10 |" in text


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (("-o", "bill.csv"), "model,calls,"),
        (("-o", "bill.json"), "["),
        (("-o", "bill.md"), "| model |"),
        (("-o", "bill.csv", "--format", "markdown"), "| model |"),
        (("--format", "json", "-o", "bill.csv"), "["),
        (("--format", "table", "-o", "bill.csv"), "| model |"),
        (("-o", "bill.csv", "--format", "table"), "| model |"),
    ],
)
def test_the_ending_of_a_file_chooses_its_form_where_nothing_else_does(capsys, tmp_path, words, begins):
    assert bill(capsys, "--by", "model", *words) == ""
    assert next(tmp_path.glob("bill.*")).read_text().startswith(begins)


@pytest.mark.parametrize("words", [("--by", "modle"), ("--since", "yesterday"), ("--run", "ffffffff")])
def test_a_mistake_is_one_line_and_exit_code_2(capsys, words):
    with pytest.raises(SystemExit) as end:
        main(["bill", *words])
    assert end.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_nothing_since_is_said(capsys):
    assert bill(capsys, "--since", "2100-01-01").strip() == "no call was made"
    (row,) = json.loads(bill(capsys, "--since", "2100-01-01", "--format", "json"))
    assert (row["calls"], row["cost_usd"]) == (0, None)
    assert json.loads(bill(capsys, "--since", "2100-01-01", "--by", "model", "--format", "json")) == []


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("30d", "2026-10-27T12:00:00+00:00"),
        ("12h", "2026-11-26T00:00:00+00:00"),
        ("2w", "2026-11-12T12:00:00+00:00"),
        ("2026-11-01", "2026-11-01T00:00:00+00:00"),
        ("2026-11-01T08:00", "2026-11-01T08:00:00+00:00"),
        ("2026-11-01 08:00:30+02:00", "2026-11-01T06:00:30+00:00"),
        ("2026-11-01T08:00:00Z", "2026-11-01T08:00:00+00:00"),
    ],
)
def test_moments_as_people_write_them(text, at):
    assert moment(text, "--since", NOW).isoformat() == at


@pytest.mark.parametrize("text", ["", "d", "-3d", "30", "30y", "2026-13-01", "999999w", "2026-11-01T25:00"])
def test_a_moment_that_cannot_be_says_how_to_write_one(text):
    with pytest.raises(ConfigError, match="--since"):
        moment(text, "--since", NOW)
