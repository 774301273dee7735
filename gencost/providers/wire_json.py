"""JSON as servers write it: control characters in texts, and numbers of more digits than Python reads."""

from __future__ import annotations

import json
from typing import Any

DECODER = json.JSONDecoder(strict=False)
_MOST_DIGITS = 1000


def decoded(text: str) -> Any:
    """Read one value without space around it.

    A number that is too long to be one stays a text, so that what stands beside it is kept.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
    """
    try:
        value, end = DECODER.raw_decode(text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        value, end = json.JSONDecoder(strict=False, parse_int=_whole).raw_decode(text)
    if end < len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MOST_DIGITS else digits
