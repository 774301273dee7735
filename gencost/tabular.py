"""Read rows from a CSV, JSONL, YAML or Parquet file; what is wrong with the file is one line that names the place."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

Row = dict[str, Any]


class TabularError(ValueError):
    """The file cannot be read as rows; the text names the file, the place and the remedy."""


def read_rows(path: str | Path, kind: str | None = None) -> list[Row]:
    """Read every row of a file.

    Args:
        path: ``.csv`` (UTF-8, first line names the columns), ``.jsonl`` (an object a line), ``.yaml`` (a list of
            mappings) or ``.parquet``; relative to the working folder.
        kind: one of these endings without its dot, for a file with another one; None goes by the file's own.

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
        rows = list(read(file))
    except OSError as error:
        reason = error.strerror or " ".join(str(error).split())
        raise TabularError(f"{file}: {reason}; working folder {Path.cwd()}") from None
    except UnicodeDecodeError:
        raise TabularError(f"{file}: {_first_bad_byte(file)}; save it as UTF-8") from None
    if not rows:
        raise TabularError(f"{file}: has no rows")
    return rows


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


def _csv(file: Path) -> Iterator[Row]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # an answer can be longer than the default of 128 KiB
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, strict=True, restkey="")
        try:
            names = [name for name in reader.fieldnames or () if name]
            if twice := next((name for name in names if names.count(name) > 1), None):
                raise TabularError(f"{file}: two columns are named {twice!r}; rename one")
            for row in reader:
                if "" in row and isinstance(row[""], list):
                    raise TabularError(
                        f"{file} line {reader.line_num}: more values than columns; quote those with commas"
                    )
                yield row
        except csv.Error as error:
            raise TabularError(f"{file} line {reader.line_num}: not CSV: {error}") from None


def _jsonl(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:  # too many digits and too deep are not a JSONDecodeError
                raise TabularError(f"{file} line {number}: not JSON: {getattr(error, 'msg', error)}") from None
            if not isinstance(row, dict):
                raise TabularError(f'{file} line {number}: an object is expected, like {{"text": "..."}}')
            yield row


def _yaml(file: Path) -> Iterator[Row]:
    text = file.read_text(encoding="utf-8-sig")
    try:
        rows = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # no such day, or too deep
        raise TabularError(f"{file}: not YAML: {' '.join(str(error).split())}") from None
    if rows is None:
        return
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TabularError(f"{file}: a list of mappings is expected, like `- text: ...`")
    yield from ({str(column): value for column, value in row.items()} for row in rows)


def _parquet(file: Path) -> Iterator[Row]:
    import pyarrow as pa  # noqa: PLC0415 - heavy, for this format alone
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        yield from pq.read_table(file).to_pylist()
    except pa.ArrowInvalid as error:
        raise TabularError(f"{file}: not Parquet: {' '.join(str(error).split())}") from None


_READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".parquet": _parquet,
}


def inside(row: Row, path: str) -> Any:
    """Find a value inside the objects and lists of a row.

    Args:
        row: as it was read.
        path: keys and places in lists between dots, ``request.messages.0.content``.

    Returns:
        None if there is nothing.
    """
    value: Any = row
    for key in path.split("."):
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def text_of(value: Any) -> str | None:
    """A cell of a row as text; None and NaN, which mean no value, as None."""
    if value is None or value != value:  # noqa: PLR0124 - NaN is not itself
        return None
    return value if isinstance(value, str) else str(value)
