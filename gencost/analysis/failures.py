"""What went wrong, by type and cell, each type with one example of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from gencost.analysis.request_facts import evidence_of
from gencost.analysis.results import Results

NO_END, NOT_SENT, UNKNOWN = "no known end", "never sent", "unknown"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One way in which calls got no answer.

    Attributes:
        kind: the error type, ``no known end`` or ``never sent``.
        counts: cell -> calls; a cell without any is left out.
        request_id: one of them.
        message: what its error said; None if nothing was said.
    """

    kind: str
    counts: Mapping[str, int]
    request_id: str
    message: str | None

    @property
    def total(self) -> int:
        """Over all cells."""
        return sum(self.counts.values())


def failures(engine: Engine, results: Results) -> list[Failure]:
    """Count what went wrong, most frequent first; empty if nothing did.

    Args:
        engine: the metrics DB, which has the messages.
        results: of the cells.
    """
    calls = results.calls[results.calls["status"] != "ok"]
    if calls.empty:
        return []
    kind = calls["error_type"].astype(object).where(calls["error_type"].notna(), UNKNOWN)
    kind = kind.mask(calls["status"] == "pending", NO_END).mask(calls["status"] == "skipped", NOT_SENT)
    found = []
    for name, own in calls.groupby(kind, sort=False):
        counts = own["cell"].value_counts(sort=False)
        request_id = str(own["request_id"].iloc[0])
        message = evidence_of(engine, [request_id])[0].request["error_message"]
        known = {str(cell): int(n) for cell, n in counts.items() if n}
        found.append(Failure(kind=str(name), counts=known, request_id=request_id, message=message))
    return sorted(found, key=lambda one: -one.total)
