"""Whatever sweep of the mock is asked for ends with its table, its decision, its page and exit code 0."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

pytestmark = pytest.mark.cli

SCORERS = ("proxy", "contains", "exact_match", "token_f1", "numeric", "yes_no", "json_valid", "no_refusal", "judge")
# Where a difference is large against its spread, the prompts it needs were NaN.
LARGE_EFFECTS = [(300, 0.02, 1, "proxy"), (400, 0.02, 1, "proxy"), (1500, 0.02, 1, "proxy"), (50, 0.1, 1, "proxy")]


def drawn(seed: int) -> tuple[int, float, int, str]:
    """n, margin, repeats and scorer."""
    rng = random.Random(seed)
    n = rng.choice([1, 2, 3, 4, 5, 6, 9, 17, 50, 120])
    return n, rng.choice([0, 1e-9, 0.001, 0.02, 0.1, 0.3, 1]), rng.randint(1, 4), rng.choice(SCORERS)


@pytest.mark.parametrize(("n", "margin", "repeats", "scorer"), [*map(drawn, range(20)), *LARGE_EFFECTS])
def test_it_ends_with_a_table_and_exit_code_0(gencost_run, n, margin, repeats, scorer):
    what = (f"n={n}", f"decision.margin={margin}", f"repeats={repeats}", f"quality=[{scorer}]")
    done = gencost_run("-m", "model=small,large", *what, "provider.sleep=false", "tracking=none", "report.plots=false")
    assert (done.returncode, done.stderr) == (0, "")
    assert "errors  p50 ms" in done.stdout
    first = next(line for line in done.stdout.splitlines() if " cannot show " not in line and "no verdict" not in line)
    assert first.startswith(("Keep ", "Switch to ", "Undecided: "))
    assert " failed" not in done.stdout
    assert list(Path("outputs").rglob("baseline_report.html"))
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    statuses = connection.execute("SELECT status FROM runs UNION ALL SELECT status FROM sweeps").fetchall()
    connection.close()
    assert statuses == [("finished",)] * 3
