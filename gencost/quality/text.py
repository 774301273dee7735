"""Scorers that look for a text or a pattern in an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from gencost.errors import ConfigError
from gencost.quality.base import NO_REFERENCE, Finding, ReferenceScorer
from gencost.types import Response, Sample, Score


@dataclass(frozen=True, kw_only=True)
class ExactMatch(ReferenceScorer):
    """1 if answer and reference are the same text, else 0.

    Attributes:
        name: in the ``scores`` table.
        version: changes when the definition changes.
        ignore_case: compare case-folded texts.
        strip: leave out white space at both ends.
    """

    name: str = "exact_match"
    version: str = "1"
    ignore_case: bool = False
    strip: bool = True

    def compare(self, answer: str, reference: str) -> Finding:
        """Compare the two texts."""
        return float(self._plain(answer) == self._plain(reference)), None

    def _plain(self, text: str) -> str:
        text = text.strip() if self.strip else text
        return text.casefold() if self.ignore_case else text


@dataclass(frozen=True, kw_only=True)
class Contains(ReferenceScorer):
    """1 if the reference stands somewhere in the answer, else 0.

    Attributes:
        name: in the ``scores`` table.
        version: changes when the definition changes.
        ignore_case: compare case-folded texts.
    """

    name: str = "contains"
    version: str = "1"
    ignore_case: bool = True

    def compare(self, answer: str, reference: str) -> Finding:
        """Look for the reference, stripped, in the answer; an empty one, which every text contains, is none."""
        reference = reference.strip()
        if not reference:
            return None, NO_REFERENCE
        if self.ignore_case:
            answer, reference = answer.casefold(), reference.casefold()
        return float(reference in answer), None


@dataclass(frozen=True, kw_only=True)
class Regex:
    """1 if a pattern is found in the answer, or if what it captures is the reference; else 0.

    Attributes:
        pattern: a regular expression of Python's ``re``, searched anywhere; ``^`` and ``$`` are ends of lines, a dot is
            no end of line. Its running time is not bounded: avoid nested repeats like ``(a+)+``.
        group: null asks only whether the pattern is found; a number takes this group of its last match, stripped, which
            must equal the reference, stripped.
        ignore_case: of the pattern, and of the comparison with the reference.
        name: in the ``scores`` table.
        version: changes when the definition changes.
    """

    pattern: str
    group: int | None = None
    ignore_case: bool = False
    name: str = "regex"
    version: str = "1"

    def __post_init__(self) -> None:
        """Refuse what is no pattern, and a group that it does not have."""
        try:
            groups = self._compiled.groups
        except re.error as error:
            raise ConfigError(
                f"quality.{self.name}.pattern={self.pattern!r} is no regular expression: {error}"
            ) from None
        if self.group is not None and not 0 <= self.group <= groups:
            raise ConfigError(
                f"quality.{self.name}.group={self.group}: {self.pattern!r} has groups 0 to {groups}; null takes none"
            )

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.MULTILINE | (re.IGNORECASE if self.ignore_case else 0))

    def score(self, sample: Sample, response: Response) -> Score:
        """Search the answer."""
        value, said = self._find(response.text, sample.reference)
        return Score(scorer=self.name, version=self.version, value=value, explanation=said)

    def _find(self, answer: str, reference: str | None) -> Finding:
        if self.group is None:
            return float(self._compiled.search(answer) is not None), None
        if reference is None:
            return None, NO_REFERENCE
        matches = list(self._compiled.finditer(answer))
        if not matches:
            return 0.0, "the pattern is not in the answer"
        found = (matches[-1].group(self.group) or "").strip()
        same = found.casefold() == reference.strip().casefold() if self.ignore_case else found == reference.strip()
        return float(same), f"found {found[:200]!r}"
