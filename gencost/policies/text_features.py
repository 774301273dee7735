"""Prompts as numbers: TF-IDF of their words, and its leading directions (latent semantic analysis)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

MOST_TERMS = 4000
DIRECTIONS = 64


class TextFeatures:
    """TF-IDF (sublinear, L2 norm) reduced to at most 64 directions, fitted to some prompts.

    Args:
        texts: to fit to; other words are ignored.
        seed: of the randomised decomposition.

    Attributes:
        vectorizer: scikit-learn's TF-IDF; None where the texts have no word.
        directions: shape (terms, d).
    """

    def __init__(self, texts: Sequence[str], seed: int) -> None:
        from sklearn.decomposition import TruncatedSVD  # noqa: PLC0415 - seconds, for learned policies alone
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

        self._known: dict[str, np.ndarray] = {}
        self.vectorizer: Any = TfidfVectorizer(sublinear_tf=True, max_features=MOST_TERMS)
        try:
            counted = self.vectorizer.fit_transform(texts)
        except ValueError:  # an empty vocabulary
            self.vectorizer, self.directions = None, np.zeros((0, 0))
            return
        d = min(DIRECTIONS, counted.shape[1] - 1, counted.shape[0] - 1)
        if d < 2:
            self.directions = np.eye(counted.shape[1])
            return
        self.directions = np.asarray(TruncatedSVD(d, random_state=seed, n_iter=2).fit(counted).components_.T)

    def of(self, texts: Sequence[str]) -> np.ndarray:
        """Return the features of texts, each computed once; shape (n, d)."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            made = np.zeros((len(new), 1)) if self.vectorizer is None else self._transformed(new)
            self._known |= dict(zip(new, made, strict=True))
        return np.array([self._known[text] for text in texts])

    def _transformed(self, texts: Sequence[str]) -> np.ndarray:
        return np.asarray(self.vectorizer.transform(texts) @ self.directions)


@lru_cache(maxsize=6)
def features(texts: tuple[str, ...], seed: int) -> TextFeatures:
    """Fit to texts, once for all policies that ask."""
    return TextFeatures(texts, seed)
