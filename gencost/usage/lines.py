"""The lines of a dialect's table, each about one number of a usage object, and the search for a number's line.

Invariant: a number that no line names has no meaning here, so that whoever reads it must say so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from gencost.usage.numbers import OBJECT, step

READER = 7
"""The version of the reader, stored with each answer: raise it when a table or a rule changes what comes out."""

PLAIN_TIERS = frozenset(
    {
        *("default", "standard", "auto", "on_demand", "on-demand", "standard_only", "unspecified"),
        *("traffic_type_unspecified", "service_tier_unspecified", "service_tier_standard"),
    }
)
"""Names of a served tier that mean the ordinary rates, in lower case.

OpenAI ``default`` and ``auto``, Anthropic ``standard``, Groq ``on_demand``, Google ``ON_DEMAND`` and its names for what
nobody asked (their API references, read 2026-11-26).
"""

SAME_TIER = {f"{prefix}_{tier}": tier for prefix in ("on_demand", "service_tier") for tier in ("flex", "priority")}
"""Google's names of tiers, in lower case -> those that prices have.

Source: https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse#TrafficType
(read 2026-11-26) and https://ai.google.dev/gemini-api/docs/priority-inference (read 2026-11-27).
"""


@dataclass(frozen=True, kw_only=True)
class Source:
    """The pages where the lines of one vendor were read.

    Attributes:
        url: the page.
        read: the day somebody read it.
        lines: path -> meaning, see ``MEANINGS``; a ``*`` in a path stands for one step, ``**`` at its end for any rest.
    """

    url: str
    read: str
    lines: Mapping[str, str]


class Meaning(NamedTuple):
    """The meaning of one number.

    Attributes:
        kind: ``total`` (in, out, all), ``part`` of a total, ``write`` (to the cache, for a time), ``apart`` (tokens
            beside the totals), ``unit`` (billed by the piece), ``free`` (known and not billed), ``again`` (a total, or
            what is left of it, which must be so), ``rest`` (of the input that no cache had, which must be so),
            ``share`` (of a part, which all shares must add up to), ``once`` (the number of calls, which must be 1),
            ``money`` (what was charged), ``call`` (made inside the call).
        name: of the total, bucket or unit, or the time; empty for the others.
    """

    kind: str
    name: str


_MAY_STAND_BESIDE = ("cached", "written", "reasoning")
ON_TOP = ("thought", "tool_prompt")
"""Counts apart that the total of all holds, in every protocol that has them."""

MEANINGS = ("total", "part", "write", "apart", "unit", "free", "again", "rest", "share", "once", "money", "call")


class Line(NamedTuple):
    """The line of one number.

    Attributes:
        path: of the number.
        meaning: None if no line of the table names it.
        counted: the meaning again if the number is a count of a total, a bucket or a unit; else None.
        side: the total, ``in`` or ``out``, that the number repeats or whose plain rest it is; None if neither.
    """

    path: str
    meaning: Meaning | None
    counted: Meaning | None
    side: str | None


_COUNTED = frozenset({"total", "part", "write", "apart", "unit"})
_SIDES = frozenset({"in", "out"})
SHAPES, _NAMES, _LETTERS = 256, 64, 1500  # bounds the memory of a table to some MB, whatever a server sends
_TTL = re.compile(r"ephemeral_(\d+[smhd])_input_tokens|\[(\d+[smhd])\]\.inputTokens")


class Dialect:
    """The table of one protocol: the union of what its vendors and relays send.

    Attributes:
        name: of the protocol.
        totals: the names of its input and output tokens.
        usually_beside: parts that are beside the totals unless the total of all says otherwise.
        may_stand_beside: parts that do if only so the total of all is right.
        empty_is_zero: whether a total that is left out is 0.
        meanings: path -> what the number there is.
        remembered: path to an object and the names in it -> their lines, of shapes that came before.
    """

    def __init__(
        self, name: str, *sources: Source, usually_beside: tuple[str, ...] = (), empty_is_zero: bool = False
    ) -> None:
        """Sort the lines of all sources."""
        self.name, self.empty_is_zero = name, empty_is_zero
        self.usually_beside = (*usually_beside, *ON_TOP)
        self.may_stand_beside = frozenset({*_MAY_STAND_BESIDE, *self.usually_beside})
        lines = {path: meaning for source in sources for path, meaning in source.lines.items()}
        self.meanings = {path: _meaning(words) for path, words in lines.items() if "*" not in path}
        self._patterns = [(_pattern(path), _meaning(words)) for path, words in lines.items() if "*" in path]
        names = {words.name: path for path, words in reversed(self.meanings.items()) if words.kind == "total"}
        self.totals = (names["in"], names["out"])
        self._first_steps = frozenset(name.partition(".")[0] for name in self.totals)
        self.remembered: dict[tuple[str, tuple[Any, ...]], tuple[Line, ...]] = {}

    def names_totals_of(self, raw: Mapping[str, Any]) -> bool:
        """Whether a usage object has a total under the name that this table has for it."""
        return not self._first_steps.isdisjoint(raw)

    def gap_is_thought(self, raw: Mapping[str, Any]) -> bool:
        """Whether tokens that only the total of all shows are thinking, which is billed as output.

        Google's OpenAI endpoint sends the three totals alone (discuss.ai.google.dev/t/127400, read 2026-11-26); a
        server that gives details of its output would name them there.
        """
        return self.name == "chat" and not raw.get("completion_tokens_details")

    def meaning(self, path: str) -> Meaning | None:
        """The meaning of the number at a path; None if no line names it."""
        plain = self.meanings.get(path)
        if plain is not None:
            return plain
        return next((_with_ttl(meaning, path) for pattern, meaning in self._patterns if pattern.fullmatch(path)), None)

    def lines(self, start: str, names: tuple[Any, ...]) -> tuple[Line, ...]:
        """Look up the lines of the numbers of one object, once for all objects of its shape.

        Args:
            start: the path to the object with a dot at its end; empty for the usage itself.
            names: of what the object holds, in its order.
        """
        lines = self.remembered.get((start, names))
        if lines is None:
            lines = tuple(self._line(start + step(name)) for name in names)
            if _is_ordinary(start, names):
                if len(self.remembered) >= SHAPES:
                    self.remembered.clear()
                self.remembered[start, names] = lines
        return lines

    def _line(self, path: str) -> Line:
        meaning = self.meaning(path)
        if meaning is None or meaning.kind in _COUNTED:
            return Line(path, meaning, meaning, None)
        return Line(path, meaning, None, meaning.name if meaning.name in _SIDES else None)


class Nested(Dialect):
    """A table whose totals stand inside of objects, by whose names others have the totals themselves."""

    def names_totals_of(self, raw: Mapping[str, Any]) -> bool:
        """Whether a usage object has such an object."""
        return any(isinstance(raw.get(name), OBJECT) for name in self._first_steps)


def _is_ordinary(start: str, names: tuple[Any, ...]) -> bool:
    """Whether a shape is small and its names are texts; 1, 1.0 and True are equal and not the same name."""
    return (
        len(names) <= _NAMES
        and all(type(name) is str for name in names)
        and len(start) + sum(map(len, names)) <= _LETTERS
    )


def _meaning(words: str) -> Meaning:
    kind, _, name = words.partition(" ")
    if kind not in MEANINGS:
        raise ValueError(f"{words!r}: a line begins with one of {', '.join(MEANINGS)}")
    return Meaning(kind, name)


def _pattern(path: str) -> re.Pattern[str]:
    rest = re.escape(path).replace(r"\*\*", ".+").replace(r"\*", r"[^.]+")
    return re.compile(rest)


def _with_ttl(meaning: Meaning, path: str) -> Meaning | None:
    if meaning != ("write", "ttl"):
        return meaning
    ttl = _TTL.search(path)
    return None if ttl is None else Meaning("write", ttl[1] or ttl[2])
