"""Summarise an import for people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal

from gencost.text.counted import counted
from gencost.traffic.counts import BothCosts, ImportCounts
from gencost.traffic.privacy import Privacy
from gencost.types import PICO_PER_USD

_SHOWN_REASONS = 5
_TABLE, _EXCEED = "The table", "exceed tokens_in"
_NAME_PROVIDER = ("The trace", "MLflow")  # sources that have the key
_NO_PROVIDER = "no price for unknown:"
_COUNTER = re.compile(r"other (columns|attributes)\.([^=;]+)=")
_NOT_READ = "names no token counts"
_CENT = Decimal("0.01")
_STORED = {
    "hash": "prompts, answers, tool calls, error messages and sessions as digests",
    "keep": "prompts, answers, tool calls and error messages as they are",
    "drop": "no prompt, answer, tool call or error message",
}


def summary(counts: ImportCounts, tool: str, privacy: Privacy) -> Iterator[str]:
    """Write the lines of an import's end.

    Args:
        counts: of the import.
        tool: the source's name for people.
        privacy: what was stored of texts.
    """
    yield _calls(counts)
    if counts.alike and tool == _TABLE:
        rows = counted(counts.alike, "row that tells a call again has", "rows that tell a call again have")
        yield f"{rows} no id: equal rows are one call, unless map.id=COLUMN tells them apart"
    if counts.first is not None and counts.last is not None:
        yield f"from {counts.first:%Y-%m-%d %H:%M} to {counts.last:%Y-%m-%d %H:%M} UTC"
    if counts.new:
        yield f"stored: {_STORED[privacy.texts]}; users as digests; models, times, counts, ids, sites and tags"
    if counts.unknown:
        yield f"not in the log: {', '.join(f'{fact} of {n:,}' for fact, n in counts.unknown.most_common())}"
    yield from _money(counts, tool)
    yield from _bad(counts)


def _calls(counts: ImportCounts) -> str:
    parts = [counted(counts.new, "call imported", "calls imported")]
    more = {
        "internal (judges, shadow evaluations, health checks)": counts.internal,
        "failed": counts.errors,
    }
    inner = ", ".join(f"{n:,} {what}" for what, n in more.items() if n)
    parts[0] += f" ({inner} of them)" if inner else ""
    parts += [counted(counts.known, "was there already", "were there already")] if counts.known else []
    parts += [f"{counts.repeated:,} told twice"] if counts.repeated else []
    parts += [f"{n:,} left out: {why}" for why, n in counts.left_out.most_common()]
    return "; ".join(parts)


def _money(counts: ImportCounts, tool: str) -> Iterator[str]:
    if counts.new:
        yield f"bill: {'; '.join(_bill(counts))}"
    for why, n in counts.unpriced.most_common(_SHOWN_REASONS):
        yield f"  {n:,}: {why}"
    if remedies := list(_remedies(counts, tool)):
        yield from remedies
        yield "  calls that are stored stay as they are: import with these words into another --db"
    if counts.both:
        yield _against(counts, tool)
    if counts.both and counts.bill_alone:
        yield f"{tool} gives no cost to {counted(counts.bill_alone, 'call that has', 'calls that have')} one here"
    if counts.source_alone:
        yield f"{tool} gives a cost to {counted(counts.source_alone, 'call that has', 'calls that have')} none here"


def _remedies(counts: ImportCounts, tool: str) -> Iterator[str]:
    """Words of the command line that may give calls a cost."""
    if tool in _NAME_PROVIDER and any(_NO_PROVIDER in why for why in counts.unpriced):
        yield "  if they are all of one provider: provider=NAME"
    if tool == _TABLE and any(_NOT_READ in why for why in counts.unpriced):
        yield "  if columns of yours count tokens: map.tokens_in=COLUMN map.tokens_out=COLUMN"
    if tool == _TABLE and any(_EXCEED in why for why in counts.unpriced):
        yield "  if tokens_in leaves cached tokens out: cached=beside"
    if counters := _counters(counts):
        yield f"  if the provider does not bill them: not_billed=[{','.join(counters)}]; else name them in the map"


def _bill(counts: ImportCounts) -> Iterator[str]:
    """The sum of what is known, and how many calls it says nothing about."""
    unpriced, maybe = counts.unpriced.total(), counts.maybe_billed
    if counts.costed:
        yield f"{usd(counts.pico_usd)}, each call at the price of its day"
    elif unpriced or maybe:
        yield "unknown"
    else:
        yield "none, as no call was answered, and such failures are not billed"
    if unpriced:
        yield counted(unpriced, "call without a cost", "calls without a cost")
    if maybe:
        yield counted(maybe, "failed call that may be billed", "failed calls that may be billed")


def _counters(counts: ImportCounts) -> list[str]:
    """Name the columns and attributes that withhold a cost as nobody knows for what they count."""
    named = [it for why in counts.unpriced for it in _COUNTER.findall(why)]
    columns = [
        name.partition("\u00b7")[0] if kind == "columns" else name.replace("\u00b7", ".") for kind, name in named
    ]
    return list(dict.fromkeys(columns))[:_SHOWN_REASONS]


def _against(counts: ImportCounts, tool: str) -> str:
    """The source's own cost against the bill, over the calls of which both are known."""
    sums = list(counts.both.values())
    exact, theirs = (sum(getattr(it, name) for it in sums) for name in ("exact_pico_usd", "source_pico_usd"))
    n = sum(it.calls for it in sums)
    other = {model: it for model, it in counts.both.items() if _differs(it)}
    line = f"{tool} says {usd(theirs)}, exact {usd(exact)} ({counted(n, 'call')} with both)"
    if not other:
        return f"{line}: the same"
    largest = sorted(other, key=lambda model: -abs(other[model].source_pico_usd - other[model].exact_pico_usd))
    shown = ", ".join(f"{model} {_signed(other[model])}{_because(other[model])}" for model in largest[:3])
    more = f" and {len(other) - 3} more" if len(other) > 3 else ""
    return f"{line}: {len(other)} of {counted(len(sums), 'model')} priced otherwise there: {shown}{more}"


def _differs(sums: BothCosts) -> bool:
    """Whether two sums are more apart than floats of single calls, rounded to 1e-12 USD, can be."""
    return abs(sums.source_pico_usd - sums.exact_pico_usd) > sums.calls


def _because(sums: BothCosts) -> str:
    """The reason that explains most of a model's calls whose amounts differ, in brackets; empty if none is known."""
    if not sums.reasons:
        return ""
    (why, calls) = sums.reasons.most_common(1)[0]
    return f" ({why})" if calls == sums.looked_at else f" ({why}: {calls:,} of {counted(sums.looked_at, 'call')})"


def _signed(sums: BothCosts) -> str:
    difference = sums.source_pico_usd - sums.exact_pico_usd
    return f"{'+' if difference > 0 else '-'}{usd(abs(difference))}"


def usd(pico_usd: int) -> str:
    """Write an amount for people: cents from 1 USD on, below that three digits that say something."""
    amount = Decimal(pico_usd) / PICO_PER_USD
    if amount >= 1:
        return f"${amount.quantize(_CENT, ROUND_HALF_EVEN):,}"
    return "$0" if not pico_usd else f"${float(amount):.3g}" if amount >= Decimal("0.0001") else f"${amount:f}"


def _bad(counts: ImportCounts) -> Iterator[str]:
    if not counts.bad:
        return
    yield counted(counts.bad, "record cannot be read", "records cannot be read") + (
        ", the first of them:" if counts.bad > len(counts.first_bad) else ":"
    )
    for record in counts.first_bad:
        yield f"  {record.place}: {record.why}"
