"""Scorers of how much an answer and its reference have in common, from 0 to 1."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gencost.errors import ConfigError, nearest
from gencost.quality.base import Finding, ReferenceScorer, needed
from gencost.quality.tokens import squad_tokens, unicode_words

_RATIOS = ("ratio", "partial_ratio", "token_sort_ratio", "token_set_ratio")


@dataclass(frozen=True, kw_only=True)
class TokenF1(ReferenceScorer):
    """F1 of the words that answer and reference share, normalised as in SQuAD (see ``gencost.quality.tokens``).

    With c shared words (counted as often as in both), precision p = c / answer words, recall r = c / reference words:
    2 p r / (p + r). If one of the two has no words, 1 if neither has, else 0, as in SQuAD 2.0's script.

    Attributes:
        name: in the ``scores`` table.
        version: changes when the definition changes.
    """

    name: str = "token_f1"
    version: str = "3"

    def compare(self, answer: str, reference: str) -> Finding:
        """Compare the words."""
        words, wanted = squad_tokens(answer), squad_tokens(reference)
        if not words or not wanted:
            return float(words == wanted), None
        shared = sum((Counter(words) & Counter(wanted)).values())
        return 2 * shared / (len(words) + len(wanted)), f"{shared} shared of {len(words)} and {len(wanted)} words"


@dataclass(frozen=True, kw_only=True)
class RougeL(ReferenceScorer):
    """ROUGE-L (Lin, 2004): F1 of the longest common subsequence of words, by the package ``rouge-score``.

    Words are runs of a-z and 0-9 after lower-casing, the package's own; where one of the two texts has other letters,
    ``unicode_words`` of ``gencost.quality.tokens``: runs of letters of any script, and single characters in Chinese,
    Japanese and Thai.

    Attributes:
        stem: compare Porter stems of words longer than three letters.
        name: in the ``scores`` table.
        version: changes when the definition changes.

    Raises:
        ConfigError: the extra ``text`` is not installed.
    """

    stem: bool = False
    name: str = "rouge_l"
    version: str = "2"

    def __post_init__(self) -> None:
        """Find the package before the first call."""
        _ = self._rouge

    @cached_property
    def _rouge(self) -> tuple[Any, Any]:
        """With the package's own words, and with those of any script."""
        module = needed("rouge_score.rouge_scorer", "text", self.name)
        english = module.RougeScorer(["rougeL"], use_stemmer=self.stem)
        return english, module.RougeScorer(["rougeL"], tokenizer=_UnicodeWords())

    def compare(self, answer: str, reference: str) -> Finding:
        """Compare the words; without a word in the reference there is no score."""
        if not unicode_words(reference):
            return None, "the reference has no word"
        foreign = any(mark.isalpha() and not mark.isascii() for mark in reference + answer)
        rouge = self._rouge[foreign].score(reference, answer)["rougeL"]
        return float(rouge.fmeasure), f"precision {rouge.precision:.3f}, recall {rouge.recall:.3f}"


class _UnicodeWords:
    """The tokeniser in the form that the package takes."""

    def tokenize(self, text: str) -> list[str]:
        return unicode_words(text)


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
    """The likeness of two texts by insertions and deletions, by the package ``rapidfuzz``, divided by 100.

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
