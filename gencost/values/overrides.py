"""Overrides as a cell is recorded by them, ``model=small,+model.params.temperature=0.7``: their keys and values."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

DELETED = "~"
"""The value of a key that is taken away, ``~model.params.top_p``."""

_PARAMS = "model.params."
_NAME_OF_A_PARAM = "model.params.name"
_BRACKETS = {"[": "]", "{": "}", "(": ")"}
_ESCAPED = re.compile(r"\\([\\()\[\]{}:=,\s])")
_LONG = re.compile(r"-?\d+\.\d{14,}")
_SHORT, _SUMMED = 10, 1e-14  # characters, and how far off a sum of steps is
_BEFORE_QUOTES = frozenset(["=", ",", "[", "(", "{", ":", " ", ""])


@dataclass(frozen=True)
class OverridePart:
    """One override.

    Attributes:
        key: without signs and package syntax, a parameter of a model by its short name, ``model.temperature``; empty if
            there is none.
        value: as written; without a key the whole text.
        text: as written.
    """

    key: str
    value: str
    text: str


def parts_of(overrides: str) -> list[OverridePart]:
    """Read overrides with commas between them."""
    return [part_of(text) for text in split_name(overrides)]


def part_of(text: str) -> OverridePart:
    """Read one override."""
    name, equals, value = text.strip().partition("=")
    key = name.lstrip("+~").rpartition("@")[2].replace("/", ".").strip()
    if key.startswith(_PARAMS) and key != _NAME_OF_A_PARAM:
        key = f"model.{key.removeprefix(_PARAMS)}"
    if name.startswith("~"):
        return OverridePart(key=key, value=DELETED, text=text)
    return OverridePart(key=key if equals else "", value=value if equals else text.strip(), text=text)


def settings(overrides: str) -> dict[str, str]:
    """Split overrides into keys and values: ``+a=1,b=[x,y]`` -> {a: 1, b: [x,y]}."""
    return {part.key: part.value for part in parts_of(overrides) if part.key}


def split_name(overrides: str) -> list[str]:
    """Split overrides at commas outside of brackets and quotes: ``a=1,b=[x,y]`` -> a=1 and b=[x,y].

    One whose brackets or quotes are open, as an earlier version cut long ones off, is split at every comma.
    """
    parts, depth, quote, before = [""], 0, "", ""
    for char in overrides:
        if quote:
            quote = "" if char == quote and before != "\\" else quote
        elif char in "'\"" and before in _BEFORE_QUOTES:
            quote = char
        else:
            depth += (char in _BRACKETS) - (char in "]})" and depth > 0)
        if char == "," and depth == 0 and not quote and before != "\\":
            parts.append("")
        else:
            parts[-1] += char
        before = char
    return parts if not (quote or depth) else overrides.split(",")


def as_meant(override: str) -> str:
    """Take away what adding steps left at the end of a number: ``t=0.7000000000000001`` of a range is ``t=0.7``."""
    key, equals, value = override.partition("=")
    if not _LONG.fullmatch(value):
        return override
    short = f"{float(value):.12g}"
    near = len(short) <= _SHORT and math.isclose(float(short), float(value), rel_tol=_SUMMED)
    return f"{key}{equals}{short}" if near else override


def quoted(value: object) -> str:
    """Write a path or a name as a value of Hydra's override grammar."""
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


def plain(value: str) -> str:
    """A value as people read it: without Hydra's quotes, brackets and escapes, on one line; ``[a,b]`` is ``a+b``."""
    text = value.strip()
    if text == "null":
        return "none"
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1].replace(f"\\{text[0]}", text[0])
    elif text and _BRACKETS.get(text[0]) == text[-1]:
        text = "+".join(each.strip().strip("'\"").replace(":", " ") for each in split_name(text[1:-1]))
    else:
        text = _ESCAPED.sub(r"\1", text)
    return " ".join(text.split()) or "empty"
