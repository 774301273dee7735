"""Columns of Arrow's as plain values: maps are objects, narrow floats what they stand for, 0.1 not 0.10000000149.

A cell that has no such value, as a time beyond the year 9999, is refused with its column.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

from gencost.text.refused import CellError

Read = Callable[[Any], Any]
_UNREADABLE = (ValueError, OverflowError, TypeError)  # Arrow's own error and that of what is not UTF-8 are the first


def cells(name: str, column: Any) -> tuple[list[Any], dict[int, CellError]]:
    """Read a column as ``decimals`` does.

    Args:
        name: of the column.
        column: an Array or a ChunkedArray of any type.

    Returns:
        Its values, None in place of a cell that cannot be read; and what is wrong with such cells, by place.
    """
    try:
        return decimals(column), {}
    except _UNREADABLE:
        pass
    values: list[Any] = []
    bad: dict[int, CellError] = {}
    for place in range(len(column)):
        try:
            values += decimals(column.slice(place, 1))
        except _UNREADABLE as error:
            bad[place] = CellError(f"column {name!r} of {column.type}: {str(error)[:100]}")
            values.append(None)
    return values, bad


def decimals(column: Any) -> list[Any]:
    """Return the values of a column, with maps of texts as objects, and narrow floats as the shortest decimals.

    Both however deep inside of lists, maps and structs they are.

    Args:
        column: an Array or a ChunkedArray of any type.
    """
    read = _reader(column.type)
    values: list[Any] = column.to_pylist()
    return values if read is None else list(map(read, values))


def _reader(kind: Any) -> Read | None:
    """Make what reads a value of a type; None where it is as it should be."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, for Parquet alone

    types = pa.types
    if types.is_float32(kind) or types.is_float16(kind):
        return _narrow("f", range(6, 9)) if types.is_float32(kind) else _narrow("e", range(3, 5))
    if types.is_struct(kind):
        fields = [kind.field(place) for place in range(kind.num_fields)]
        return _object({field.name: read for field in fields if (read := _reader(field.type)) is not None})
    if types.is_map(kind):
        texts = types.is_string(kind.key_type) or types.is_large_string(kind.key_type)
        return _map(_reader(kind.key_type), _reader(kind.item_type), as_object=texts)
    if isinstance(kind, pa.BaseExtensionType):
        return _reader(kind.storage_type)
    if types.is_dictionary(kind) or types.is_run_end_encoded(kind):
        return _reader(kind.value_type)
    return _list(_reader(kind.value_type)) if hasattr(kind, "value_type") else None


def _narrow(form: str, digits: Sequence[int]) -> Read:
    """Read a float of fewer bits: as few digits, of some counts, as make it again, else one more, which always do."""
    pack = struct.Struct(form)

    def read(value: Any) -> float | None:
        if value is None or value != value:  # noqa: PLR0124 - NaN is not itself
            return None if value is None else float(value)
        number = float(value)
        for count in digits:
            shorter = float(f"{number:.{count}g}")
            if pack.unpack(pack.pack(shorter))[0] == number:
                return shorter
        return float(f"{number:.{digits[-1] + 1}g}")

    return read


def _object(fields: dict[str, Read]) -> Read | None:
    def read(value: Any) -> Any:
        return None if value is None else value | {name: field(value[name]) for name, field in fields.items()}

    return read if fields else None


def _map(key: Read | None, item: Read | None, *, as_object: bool) -> Read | None:
    def read(value: Any) -> Any:
        if value is None:
            return None
        pairs = [(key(name) if key else name, item(it) if item else it) for name, it in value]
        return dict(pairs) if as_object else pairs

    return read if as_object or key or item else None


def _list(item: Read | None) -> Read | None:
    def read(value: Any) -> Any:
        return None if value is None else list(map(item, value)) if item else value

    return read if item else None
