r"""Find the JSON objects that a model wrote into a text, also where a strict reader gives up.

What ``json`` cannot read is given to ``json_repair``: raw line ends in strings, escapes that JSON does not know
(``\(``), commas too many or too few, single or curly quotes, bare keys, comments, quotation marks inside a string. It
guesses at anything and takes long for some texts, so it is asked only where a key follows the brace, about 8,000
characters of at most 20 objects. Its parser is used without its front, which does not say where an object ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_STRICT = json.JSONDecoder(strict=False)
_BEGINS = re.compile(r"\{\s*[\"'\u201c\u201d\u2018\u2019\u201e\w$][^{}]*?:")
_MOST_TRIES = 500
_MOST_REPAIRS = 20
_LONGEST = 8_000
_DEEPEST = 64  # braces in each other that are repaired; it takes long for more, and no model means them
_BRACE = re.compile(r"[{}]")


@dataclass(frozen=True, kw_only=True)
class FoundObject:
    """One object of a text.

    Attributes:
        start: where its brace opens.
        end: behind where it closes.
        value: its keys and values.
        closed: whether it has an end; a reply that was cut off has none.
    """

    start: int
    end: int
    value: dict[str, Any]
    closed: bool = True


def objects(text: str) -> Iterator[FoundObject]:
    """Find every outermost object, in order; one without an end comes last."""
    at, repairs = text.find("{"), 0
    for _ in range(_MOST_TRIES):
        if at < 0:
            return
        part, behind = _strict(text, at), at + 1
        if part is None and (deep := _too_deep(text, at)) is not None:
            behind = deep
        elif part is None and repairs < _MOST_REPAIRS and _BEGINS.match(text, at, at + _LONGEST):
            repairs += 1
            part = _repaired(text, at)
        if part is not None:
            yield part
        at = text.find("{", behind if part is None else part.end)


def _strict(text: str, at: int) -> FoundObject | None:
    try:
        value, end = _STRICT.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    return FoundObject(start=at, end=end, value=value)


def _too_deep(text: str, at: int) -> int | None:
    """The place up to which no brace can be the outermost of an object, as they are too deep in each other."""
    depth = 0
    for brace in _BRACE.finditer(text, at, at + _LONGEST):
        depth += 1 if brace.group() == "{" else -1
        if depth > _DEEPEST:
            return brace.start()
        if depth <= 0:
            break
    return None


def _repaired(text: str, at: int) -> FoundObject | None:
    from json_repair.json_parser import JSONParser  # noqa: PLC0415 - 35 ms, and most runs have no broken object

    parser = JSONParser(text[at : at + _LONGEST], None, logging=False)
    try:
        value = parser.parse_json()
    except (ValueError, RecursionError, IndexError):
        return None
    end = at + max(1, parser.index)
    if not isinstance(value, dict) or not value:
        return None
    return FoundObject(start=at, end=end, value=value, closed=text[at:end].rstrip().endswith("}"))
