"""Scorers that compare the text of an answer with the sample's reference; without a reference there is no score."""

from __future__ import annotations

from dataclasses import dataclass

from gencost.types import Response, Sample, Score

NO_REFERENCE = "the sample has no reference"


@dataclass(frozen=True, kw_only=True)
class ExactMatch:
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

    def score(self, sample: Sample, response: Response) -> Score:
        """Compare the two texts."""
        if sample.reference is None:
            return Score(scorer=self.name, version=self.version, value=None, explanation=NO_REFERENCE)
        same = self._plain(response.text) == self._plain(sample.reference)
        return Score(scorer=self.name, version=self.version, value=float(same))

    def _plain(self, text: str) -> str:
        text = text.strip() if self.strip else text
        return text.casefold() if self.ignore_case else text


@dataclass(frozen=True, kw_only=True)
class Contains:
    """1 if the reference stands somewhere in the answer, else 0.

    Attributes:
        name: in the ``scores`` table.
        version: changes when the definition changes.
        ignore_case: compare case-folded texts.
    """

    name: str = "contains"
    version: str = "1"
    ignore_case: bool = True

    def score(self, sample: Sample, response: Response) -> Score:
        """Look for the reference, stripped, in the answer; an empty one, which every text contains, is none."""
        if sample.reference is None or not sample.reference.strip():
            return Score(scorer=self.name, version=self.version, value=None, explanation=NO_REFERENCE)
        answer, reference = response.text, sample.reference.strip()
        if self.ignore_case:
            answer, reference = answer.casefold(), reference.casefold()
        return Score(scorer=self.name, version=self.version, value=float(reference in answer))
