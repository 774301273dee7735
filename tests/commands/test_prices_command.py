"""``gencost reprice``, ``whatif`` and ``prices`` as a user types them."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from in_process import sweep_in

from gencost.cli import main

Done = tuple[int, str, str]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> Path:
    """A sweep of three models."""
    folder = tmp_path_factory.mktemp("pricing")
    sweep_in(folder, "-m", "model=small,large,echo", "tracking=none", "report=none", "n=5")
    return folder / "llmopt_stage1.sqlite"


@pytest.fixture
def gencost(recorded, tmp_path, capsys, monkeypatch) -> Callable[..., Done]:
    """Run a command in a folder with a copy of the DB: its exit code, what it printed, what it complained."""
    shutil.copy(recorded, tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str) -> Done:
        with pytest.raises(SystemExit) as ended:
            main(words)
        shown = capsys.readouterr()
        return int(str(ended.value.code)), " ".join(shown.out.split()), shown.err

    return run


def registry(tmp_path: Path, models: object) -> str:
    path = tmp_path / "rates.yaml"
    path.write_text(json.dumps({"models": models, "fallback": "none"}))
    return str(path)


TEN_FOLD = {
    "mock:small-latest": [
        {"from": "2024-01-01", "input_usd_per_mtok": 1.5, "output_usd_per_mtok": 6},
        {"from": "2025-01-01", "input_usd_per_mtok": 0.15, "output_usd_per_mtok": 0.6},
    ]
}


def test_other_rates_are_beside_the_bill_which_stays(gencost, tmp_path):
    rates = registry(tmp_path, TEN_FOLD)
    code, said, _ = gencost("reprice", "--pricing", rates, "--at", "2024-06-01", "-o", "calls.json")
    assert code == 0
    assert "10.000" in said  # ten times as much for the one model
    assert "large: no price for mock:large-latest in the registry" in said
    calls = json.loads(Path("calls.json").read_text())
    assert len(calls) == 15
    small = [call for call in calls if call["model"] == "mock:small-latest"]
    assert all(call["repriced_pico_usd"] == 10 * call["billed_pico_usd"] for call in small)
    assert all(call["difference_pico_usd"] == 9 * call["billed_pico_usd"] for call in small)
    assert {call["repriced_pico_usd"] for call in calls if call not in small} == {None}
    assert gencost("audit", "--all")[0] == 0


def test_the_rates_of_the_day_of_each_call_are_the_default(gencost, tmp_path):
    _, said, _ = gencost("reprice", "--pricing", registry(tmp_path, TEN_FOLD))
    assert "$0 1.000" in said  # the rates of 2025 hold today


def test_a_registry_of_the_menu_is_named_by_its_name(gencost):
    _, said, _ = gencost("reprice", "--pricing", "openai_2023")
    assert "small: no price for mock:small-latest in the registry" in said


def test_a_run_is_chosen_by_the_beginning_of_its_id(gencost, recorded):
    import sqlite3

    connection = sqlite3.connect(recorded)
    (run_id,) = connection.execute("SELECT run_id FROM runs WHERE cell = 'model=echo,n=5'").fetchone()
    connection.close()
    code, said, _ = gencost("reprice", "--run", run_id[:8])
    assert (code, "mock:echo 5 $0 5 $0 $0 n/a" in said) == (0, True)


def test_another_model_is_an_estimate_with_and_without_its_own_length(gencost):
    code, said, _ = gencost("whatif", "--model", "mock:large-latest", "-o", "calls.csv")
    assert code == 0
    assert "as mock:large-latest, with the tokens as they were: an estimate" in said
    assert "as mock:large-latest, with answers as long as its own to the same prompts: an estimate" in said
    assert "16.667" in said  # 2.5 / 0.15 = 10 / 0.6
    with Path("calls.csv").open() as file:
        rows = list(csv.DictReader(file))
    large = [row for row in rows if row["model"] == "mock:large-latest"]
    assert all(row["billed_pico_usd"] == row["repriced_pico_usd"] == row["scaled_pico_usd"] for row in large)


def test_the_registry_is_listed_shown_and_checked(gencost, tmp_path):
    assert "mock:echo free free free" in gencost("prices", "list")[1]
    code, said, _ = gencost("prices", "show", "mock:small-latest", "--pricing", registry(tmp_path, TEN_FOLD))
    assert code == 0
    assert said.index('"from":"2025-01-01"') < said.index('"from":"2024-01-01"')  # the earlier rates, too
    assert "openai:gpt-5 from genai-prices==" in gencost("prices", "show", "openai:gpt-5")[1]
    code, said, _ = gencost("prices", "check", "--pricing", registry(tmp_path, TEN_FOLD))
    assert (code, said) == (1, "mock:small-latest: stale: checked never: read its source again and set checked")
    today = datetime.now(UTC).date().isoformat()
    free = {"mock:small-latest": [{"free": True, "checked": today}]}
    assert gencost("prices", "check", "--pricing", registry(tmp_path, free))[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("reprice --pricing none.yaml", "none.yaml: No such file or directory"),
        ("reprice --pricing bad.yaml", "bad.yaml: cannot be read: not YAML: line"),
        ("reprice --at soon", "--at 'soon': write a day like 2026-01-31"),
        ("reprice --at 2026-02-30", "--at '2026-02-30': write a day"),
        ("reprice --run nope", "run 'nope': no run begins like this"),
        ("reprice --run a", "give at least 4 characters of the id"),
        ("reprice --sweep nope", "sweep 'nope': no sweep begins like this"),
        ("reprice -o calls.xlsx", "-o calls.xlsx: name a file that ends in .csv or .json"),
        ("reprice -o no/calls.csv", "-o no/calls.csv: its folder does not exist"),
        ("reprice --db sqlite:///no.sqlite", "no.sqlite does not exist"),
        ("reprice --db nonsense", "is not a database URL"),
        ("reprice --db sqlite:///bad.yaml", "file is not a database"),
        ("reprice --db sqlite:///empty.sqlite", "the metrics DB has no run yet"),
        ("whatif --model gpt", """--model 'gpt': write "provider:model\""""),
        ("whatif --model mock:nobody", "--model mock:nobody: no price for mock:nobody in the registry"),
        ("prices show gpt", """prices show 'gpt': write "provider:model\""""),
        ("prices show openai:nothing", "no price for openai:nothing in the registry; genai-prices=="),
        ("prices list --pricing bad.yaml", "bad.yaml: cannot be read"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(gencost, words, said):
    Path("bad.yaml").write_text("models: [")
    Path("empty.sqlite").touch()
    code, _, error = gencost(*words.split())
    assert (code, error.count("\n")) == (2, 1)
    assert said in error


def test_the_list_of_prices_breaks_no_name_in_80_columns(gencost, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, said, _ = gencost("prices", "list")
    assert " openai:gpt-4o-2024-08-06 " in said


def test_runs_of_which_no_call_was_answered_have_nothing_to_price(gencost, recorded, tmp_path):
    with sqlite3.connect(tmp_path / recorded.name) as connection:
        connection.execute("UPDATE requests SET status = 'error'")
        connection.execute("DELETE FROM responses")
    connection.close()
    told = "gencost: no call of these runs was answered, so there is nothing to price: name others, see gencost list\n"
    for words in (["whatif", "--model", "openai:gpt-4o"], ["reprice"]):
        assert gencost(*words)[::2] == (2, told)
