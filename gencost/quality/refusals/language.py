"""The ways in which an assistant refuses in one language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

ANY = r"[^.!?\n\u3002\uff01\uff1f\u0964]"
SENTENCE_END = re.compile(r"[.!?\n\u3002\uff01\uff1f\u0964]")
_NEVER = r"(?!)"
_BEFORE, _BEHIND = 80, 60


@dataclass(frozen=True, kw_only=True)
class Language:
    """The sayings of one language, as patterns without regard to case.

    Attributes:
        unable: the speaker cannot, may not or will not; refuses beside one of the next two in its sentence.
        sorry: an apology before it, whatever the verb.
        helps: verbs, and nouns, of help, speech and creation, their stems; before it or behind it.
        outright: refuses by itself.
    """

    sorry: str = _NEVER
    unable: str = _NEVER
    helps: str = _NEVER
    outright: str = _NEVER

    @cached_property
    def _unable(self) -> re.Pattern[str]:
        return re.compile(self.unable, re.IGNORECASE)

    @cached_property
    def _outright(self) -> re.Pattern[str]:
        return re.compile(self.outright, re.IGNORECASE)

    @cached_property
    def _excuses(self) -> re.Pattern[str]:
        return re.compile(f"{self.sorry}|{self.helps}", re.IGNORECASE)

    @cached_property
    def _helps(self) -> re.Pattern[str]:
        return re.compile(self.helps, re.IGNORECASE)

    def refusals(self, text: str) -> Iterator[re.Match[str]]:
        """The words that refuse."""
        yield from self._outright.finditer(text)
        for words in self._unable.finditer(text):
            before = SENTENCE_END.split(text[max(0, words.start() - _BEFORE) : words.start()])[-1]
            behind = SENTENCE_END.split(text[words.end() : words.end() + _BEHIND])[0]
            if self._excuses.search(before) or self._helps.search(words.group() + behind):
                yield words
