"""Read a cell that holds a list or a mapping: as JSON, or as Python and NumPy write it into a CSV file."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from itertools import pairwise
from typing import Any

_ARRAY = re.compile(r"\barray\((\[[^\[\]]*\])(?:,\s*dtype=[\w']+)?\)")


def read_loosely(text: str) -> Any:
    """Read JSON, ``{'role': 'user'}``, ``['a' 'b']`` or ``{'text': array(['a', 'b'], dtype=object)}``.

    Raises:
        ValueError: it is neither.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        if text.strip()[:1] not in ("[", "{"):
            raise ValueError("neither JSON nor a list or mapping") from None
    try:
        value = ast.literal_eval(_with_commas(_ARRAY.sub(r"\1", text).strip()))
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):  # TypeError: a set in a set, {{1}}
        value = None
    if isinstance(value, list | dict):
        return value
    raise ValueError("neither JSON nor a list or mapping as Python writes it")


def _with_commas(text: str) -> str:
    """Turn NumPy's ``['a' 'b']`` into ``['a', 'b']``, without touching the texts themselves.

    Raises:
        SyntaxError: it is not Python.
    """
    try:
        tokens = [it for it in tokenize.generate_tokens(io.StringIO(text).readline) if it.type != tokenize.NL]
    except tokenize.TokenError as error:
        raise SyntaxError(str(error)) from None
    lines = io.StringIO(text).readlines()
    for token, behind in reversed(list(pairwise(tokens))):
        if token.type == behind.type == tokenize.STRING:
            row, column = token.end
            lines[row - 1] = f"{lines[row - 1][:column]},{lines[row - 1][column:]}"
    return "".join(lines)
