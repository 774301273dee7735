"""Read the rows of a file by its ending: CSV, TSV or Parquet; anything else is JSON."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from gencost.tabular import TabularError, parquet_rows
from gencost.traffic.logged import BadRecord
from gencost.traffic.records import LogFileError, Placed, opened, records

_MOST_IN_CELL = min(sys.maxsize, 2**31 - 1)


def rows_of(path: Path, delimiter: str | None = None) -> Iterator[Placed | BadRecord]:
    """Read rows one by one, gzip or not.

    Args:
        path: of the file.
        delimiter: of CSV; None takes a comma, a semicolon or a tab, whichever the first line has.

    Raises:
        LogFileError: the file cannot be read at all.
    """
    ending = Path(path.name.removesuffix(".gz")).suffix.lower()
    if ending in (".csv", ".tsv"):
        yield from _csv(path, delimiter or ("\t" if ending == ".tsv" else None))
    elif ending == ".parquet":
        yield from _parquet(path)
    else:
        yield from records(path)


def _csv(path: Path, given: str | None) -> Iterator[Placed | BadRecord]:
    csv.field_size_limit(_MOST_IN_CELL)
    with io.TextIOWrapper(opened(path), encoding="utf-8-sig", errors="replace", newline="") as lines:
        first = lines.readline()
        delimiter = given or next((it for it in (",", ";", "\t") if it in first), ",")
        names = next(csv.reader([first], delimiter=delimiter), [])
        reader = csv.reader(lines, delimiter=delimiter)
        while True:
            place = f"{path}:{reader.line_num + 2}"
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


def _parquet(path: Path) -> Iterator[Placed | BadRecord]:
    try:
        for number, row in enumerate(parquet_rows(path), start=1):
            yield f"{path}:{number}", row
    except TabularError as error:
        raise LogFileError(str(error)) from None
