"""Check many requests, their runs and their rate blocks, and say which figures could not be reproduced."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gencost.analysis.recorded.request_facts import (
    calls_of_prices,
    calls_of_run,
    evidence,
    machine_times,
    prices,
    run_ids,
    strays,
    unevenly_asked,
)
from gencost.audit.billing import price_id
from gencost.audit.figure_check import FigureCheck, compared, failed
from gencost.audit.origin import Origin, origin_of
from gencost.audit.recomputed import checked_figures
from gencost.metrics_db import Engine

# A try is timed from its first byte, its share of the machine already from before its connection.
_CLOCKS_SHARE, _CLOCKS_S = 0.02, 0.1


@dataclass(kw_only=True)
class Audit:
    """The result of an audit of many requests.

    Attributes:
        requests: how many were checked.
        figures: how many figures were reproduced.
        not_recomputed: figure -> how many cannot be recomputed from what is recorded.
        failures: id and verdict of every figure that could not be reproduced; the id is of a request, for rates of a
            price, for calls that are not there of a run.
    """

    requests: int = 0
    figures: int = 0
    not_recomputed: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, FigureCheck]] = field(default_factory=list)

    def add(self, known_as: str, checks: Sequence[FigureCheck]) -> None:
        """Add the verdicts about one thing."""
        others = [verdict for verdict in checks if verdict.holds is not True]
        self.figures += len(checks) - len(others)
        if others:
            self.not_recomputed.update(verdict.figure for verdict in others if verdict.holds is None)
            self.failures += [(known_as, verdict) for verdict in failed(others)]


@dataclass(kw_only=True)
class Sources:
    """The sources of the rates of audited calls, by the price lists that their runs recorded.

    Attributes:
        expected: price_id -> every source that a price list names for it.
        calls: price_id -> audited calls that name it.
    """

    expected: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    calls: Counter[str] = field(default_factory=Counter)

    def add(self, origin: Origin) -> None:
        """Add what the audited calls of one run were priced by."""
        for checks, source in () if origin.tracker is None else origin.tracker.sources():
            self.expected[checks].add(source)
            if source.startswith("genai-prices") and origin.genai_prices is not None:
                self.expected[checks].add(origin.genai_prices)

    def verdict(self, price_id: str, source: str, calls: int) -> FigureCheck | None:
        """Check the recorded source of rates; None if no price list was recorded for them.

        Args:
            price_id: their price_id.
            source: as recorded.
            calls: of the whole metrics DB that name them; one that was not audited may have had another source.
        """
        expected = self.expected.get(price_id)
        if not expected:
            return None
        holds = True if source in expected else False if self.calls[price_id] >= calls else None
        again = " or ".join(sorted(expected))
        return FigureCheck(figure="source of rates", holds=holds, recorded=source, recomputed=again)


def audit(engine: Engine, chosen: Sequence[str] | None) -> Audit:
    """Check every figure of some runs.

    Args:
        engine: the metrics DB.
        chosen: their ids; None checks all, and calls outside any run, unused rates and rows without a request, too.
    """
    result, sources = Audit(), Sources()
    for run_id in chosen if chosen is not None else [*run_ids(engine), None]:
        origin = origin_of(engine, run_id)
        if run_id is not None:
            result.add(run_id, list(of_run(engine, run_id, origin)))
        for seen in evidence(engine, run_id=run_id):
            result.requests += 1
            result.add(seen.request["request_id"], checked_figures(seen, origin))
            if seen.response is not None and seen.response["price_id"] is not None:
                sources.calls[seen.response["price_id"]] += 1
        sources.add(origin)
    for source, verdict in of_prices(engine, sources, whole=chosen is None):
        result.add(source, [verdict])
    if chosen is None:
        for table, known_as in strays(engine):
            result.add(known_as, [compared("row", f"one of {table}", "no row that it belongs to")])
    return result


def of_run(engine: Engine, run_id: str, origin: Origin) -> Iterator[FigureCheck]:
    """Check whether all calls of a finished run are there.

    Args:
        engine: the metrics DB.
        run_id: which.
        origin: what it came from.
    """
    if origin.run is None or origin.run["status"] != "finished" or "repeats" not in origin.config:
        return
    yield from _machine_time(machine_times(engine, run_id))
    repeats, n, calls = origin.config["repeats"], origin.config.get("n"), calls_of_run(engine, run_id)
    yield compared("calls", calls, calls if n is None else n * repeats)
    for prompt_id, count, highest in unevenly_asked(engine, run_id, repeats):
        yield compared(f"calls of prompt {prompt_id}", count, max(highest + 1, -(-count // repeats) * repeats))


def _machine_time(tries: Sequence[tuple[float, float, float]]) -> Iterator[FigureCheck]:
    """Check that the shares of a machine's time do not exceed the time in which it had any try."""
    if not tries:
        return
    busy_s = end = 0.0
    for begin, until, _ in sorted(tries):
        busy_s += max(0.0, until - max(begin, end))
        end = max(end, until)
    shares_s = sum(share for _, _, share in tries) / 1e3
    holds = shares_s <= busy_s * (1 + _CLOCKS_SHARE) + _CLOCKS_S
    attributed, again = f"{shares_s:.3f} s of all tries", f"busy for {busy_s:.3f} s"
    yield FigureCheck(figure="machine time", holds=holds, recorded=attributed, recomputed=again)


def of_prices(engine: Engine, sources: Sources, *, whole: bool) -> Iterator[tuple[str, FigureCheck]]:
    """Check the rate blocks that audited calls name: their content, and where they are from.

    Args:
        engine: the metrics DB.
        sources: of the audited calls.
        whole: also check blocks that none of them names.
    """
    used = calls_of_prices(engine)
    for price in prices(engine):
        stored_id = price["price_id"]
        if whole and stored_id not in sources.calls:
            yield stored_id, compared("rates", stored_id, price_id(price["block"]))
        verdict = sources.verdict(stored_id, price["source"], used.get(stored_id, 0))
        if verdict is not None and stored_id in sources.calls:
            yield stored_id, verdict
