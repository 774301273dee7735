"""A verdict among labels, read from a longer answer by the rule of the LLMDrift study."""

from __future__ import annotations

from dataclasses import dataclass, field

from gencost.errors import ConfigError
from gencost.quality.text import NO_REFERENCE
from gencost.types import Response, Sample, Score

UNDETERMINED = "undetermined"


@dataclass(frozen=True, kw_only=True)
class Verdict:
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

    def score(self, sample: Sample, response: Response) -> Score:
        """Compare the two verdicts."""
        if sample.reference is None:
            return Score(scorer=self.name, version=self.version, value=None, explanation=NO_REFERENCE)
        found, wanted = self.verdict(response.text), self.verdict(sample.reference)
        said = f"{found}, reference {wanted}"
        return Score(scorer=self.name, version=self.version, value=float(found == wanted), explanation=said)


def _words(text: str) -> list[str]:
    return text.replace(",", " ").replace(".", " ").lower().split()
