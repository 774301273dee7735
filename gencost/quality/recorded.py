"""A scorer whose values stand in a file of recorded calls, or came with imported ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gencost.errors import ConfigError
from gencost.quality.base import Finding
from gencost.types import Response, Sample, Score

_TRUTH = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """The number that was recorded beside an answer: (number - lowest) / (highest - lowest).

    It is looked for in the record of a replayed answer and among the scores of an imported one, as ``column``,
    ``scores.column`` and ``score_column``. An answer of today has none.

    Attributes:
        column: its name; true and false are 1 and 0.
        lowest: the number that is worth 0.
        highest: the number that is worth 1.
        name: in the ``scores`` table.
        version: changes when the definition changes.
    """

    column: str = "score"
    lowest: float = 0.0
    highest: float = 1.0
    name: str = "recorded"
    version: str = "1"

    def __post_init__(self) -> None:
        """Refuse an invalid scale."""
        if not self.lowest < self.highest:
            raise ConfigError(f"quality.{self.name}: lowest={self.lowest:g} must be below highest={self.highest:g}")

    def score(self, sample: Sample, response: Response) -> Score:  # noqa: ARG002 - the role's signature
        """Look the number up."""
        value, explanation = self._find(response.recorded)
        return Score(scorer=self.name, version=self.version, value=value, explanation=explanation)

    def _find(self, recorded: Mapping[str, Any]) -> Finding:
        names = (self.column, f"scores.{self.column}", f"score_{self.column}")
        text = next((recorded[name] for name in names if name in recorded), None)
        if text is None or str(text).strip() == "":
            have = ", ".join(name for name in recorded if name != "ts") or "none"
            return None, f"no number in column {self.column!r}; the record has {have}"
        try:
            number = _TRUTH[word] if (word := str(text).strip().lower()) in _TRUTH else float(text)
        except (TypeError, ValueError):
            return None, f"column {self.column!r} holds {str(text)[:40]!r}, not a number"
        if not (math.isfinite(number) and self.lowest <= number <= self.highest):
            return None, f"{number:g} is outside [{self.lowest:g}, {self.highest:g}]: give lowest and highest"
        return (number - self.lowest) / (self.highest - self.lowest), None
