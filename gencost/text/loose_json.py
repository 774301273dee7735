"""Read a cell that holds a list or a mapping: as JSON, or as Python and NumPy write it into a CSV file."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

_ARRAY = re.compile(r"\barray\((\[[^\[\]]*\])(?:,\s*dtype=[\w']+)?\)")
_NO_COMMA = re.compile(r"(?<=['\"])\s+(?=['\"])")  # ['a' 'b']


def read_loosely(text: str) -> Any:
    """Read JSON, ``{'role': 'user'}``, ``['a' 'b']`` or ``{'text': array(['a', 'b'], dtype=object)}``.

    Raises:
        ValueError: it is none of these.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        if text.strip()[:1] not in ("[", "{"):
            raise ValueError("neither JSON nor a list or mapping") from None
    try:
        return ast.literal_eval(_NO_COMMA.sub(", ", _ARRAY.sub(r"\1", text)).strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        raise ValueError("neither JSON nor a list or mapping as Python writes it") from None
