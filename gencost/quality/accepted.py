"""A reference that accepts several answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

_MARK = '{"any_of":'


def several(answers: Sequence[Any]) -> str:
    """Write several accepted answers as one reference: ``{"any_of": ["Paris", "City of Light"]}``."""
    return json.dumps({"any_of": [str(answer) for answer in answers]}, ensure_ascii=False)


def accepted(reference: str, separator: str | None = None) -> list[str]:
    """List every answer that a reference accepts.

    Args:
        reference: of a sample; a list of a prompt set arrives as ``{"any_of": [...]}``, which may also be typed.
        separator: what parts accepted answers, e.g. ``||``; None has none.

    Returns:
        At least one text; the reference itself if it is a plain one.
    """
    if reference.lstrip().startswith(_MARK) and (listed := _listed(reference)):
        return listed
    if separator and separator in reference:
        return [part for part in map(str.strip, reference.split(separator)) if part] or [reference]
    return [reference]


def _listed(reference: str) -> list[str]:
    """Read ``{"any_of": [...]}``; empty if it is no such object."""
    try:
        value = json.loads(reference)
    except (ValueError, RecursionError):
        return []
    items = value.get("any_of") if isinstance(value, dict) and len(value) == 1 else None
    if not isinstance(items, list) or not all(isinstance(item, str | int | float) for item in items):
        return []
    return [str(item) for item in items]
