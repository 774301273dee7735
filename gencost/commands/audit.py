"""``gencost audit``: every figure recomputed."""

from __future__ import annotations

import argparse
import contextlib

from gencost.analysis.recorded.references import STEPS_BACK, named_runs
from gencost.analysis.recorded.request_facts import find_request
from gencost.audit.check import audit
from gencost.audit.page import show_request
from gencost.commands.selection import chosen_runs, opened_db
from gencost.errors import MetricsDBError
from gencost.metrics_db import Engine
from gencost.process.exit_codes import FAILED, OK
from gencost.report.console import make_console
from gencost.text.counted import counted

_SHOWN = 50


def run(given: argparse.Namespace) -> int:
    """Recompute the chosen figures; exit code 1 if one is not reproduced."""
    if sum([given.request is not None, given.all, given.run is not None, given.sweep is not None]) > 1:
        raise MetricsDBError("audit: name one call, or runs, or --all, not several of them")
    console = make_console()
    if given.request is not None and STEPS_BACK.fullmatch(given.request):
        given.request, given.run = None, [given.request]
    with opened_db(given) as engine:
        named = None if given.request is None else _runs_named(engine, given.request)
        if given.request is not None and named is None:
            return OK if show_request(engine, given.request, console) else FAILED
        audited = audit(engine, None if given.all else named or chosen_runs(engine, given))
    for request_id, verdict in audited.failures[:_SHOWN]:
        line = f"{request_id}  {verdict.figure}: recorded {verdict.recorded}, recomputed {verdict.recomputed}"
        console.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
    if len(audited.failures) > _SHOWN:
        console.print(f"... and {len(audited.failures) - _SHOWN:,} more", style="red")
    for figure, count in audited.not_recomputed.items():
        console.print(f"{figure}: {count:,} cannot be recomputed from what is recorded", highlight=False)
    console.print(
        f"{counted(audited.requests, 'request')}: {counted(audited.figures, 'figure')} reproduced, "
        f"{len(audited.failures):,} not",
        highlight=False,
    )
    return FAILED if audited.failures else OK


def _runs_named(engine: Engine, reference: str) -> list[str] | None:
    """Find the runs that are named in place of a call; None if a call is, or nothing."""
    try:
        find_request(engine, reference)
    except MetricsDBError:
        with contextlib.suppress(MetricsDBError):
            return list(named_runs(engine, [reference]))
    return None
