"""The lines of a dialect's table, each about one number of a usage object, and the search for a number's line.

Invariant: a number that no line names has no meaning here, so that whoever reads it must say so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

READER = 3
"""The version of the reader, stored with each answer: raise it when a table or a rule changes what comes out."""

PLAIN_TIERS = frozenset({"default", "standard", "auto", "on_demand", "on-demand", "standard_only", "unspecified"})
"""Names of a served tier that mean the ordinary rates, in lower case.

OpenAI ``default`` and ``auto``, Anthropic ``standard``, Groq ``on_demand``, Google ``ON_DEMAND`` (their API references,
read 2026-11-26).
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
        kind: ``total`` (in, out, all), ``part`` of a total, ``apart`` (tokens beside the totals), ``unit`` (billed by
            the piece), ``free`` (known and not billed), ``money`` (what was charged), ``call`` (made inside the call).
        name: of the total, bucket or unit; empty for the others.
    """

    kind: str
    name: str


MEANINGS = ("total", "part", "apart", "unit", "free", "money", "call")

_TTL = re.compile(r"ephemeral_(\d+[smhd])_input_tokens|\[(\d+[smhd])\]\.inputTokens")


class Dialect:
    """The table of one protocol: the union of what its vendors and relays send.

    Attributes:
        name: of the protocol.
        totals: the names of its input and output tokens.
        usually_beside: parts that stand beside the totals unless the total of all says otherwise.
        empty_is_zero: whether a total that is left out is 0.
        meanings: path -> what the number there is.
    """

    def __init__(
        self, name: str, *sources: Source, usually_beside: tuple[str, ...] = (), empty_is_zero: bool = False
    ) -> None:
        """Sort the lines of all sources."""
        self.name, self.usually_beside, self.empty_is_zero = name, usually_beside, empty_is_zero
        lines = {path: meaning for source in sources for path, meaning in source.lines.items()}
        self.meanings = {path: _meaning(words) for path, words in lines.items() if "*" not in path}
        self._patterns = [(_pattern(path), _meaning(words)) for path, words in lines.items() if "*" in path]
        by_name = {words.name: path for path, words in self.meanings.items() if words.kind == "total"}
        self.totals = (by_name["in"], by_name["out"])
        self._found = lru_cache(maxsize=4096)(self._find)

    def gap_is_thought(self, raw: Mapping[str, Any]) -> bool:
        """Whether tokens that only the total of all shows are thinking, which is billed as output.

        Google's OpenAI endpoint sends the three totals alone (discuss.ai.google.dev/t/127400, read 2026-11-26); a
        server that gives details of its output would name them there.
        """
        return self.name == "chat" and not raw.get("completion_tokens_details")

    def meaning(self, path: str) -> Meaning | None:
        """The meaning of the number at a path; None if no line names it."""
        return self.meanings.get(path) or self._found(path)

    def _find(self, path: str) -> Meaning | None:
        for pattern, meaning in self._patterns:
            if pattern.fullmatch(path):
                return _with_ttl(meaning, path)
        return None


def _meaning(words: str) -> Meaning:
    kind, _, name = words.partition(" ")
    if kind not in MEANINGS:
        raise ValueError(f"{words!r}: a line begins with one of {', '.join(MEANINGS)}")
    return Meaning(kind, name)


def _pattern(path: str) -> re.Pattern[str]:
    rest = re.escape(path).replace(r"\*\*", ".+").replace(r"\*", r"[^.]+")
    return re.compile(rest)


def _with_ttl(meaning: Meaning, path: str) -> Meaning | None:
    if meaning.name != "write_ttl":
        return meaning
    ttl = _TTL.search(path)
    return None if ttl is None else Meaning("part", f"write_{ttl[1] or ttl[2]}")
