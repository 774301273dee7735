"""The common parts of scorers: a score or the reason for none, the check for an extra, and when a scorer is run."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

from gencost.errors import ConfigError
from gencost.quality.accepted import accepted
from gencost.types import Response, Sample, Score

NO_REFERENCE = "the sample has no reference"

Finding = tuple[float | None, str | None]
"""A value, None if there is none, and what there is to say about it."""


class TextScorer:
    """A scorer of the answer's text alone: a subclass has ``name``, ``version`` and ``of_text``."""

    name: str
    version: str

    def score(self, sample: Sample, response: Response) -> Score:  # noqa: ARG002 - the role's signature
        """Score the text."""
        value, explanation = self.of_text(response.text)
        return Score(scorer=self.name, version=self.version, value=value, explanation=explanation)

    def of_text(self, text: str) -> Finding:
        """Find the value of one answer."""
        raise NotImplementedError


class ReferenceScorer:
    """A scorer that compares answer and reference: a subclass has ``name``, ``version`` and ``compare``.

    Without a reference there is no score. Of several accepted references (see ``gencost.quality.accepted``) the one
    that gives the highest value counts; a subclass may have a ``separator``.
    """

    name: str
    version: str

    def score(self, sample: Sample, response: Response) -> Score:
        """Compare the answer with the sample's reference."""
        value, explanation = self._best(response.text, sample.reference)
        return Score(scorer=self.name, version=self.version, value=value, explanation=explanation)

    def _best(self, answer: str, reference: str | None) -> Finding:
        if reference is None:
            return None, NO_REFERENCE
        findings = [
            self.compare(answer, reference_text)
            for reference_text in accepted(reference, getattr(self, "separator", None))
        ]
        return max(findings, key=lambda finding: -1.0 if finding[0] is None else finding[0])

    def compare(self, answer: str, reference: str) -> Finding:
        """Find the value of one answer."""
        raise NotImplementedError


def needed(module: str, extra: str, scorer: str) -> Any:
    """Import what an extra brings.

    Args:
        module: its dotted name.
        extra: of GenCost.
        scorer: what needs it.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ConfigError(
            f"quality.{scorer} needs the package {module.partition('.')[0]} ({error}): pip install 'gencost[{extra}]'"
        ) from None


def is_late(scorer: Any) -> bool:
    """Whether a scorer runs only after the answer is recorded and all calls are over.

    So does one that says ``costly = True`` (it asks a model, runs code, computes for long) and one that is awaited.
    """
    return bool(getattr(scorer, "costly", False)) or inspect.iscoroutinefunction(scorer.score)
