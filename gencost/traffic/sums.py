"""Rows that sum calls, as reports of usage have them: such a row is not a call, and would be billed and timed as one.

Invariant: a column that counts calls (``n_calls``, ``requestCount``) refuses a row of more than one, unless it has what
only one call has; a column that only reports have refuses it whatever it says, unless it says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from gencost.traffic.logged import UnreadableRecordError
from gencost.traffic.values import count, is_empty

# OpenAI's usage, Anthropic's console and its cost report, LiteLLM's daily spend, Langfuse's daily metrics, Helicone's,
# and GenCost's own bill.
# Sources: their exports and APIs, read 2026-11-27.
_REPORTS = frozenset(
    """nummodelrequests usagedateutc usageinputtokensnocache apirequests countobservations counttraces tokentype
    costtype bucketwidth endingat unpriced""".split()  # noqa: SIM905 - a list to read
)
SUMS = "a row that sums calls; a log with one row a call is needed"
_TOTALS = frozenset(("total", "totals", "grand total", "subtotal", "sum", "overall", "all models", "gesamt", "summe"))
_SIGNS = re.compile(r"[^a-z0-9]+")
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|#")
_SEVERAL = frozenset("requests calls invocations observations traces".split())  # noqa: SIM905
_ONE = frozenset(it.removesuffix("s") for it in _SEVERAL) | {"row"}
_SINGLE = _ONE | {"rows"}
_COUNT = frozenset("count counts cnt num number n total # sum".split())  # noqa: SIM905
_PLACE = frozenset({"number", "num", "n", "#"})  # request_number is the place of one, request_count is not
_BESIDE = frozenset("of the api llm model all successful success completed made usage id".split())  # noqa: SIM905
_WORDS = ("response_id", "finish_reason", "prompt", "answer")
_ONCE = ("ttft_ms", "ttft_s", "first_token")
_LATENCIES = ("latency_ms", "latency_s", "latency_us", "latency_ns")


def refuse_sums(row: Mapping[str, Any], facts: Mapping[str, Any], read: frozenset[str]) -> None:
    """Refuse a row that sums several calls: it has no call's tier of length, latency or failure.

    Args:
        row: as written; a row of one call may count requests, too, those of its session.
        facts: of the row: it is of one call where it has what only a call has.
        read: columns that the map reads as something else.

    Raises:
        UnreadableRecordError: it does.
    """
    names = _counting(tuple(row))
    if not names or _is_of_one(facts):
        return
    for name in names:
        if name in read or is_empty(row[name]):
            continue
        calls = count(row[name])
        if _is_of_report(name) or (calls is not None and calls > 1):
            raise UnreadableRecordError(f"{name}={str(row[name])[:40]}: {SUMS}")


def refuse_total(model: str) -> None:
    """Refuse the line below a spreadsheet that adds up the others, by what stands where the model should.

    Raises:
        UnreadableRecordError: it is such a line.
    """
    if model.lower() in _TOTALS:
        raise UnreadableRecordError(f"model={model}: {SUMS}")


@lru_cache(maxsize=64)
def _counting(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that count calls; rows of one table have the same."""
    return tuple(filter(_counts_calls, columns))


def _is_of_report(name: str) -> bool:
    return _SIGNS.sub("", name.lower()) in _REPORTS


def _counts_calls(name: str) -> bool:
    """Whether a column counts calls by its name, or occurs in reports only."""
    *before, last = [word.lower() for word in _WORD.findall(name)] or [""]
    if last in _PLACE and not _ONE.isdisjoint(before):
        return False
    words = {*before, last}
    several, single, counted = words & _SEVERAL, words & _SINGLE, words & _COUNT
    only = words <= _SEVERAL | _SINGLE | _COUNT | _BESIDE
    named = bool(several) or bool(single and counted) or words in ({"count"}, {"cnt"})
    return _is_of_report(name) or (only and named)


def _is_of_one(facts: Mapping[str, Any]) -> bool:
    """Whether a row has what only one call has; a number under the name of a text is a count or a mean."""
    if any(_is_text(facts.get(fact)) for fact in _WORDS) or any(facts.get(fact) for fact in _ONCE):
        return True
    return bool(facts.get("id")) and any(facts.get(fact) for fact in _LATENCIES)


def _is_text(value: Any) -> bool:
    return bool(value) and not isinstance(value, int | float) and not str(value).replace(".", "", 1).isdigit()
