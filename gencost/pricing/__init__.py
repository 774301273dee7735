"""Prices: the registry of dated rates, which of them hold for a call, and the arithmetic of a bill."""

from gencost.pricing.catalogue import load_pricing
from gencost.pricing.cost import buckets, cost_of, worst_of
from gencost.pricing.lookup import find_price
from gencost.pricing.rates import Found, GpuHour, ModelPricing, Rates, Tier, Window
from gencost.pricing.registry import Registry, Settings
from gencost.pricing.resolve import Offer, every_offer, offer_of

__all__ = [
    "Found",
    "GpuHour",
    "ModelPricing",
    "Offer",
    "Rates",
    "Registry",
    "Settings",
    "Tier",
    "Window",
    "buckets",
    "cost_of",
    "every_offer",
    "find_price",
    "load_pricing",
    "offer_of",
    "worst_of",
]
