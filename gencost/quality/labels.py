"""A verdict among labels, read from a longer answer by the rule of the LLMDrift study."""

from __future__ import annotations

from dataclasses import dataclass, field

from gencost.errors import ConfigError
from gencost.quality.base import Finding, ReferenceScorer
from gencost.quality.letters.label import stated_labels

UNDETERMINED = "undetermined"


@dataclass(frozen=True, kw_only=True)
class Verdict(ReferenceScorer):
    """1 if answer and reference come to the same verdict, else 0.

    The rule: commas and full stops become spaces, the text is lower-cased, each word is put in brackets; the verdict
    is the first of ``labels`` whose bracketed form is in the result, else undetermined. So ``[Yes]`` and ``yes`` count,
    ``yesterday`` does not. Source: Chen, Zaharia, Zou, "How is ChatGPT's behavior changing over time?", 2023,
    github.com/lchen001/LLMDrift.

    With ``strict`` the rule is another, and so is the version: the label that the answer announces ("Answer: yes", "the
    answer is no", boxed, in a tag or in JSON), else the one that its first word is, else the one in square brackets or
    bold, else the one that its last line is, else the only one in it. An answer that states none or several, and a
    reference that does, give no score.

    Attributes:
        name: in the ``scores`` table.
        version: changes when the definition changes.
        labels: lower-case words, the first of them that is found wins, wherever it stands.
        strict: use the stricter rule.
    """

    name: str = "verdict"
    version: str = "1"
    labels: list[str] = field(default_factory=lambda: ["yes", "no"])
    strict: bool = False

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
        if self.strict:
            return self._strictly(answer, reference)
        stated, wanted = self.verdict(answer), self.verdict(reference)
        return float(stated == wanted), f"{stated}, reference {wanted}"

    def _strictly(self, answer: str, reference: str) -> Finding:
        stated, wanted = stated_labels(answer, self.labels), stated_labels(reference, self.labels)
        if len(wanted) != 1:
            return None, f"the reference states {'several of' if wanted else 'none of'} {', '.join(self.labels)}"
        if len(stated) != 1:
            return None, f"undetermined: {' and '.join(sorted(stated)) or 'no label is stated'}"
        return float(stated == wanted), f"{min(stated)}, reference {min(wanted)}"


def _words(text: str) -> list[str]:
    return text.replace(",", " ").replace(".", " ").lower().split()
