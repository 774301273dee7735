"""Read rows from a file as they were typed; what is wrong with the file is one line that names the place."""

from __future__ import annotations

import codecs
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import yaml

from gencost.text.csv_file import NOT_UTF8, SAVE, csv_rows, delimiter_in, refuse_twice, tsv_rows
from gencost.text.parquet import parquet_rows, parquet_table
from gencost.text.refused import CellError, Row, RowsWanted, TabularError
from gencost.text.workbook import sheet_lines
from gencost.text.written import AsWritten, WrittenFloat, WrittenInt, days, once
from gencost.text.yaml_fault import yaml_fault

__all__ = [
    "ENDINGS",
    "Row",
    "TabularError",
    "columns_of",
    "delimiter_in",
    "first_bad_byte",
    "parquet_rows",
    "read_rows",
    "text_of",
]

_REMOTE = ("http://", "https://", "s3://", "gs://", "hf://")
_OF_LINE = {"[": "; is it .json, one list?", "{": "; an object must stand on one line"}
_NUL = "the character NUL (U+0000) stands in it, which no metrics DB can keep: remove it"


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
            line), ``.json`` or ``.yaml`` (a list of mappings, or a mapping that holds one), ``.parquet`` or ``.xlsx``
            (its first sheet, needs openpyxl); relative to the working folder.
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
    read = _reader(path, kind)
    try:
        rows = list(read(file, RowsWanted(delimiter=delimiter, typed=typed, lenient=bad is not None)))
    except OSError as error:
        reason = error.strerror or " ".join(str(error).split())
        raise TabularError(f"{file}: {reason}; working folder {Path.cwd()}") from None
    except UnicodeDecodeError:
        raise TabularError(f"{file}: {first_bad_byte(file)}; save it as UTF-8") from None
    if not rows:
        raise TabularError(f"{file}: has no rows")
    if bad is not None:
        bad |= {number: str(row) for number, row in enumerate(rows, start=1) if isinstance(row, TabularError)}
    return [row if isinstance(row, dict) else {} for row in rows]


def _reader(path: str | Path, kind: str | None) -> Callable[[Path, RowsWanted], Iterator[Row | TabularError]]:
    """Choose how a file is read; refuse what is not a file of a known kind."""
    if not str(path).strip():
        raise TabularError("it is empty: give the path of a file")
    if str(path).startswith(_REMOTE):
        raise TabularError(f"{path}: only files of this machine are read: download it first")
    if Path(path).is_dir():
        raise TabularError(f"{path}: it is a folder: name a file in it")
    read = _READERS.get(Path(path).suffix.lower() if kind is None else f".{kind}")
    if read is None:
        what = "cannot tell its format by its ending" if kind is None else f"there is no format {kind!r}"
        raise TabularError(f"{path}: {what}; use {', '.join(sorted(_READERS))}")
    return read


def columns_of(rows: Iterable[Row]) -> list[str]:
    """Every column that some row has, in the order met; rows of JSONL and YAML need not have the same ones."""
    names: dict[str, None] = {}
    for row in rows:
        if not row.keys() <= names.keys():
            names.update(dict.fromkeys(row))
    return list(names)


def first_bad_byte(file: Path) -> str:
    """Find it in the whole file: a decoder that reads in blocks knows its place in the block alone."""
    content = file.read_bytes()
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "it is UTF-16"
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return f"not UTF-8 at byte {error.start}, line {line} ({error.reason})"
    return "not UTF-8 when it was read"


def _loads(text: str, how: RowsWanted) -> Any:
    numbers: dict[str, Any] = {"parse_int": WrittenInt, "object_pairs_hook": once}
    numbers |= dict.fromkeys(("parse_float", "parse_constant"), WrittenFloat)
    return json.loads(text, **numbers) if how.typed else json.loads(text)


def _text(file: Path) -> str:
    """Read a file whole.

    Raises:
        TabularError: it contains NUL.
    """
    text = file.read_text(encoding="utf-8-sig")
    if (place := text.find("\0")) >= 0:
        raise TabularError(f"{file} line {text.count(chr(10), 0, place) + 1}: {_NUL}")
    return text


