"""The table of metric names in gencost/tracking/README.md has exactly the names that are logged."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from gencost.analysis.answer_facts import AnswerFacts
from gencost.analysis.overhead import Overhead
from gencost.analysis.recorded.asked_load import AskedLoad
from gencost.analysis.recorded.runs import Run
from gencost.analysis.results import Results
from gencost.analysis.server_times import ServerTimes
from gencost.analysis.summary import CellSummary, ProviderCost
from gencost.analysis.timeline import _Call, _Sums
from gencost.analysis.timing import Timing
from gencost.tracking.content import QUALITY_SERIES, SERIES

README = (Path(__file__).parent.parent.parent / "gencost" / "tracking" / "README.md").read_text(encoding="utf-8")


def documented() -> set[str]:
    table = README.partition("## Metrics")[2].partition("##")[0]
    rows = re.findall(r"^\| (`.*?`) \| ", table, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def summary() -> CellSummary:
    """A cell of which everything is known."""
    run: dict[str, Any] = {f.name: 1 for f in fields(Run)}
    run |= {
        "score": "s",
        "cell": "c",
        "decided_json": None,
        "parts": (),
        "load": AskedLoad(in_flight=1, closed=True),
        "started_at": datetime.now(UTC),
    }
    values: dict[str, Any] = {f.name: 1 for f in fields(CellSummary)}
    values |= {
        "run": Run(**run),
        "timing": Timing(**{f.name: 1 for f in fields(Timing)}),
        "server": ServerTimes(**{f.name: 1 for f in fields(ServerTimes)}),
        "answers": AnswerFacts(cached_input_share=1.0),
        "provider_cost": ProviderCost(calls=1, charged_usd=1.0, ours_usd=1.0),
        "overhead": Overhead(calls={"<role>": 1}, pico_usd={"<role>": 1}, lost=1),
        "score_means": {"s": 1.0, "<scorer>": 1.0},
        "score_counts": {},
    }
    return CellSummary(**values)


def test_the_table_has_exactly_the_names_that_are_logged():
    cell, series = summary().metrics(), {*SERIES.values(), QUALITY_SERIES}
    sweep = Results(runs=(), calls=pd.DataFrame(), summaries=(summary(), summary())).metrics()
    assert documented() == ({*cell, *sweep} | series) - {"score_mean_s"}


def test_what_is_marked_live_is_what_is_logged_while_a_cell_runs():
    call = _Call(ended_at=datetime.now(UTC), ok=True, latency_ms=1.0, pico_usd=1, tokens_in=1, tokens_out=1, score=1.0)
    live = set()
    for names, of in re.findall(r"^\| (`.*?`) \| (.*?) \|", README, re.MULTILINE):
        if "live" in of:
            live |= set(re.findall(r"`([^`]+)`", names))
    live -= {"latency_p90_ms", "latency_p99_ms"}  # "(live: p50, p95)"
    assert set(_Sums([call]).first(1)) == live
