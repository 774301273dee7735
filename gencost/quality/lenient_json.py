r"""Find the JSON objects that a model wrote into a text, also where a strict reader gives up.

Read as well: raw line ends and tabs in strings, escapes that JSON does not know (``\(``), a comma before a bracket,
single or curly quotes, bare keys, ``True`` and ``None``, a quotation mark inside a string. Time is bounded: work on a
text ends after a number of steps that grows with its length.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_STRICT = json.JSONDecoder(strict=False)
_BARE = re.compile(r"[A-Za-z_$][\w$-]*")
_NUMBER = re.compile(r"[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_SPACE = re.compile(r"\s*")
_NAMES = {"true": True, "false": False, "null": None, "none": None, "undefined": None}
_CLOSES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u201d": "\u201d", "\u2018": "\u2019", "\u201e": "\u201c"}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_DEPTH = 40
_STEPS = 20_000
_MOST_TRIES = 500
_LONGEST_NUMBER = 300


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
    at, reader = text.find("{"), _Reader(text)
    for _ in range(_MOST_TRIES):
        if at < 0:
            return
        part = _strict(text, at) or reader.read(at)
        if part is None:
            at = text.find("{", at + 1)
            continue
        yield part
        at = text.find("{", part.end)


def _strict(text: str, at: int) -> FoundObject | None:
    try:
        value, end = _STRICT.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    return FoundObject(start=at, end=end, value=value)


class _GiveUpError(ValueError):
    """The text here is not an object."""


class _Reader:
    """A tolerant reader of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._steps = _STEPS + 8 * len(text)
        self._at = 0
        self._open = False

    def read(self, at: int) -> FoundObject | None:
        """Read the object whose brace opens here; None if it is none."""
        self._at, self._open = at, False
        try:
            value = self._object(0)
        except _GiveUpError:
            return None
        return FoundObject(start=at, end=self._at, value=value, closed=not self._open) if value else None

    def _peek(self) -> str:
        """The next character that is not white space; empty at the end of the text."""
        self._steps -= 1
        if self._steps < 0:
            raise _GiveUpError
        match = _SPACE.match(self._text, self._at)
        self._at = self._at if match is None else match.end()
        return self._text[self._at : self._at + 1]

    def _object(self, depth: int) -> dict[str, Any]:
        value: dict[str, Any] = {}
        self._at += 1
        while (mark := self._peek()) != "}":
            if not mark:
                self._open = True
                return value
            if mark == ",":
                self._at += 1
                continue
            key = self._key()
            if self._peek() != ":":
                raise _GiveUpError
            self._at += 1
            if not self._peek():
                self._open = True
                return value
            value[key] = self._value(depth + 1)
        self._at += 1
        return value

    def _key(self) -> str:
        if self._peek() in _CLOSES:
            return self._string(":")
        match = _BARE.match(self._text, self._at)
        if match is None:
            raise _GiveUpError
        self._at = match.end()
        return match.group()

    def _value(self, depth: int) -> Any:
        mark = self._peek()
        if depth > _DEPTH:
            raise _GiveUpError
        if mark == "{":
            return self._object(depth)
        if mark == "[":
            return self._list(depth)
        return self._string(",}]") if mark in _CLOSES else self._word()

    def _list(self, depth: int) -> list[Any]:
        values: list[Any] = []
        self._at += 1
        while (mark := self._peek()) != "]":
            if not mark:
                self._open = True
                return values
            if mark == ",":
                self._at += 1
                continue
            values.append(self._value(depth + 1))
        self._at += 1
        return values

    def _string(self, after: str) -> str:
        """A string; a quotation mark ends it only where what follows could follow."""
        closing = _CLOSES[self._text[self._at]]
        parts: list[str] = []
        self._at += 1
        while (mark := self._text[self._at : self._at + 1]) != "":
            self._steps -= 1
            self._at += 1
            if mark == "\\":
                parts.append(self._escape())
            elif mark == closing and self._ends(after):
                return _paired("".join(parts))
            else:
                parts.append(mark)
        self._open = True
        return "".join(parts)

    def _escape(self) -> str:
        mark = self._text[self._at : self._at + 1]
        self._at += 1
        if mark == "u" and re.fullmatch("[0-9a-fA-F]{4}", self._text[self._at : self._at + 4]):
            self._at += 4
            return chr(int(self._text[self._at - 4 : self._at], 16))
        return _ESCAPES.get(mark, mark if mark in {'"', "'", "\\", "/"} else "\\" + mark)

    def _ends(self, after: str) -> bool:
        match = _SPACE.match(self._text, self._at)
        return self._text[match.end() : match.end() + 1] in after if match else True  # the end of the text is in all

    def _word(self) -> Any:
        """A number, or a bare word up to what ends a value."""
        end = re.compile(r"[,}\]\n]").search(self._text, self._at)
        stop = len(self._text) if end is None else end.start()
        word = self._text[self._at : stop].strip()
        if not word:
            raise _GiveUpError
        self._at, self._open = stop, self._open or end is None
        if word.lower() in _NAMES:
            return _NAMES[word.lower()]
        if _NUMBER.fullmatch(word) and len(word) < _LONGEST_NUMBER:
            plain = word.replace("_", "").lstrip("+")
            return int(plain) if plain.lstrip("-").isdigit() else float(plain)
        return word


def _paired(text: str) -> str:
    """Join surrogates that were written as two escapes; a lone one becomes a question mark in a box."""
    if text.isascii() or not any("\ud800" <= mark <= "\udfff" for mark in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
