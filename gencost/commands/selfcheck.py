"""``gencost selfcheck``: how true latencies are on this machine."""

from __future__ import annotations

import argparse

from gencost.exit_codes import OK
from gencost.report.console import make_console
from gencost.selfcheck.check import selfcheck


def run(given: argparse.Namespace) -> int:
    """Try every service time with every number of calls at once."""
    selfcheck(given.service_ms, given.in_flight, given.n, make_console())
    return OK
