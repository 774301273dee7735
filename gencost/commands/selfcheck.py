"""``gencost selfcheck``: how true latencies are on this machine."""

from __future__ import annotations

import argparse

from gencost.process.exit_codes import OK
from gencost.report.console import make_console
from gencost.selfcheck.arrivals import check_arrivals
from gencost.selfcheck.check import IN_FLIGHT, selfcheck
from gencost.selfcheck.streams import STREAMS, check_streams


def run(given: argparse.Namespace) -> int:
    """Try every service time with every number of calls at once."""
    if given.record_chunks:
        check_arrivals(make_console())
    elif given.streams:
        check_streams(given.in_flight or STREAMS, make_console(), processes=given.processes)
    else:
        selfcheck(given.service_ms, given.in_flight or IN_FLIGHT, given.n, make_console())
    return OK
