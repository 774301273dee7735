"""A row that cannot be read is left out by itself, whatever the file's format; so it is where a file is replayed."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from traffic.imports import calls, gencost

from gencost.errors import ConfigError
from gencost.providers.replay import ReplayProvider

NAMES = ("id", "model", "tokens_in", "tokens_out", "prompt", "response", "note")
ROWS = [(str(n), "openai:gpt-4o-mini", 120, 30, f"q{n}", "Hello", "x") for n in (1, 2, 3)]
# The second row cannot be read; the two others are left.


def jsonl(path: str) -> None:
    lines = [json.dumps(dict(zip(NAMES, row, strict=True))).encode() for row in ROWS]
    lines[1] = lines[1].replace(b'"x"', b'"x\xff"')
    Path(path).write_bytes(b"\n".join(lines))


def csv_file(path: str, second: str = "2,openai:gpt-4o-mini,120,30,q2,Hello,x,one more") -> None:
    lines = [",".join(NAMES), *(",".join(map(str, row)) for row in ROWS)]
    lines[2] = second
    Path(path).write_text("\n".join(lines), encoding="utf-8")


def workbook(path: str) -> None:
    book = pytest.importorskip("openpyxl").Workbook()
    for line in (NAMES, *ROWS):
        book.active.append(line)
    book.active["C3"] = "=60*2"  # openpyxl computes nothing, so no value is stored
    book.save(path)


def parquet(path: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {name: pa.array([row[place] for row in ROWS]) for place, name in enumerate(NAMES)}
    moment = int(datetime(2026, 11, 20).timestamp() * 1e6)  # noqa: DTZ001 - any
    columns["ts"] = pa.array([moment, 2**62, moment], pa.timestamp("us"))  # the second is the year 148,000
    pq.write_table(pa.table(columns), path)


FORMATS = {
    "calls.csv": (csv_file, "8 values under 7 columns"),
    "calls.xlsx": (workbook, "cell C3: the value of =60*2 is not stored"),
    "calls.parquet": (parquet, "column 'ts' of timestamp[us]: date value out of range"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_an_import_leaves_out_a_bad_row_and_names_it(capsys, name):
    make, why = FORMATS[name]
    make(name)
    printed = gencost(capsys, "import", "table", name)
    assert "2 calls imported" in printed
    assert "1 record cannot be read:" in printed
    assert why in printed
    assert calls("t.source_id") in ([("1",), ("3",)], [("3",), ("1",)])


@pytest.mark.parametrize("name", FORMATS)
def test_an_import_that_is_to_fail_fails_at_a_bad_row(capsys, name):
    make, why = FORMATS[name]
    make(name)
    assert why in gencost(capsys, "import", "table", name, "on_bad_line=fail", code=2)


REPLAYED = {
    "calls.csv": (csv_file, "more values than columns"),
    "calls.xlsx": (workbook, "cell C3: the value of =60*2 is not stored"),
    "calls.parquet": (parquet, "row 2: column 'ts' of timestamp[us]"),
    "calls.jsonl": (jsonl, "line 2: not UTF-8"),
}


@pytest.mark.parametrize("name", REPLAYED)
def test_a_replay_leaves_out_a_bad_row_or_refuses_the_file(name):
    make, why = REPLAYED[name]
    make(name)
    with pytest.raises(ConfigError, match=why.replace("*", r"\*").replace("[us]", r"\[us\]")) as refused:
        ReplayProvider(path=name).check("openai:gpt-4o-mini")
    assert "on_bad_row=skip leaves them out" in str(refused.value)
    kept = ReplayProvider(path=name, on_bad_row="skip")
    kept.check("openai:gpt-4o-mini")
    assert why in next(iter(kept.remarks("openai:gpt-4o-mini", [])))


def test_a_quotation_mark_within_quotes_spoils_its_row_alone():
    csv_file("calls.csv", '2,openai:gpt-4o-mini,120,30,q2,"say "hi" now",x')
    kept = ReplayProvider(path="calls.csv", on_bad_row="skip")
    assert "line 3: not CSV" in next(iter(kept.remarks("openai:gpt-4o-mini", [])))
    assert len(kept._recorded.by_id["openai:gpt-4o-mini"]) == 2


def test_a_quotation_mark_that_stays_open_refuses_the_file():
    """All rows behind it may be inside of it."""
    csv_file("calls.csv", '2,openai:gpt-4o-mini,120,30,q2,"say,x')
    with pytest.raises(ConfigError, match="line 3: not CSV: unexpected end of data; is a quotation mark open"):
        ReplayProvider(path="calls.csv", on_bad_row="skip").check("openai:gpt-4o-mini")


@pytest.mark.parametrize("packed", ["gz", "bz2", "xz", "zst"])
def test_a_packed_log_is_unpacked(capsys, packed):
    module = pytest.importorskip({"gz": "gzip", "bz2": "bz2", "xz": "lzma", "zst": "zstandard"}[packed])
    csv_file("calls.csv", ",".join(map(str, ROWS[1])))
    name = f"calls.csv.{packed}"
    Path(name).write_bytes(module.compress(Path("calls.csv").read_bytes()))
    assert "3 calls imported" in gencost(capsys, "import", "table", name)


@pytest.mark.parametrize("packed", ["gz", "bz2", "xz", "zst"])
def test_a_packed_log_that_breaks_off_is_one_line(capsys, packed):
    module = pytest.importorskip({"gz": "gzip", "bz2": "bz2", "xz": "lzma", "zst": "zstandard"}[packed])
    jsonl("calls.jsonl")
    name = f"calls.jsonl.{packed}"
    Path(name).write_bytes(module.compress(Path("calls.jsonl").read_bytes())[:-20])
    assert name in gencost(capsys, "import", "table", name, code=2)


@pytest.mark.parametrize("name", ["ts", "latency_ms", "attempts", "repeat", "tokens_in"])
def test_a_number_that_nothing_can_hold_is_a_bad_row(capsys, name):
    rows = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
    rows[1][name] = 10**400
    Path("calls.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert "calls.jsonl:2" in gencost(capsys, "import", "table", "calls.jsonl")
    assert len(calls("q.model")) == 2


@pytest.mark.parametrize("status", [10**400, "1e999999999"])
def test_a_status_that_nothing_can_hold_is_none(capsys, status):
    row = {**dict(zip(NAMES, ROWS[0], strict=True)), "http_status": status}
    Path("calls.jsonl").write_text(json.dumps(row), encoding="utf-8")
    gencost(capsys, "import", "table", "calls.jsonl")
    assert calls("q.status") == [("ok",)]
