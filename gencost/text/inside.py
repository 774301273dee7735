"""Values inside the objects and lists of a row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def inside(row: Mapping[str, Any], path: str) -> Any:
    """Find a value inside the objects and lists of a row; a text that is JSON of one is gone into, too.

    Args:
        row: as it was read.
        path: keys and places in lists between dots, ``request.messages.0.content``.

    Returns:
        None if there is nothing.
    """
    return _walk(row, path.split("."))


def dotted(value: Mapping[str, Any], steps: Sequence[str]) -> Any:
    """Find a value behind a key that holds dots itself, ``gen_ai.usage.input_tokens`` of ``attributes``.

    Args:
        value: has no key that is the first step alone.
        steps: of the path, from here.

    Returns:
        None if there is nothing.
    """
    for count in range(2, len(steps) + 1):
        inner = value.get(".".join(steps[:count]))
        if inner is not None and (deeper := _walk(inner, steps[count:])) is not None:
            return deeper
    return None


def _walk(value: Any, steps: Sequence[str]) -> Any:
    for at, key in enumerate(steps):
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                return None
        if isinstance(value, dict):
            if value.get(key) is None:
                return dotted(value, steps[at:])
            value = value[key]
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value
