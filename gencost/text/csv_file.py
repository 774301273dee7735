"""The rows of a CSV file, line breaks and signs in quotes included."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from gencost.text.delimiters import delimiter_name, delimiter_of, written_delimiter
from gencost.text.refused import Row, RowsWanted, TabularError

NOT_UTF8 = re.compile("[\udc80-\udcff]")
"""Bytes of a file that is opened with the ``errors`` of a lenient ``RowsWanted``."""
SAVE = "not UTF-8; save it as UTF-8"
_HEAD = 100  # lines in which the names of the columns and a row end


def delimiter_in(file: Path) -> str:
    """Find what parts the columns of a CSV file, see ``delimiter_of``."""
    with file.open(encoding="utf-8-sig", newline="", errors="replace") as lines:
        return delimiter_of(list(islice(lines, _HEAD)))


def tsv_rows(file: Path, how: RowsWanted) -> Iterator[Row | TabularError]:
    """Read the rows of a file whose columns tabs part."""
    return csv_rows(file, replace(how, delimiter=how.delimiter or "\t"))


def csv_rows(file: Path, how: RowsWanted) -> Iterator[Row | TabularError]:
    """Read the rows of a CSV file.

    Raises:
        TabularError: its columns have no names of their own, a quotation mark is open, or a row is refused.
    """
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # an answer can be longer than the default of 128 KiB
    delimiter = delimiter_in(file) if how.delimiter is None else written_delimiter(how.delimiter)
    with file.open(encoding="utf-8-sig", newline="", errors=how.errors) as lines:
        reader = csv.DictReader(lines, strict=True, restkey="", delimiter=delimiter)
        try:
            names = next(filter(None, reader.reader), [])  # there may be blank lines before it
        except csv.Error as error:
            raise _not_csv(file, 1, error) from None
        reader.fieldnames = [name.lstrip("\ufeff") for name in names]  # a second mark, of a file written to another
        refuse_twice(file, list(filter(None, reader.fieldnames)))
        yield from _rows(file, how, reader)


def _rows(file: Path, how: RowsWanted, reader: csv.DictReader[str]) -> Iterator[Row | TabularError]:
    while True:
        begins = reader.reader.line_num + 1
        try:
            row: Row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            refused = _not_csv(file, begins, error)
            if "unexpected end" in str(error):  # an open quotation mark may swallow all following rows
                raise refused from None
            yield how.refused(refused)
            continue
        if len(row) > 1 and not any(row.values()):  # what a spreadsheet writes for a blank line
            continue
        if "" in row and isinstance(row[""], list):
            sign = reader.reader.dialect.delimiter
            hint = "; is '|' the delimiter?" if "|" in "".join(reader.fieldnames or ()) and sign != "|" else ""
            more = f"more values than columns; quote those with {delimiter_name(sign)}{hint}"
            yield how.refused(TabularError(f"{file} line {begins}: {more}"))
        elif how.lenient and NOT_UTF8.search("".join(filter(None, row.values()))):
            yield TabularError(f"{file} line {begins}: {SAVE}")
        else:
            yield row


def _not_csv(file: Path, line: int, error: csv.Error) -> TabularError:
    hint = "; a quotation mark within quotes is doubled" if "expected after" in str(error) else ""
    hint = hint or ("; is a quotation mark open?" if "unexpected end" in str(error) else "")
    return TabularError(f"{file} line {line}: not CSV: {error}{hint}")


def refuse_twice(file: Path, names: list[str]) -> None:
    """Refuse two columns of one name.

    Raises:
        TabularError: there are two.
    """
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise TabularError(f"{file}: two columns are named {twice!r}; rename one")
