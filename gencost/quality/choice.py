"""A scorer of multiple-choice answers: which letter does a text settle on?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from gencost.errors import ConfigError
from gencost.quality.base import Finding, ReferenceScorer


@dataclass(frozen=True, kw_only=True)
class MultipleChoice(ReferenceScorer):
    r"""1 if answer and reference settle on the same letter, else 0.

    The rule; the first step that finds a letter decides:

    1. the last ``answer is X``, ``answer: X``, ``option X``, ``choice X`` or ``\boxed{X}``;
    2. the letter that the text begins with, if a bracket, full stop, colon or its end follows: ``B``, ``(B) Paris``;
    3. the last letter in brackets or bold: ``(B)``, ``[B]``, ``**B**``;
    4. the letter that stands alone on the last line.

    Letters are upper case; in step 1 lower case, too, if no word follows. Marks like ``**`` around a letter do not
    matter. A plain ``A`` inside a sentence is an article and never counts.

    Attributes:
        letters: the choices there are.
        name: in the ``scores`` table.
        version: changes when the definition changes.
    """

    letters: str = "ABCDE"
    name: str = "multiple_choice"
    version: str = "1"

    def __post_init__(self) -> None:
        """Refuse choices that are no upper-case letters."""
        if not re.fullmatch("[A-Z]+", self.letters):
            raise ConfigError(f"quality.{self.name}.letters={self.letters!r}: give upper-case letters, e.g. ABCD")

    @cached_property
    def _steps(self) -> tuple[re.Pattern[str], ...]:
        one = f"[{self.letters}]"
        either = rf"{one}|[{self.letters.lower()}](?=[)\].}}*]|\s*$)"
        mark = r"[\s*_$]*"
        said = rf"(?:answer|option|choice)\b(?:{mark}(?:is\b|would be\b|option\b|choice\b|:|=))*{mark}"
        return (
            re.compile(rf"(?:(?i:{said})[(\[]?|\\boxed\{{\s*(?:\\text\{{)?)({either})(?![\w'])", re.MULTILINE),
            re.compile(rf"\A{mark}[(\[]?({one})(?:[*_]*[)\].:]|{mark}\Z)"),
            re.compile(rf"(?:\(|\[|\*\*)({one})(?:\)|\]|\*\*|[.)]\*\*)"),
            re.compile(rf"^{mark}({one}){mark}[.)]?\s*\Z", re.MULTILINE),
        )

    def letter(self, text: str) -> str | None:
        """Find the letter that a text settles on; None if it settles on none."""
        for step in self._steps:
            if found := step.findall(text):
                return str(found[-1]).upper()
        return None

    def compare(self, answer: str, reference: str) -> Finding:
        """Compare the two letters; an answer without one is wrong, a reference without one gives no score."""
        wanted, found = self.letter(reference), self.letter(answer)
        if wanted is None:
            return None, f"the reference names none of {self.letters}"
        return float(found == wanted), f"{found or 'no letter'}, reference {wanted}"
