"""A verdict among labels, read from a longer answer by the rule of the LLMDrift study."""

from __future__ import annotations

from dataclasses import dataclass, field

from gencost.errors import ConfigError
from gencost.quality.base import Finding, ReferenceScorer

UNDETERMINED = "undetermined"


@dataclass(frozen=True, kw_only=True)
class Verdict(ReferenceScorer):
    """1 if answer and reference come to the same verdict, else 0.

    The rule: commas and full stops become spaces, the text is lower-cased, each word is put in brackets; the verdict
    is the first of ``labels`` whose bracketed form is in the result, else undetermined. So ``[Yes]`` and ``yes`` count,
    ``yesterday`` does not. Source: Chen, Zaharia, Zou, "How is ChatGPT's behavior changing over time?", 2023,
    github.com/lchen001/LLMDrift.

    Attributes:
        name: in the ``scores`` table.
        version: changes when the definition changes.
        labels: lower-case words, the first of them that is found wins, wherever it stands.
    """

    name: str = "verdict"
    version: str = "1"
    labels: list[str] = field(default_factory=lambda: ["yes", "no"])

    def __post_init__(self) -> None:
        """Refuse a label that the rule could never find."""
        if not self.labels or any(_words(label) != [label] for label in self.labels):
            raise ConfigError(
                f"labels={self.labels}: give lower-case words without spaces, commas or full stops; "
                'in YAML, quote "yes" and "no"'
            )

    def verdict(self, text: str) -> str:
        """Read the verdict of a text."""
        bracketed = " ".join(f"[{word}]" for word in _words(text))
        return next((label for label in self.labels if f"[{label}]" in bracketed), UNDETERMINED)

    def compare(self, answer: str, reference: str) -> Finding:
        """Compare the two verdicts."""
        found, wanted = self.verdict(answer), self.verdict(reference)
        return float(found == wanted), f"{found}, reference {wanted}"


def _words(text: str) -> list[str]:
    return text.replace(",", " ").replace(".", " ").lower().split()
