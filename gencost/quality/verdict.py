"""The earlier home of the scorer of labels, kept for configs that name it."""

from gencost.quality.labels import Verdict

__all__ = ["Verdict"]
