"""The usage that a provider counted, read as a closed world: a number that no table names is never free."""

from gencost.usage.lines import PLAIN_TIERS, READER, SAME_TIER
from gencost.usage.merge import Usages
from gencost.usage.reading import UsageReading, is_plain, read_usage

__all__ = ["PLAIN_TIERS", "READER", "SAME_TIER", "UsageReading", "Usages", "is_plain", "read_usage"]
