"""The cost of one request: its total, and the bill that it is the sum of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from gencost.values.at_once import set_at_once

PICO_PER_USD = 10**12

CostStatus = Literal["priced", "free", "cached", "unpriced", "partial"]
CostBasis = Literal["served", "requested", "recorded"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CostLine:
    """One line of a bill: what was counted in one bucket x its rate.

    Attributes:
        bucket: ``input``, ``cached``, ``cache_write``, ``output``, ``reasoning``, ``audio_in``, ...: each token is in
            exactly one; ``request``, ``web_search``, ``file_search``, ... are fees; ``gpu_hour`` is a machine's share.
        tokens: how many; requests, searches or answers where it has no tokens.
        usd_per_mtok: the rate, USD per million; None if the price names none, and for what is not a bucket of tokens.
        usd: what the line costs, exact; None without a rate. Of ``gpu_hour`` rounded half-even to 1e-12.
        usd_each: the fee of one, USD; None for tokens.
        model: whose rates these are, if not those of the answer's own model; None for those.
    """

    bucket: str
    tokens: int
    usd_per_mtok: Decimal | None
    usd: Decimal | None
    usd_each: Decimal | None = None
    model: str | None = None


@set_at_once
@dataclass(frozen=True, kw_only=True)
class Cost:
    """The exact cost of one request.

    Attributes:
        pico_usd: total in 1e-12 USD, rounded half-even once from the exact sum; None unless priced or free.
        status: ``priced``; ``free`` (declared so: 0); ``cached`` (from GenCost's own cache: 0); ``unpriced``
            (no price or no usage: None); ``partial`` (something was used that has no rate: None).
        price_id: SHA-256 of the resolved rate block used; None if there was none.
        lines: the bill; empty if there were no rates; that of a cost by ``billed`` is written when it is read.
        reason: why there is no total, for people; None if there is one.
        other_price_ids: of the rate blocks of each call inside the answer, then of fees on top; empty without any.
        basis: whose rates they are: of the model that was ``served``, else of the one that was ``requested``;
            ``recorded`` without rates: the amount is the one that was recorded with the answer.
    """

    pico_usd: int | None
    status: CostStatus
    price_id: str | None = None
    lines: tuple[CostLine, ...] = field(default_factory=tuple)
    reason: str | None = None
    other_price_ids: tuple[str, ...] = ()
    basis: CostBasis = "served"

    @classmethod
    def billed(cls, lines: Callable[[], tuple[CostLine, ...]], **facts: Any) -> Cost:
        """Make a cost whose bill is written when somebody reads it, which few do.

        Args:
            lines: writes the bill.
            facts: the other fields.
        """
        cost = cls(**facts)
        del cost.__dict__["lines"]
        cost.__dict__["_write_lines"] = lines
        return cost

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Write the bill, see ``billed``."""
            if name != "lines" or "_write_lines" not in self.__dict__:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            self.__dict__[name] = made = self.__dict__["_write_lines"]()
            return made

    @property
    def usd(self) -> Decimal | None:
        """The total in USD, exact; None if unknown."""
        return None if self.pico_usd is None else Decimal(self.pico_usd) / PICO_PER_USD
