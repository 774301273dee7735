"""Read rows from a file as they were typed; what is wrong with the file is one line that names the place."""

from __future__ import annotations

import contextlib
import csv
import json
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import yaml

from gencost.text.arrow import decimals
from gencost.text.delimiters import delimiter_name, delimiter_of, written_delimiter
from gencost.text.workbook import CellError, sheet_lines
from gencost.text.written import AsWritten, WrittenFloat, WrittenInt, days, once, whole_again

Row = dict[str, Any]

_HEAD = 100  # lines in which the names of the columns and a row end
_NUL = "the character NUL (U+0000) stands in it, which no metrics DB can keep: remove it"


@dataclass(frozen=True)
class _How:
    delimiter: str | None
    typed: bool
    lenient: bool = False

    def refused(self, error: TabularError) -> TabularError:
        """Give what is wrong with a row in its place, or raise it."""
        if not self.lenient:
            raise error
        return error


class TabularError(ValueError):
    """The file cannot be read as rows; the text names the file, the place and the remedy."""


def read_rows(
    path: str | Path,
    kind: str | None = None,
    *,
    delimiter: str | None = None,
    typed: bool = False,
    bad: dict[int, str] | None = None,
) -> list[Row]:
    """Read every row of a file.

    Args:
        path: ``.csv`` or ``.tsv`` (UTF-8, first line names the columns), ``.jsonl`` or ``.ndjson`` (an object a
            line), ``.json`` (a list of objects), ``.yaml`` (a list of mappings), ``.parquet`` or ``.xlsx`` (its
            first sheet, needs openpyxl); relative to the working folder.
        kind: one of these endings without its dot, for a file with another one; None goes by the file's own.
        delimiter: of a CSV file; None takes a comma, a semicolon or a tab, see ``delimiter_of``.
        typed: numbers of JSON and YAML remember how they were written, see ``gencost.text.written``.
        bad: takes what is wrong with rows that cannot be read, by their number from 1; they are empty rows of the
            result. None raises at the first.

    Returns:
        One mapping a row, column -> value; at least one row.

    Raises:
        TabularError: the file is missing, empty, of another kind, or not what its ending says.
    """
    file = Path(path)
    read = _READERS.get(file.suffix.lower() if kind is None else f".{kind}")
    if read is None:
        what = "cannot tell its format by its ending" if kind is None else f"there is no format {kind!r}"
        raise TabularError(f"{file}: {what}; use {', '.join(sorted(_READERS))}")
    try:
        rows = list(read(file, _How(delimiter=delimiter, typed=typed, lenient=bad is not None)))
    except OSError as error:
        reason = error.strerror or " ".join(str(error).split())
        raise TabularError(f"{file}: {reason}; working folder {Path.cwd()}") from None
    except UnicodeDecodeError:
        raise TabularError(f"{file}: {_first_bad_byte(file)}; save it as UTF-8") from None
    if not rows:
        raise TabularError(f"{file}: has no rows")
    if bad is not None:
        bad |= {number: str(row) for number, row in enumerate(rows, start=1) if isinstance(row, TabularError)}
    return [row if isinstance(row, dict) else {} for row in rows]


def columns_of(rows: Iterable[Row]) -> list[str]:
    """Every column that some row has, in the order met; rows of JSONL and YAML need not have the same ones."""
    names: dict[str, None] = {}
    for row in rows:
        if not row.keys() <= names.keys():
            names.update(dict.fromkeys(row))
    return list(names)


def _first_bad_byte(file: Path) -> str:
    """Find it in the whole file: a decoder that reads in blocks knows its place in the block alone."""
    content = file.read_bytes()
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return f"not UTF-8 at byte {error.start}, line {line} ({error.reason})"
    return "not UTF-8 when it was read"


