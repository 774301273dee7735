"""Scorers that look for a text in an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

import regex

from gencost.quality.base import NO_REFERENCE, Finding, ReferenceScorer
from gencost.quality.reading import Reading, trimmed
from gencost.quality.regex import Regex

__all__ = ["Contains", "ExactMatch", "Regex"]

_SAME = Reading(thoughts="keep")
_JOINED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")


@dataclass(frozen=True, kw_only=True)
class ExactMatch(ReferenceScorer):
    """1 if answer and reference are the same text, else 0; Unicode forms (NFC, NFD) and ends of lines do not matter.

    Attributes:
        name: in the ``scores`` table.
        version: changes when the definition changes.
        ignore_case: compare case-folded texts.
        strip: leave out white space, and what is invisible, at both ends.
        separator: what parts several accepted references, e.g. ``||``; null has none.
    """

    name: str = "exact_match"
    version: str = "2"
    ignore_case: bool = False
    strip: bool = True
    separator: str | None = None

    def compare(self, answer: str, reference: str) -> Finding:
        """Compare the two texts."""
        return float(self._plain(answer) == self._plain(reference)), None

    def _plain(self, text: str) -> str:
        text = _SAME.plain(text)
        text = trimmed(text) if self.strip else text
        return _SAME.plain(text.casefold()) if self.ignore_case else text


@dataclass(frozen=True, kw_only=True)
class Contains(ReferenceScorer):
    """1 if the reference stands somewhere in the answer, else 0.

    Attributes:
        name: in the ``scores`` table.
        version: changes when the definition changes.
        ignore_case: compare case-folded texts.
        whole_words: it must be a word or words, so that 1 is not in 10, 1.5 or -1, and Paris not in Parisian;
            underscores of emphasis (``_Paris_``) do not count, those inside a name (``my_Paris``) do. In scripts
            without spaces between words (Chinese, Japanese, Thai) any place will do.
        separator: what parts several accepted references, e.g. ``||``; null has none.
    """

    name: str = "contains"
    version: str = "2"
    ignore_case: bool = True
    whole_words: bool = False
    separator: str | None = None

    def compare(self, answer: str, reference: str) -> Finding:
        """Look for the reference, stripped, in the answer; an empty one, which every text contains, is none."""
        answer, reference = _SAME.plain(answer), trimmed(_SAME.plain(reference))
        if not reference:
            return None, NO_REFERENCE
        if self.ignore_case:
            answer, reference = _SAME.plain(answer.casefold()), _SAME.plain(reference.casefold())
        return float(_stands(answer, reference) if self.whole_words else reference in answer), None


def _stands(answer: str, reference: str) -> bool:
    """Whether a text stands in another with nothing of a word, or of a number, around it."""
    before = "" if _JOINED.match(reference[0]) else r"(?<![^\W_]_*)(?<!\d[.,])"
    before += r"(?<!(?:^|[\s(=:,$])[-\u2212])" if reference[0].isdigit() else ""
    after = "" if _JOINED.match(reference[-1]) else r"(?!_*[^\W_])(?![.,]\d)"
    return regex.search(f"{before}{re.escape(reference)}{after}", answer) is not None
