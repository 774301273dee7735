"""Facts about the answers of one cell that its figures do not show: cut off, blank, of another model, from a cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from gencost.analysis.recorded.blank_answers import EMPTY, ONLY_THINKING

# Chat Completions and Mistral; Messages; Responses, Gemini.
_CUT = frozenset({"length", "model_length", "max_tokens", "model_context_window_exceeded", "max_output_tokens"})


@dataclass(frozen=True, kw_only=True)
class AnswerFacts:
    """Facts about the answers of one cell.

    Attributes:
        cut: that ended at a limit of tokens, as the provider says.
        empty: without a word, a thought or a function call.
        only_thinking: with a thought and not a word after it.
        served: (model asked, model that the provider says it was) -> answers, where the two names differ.
        asked: every ``provider:model`` that was asked.
        cached_input_share: of the input tokens of answers that say how many came from the provider's prompt cache;
            None where none says so.
    """

    cut: int = 0
    empty: int = 0
    only_thinking: int = 0
    served: Mapping[tuple[str, str], int] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    cached_input_share: float | None = None

    def metrics(self) -> dict[str, float | None]:
        """Flat metric names; None is unknown."""
        return {
            "cut": self.cut,
            "empty": self.empty,
            "only_thinking": self.only_thinking,
            "served_other": sum(self.served.values()),
            "cached_input_share": self.cached_input_share,
        }


NO_FACTS = AnswerFacts()


def answer_facts(ok: pd.DataFrame) -> AnswerFacts:
    """Count what is particular about answers.

    Args:
        ok: the answered calls of a cell, rows of ``frames.calls``.
    """
    finish = ok["finish_reason"].value_counts()
    blank = ok["blank"].value_counts()
    asked = ok.groupby(["provider", "model"], observed=True).size()
    return AnswerFacts(
        cut=sum(int(n) for reason, n in finish.items() if str(reason).lower() in _CUT),
        empty=int(blank.get(EMPTY, 0)),
        only_thinking=int(blank.get(ONLY_THINKING, 0)),
        served=_served(ok),
        asked=tuple(f"{provider}:{model}" for provider, model in asked.index),
        cached_input_share=_cached_input_share(ok),
    )


def _served(ok: pd.DataFrame) -> dict[tuple[str, str], int]:
    pairs = ok.groupby(["model", "response_model"], observed=True).size()
    return {(str(asked), str(served)): int(n) for (asked, served), n in pairs.items() if asked != served and n}


def _cached_input_share(ok: pd.DataFrame) -> float | None:
    known = ok[~ok["from_cache"].astype(bool)][["usage_tokens_in", "usage_tokens_cached"]].dropna()
    total = int(known["usage_tokens_in"].sum())
    return int(known["usage_tokens_cached"].sum()) / total if total else None
