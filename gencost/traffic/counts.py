"""The counts of one import: what was read, what is new, what is unknown, and the source's own cost beside the bill."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gencost.metrics_db.bulk import StoredCall
from gencost.traffic.logged import BadRecord, LeftOut
from gencost.traffic.rows import Prepared
from gencost.values.error_types import error_type_of

SHOWN_BAD = 10
LOOKED_AT = 100
"""Calls of a model of which the reason of their other cost is looked for: a log prices all of a model alike."""


def _no_reason(_prepared: Prepared) -> Sequence[str]:
    return ()


def _maybe_billed(status: str, error_type: str | None, pico_usd: int | None) -> bool:
    """Whether a call failed without a known cost, and a model may have worked on it."""
    return status == "error" and pico_usd is None and (error_type is None or error_type_of(error_type).may_be_billed)


@dataclass(kw_only=True)
class BothCosts:
    """Money of some calls, 1e-12 USD.

    Attributes:
        calls: of which both amounts are known.
        exact_pico_usd: their bill.
        source_pico_usd: what the log says they cost.
        looked_at: calls whose two amounts differ, of which the reason was looked for.
        reasons: why -> how many of these it explains.
    """

    calls: int = 0
    exact_pico_usd: int = 0
    source_pico_usd: int = 0
    looked_at: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(kw_only=True)
class ImportCounts:
    """The result of an import.

    Attributes:
        new: calls that were stored.
        known: calls that an earlier import had stored.
        repeated: records of a call that this import has read before.
        alike: those of them that have no id: two calls that are equal in all that is said look like one.
        internal: new calls that are not traffic.
        errors: new calls that failed.
        left_out: why -> records that are not a call.
        bad: records that cannot be read.
        first_bad: the first of them.
        unknown: fact -> new calls for which the log does not have it.
        unpriced: why -> new calls without a cost.
        pico_usd: the bill of all new calls with a cost.
        costed: new calls with a known cost.
        maybe_billed: new calls that failed in a way that may be billed, without tokens in the log.
        both: model -> the calls whose cost is known here and there.
        source_alone: calls that the log gives a cost and the bill does not.
        bill_alone: calls that the bill gives a cost and the log does not.
        first: time of the earliest new call; None without one.
        last: time of the latest.
        scorers: of the new calls, in the order met.
    """

    new: int = 0
    known: int = 0
    repeated: int = 0
    alike: int = 0
    internal: int = 0
    errors: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    bad: int = 0
    first_bad: list[BadRecord] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    unpriced: Counter[str] = field(default_factory=Counter)
    pico_usd: int = 0
    costed: int = 0
    maybe_billed: int = 0
    both: defaultdict[str, BothCosts] = field(default_factory=lambda: defaultdict(BothCosts))
    source_alone: int = 0
    bill_alone: int = 0
    first: datetime | None = None
    last: datetime | None = None
    scorers: dict[str, None] = field(default_factory=dict)

    @property
    def nothing_read(self) -> bool:
        """Whether there were records, but not one could be read."""
        return bool(self.bad) and not (self.new or self.known or self.repeated or self.left_out)

    def add_bad(self, record: BadRecord) -> None:
        """Count a record that cannot be read."""
        self.bad += 1
        if len(self.first_bad) < SHOWN_BAD:
            self.first_bad.append(record)

    def leave_out(self, record: LeftOut) -> None:
        """Count a record that is not a call."""
        self.left_out[record.why] += 1

    def add(self, prepared: Prepared, reasons: Callable[[Prepared], Sequence[str]] = _no_reason) -> None:
        """Count a call that is stored.

        Args:
            prepared: the call.
            reasons: explains that the log gives it another cost, see ``OtherCost``.
        """
        record, call = prepared.record, prepared.call
        self.new += 1
        self.internal += call.internal
        self.errors += record.status == "error"
        if call.scores:
            self.scorers.update(dict.fromkeys(call.scores))
        moment = record.request.ts
        self.first = moment if self.first is None or moment < self.first else self.first
        self.last = moment if self.last is None or moment > self.last else self.last
        self._unknown(prepared)
        self._money(prepared, reasons)

    def take_back(self, stored: StoredCall) -> None:
        """Uncount a call that is about to be stored again, since a later record has more of it."""
        self.new -= 1
        self.internal -= stored.internal
        self.errors -= stored.status == "error"
        lacks = {"prompt": stored.prompt_kind == "absent", "latency": stored.latency_ms is None}
        lacks["tokens"] = stored.answered and stored.tokens_in is None
        self.unknown -= Counter([fact for fact, lacking in lacks.items() if lacking])
        self.unpriced -= Counter([] if stored.why is None else [stored.why])
        self.pico_usd -= stored.pico_usd or 0
        self.costed -= stored.pico_usd is not None
        self.maybe_billed -= _maybe_billed(stored.status, stored.error_type, stored.pico_usd)
        exact, source = stored.pico_usd, stored.source_pico_usd
        if source is None:
            self.bill_alone -= exact is not None and exact > 0
        elif exact is None:
            self.source_alone -= source > 0
        else:
            sums = self.both[f"{stored.provider}:{stored.model}"]
            sums.calls -= 1
            sums.exact_pico_usd -= exact
            sums.source_pico_usd -= source

    def _unknown(self, prepared: Prepared) -> None:
        record, call = prepared.record, prepared.call
        if call.ts is None:
            self.unknown["time"] += 1
        if call.prompt.kind == "absent":
            self.unknown["prompt"] += 1
        if call.latency_ms is None:
            self.unknown["latency"] += 1
        if record.response is not None and record.response.usage is None:
            self.unknown["tokens"] += 1
        if call.lost:
            self.unknown.update(call.lost)
        if record.cost is not None and record.cost.pico_usd is None:
            self.unpriced[record.cost.reason or record.cost.status] += 1

    def _money(self, prepared: Prepared, reasons: Callable[[Prepared], Sequence[str]]) -> None:
        exact, source = prepared.pico_usd, prepared.source_pico_usd
        self.pico_usd += exact or 0
        self.costed += exact is not None
        self.maybe_billed += _maybe_billed(prepared.record.status, prepared.record.error_type, exact)
        if source is None:
            self.bill_alone += exact is not None and exact > 0
            return
        if exact is None:
            self.source_alone += source > 0
            return
        request = prepared.record.request
        sums = self.both[f"{request.provider}:{request.model}"]
        sums.calls += 1
        sums.exact_pico_usd += exact
        sums.source_pico_usd += source
        if abs(exact - source) > 1 and sums.looked_at < LOOKED_AT:
            sums.looked_at += 1
            sums.reasons.update(reasons(prepared))
