"""The rows of a Parquet file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gencost.text.arrow import cells
from gencost.text.refused import CellError, Row, RowsWanted, TabularError
from gencost.text.written import days, whole_again


def parquet_table(file: Path, how: RowsWanted) -> Iterator[Row | TabularError]:
    """Read all rows of a Parquet file, whole numbers and days made so again.

    Raises:
        TabularError: it is not Parquet, or a row is refused.
    """
    with _opened_parquet(file) as opened:
        table = opened.read()
    columns, bad = _cells(table.schema.names, table.columns)
    read = [days(whole_again(column)) for column in columns]
    for row in _rows(file, table.schema.names, (read, bad), 1):
        yield how.refused(row) if isinstance(row, TabularError) else row


def parquet_rows(file: Path) -> Iterator[Row | TabularError]:
    """Read the rows of a Parquet file few at a time, as they are stored but for narrow floats, see ``decimals``.

    Yields:
        Rows, or what is wrong with one.

    Raises:
        TabularError: it is not Parquet.
    """
    first = 1
    with _opened_parquet(file) as opened:
        for batch in opened.iter_batches(batch_size=5000):
            names = batch.schema.names
            yield from _rows(file, names, _cells(names, batch.columns), first)
            first += len(batch)


_Cells = tuple[list[list[Any]], dict[int, CellError]]
"""Columns, and what is wrong with a row, by its place."""


def _cells(names: Iterable[str], columns: Iterable[Any]) -> _Cells:
    read = [cells(name, column) for name, column in zip(names, columns, strict=True)]
    return [values for values, _ in read], {place: error for _, bad in read for place, error in bad.items()}


def _rows(file: Path, names: Sequence[str], read: _Cells, first: int) -> Iterator[Row | TabularError]:
    columns, bad = read
    for place, values in enumerate(zip(*columns, strict=True)):
        if place in bad:
            yield TabularError(f"{file} row {first + place}: {bad[place]}")
        else:
            yield dict(zip(names, values, strict=True))


@contextlib.contextmanager
def _opened_parquet(file: Path) -> Iterator[Any]:
    import pyarrow as pa  # noqa: PLC0415 - heavy, for this format alone
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        yield pq.ParquetFile(file)
    except (pa.ArrowInvalid, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise TabularError(f"{file}: not Parquet: {' '.join(str(error).split())}") from None
