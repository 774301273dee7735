"""Lines about the client itself: whether its times are true, and how many calls it had in flight of those asked."""

from __future__ import annotations

from gencost.analysis.recorded.asked_load import AskedLoad
from gencost.analysis.summary import CellSummary
from gencost.report.numbers import ms
from gencost.text.counted import counted

_IN_TIME = 0.95
_ENOUGH_CALLS = 20
_ENOUGH_S = 1.0
_A_LOAD = 16  # from as many places on a run is a load test, and people want to know whether the load was reached
_FULL = 0.9
_OFTEN = 10  # calls a place; below it the first and the last calls count too much
_LATE_MS = 2.0


def client_bound(summary: CellSummary) -> str | None:
    """Say that the client may have been too slow for true times."""
    if not summary.run.client_bound or summary.n < 2:
        return None
    return (
        f"client bound: the event loop ran up to {ms(summary.run.loop_lag_p99_ms)} ms late (p99), so latencies may be "
        f"as much too long; {_limit(summary.run.load)}, or fewer calls in flight (load.concurrency)."
    )


def behind_schedule(summary: CellSummary) -> str | None:
    """Say that calls were not sent when they were due; in a closed loop a call is due when there is a place for it."""
    due, sent, load = summary.timing.due_per_s, summary.timing.sent_per_s, summary.run.load
    if due is None or sent is None or summary.n < _ENOUGH_CALLS or sent >= _IN_TIME * due:
        return None
    if load is not None and load.closed:
        return None
    if summary.n < _ENOUGH_S * due:  # a burst, such as the first calls of a closed loop, misses no rate
        return None
    remedy = "raise load.concurrency or limits, or lower the rate"
    if summary.run.client_bound:
        remedy = f"{_limit(load)}, or lower the rate"
    return f"{due:,.1f} calls/s were due and {sent:,.1f} were sent; queue_ms has the waits: {remedy}."


def places(summary: CellSummary) -> str | None:
    """Say how many calls were in flight of those asked, and why fewer."""
    load, mean, most = summary.run.load, summary.timing.in_flight_mean, summary.timing.in_flight_max
    if load is None or not load.closed or load.in_flight < _A_LOAD or mean is None or most is None:
        return None
    reached = f"in flight: {load.in_flight:,} asked, {mean:,.1f} on average, {most:,} at most"
    return f"{reached}." if mean >= _FULL * load.in_flight else f"{reached}; {_why_fewer(summary, load)}."


def _why_fewer(summary: CellSummary, load: AskedLoad) -> str:
    """Say why places of a closed loop were empty."""
    if summary.n < _OFTEN * load.in_flight:
        return (
            f"{counted(summary.n, 'call is', 'calls are')} so few that the first and the last weigh: raise n or repeats"
        )
    if load.limited:
        return "the limits of the account let calls wait (queue_ms)"
    if summary.run.client_bound or (summary.run.loop_lag_p99_ms or 0.0) > _LATE_MS:
        return f"{_limit(load)}, if there is a core for it"
    return "places were empty between calls, while refusals were waited for, or at the end"


def _limit(load: AskedLoad | None) -> str:
    """Say that the processes which make the calls are the limit, with the remedy."""
    processes = 1 if load is None else load.processes
    who = "this process is" if processes == 1 else f"these {processes} processes are"
    return f"{who} the limit: load.processes={processes + 1}"
