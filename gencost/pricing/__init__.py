"""Prices: the registry of dated rates, and the arithmetic of a bill."""

from gencost.pricing.catalogue import ModelPricing, Registry, load_pricing
from gencost.pricing.cost import buckets, cost_of

__all__ = ["ModelPricing", "Registry", "buckets", "cost_of", "load_pricing"]
