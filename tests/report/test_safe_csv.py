from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from gencost.report.safe_csv import safe_for_spreadsheets, safe_value

ROOT = Path(__file__).parent.parent.parent / "gencost"
WRITERS = sorted(
    path for path in ROOT.rglob("*.py") if re.search(r"\.to_csv\(|csv\.(?:Dict)?[Ww]riter\(", path.read_text("utf-8"))
)


@pytest.mark.parametrize("path", WRITERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_whoever_writes_csv_makes_it_safe(path):
    assert "from gencost.report.safe_csv import" in path.read_text("utf-8")


def test_texts_are_made_safe_and_numbers_stay():
    frame = pd.DataFrame({"id": ["=1+1", "a"], "n": [-1, 2], "c": pd.Categorical(["@x", "b"])})
    assert safe_for_spreadsheets(frame).to_dict("list") == {"id": ["'=1+1", "a"], "n": [-1, 2], "c": ["'@x", "b"]}
    assert frame["id"].tolist() == ["=1+1", "a"]
    assert [safe_value(text) for text in ("\n =1", "\uff1d1", "\n\nAnswer")] == ["'\n =1", "'\uff1d1", "\n\nAnswer"]
    assert [safe_value(value) for value in (-1.5, None, "-1.5", "\t=x")] == [-1.5, None, "-1.5", "'\t=x"]
