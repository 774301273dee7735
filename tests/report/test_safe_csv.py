from __future__ import annotations

import io
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gencost.report.safe_csv import safe_value, write_safe_csv

ROOT = Path(__file__).parent.parent.parent / "gencost"
WRITERS = sorted(
    path
    for path in ROOT.rglob("*.py")
    if path.name != "safe_csv.py" and re.search(r"\.to_csv\(|csv\.(?:Dict)?[Ww]riter\(", path.read_text("utf-8"))
)


@pytest.mark.parametrize("path", WRITERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_whoever_writes_csv_makes_it_safe(path):
    assert "from gencost.report.safe_csv import" in path.read_text("utf-8")


def written(frame: pd.DataFrame) -> str:
    file = io.StringIO()
    write_safe_csv(frame, file)
    return file.getvalue()


def test_texts_are_made_safe_and_numbers_stay():
    frame = pd.DataFrame({"id": ["=1+1", "a"], "n": [-1, 2], "c": pd.Categorical(["@x", "b"])})
    assert written(frame) == "id,n,c\n'=1+1,-1,'@x\na,2,b\n"
    assert frame["id"].tolist() == ["=1+1", "a"]
    assert [safe_value(text) for text in ("\n =1", "\uff1d1", "\n\nAnswer")] == ["'\n =1", "'\uff1d1", "\n\nAnswer"]
    assert [safe_value(value) for value in (-1.5, None, "-1.5", "\t=x")] == [-1.5, None, "-1.5", "'\t=x"]


def test_values_of_every_kind_are_written_as_pandas_writes_them():
    moments = pd.to_datetime(["2026-11-26 12:00:00.000001", "2026-11-26", None], utc=True, format="ISO8601")
    frame = pd.DataFrame(
        {
            "float": [0.1, 1e-7, math.nan],
            "whole": pd.array([2**62, 0, None], dtype="Int64"),
            "small": np.array([1, 2, 3], dtype="int32"),
            "truth": [True, False, True],
            "moment": moments,
            "label": pd.Categorical(["a,b", None, 'c"d']),
            "mixed": pd.Series(["two\nlines", 3, None], dtype=object),
            "nothing": [math.nan] * 3,
        }
    )
    assert written(frame) == frame.to_csv(index=False, lineterminator="\n")
    assert written(frame[:0]) == ",".join(frame) + "\n"
