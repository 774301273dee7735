"""The probable reason why a log says that a call cost something else than its bill: found by arithmetic, or not named.

Each reason is the bill of the same call with one thing done otherwise; it is named where that gives the log's amount.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from gencost.cost_tracker import CostTracker
from gencost.errors import PricingError, UsageError
from gencost.traffic.rows import Prepared
from gencost.types import PICO_PER_USD, Request, Response
from gencost.values.altered import altered
from gencost.values.token_counts import Usage

NOTHING = "said to cost nothing"

_TIERS = ("batch", "flex", "priority")
_STANDARD = "default"
_MONTHS = 36
_MONTH = timedelta(days=30)
_UNITS = 10  # of the last digit that the log writes: what is nearer than that may be its rounding
_SHARE = Decimal("1e-9")  # that sums of floats may be off
_SHORT = 100_000  # input tokens, below every price of long requests
_TOKENS = (
    *("tokens_in", "tokens_cached", "tokens_cache_write", "tokens_cache_write_1h"),
    *("tokens_out", "tokens_reasoning"),
)
_EXACT = -12  # the exponent of a pico-dollar

_Otherwise = Callable[[Usage], Usage]


def _written(usage: Usage) -> int:
    return usage.tokens_cache_write + usage.tokens_cache_write_1h


_COUNTED: tuple[tuple[str, _Otherwise], ...] = (
    ("cached tokens at the full rate", lambda u: replace(u, tokens_cached=0)),
    ("cached tokens counted twice", lambda u: replace(u, tokens_in=u.tokens_in + u.tokens_cached)),
    ("cached tokens left out", lambda u: replace(u, tokens_in=u.tokens_in - u.tokens_cached, tokens_cached=0)),
    ("cache writes at the rate of input", lambda u: replace(u, tokens_cache_write=0, tokens_cache_write_1h=0)),
    ("cache writes counted twice", lambda u: replace(u, tokens_in=u.tokens_in + _written(u))),
    (
        "cache writes left out",
        lambda u: replace(u, tokens_in=u.tokens_in - _written(u), tokens_cache_write=0, tokens_cache_write_1h=0),
    ),
    (
        "cache writes of an hour at the rate of five minutes",
        lambda u: replace(u, tokens_cache_write=_written(u), tokens_cache_write_1h=0),
    ),
    (
        "cache reads and writes at the rate of input",
        lambda u: replace(u, tokens_cached=0, tokens_cache_write=0, tokens_cache_write_1h=0),
    ),
    (
        "cache reads and writes counted twice",
        lambda u: replace(u, tokens_in=u.tokens_in + u.tokens_cached + _written(u)),
    ),
    ("reasoning tokens billed twice", lambda u: replace(u, tokens_out=u.tokens_out + u.tokens_reasoning)),
    (
        "reasoning tokens left out",
        lambda u: replace(u, tokens_out=u.tokens_out - u.tokens_reasoning, tokens_reasoning=0),
    ),
    ("searches left out", lambda u: replace(u, web_searches=0)),
)


class OtherCost:
    """Explains the other costs of a log.

    Args:
        tracker: that the calls were billed with.
        now: the time of the import, UTC; None is now.
    """

    def __init__(self, tracker: CostTracker, now: datetime | None = None) -> None:
        self._tracker = tracker
        now = now or datetime.now(UTC)
        self._days = [now - months * _MONTH for months in range(_MONTHS)]

    def reasons(self, prepared: Prepared) -> list[str]:
        """Name every reason that yields the log's amount to the last digit; empty if none does.

        Args:
            prepared: a call whose cost is known here and there, and differs.
        """
        exact, source_usd = prepared.pico_usd, prepared.call.source_cost_usd
        if exact is None or source_usd is None:
            return []
        if not source_usd:
            return [NOTHING]
        amount = _Amount(source_usd)
        if amount.is_rounded(exact):
            return [f"rounded to {amount.decimals} decimals"]
        request, response = prepared.record.request, prepared.record.response
        if response is None:
            return []
        otherwise = list(self._otherwise(request, response))
        reasons = [why for why, pico in otherwise if amount.is_exactly(pico)]
        if not reasons and amount.can_tell(exact):
            reasons = [why for why, pico in otherwise if amount.is_rounded(pico)]
        return reasons

    def _otherwise(self, request: Request, response: Response) -> Iterator[tuple[str, int]]:
        """Bill a call otherwise, one thing at a time; of all days with the same bill the last is named."""
        for why, other in (*_counted(response), *_served(request, response)):
            pico = self._billed(request, other, request.ts)
            if pico is not None:
                yield why, pico
        if (pico := self._as_short(request, response)) is not None:
            yield "at the price of a short request", pico
        by_day = {self._billed(request, response, day): day for day in reversed(self._days)}
        yield from ((f"at the prices of {day:%B %Y}", pico) for pico, day in by_day.items() if pico is not None)

    def _as_short(self, request: Request, response: Response) -> int | None:
        """Bill a long request by the rates of short ones: cut into enough pieces to make each short."""
        usage = response.usage
        if usage is None or usage.tokens_in <= _SHORT or usage.more or usage.calls or usage.web_searches:
            return None
        pieces = -(-usage.tokens_in // _SHORT)
        whole = {name: getattr(usage, name) for name in _TOKENS}
        equal = {name: count // pieces for name, count in whole.items()}
        rest = {name: whole[name] - (pieces - 1) * equal[name] for name in whole}
        try:
            parts = [altered(response, usage=Usage(**part)) for part in (equal, rest)]
        except UsageError:  # what is left over is no whole request
            return None
        first, last = (self._billed(request, part, request.ts) for part in parts)
        return None if first is None or last is None else (pieces - 1) * first + last

    def _billed(self, request: Request, response: Response, at: datetime) -> int | None:
        """Bill a call otherwise, 1e-12 USD; None if that has no bill."""
        try:
            return self._tracker.price(
                provider=request.provider, model=request.model, response=response, at=at
            ).pico_usd
        except PricingError:
            return None


def _counted(response: Response) -> Iterator[tuple[str, Response]]:
    usage = response.usage
    for why, otherwise in _COUNTED if usage is not None else ():
        try:
            other = otherwise(usage)  # type: ignore[arg-type]
        except UsageError:
            continue
        if other != usage:
            yield why, altered(response, usage=other)


def _served(request: Request, response: Response) -> Iterator[tuple[str, Response]]:
    tier, served = response.service_tier, response.response_model
    if served not in (None, request.model):
        yield f"at the price of {request.model}, not of the served {served}", altered(response, response_model=None)
    if tier in _TIERS:
        yield f"at the standard price, not of the tier {tier}", altered(response, service_tier=_STANDARD)
    for other in _TIERS:
        if other != tier:
            yield f"at the price of the tier {other}", altered(response, service_tier=other)


class _Amount:
    """An amount as a log writes it, with its precision."""

    def __init__(self, usd: Decimal) -> None:
        self._usd = usd
        exponent = usd.as_tuple().exponent
        self._exponent = exponent if isinstance(exponent, int) else 0
        self._pico = usd * PICO_PER_USD

    @property
    def decimals(self) -> int:
        """Digits after the point."""
        return max(0, -self._exponent)

    def is_exactly(self, pico_usd: int) -> bool:
        """Whether it is this amount, but for the last digits of a float."""
        return abs(self._pico - pico_usd) <= 1 + self._pico * _SHARE

    def is_rounded(self, pico_usd: int) -> bool:
        """Whether it is this amount, rounded to its digits."""
        if self._exponent <= _EXACT:
            return False
        try:
            rounded = Decimal(pico_usd).scaleb(_EXACT).quantize(Decimal(1).scaleb(self._exponent), ROUND_HALF_EVEN)
        except InvalidOperation:
            return False
        return rounded == self._usd

    def can_tell(self, pico_usd: int) -> bool:
        """Whether it is so far from this amount that its rounding cannot be taken for a reason."""
        return abs(self._pico - pico_usd) >= _UNITS * Decimal(10) ** (self._exponent - _EXACT)