def _jsonl(file: Path, how: RowsWanted) -> Iterator[Row | TabularError]:
    with file.open(encoding="utf-8-sig", errors=how.errors) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            if how.lenient and not line.isascii() and NOT_UTF8.search(line):
                yield TabularError(f"{file} line {number}: {SAVE}")
                continue
            try:
                row = _loads(line, how)
            except (ValueError, RecursionError) as error:  # too many digits and too deep are not a JSONDecodeError
                why = f"not JSON: {getattr(error, 'msg', error)}{_OF_LINE.get(line.strip(), '')}"
                yield how.refused(TabularError(f"{file} line {number}: {_NUL if chr(0) in line else why}"))
                continue
            if isinstance(row, dict):
                yield row
            else:
                hint = _OF_LINE["["] if isinstance(row, list) and number == 1 else ""
                expected = f'an object is expected, like {{"text": "..."}}{hint}'
                yield how.refused(TabularError(f"{file} line {number}: {expected}"))


def _json(file: Path, how: RowsWanted) -> Iterator[Row | TabularError]:
    try:
        rows = _loads(_text(file), how)
    except (ValueError, RecursionError) as error:
        if isinstance(error, UnicodeDecodeError | TabularError):
            raise
        line = getattr(error, "lineno", None)
        place = f" line {line}" if line else ""
        lines = "; is it JSONL, an object a line?" if getattr(error, "msg", "") == "Extra data" else ""
        raise TabularError(f"{file}{place}: not JSON: {getattr(error, 'msg', error)}{lines}") from None
    yield from _mappings(file, how, _held(rows), 'a list of objects is expected, like [{"text": "..."}]')


def _yaml(file: Path, how: RowsWanted) -> Iterator[Row | TabularError]:
    text = _text(file)
    try:
        rows = yaml.load(text, Loader=AsWritten) if how.typed else yaml.safe_load(text)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # no such day, or too deep
        raise TabularError(f"{file}: {yaml_fault(error)}") from None
    if rows is None:
        return
    for row in _mappings(file, how, _held(rows), "a list of mappings is expected, like `- text: ...`"):
        yield row if isinstance(row, TabularError) else {str(column): value for column, value in row.items()}


def _held(rows: Any) -> Any:
    """The only list, or the only one of mappings, inside a mapping: ``{"data": [...]}``; anything else as it is."""
    if isinstance(rows, dict) and isinstance(held := rows.get("rows"), list) and held and _are_numbered(held):
        return [row["row"] for row in held]  # as the datasets server of Hugging Face gives them
    lists = [value for value in rows.values() if isinstance(value, list)] if isinstance(rows, dict) else []
    of_rows = [value for value in lists if value and all(isinstance(row, dict) for row in value)]
    return next((each[0] for each in (lists, of_rows) if len(each) == 1), rows)


def _are_numbered(rows: list[Any]) -> bool:
    return all(isinstance(row, dict) and "row_idx" in row and isinstance(row.get("row"), dict) for row in rows)


def _mappings(file: Path, how: RowsWanted, rows: Any, expected: str) -> Iterator[Row | TabularError]:
    if not isinstance(rows, list) or not (how.lenient or all(isinstance(row, dict) for row in rows)):
        raise TabularError(f"{file}: {expected}")
    for number, row in enumerate(rows, start=1):
        yield row if isinstance(row, dict) else TabularError(f"{file} row {number}: {expected}")


def _xlsx(file: Path, how: RowsWanted) -> Iterator[Row | TabularError]:
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
    refuse_twice(file, [name for name in columns if name])
    read = [[None] * len(names) if isinstance(row, CellError) else row for row in rows]
    for row, values in zip(rows, zip_longest(*map(days, zip_longest(*read))), strict=False):
        if isinstance(row, CellError):
            yield how.refused(TabularError(f"{file} {row}"))
        else:
            yield {name: value for name, value in zip(columns, values, strict=False) if name}


_READERS: dict[str, Callable[[Path, RowsWanted], Iterator[Row | TabularError]]] = {
    ".csv": csv_rows,
    ".tsv": tsv_rows,
    ".json": _json,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".parquet": parquet_table,
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
