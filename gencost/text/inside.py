"""Values inside the objects and lists of a row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def inside(row: Mapping[str, Any], path: str) -> Any:
    """Find a value inside the objects and lists of a row; a text that is JSON of one is gone into, too.

    Args:
        row: as it was read.
        path: keys and places in lists between dots, ``request.messages.0.content``.

    Returns:
        None if there is nothing.
    """
    value: Any = row
    for key in path.split("."):
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                return None
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value
