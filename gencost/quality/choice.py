"""A scorer of multiple-choice answers: which letter does a text state?"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gencost.errors import ConfigError
from gencost.quality.base import NO_REFERENCE, Finding
from gencost.quality.letters.letter_tokens import Stated
from gencost.quality.letters.stated import Letters
from gencost.text.loose_json import read_loosely
from gencost.types import Response, Sample, Score


@dataclass(frozen=True, kw_only=True)
class MultipleChoice:
    """1 if the answer states the letter of the reference, 0 if it states another or none; several state none.

    Which letter a text states is the rule of ``gencost.quality.letters.stated``. An answer that states several gives no
    score. The reference is a letter, in any form that the rule reads, or, where the sample has its options, the text of
    one, its label, or its number from 0 (as in MMLU).

    Attributes:
        letters: the choices there are, where the sample has no options.
        choices: the column of the prompt set with the options: a list of texts, ``{"label": [...], "text": [...]}`` as
            in ARC, or ``{"A": ..., "B": ...}``; a sample without it has letters alone.
        name: in the ``scores`` table.
        version: changes when the definition changes.
    """

    letters: str = "ABCDE"
    choices: str = "choices"
    name: str = "multiple_choice"
    version: str = "3"

    def __post_init__(self) -> None:
        """Refuse choices that are not upper-case letters."""
        if not re.fullmatch("[A-Z0-9]+", self.letters):
            raise ConfigError(f"quality.{self.name}.letters={self.letters!r}: give upper-case letters, e.g. ABCD")

    @property
    def reads_columns(self) -> tuple[str, ...]:
        """Columns of the prompt set that change its verdict where a sample has them."""
        return (self.choices,)

    def score(self, sample: Sample, response: Response) -> Score:
        """Compare the two letters; an answer without one is wrong, a reference without one gives no score."""
        value, why = self._compare(sample, response.text)
        return Score(scorer=self.name, version=self.version, value=value, explanation=why)

    def _compare(self, sample: Sample, answer: str) -> Finding:
        if sample.reference is None:
            return None, NO_REFERENCE
        labels, texts = options(sample.metadata.get(self.choices))
        letters = Letters(letters=_letters(labels, texts) if texts else self.letters, texts=texts)
        wanted = _wanted(sample.reference, letters, labels)
        if len(wanted) != 1:
            return None, f"the reference names {'several' if wanted else 'none'} of {letters.letters}"
        stated = letters.stated(answer)
        if len(stated) > 1:
            return None, f"several letters are stated: {', '.join(sorted(stated))}"
        shown = next(iter(stated), "no letter")
        return float(stated == wanted), f"{shown}, reference {next(iter(wanted))}"


def _letters(labels: Sequence[str], texts: Sequence[str]) -> str:
    """The options' own labels where each is one letter or digit, else A, B, C, ..."""
    one_each = labels and all(re.fullmatch("[A-Z0-9]", label) for label in labels)
    return "".join(labels) if one_each else string.ascii_uppercase[: len(texts)]


def _wanted(reference: str, letters: Letters, labels: Sequence[str]) -> Stated:
    """The letter of a reference, which may be a label or a number of the options."""
    plain = reference.strip()
    if plain in labels:
        return frozenset(letters.letters[labels.index(plain)])
    same = [i for i, text in enumerate(letters.texts) if text.strip() == plain]
    if len(same) == 1:
        return frozenset(letters.letters[same[0]])
    if plain.isdigit() and letters.texts and int(plain) < len(letters.texts):
        return frozenset(letters.letters[int(plain)])
    return letters.stated(reference)


def options(column: str | None) -> tuple[list[str], list[str]]:
    """Read the options of a sample.

    Args:
        column: JSON, or as Python writes it, see ``MultipleChoice.choices``; None if the sample has none.

    Returns:
        Their labels, empty if they have none of their own, and their texts; both empty if there are none, or more than
        letters.
    """
    try:
        value: Any = None if column is None else read_loosely(column)
    except ValueError:
        value = [part.strip() for part in re.split(r"\s*[|;\n]\s*", column or "") if part.strip()]
    labels: list[str] = []
    if isinstance(value, Mapping) and isinstance(value.get("text"), list):
        labels, value = [str(label) for label in value.get("label") or ()], value["text"]
    elif isinstance(value, Mapping):
        labels, value = [str(label) for label in value], list(value.values())
    if not isinstance(value, list) or not 1 < len(value) <= len(string.ascii_uppercase):
        return [], []
    texts = [str(item["text"] if isinstance(item, Mapping) and "text" in item else item) for item in value]
    texts = [re.sub(r"^\s*\(?[A-Z][).:]\s+", "", text) for text in texts]
    return labels if len(labels) == len(texts) else [], texts
