"""A bill for people and for programs.

JSON is a list of rows, each with the keys it is split by, ``calls``, ``tokens_in``, ``tokens_cached``,
``tokens_cache_write``, ``tokens_out``, ``tokens_reasoning``, ``cost_usd`` and ``source_cost_usd`` (exact, as text),
``unpriced`` and ``errors``; unknown is null. CSV has ``share``, ``usd_per_month``, ``p50_ms`` and ``p95_ms``, too.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.console import Console

from gencost.analysis.bills.bill import DAYS_A_MONTH, Bill, BillRow
from gencost.report.numbers import NOT_KNOWN, ms, usd
from gencost.report.safe_csv import safe_value
from gencost.report.table import markdown_rows, print_rows
from gencost.text.counted import counted
from gencost.types import PICO_PER_USD

_TOKENS = ("tokens_in", "tokens_cached", "tokens_cache_write", "tokens_out", "tokens_reasoning")
_NAME_WIDTH, _BETWEEN = 22, 2
_BY_MODEL = "in no sum; gencost bill --by provider,model"
_UNPRICED = f"answer has no known cost, and is {_BY_MODEL}", f"answers have no known cost, and are {_BY_MODEL}"
_NOBODY = "may be billed: nobody counted"
_NO_COUNT = f"failed call {_NOBODY} its tokens", f"failed calls {_NOBODY} their tokens"
_NO_END = "call has no known end; it may be billed", "calls have no known end; they may be billed"
_JUDGES = "judges or shadow evaluations, no traffic; --by internal,role"
_INTERNAL = f"call is of {_JUDGES}", f"calls are of {_JUDGES}"
_AGAIN = "given again from the record"
_PAID = "paid for once"
_REPLAYED = f"answer {_AGAIN} is left out: {_PAID}", f"answers {_AGAIN} are left out: {_PAID}"
_UNITS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))


def exact_usd(amount: Decimal | None) -> str | None:
    """Write money exactly, without an exponent and without trailing zeros; None if unknown."""
    if amount is None:
        return None
    text = f"{amount:.12f}".rstrip("0").rstrip(".")
    return text or "0"


def _record(by: Sequence[str], row: BillRow) -> dict[str, Any]:
    return {
        **dict(zip(by, row.keys, strict=True)),
        "calls": row.calls,
        **{name: getattr(row, name) for name in _TOKENS},
        "cost_usd": exact_usd(row.cost_usd),
        "source_cost_usd": exact_usd(row.source_cost_usd),
        "unpriced": row.unpriced,
        "errors": row.errors,
    }


def bill_json(bill: Bill) -> str:
    """Write the rows as JSON, see the module."""
    return json.dumps([_record(bill.by, row) for row in bill.rows], indent=2, ensure_ascii=False)


def bill_csv(bill: Bill) -> str:
    """Write the rows as CSV, see the module."""
    lines = []
    for row in bill.rows:
        more = {
            "share": _share(bill, row),
            "usd_per_month": bill.month_usd(row),
            "p50_ms": row.p50_ms,
            "p95_ms": row.p95_ms,
        }
        lines.append({**_record(bill.by, row), **more})
    written = io.StringIO()
    names = list(lines[0]) if lines else [*bill.by, "calls"]
    writer = csv.DictWriter(written, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: safe_value(value) for name, value in line.items()} for line in lines)
    return written.getvalue()


def _share(bill: Bill, row: BillRow) -> float | None:
    total, cost = bill.total.cost_pico_usd, row.cost_pico_usd
    return None if cost is None or not total else cost / total


@dataclass(frozen=True, kw_only=True)
class _BillColumn:
    """One column of the table.

    Attributes:
        title: above it.
        shown: makes its text of a row.
        rank: columns of higher rank go first where there is no room for all.
        always: shown also where it says nothing of any row.
    """

    title: str
    shown: Callable[[BillRow], str]
    rank: int = 0
    always: bool = False


def _tokens(name: str) -> Callable[[BillRow], str]:
    def shown(row: BillRow) -> str:
        return count(getattr(row, name))

    return shown


def count(number: int | None) -> str:
    """Show a large number with three digits and a unit; unknown is ``n/a``."""
    if number is None:
        return NOT_KNOWN
    for size, unit in _UNITS:
        if number >= 10 * size or (number >= size > 1000):
            return f"{number / size:#.3g}".rstrip(".") + unit
    return f"{number:,}"


def _columns(bill: Bill) -> list[_BillColumn]:
    def share(row: BillRow) -> str:
        part = _share(bill, row)
        return NOT_KNOWN if part is None else f"{part:.1%}"

    def month(row: BillRow) -> str:
        return usd(bill.month_usd(row))

    in_time = bool({"hour", "day", "week", "month"} & set(bill.by))
    return [
        _BillColumn(title="calls", shown=lambda row: f"{row.calls:,}", always=True),
        _BillColumn(title="tok in", shown=_tokens("tokens_in"), rank=1, always=True),
        _BillColumn(title="cached", shown=_tokens("tokens_cached"), rank=4),
        _BillColumn(title="written", shown=_tokens("tokens_cache_write"), rank=8),
        _BillColumn(title="tok out", shown=_tokens("tokens_out"), rank=1, always=True),
        _BillColumn(title="reasoned", shown=_tokens("tokens_reasoning"), rank=7),
        _BillColumn(title="cost", shown=lambda row: usd(_float(row.cost_usd)), always=True),
        _BillColumn(title="source says", shown=lambda row: usd(_float(row.source_cost_usd)), rank=3),
        *([] if len(bill.rows) < 2 else [_BillColumn(title="share", shown=share, rank=5)]),
        *([] if in_time else [_BillColumn(title="per month", shown=month, rank=2)]),
        _BillColumn(title="p50 ms", shown=lambda row: _whole_ms(row.p50_ms), rank=6, always=True),
        _BillColumn(title="p95 ms", shown=lambda row: _whole_ms(row.p95_ms), rank=2, always=True),
        _BillColumn(title="errors", shown=lambda row: f"{row.errors:,}", rank=1, always=True),
        _BillColumn(title="unpriced", shown=lambda row: f"{row.unpriced:,}"),
    ]


def _float(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _whole_ms(value: float | None) -> str:
    return ms(value) if value is None or value < 100 else f"{value:,.0f}"


def _name(row: BillRow) -> str:
    return " · ".join("-" if value is None else str(value) for value in row.keys)


def _table(bill: Bill, width: int | None) -> tuple[list[str], list[list[str]], list[str]]:
    """Return titles, rows, and the titles that do not fit."""
    rows = [*bill.rows, *([bill.total] if len(bill.rows) > 1 else [])]
    names = [_name(row) for row in bill.rows] + (["total"] if len(bill.rows) > 1 else [])
    silent = {"0", NOT_KNOWN}
    columns = [it for it in _columns(bill) if it.always or {it.shown(row) for row in rows} - silent]
    wide = {it.title: max(map(len, (it.title, *(it.shown(row) for row in rows)))) + _BETWEEN for it in columns}
    room = None if width is None else width - min(max(map(len, (*names, "-"))), _NAME_WIDTH) - _BETWEEN
    left: list[str] = []
    while room is not None and sum(wide[it.title] for it in columns) > room and any(it.rank for it in columns):
        last = max(columns, key=lambda it: it.rank)
        columns.remove(last)
        left.append(last.title)
    titles = [" · ".join(bill.by) or "all", *(it.title for it in columns)]
    return (
        titles,
        [[name or "all", *(it.shown(row) for it in columns)] for name, row in zip(names, rows, strict=True)],
        left,
    )


def bill_notes(bill: Bill) -> list[str]:
    """Write notes about the figures."""
    total = bill.total
    if total.first is None or total.last is None:
        return ["no call was made"]
    days = f"{bill.days:.1f} days" if bill.days > 1 else "counted as one day"
    span = f"{total.first:%Y-%m-%d %H:%M} to {total.last:%Y-%m-%d %H:%M} UTC ({days})"
    notes = [f"{counted(total.calls, 'call')} from {span}"]
    if bill.month_usd(total) is not None:
        notes[0] += f"; {DAYS_A_MONTH} days like these: {usd(bill.month_usd(total))}"
    if total.tries_pico_usd:
        notes.append(f"{usd(total.tries_pico_usd / PICO_PER_USD)} of it is what failed tries cost")
    numbers = [(total.unpriced, _UNPRICED), (total.maybe_billed, _NO_COUNT), (total.pending, _NO_END)]
    numbers += [(total.internal, _INTERNAL), (bill.replayed, _REPLAYED)]
    return [*notes, *(counted(number, *words) for number, words in numbers if number)]


def print_bill(bill: Bill, console: Console) -> None:
    """Print the table, as wide as the console."""
    titles, rows, left = _table(bill, console.width)
    if bill.total.calls:
        print_rows(titles, rows, console)
    for note in [*bill_notes(bill), *([f"no room for {', '.join(left)}; --format csv has them"] if left else [])]:
        console.print(note, style="dim", highlight=False, markup=False)


def markdown_bill(bill: Bill) -> str:
    """Write the same as Markdown, with every column."""
    titles, rows, _ = _table(bill, None)
    return "\n\n".join([markdown_rows(titles, rows), *bill_notes(bill)])
