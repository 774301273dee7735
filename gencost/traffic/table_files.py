"""Read the rows of a file by its ending: CSV, TSV, Parquet or a workbook; anything else is JSON."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from gencost.tabular import TabularError, parquet_rows, read_rows
from gencost.traffic.logged import BadRecord
from gencost.traffic.records import PACKED, LogFileError, Placed, opened, records

_SEP = re.compile(r"\"?sep=(.)\"?", re.IGNORECASE)
_MOST_IN_CELL = min(sys.maxsize, 2**31 - 1)


def rows_of(path: Path, delimiter: str | None = None) -> Iterator[Placed | BadRecord]:
    """Read rows one by one, packed or not.

    Args:
        path: of the file.
        delimiter: of CSV; None takes the one of comma, semicolon, tab and | that its first line has most.

    Raises:
        LogFileError: the file cannot be read at all.
    """
    ending = Path(path.name if path.suffix not in PACKED else path.stem).suffix.lower()
    if ending in (".csv", ".tsv"):
        yield from _csv(path, delimiter or ("\t" if ending == ".tsv" else None))
    elif ending == ".parquet":
        yield from _parquet(path)
    elif ending == ".xlsx":
        yield from _workbook(path)
    else:
        yield from records(path)


def _csv(path: Path, given: str | None) -> Iterator[Placed | BadRecord]:
    csv.field_size_limit(_MOST_IN_CELL)
    named = str(path)
    with io.TextIOWrapper(opened(path), encoding=_encoding(path), errors="replace", newline="") as lines:
        first, before = lines.readline(), 1
        if (sign := _SEP.fullmatch(first.strip("\r\n"))) is not None:  # Excel's line of its own
            first, given, before = lines.readline(), given or sign[1], 2
        plain = re.sub(r'"[^"]*"?', "", first)
        delimiter = given or max((",", ";", "\t", "|"), key=plain.count)
        names = next(csv.reader([first], delimiter=delimiter), [])
        if twice := sorted({name for name in names if name and names.count(name) > 1}):
            raise LogFileError(f"{path}: the column {twice[0]!r} stands twice: rename one of them")
        reader = csv.reader(lines, delimiter=delimiter)
        while True:
            place = f"{named}:{reader.line_num + before + 1}"
            try:
                row = next(reader, None)
            except csv.Error as error:
                yield BadRecord(place=place, why=f"not CSV: {error}")
                continue
            if row is None:
                return
            if len(row) > len(names):
                yield BadRecord(
                    place=place, why=f"{len(row)} values under {len(names)} columns: quote those with {delimiter!r}"
                )
            elif row:
                yield place, dict(zip(names, row, strict=False))


def _encoding(path: Path) -> str:
    """UTF-16 where a file begins so, with its mark, as Excel's text in Unicode does, or without; else UTF-8."""
    with opened(path) as content:
        first = content.read(2)
    if first in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    return {1: "utf-16-le", 0: "utf-16-be"}.get(first.find(0) if len(first) > 1 else -1, "utf-8-sig")


def _workbook(path: Path) -> Iterator[Placed | BadRecord]:
    bad: dict[int, str] = {}
    try:
        rows = read_rows(path, bad=bad)
    except TabularError as error:
        raise LogFileError(str(error)) from None
    for number, row in enumerate(rows, start=1):
        place = f"{path}:{number + 1}"
        if number in bad:
            yield BadRecord(place=place, why=bad[number].removeprefix(f"{path} "))
        else:
            yield place, {name: value for name, value in row.items() if value is not None}


def _parquet(path: Path) -> Iterator[Placed | BadRecord]:
    try:
        for number, row in enumerate(parquet_rows(path), start=1):
            if isinstance(row, TabularError):
                yield BadRecord(place=f"{path}:{number}", why=str(row).removeprefix(f"{path} "))
            else:
                yield f"{path}:{number}", row
    except TabularError as error:
        raise LogFileError(str(error)) from None
