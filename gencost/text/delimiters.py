"""Signs that part the columns of a CSV file."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from itertools import islice

_SIGNS = {",": "commas", ";": "semicolons", "\t": "tabs"}


def is_delimiter(text: str) -> bool:
    r"""Whether a text can part columns: one sign, no quotation mark and no line break; ``\t`` is a tab."""
    return text == r"\t" or (len(text) == 1 and text not in '"\r\n')


def written_delimiter(text: str) -> str:
    r"""The sign that a text names: ``\t`` is a tab."""
    return "\t" if text == r"\t" else text


def delimiter_name(sign: str) -> str:
    """The name of a sign, in the plural."""
    return _SIGNS.get(sign, repr(sign))


def delimiter_of(lines: Sequence[str]) -> str:
    """Find what parts the columns of a CSV file.

    Args:
        lines: the first ones, enough for the names of the columns and a row.

    Returns:
        A comma, semicolon or tab that stands outside quotes in the first line; of several the one by which the first
        row has as many columns as the names are, the most of these; a comma if there is none.
    """
    first = re.sub(r'"[^"]*"?', "", next((line for line in lines if line.strip()), ""))
    signs = [sign for sign in _SIGNS if sign in first]
    return max(signs, key=lambda sign: _columns(lines, sign)) if len(signs) > 1 else (*signs, ",")[0]


def _columns(lines: Sequence[str], sign: str) -> int:
    """The number of columns of the names and of the first row, 0 where these differ."""
    try:
        names, row = islice(filter(None, csv.reader(lines, strict=True, delimiter=sign)), 2)
    except (csv.Error, ValueError):  # broken quotes, or an empty file
        return 0
    return len(names) if len(names) == len(row) else 0
