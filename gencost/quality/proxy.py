"""A quality proxy that needs no judge and no reference: varied and long enough."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gencost.quality.base import Finding, TextScorer

_WORD = re.compile(r"\w+")
_FULL_LENGTH = 400


def quality_proxy(text: str) -> float:
    r"""0.6 * type-token ratio + 0.4 * min(1, words / 400), where words are lower-cased ``\w+``.

    Args:
        text: an answer.

    Returns:
        In [0, 1]; 0 for a text without words.
    """
    words = _WORD.findall(text.lower())
    if not words:
        return 0.0
    return 0.6 * len(set(words)) / len(words) + 0.4 * min(1.0, len(words) / _FULL_LENGTH)


@dataclass(frozen=True, kw_only=True)
class Proxy(TextScorer):
    """Scores by ``quality_proxy``; it compares answers of like length and purpose, and knows nothing of truth."""

    name: str = "proxy"
    version: str = "1"

    def of_text(self, text: str) -> Finding:
        """Score the text alone."""
        return quality_proxy(text), None
