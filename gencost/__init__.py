"""GenCost: measure the cost, latency and quality of LLM calls, and decide which to keep paying for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gencost.analysis.loading import load_calls, load_cells, load_scores
    from gencost.cost_tracker import CostTracker
    from gencost.errors import CallError, GenCostError, ProviderError, UserError
    from gencost.llm import UnifiedLLM
    from gencost.metrics_db import init_db
    from gencost.pricing import ModelPricing, load_pricing
    from gencost.protocols import Provider, Scorer, ScorerFunction
    from gencost.types import Cost, Message, Record, Request, Response, Sample, Score, Usage

__version__ = "0.1.0"

__all__ = [
    "CallError",
    "Cost",
    "CostTracker",
    "GenCostError",
    "Message",
    "ModelPricing",
    "Provider",
    "ProviderError",
    "Record",
    "Request",
    "Response",
    "Sample",
    "Score",
    "Scorer",
    "ScorerFunction",
    "UnifiedLLM",
    "Usage",
    "UserError",
    "init_db",
    "load_calls",
    "load_cells",
    "load_pricing",
    "load_scores",
]

_HOMES = {
    "CallError": "errors",
    "CostTracker": "cost_tracker",
    "GenCostError": "errors",
    "ModelPricing": "pricing",
    "Provider": "protocols",
    "ProviderError": "errors",
    "Scorer": "protocols",
    "ScorerFunction": "protocols",
    "UnifiedLLM": "llm",
    "UserError": "errors",
    "init_db": "metrics_db",
    "load_calls": "analysis.loading",
    "load_cells": "analysis.loading",
    "load_pricing": "pricing",
    "load_scores": "analysis.loading",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that importing the package stays instant."""
    if name not in __all__:
        raise AttributeError(f"module 'gencost' has no attribute {name!r}")
    return getattr(import_module(f"gencost.{_HOMES.get(name, 'types')}"), name)


def __dir__() -> list[str]:
    """Name the public names, whether they are imported yet or not."""
    return sorted({*globals(), *__all__})
