"""Whether a scorer looks at the reference, which no live answer has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gencost.quality.base import ReferenceScorer, TextScorer
from gencost.quality.code import PythonTests
from gencost.quality.judge import Judge, PairwiseJudge
from gencost.quality.proxy import Proxy
from gencost.quality.refusal import NoRefusal
from gencost.quality.regex import Regex
from gencost.quality.structure import JsonSchema, JsonValid, Length

FREE: Mapping[str, bool] = {scorer.name: False for scorer in (Proxy, NoRefusal, JsonValid, JsonSchema, Length)}
"""Names that scorers without a need of a reference have by default."""


def without_references(scorers: Iterable[object]) -> str | None:
    """Say which scorers will score nothing because no prompt has a reference.

    Args:
        scorers: of a cell none of whose prompts has one.

    Returns:
        One line; None if they all can do without, or read another column instead.
    """
    names = [
        str(getattr(scorer, "name", ""))
        for scorer in scorers
        if made_needs_reference(scorer) and not isinstance(scorer, Judge | PairwiseJudge | PythonTests)
    ]
    if not names:
        return None
    nothing = f"no prompt has a reference, so {' and '.join(names)} will score nothing"
    return f"{nothing}: name the column of the right answers with prompts.columns.reference=..."


def needs_reference(kind: Any, keys: Mapping[str, Any]) -> bool | None:
    """Whether a scorer looks at the reference; None if that cannot be known.

    Args:
        kind: its class.
        keys: its settings; those left out are the default ones.
    """
    if not isinstance(kind, type):
        return None
    if issubclass(kind, Judge):
        return bool(keys.get("with_reference", True))
    if issubclass(kind, Regex):
        return keys.get("group") is not None
    if issubclass(kind, ReferenceScorer | PairwiseJudge | PythonTests):
        return True
    return False if issubclass(kind, TextScorer | Proxy) else None


def made_needs_reference(scorer: object) -> bool | None:
    """The same of a scorer that is made; one of somebody's own may have no ``__dict__``."""
    return needs_reference(type(scorer), getattr(scorer, "__dict__", {}))