def delimiter_in(file: Path) -> str:
    """Find what parts the columns of a CSV file, see ``delimiter_of``."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return delimiter_of(list(islice(lines, _HEAD)))


def _tsv(file: Path, how: _How) -> Iterator[Row | TabularError]:
    return _csv(file, _How(delimiter=how.delimiter or "\t", typed=how.typed, lenient=how.lenient))


def _csv(file: Path, how: _How) -> Iterator[Row | TabularError]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # an answer can be longer than the default of 128 KiB
    delimiter = delimiter_in(file) if how.delimiter is None else written_delimiter(how.delimiter)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, strict=True, restkey="", delimiter=delimiter)
        begins = 1
        try:
            reader.fieldnames = next(filter(None, reader.reader), [])  # blank lines may stand before it
            names = [name for name in reader.fieldnames if name]
            _refuse_twice(file, names)
            begins = reader.reader.line_num + 1
            for row in reader:
                if "" in row and isinstance(row[""], list):
                    sign = "; is '|' the delimiter?" if "|" in "".join(names) and delimiter != "|" else ""
                    more = f"more values than columns; quote those with {delimiter_name(delimiter)}{sign}"
                    yield how.refused(TabularError(f"{file} line {begins}: {more}"))
                else:
                    yield row
                begins = reader.line_num + 1
        except csv.Error as error:
            hint = "; a quotation mark within quotes is doubled" if "expected after" in str(error) else ""
            hint = hint or ("; is a quotation mark open?" if "unexpected end" in str(error) else "")
            raise TabularError(f"{file} line {begins}: not CSV: {error}{hint}") from None


def _refuse_twice(file: Path, names: list[str]) -> None:
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise TabularError(f"{file}: two columns are named {twice!r}; rename one")


def _loads(text: str, how: _How) -> Any:
    numbers: dict[str, Any] = {"parse_int": WrittenInt, "object_pairs_hook": once}
    numbers |= dict.fromkeys(("parse_float", "parse_constant"), WrittenFloat)
    return json.loads(text, **numbers) if how.typed else json.loads(text)


def _text(file: Path) -> str:
    """Read a file whole.

    Raises:
        TabularError: NUL stands in it.
    """
    text = file.read_text(encoding="utf-8-sig")
    if (place := text.find("\0")) >= 0:
        raise TabularError(f"{file} line {text.count(chr(10), 0, place) + 1}: {_NUL}")
    return text


def _jsonl(file: Path, how: _How) -> Iterator[Row | TabularError]:
    with file.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = _loads(line, how)
            except (ValueError, RecursionError) as error:  # too many digits and too deep are not a JSONDecodeError
                why = f"not JSON: {getattr(error, 'msg', error)}{'; is it .json, one list?' * (line.strip() == '[')}"
                yield how.refused(TabularError(f"{file} line {number}: {_NUL if chr(0) in line else why}"))
                continue
            if isinstance(row, dict):
                yield row
            else:
                yield how.refused(TabularError(f'{file} line {number}: an object is expected, like {{"text": "..."}}'))


def _json(file: Path, how: _How) -> Iterator[Row]:
    try:
        rows = _loads(_text(file), how)
    except (ValueError, RecursionError) as error:
        if isinstance(error, UnicodeDecodeError | TabularError):
            raise
        line = getattr(error, "lineno", None)
        place = f" line {line}" if line else ""
        lines = "; is it JSONL, an object a line?" if getattr(error, "msg", "") == "Extra data" else ""
        raise TabularError(f"{file}{place}: not JSON: {getattr(error, 'msg', error)}{lines}") from None
    if isinstance(rows, dict) and len(lists := [value for value in rows.values() if isinstance(value, list)]) == 1:
        rows = lists[0]  # {"data": [...]}
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TabularError(f'{file}: a list of objects is expected, like [{{"text": "..."}}]')
    yield from rows


def _yaml(file: Path, how: _How) -> Iterator[Row]:
    text = _text(file)
    try:
        rows = yaml.load(text, Loader=AsWritten) if how.typed else yaml.safe_load(text)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # no such day, or too deep
        raise TabularError(f"{file}: not YAML: {' '.join(str(error).split())}") from None
    if rows is None:
        return
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TabularError(f"{file}: a list of mappings is expected, like `- text: ...`")
    yield from ({str(column): value for column, value in row.items()} for row in rows)


def _parquet(file: Path, _how: _How) -> Iterator[Row]:
    with _opened_parquet(file) as opened:
        table = opened.read()
    columns = {field.name: days(whole_again(decimals(table[field.name]))) for field in table.schema}
    yield from (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))


def parquet_rows(file: Path) -> Iterator[Row]:
    """Read the rows of a Parquet file few at a time, as they are stored but for narrow floats, see ``decimals``.

    Raises:
        TabularError: it is not Parquet.
    """
    with _opened_parquet(file) as opened:
        for batch in opened.iter_batches(batch_size=5000):
            columns = map(decimals, batch.columns)
            yield from (dict(zip(batch.schema.names, values, strict=True)) for values in zip(*columns, strict=True))


@contextlib.contextmanager
def _opened_parquet(file: Path) -> Iterator[Any]:
    import pyarrow as pa  # noqa: PLC0415 - heavy, for this format alone
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        yield pq.ParquetFile(file)
    except pa.ArrowInvalid as error:
        raise TabularError(f"{file}: not Parquet: {' '.join(str(error).split())}") from None


def _xlsx(file: Path, how: _How) -> Iterator[Row | TabularError]:
    try:
        lines = [
            line for line in sheet_lines(file) if isinstance(line, CellError) or any(it is not None for it in line)
        ]
    except ImportError:
        raise TabularError(f"{file}: needs the package openpyxl: pip install 'gencost[xlsx]'") from None
    except (KeyError, ValueError, OSError, IndexError, zipfile.BadZipFile) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise TabularError(f"{file}: not a workbook: {' '.join(str(error).split())[:100]}") from None
    names, *rows = lines or [[]]
    if isinstance(names, CellError):
        raise TabularError(f"{file} {names}")
    columns = [None if name is None else str(name) for name in names]
    _refuse_twice(file, [name for name in columns if name])
    read = [[None] * len(names) if isinstance(row, CellError) else row for row in rows]
    for row, values in zip(rows, zip_longest(*map(days, zip_longest(*read))), strict=False):
        if isinstance(row, CellError):
            yield how.refused(TabularError(f"{file} {row}"))
        else:
            yield {name: value for name, value in zip(columns, values, strict=False) if name}


_READERS: dict[str, Callable[[Path, _How], Iterator[Row | TabularError]]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".json": _json,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".parquet": _parquet,
    ".xlsx": _xlsx,
}
ENDINGS = tuple(_READERS)


def text_of(value: Any) -> str | None:
    """A cell of a row as text; None and NaN, which mean no value, as None."""
    if value is None or value != value:  # noqa: PLR0124 - NaN is not itself
        return None
    if isinstance(value, WrittenInt | WrittenFloat):
        return value.text
    return value if isinstance(value, str) else str(value)
