"""Scorers of how much an answer and its reference have in common, from 0 to 1."""

from __future__ import annotations

import re
import string
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gencost.errors import ConfigError, nearest
from gencost.quality.base import Finding, ReferenceScorer, needed

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_RATIOS = ("ratio", "partial_ratio", "token_sort_ratio", "token_set_ratio")


def squad_tokens(text: str) -> list[str]:
    """Words as SQuAD compares them: lower case, without punctuation (ASCII) and the articles a, an, the.

    Source: the official evaluation script of SQuAD 1.1 (Rajpurkar et al., 2016), ``normalize_answer``.

    Args:
        text: an answer or a reference.
    """
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


@dataclass(frozen=True, kw_only=True)
class TokenF1(ReferenceScorer):
    """F1 of the words that answer and reference share, normalised as in SQuAD (see ``squad_tokens``).

    With c shared words (counted as often as in both), precision p = c / answer words, recall r = c / reference words:
    2 p r / (p + r). If one of the two has no words, 1 if neither has, else 0, as in SQuAD 2.0's script.

    Attributes:
        name: in the ``scores`` table.
        version: changes when the definition changes.
    """

    name: str = "token_f1"
    version: str = "1"

    def compare(self, answer: str, reference: str) -> Finding:
        """Compare the words."""
        found, wanted = squad_tokens(answer), squad_tokens(reference)
        if not found or not wanted:
            return float(found == wanted), None
        shared = sum((Counter(found) & Counter(wanted)).values())
        return 2 * shared / (len(found) + len(wanted)), f"{shared} shared of {len(found)} and {len(wanted)} words"


@dataclass(frozen=True, kw_only=True)
class RougeL(ReferenceScorer):
    """ROUGE-L (Lin, 2004): F1 of the longest common subsequence of words, by the package ``rouge-score``.

    Words are runs of a-z and 0-9 after lower-casing, so that it says nothing about other alphabets: use chrF there.

    Attributes:
        stem: compare Porter stems of words longer than three letters.
        name: in the ``scores`` table.
        version: changes when the definition changes.

    Raises:
        ConfigError: the extra ``text`` is not installed.
    """

    stem: bool = False
    name: str = "rouge_l"
    version: str = "1"

    def __post_init__(self) -> None:
        """Find the package before the first call."""
        _ = self._rouge

    @cached_property
    def _rouge(self) -> Any:
        module = needed("rouge_score.rouge_scorer", "text", self.name)
        return module.RougeScorer(["rougeL"], use_stemmer=self.stem)

    def compare(self, answer: str, reference: str) -> Finding:
        """Compare the words; without a word in the reference there is no score."""
        if not re.search("[a-z0-9]", reference.lower()):
            return None, "the reference has no word of a-z and 0-9; use chrf"
        found = self._rouge.score(reference, answer)["rougeL"]
        return float(found.fmeasure), f"precision {found.precision:.3f}, recall {found.recall:.3f}"


@dataclass(frozen=True, kw_only=True)
class Chrf(ReferenceScorer):
    """The chrF score (Popovic, 2015), F2 of shared character n-grams, by the package ``sacrebleu``, divided by 100.

    Attributes:
        word_order: 0 is chrF; 2 also counts pairs of words, which is called chrF++.
        name: in the ``scores`` table.
        version: changes when the definition changes.

    Raises:
        ConfigError: the extra ``text`` is not installed.
    """

    word_order: int = 0
    name: str = "chrf"
    version: str = "1"

    def __post_init__(self) -> None:
        """Find the package before the first call."""
        if self.word_order < 0:
            raise ConfigError(f"quality.{self.name}.word_order={self.word_order}: give 0 (chrF) or 2 (chrF++)")
        _ = self._chrf

    @cached_property
    def _chrf(self) -> Any:
        return needed("sacrebleu.metrics", "text", self.name).CHRF(word_order=self.word_order)

    def compare(self, answer: str, reference: str) -> Finding:
        """Compare the n-grams."""
        return float(self._chrf.sentence_score(answer, [reference]).score) / 100, None


@dataclass(frozen=True, kw_only=True)
class Fuzzy(ReferenceScorer):
    """How alike the two texts are by insertions and deletions, by the package ``rapidfuzz``, divided by 100.

    Attributes:
        method: ``ratio`` compares the whole texts, ``partial_ratio`` the shorter one with the part of the longer one it
            is most like, ``token_sort_ratio`` and ``token_set_ratio`` their words in any order.
        ignore_case: compare case-folded texts.
        name: in the ``scores`` table.
        version: changes when the definition changes.

    Raises:
        ConfigError: the extra ``text`` is not installed, or there is no such method.
    """

    method: str = "ratio"
    ignore_case: bool = True
    name: str = "fuzzy"
    version: str = "1"

    def __post_init__(self) -> None:
        """Find the package and the method before the first call."""
        if self.method not in _RATIOS:
            raise ConfigError(
                f"quality.{self.name}.method={self.method!r}: choose from {', '.join(_RATIOS)}"
                f"{nearest(self.method, _RATIOS)}"
            )
        _ = self._ratio

    @cached_property
    def _ratio(self) -> Any:
        return getattr(needed("rapidfuzz.fuzz", "text", self.name), self.method)

    def compare(self, answer: str, reference: str) -> Finding:
        """Compare the two texts, stripped."""
        answer, reference = answer.strip(), reference.strip()
        if self.ignore_case:
            answer, reference = answer.casefold(), reference.casefold()
        return float(self._ratio(answer, reference)) / 100, None
