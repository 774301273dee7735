"""Every fact of one call on one page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gencost.analysis.recorded.request_facts import Evidence, evidence, find_request
from gencost.audit.billing import bill, usd_exactly
from gencost.audit.check import Sources, of_prices
from gencost.audit.figure_check import FigureCheck, failed
from gencost.audit.origin import Origin, origin_of, read_json
from gencost.audit.recomputed import checked_figures
from gencost.errors import PricingError, UsageError
from gencost.messages.shown import shown_turns
from gencost.metrics_db import Engine

_SHOWN_CHARS = 2000
_NOT_SHOWN = ("pricing", "metrics_db", "tracking", "report")  # of prices the rates are shown
_CALL = (
    *("request_id", "ts", "provider", "model", "prompt_id", "repeat", "role", "status", "error_type"),
    *("error_message", "params_json", "from_cache"),
)
_TIMES = ("queue_ms", "backoff_ms", "latency_ms")
_ANSWER = (
    *(
        "response_model",
        "service_tier",
        "finish_reason",
        "provider_request_id",
        "ttft_ms",
        "server_ms",
        "server_ttft_ms",
        "usage_source",
    ),
    *("raw_usage_json", "cost_status", "cost_reason", "cost_basis", "provider_cost_usd", "quality_proxy"),
)


def show_request(engine: Engine, start: str, console: Console) -> bool:
    """Print everything about one request.

    Args:
        engine: the metrics DB.
        start: its id, or the beginning of it.
        console: where.

    Returns:
        Whether every figure that can be recomputed was reproduced.

    Raises:
        MetricsDBError: there is no such request.
    """
    request_id = find_request(engine, start)
    (seen,) = evidence(engine, request_id=request_id)
    origin = origin_of(engine, seen.request["run_id"])
    if origin.run is not None:
        _section(console, "run", _run(origin.run))
        config = {key: json.dumps(value) for key, value in origin.config.items() if key not in _NOT_SHOWN and value}
        _section(console, "config", config)
    _section(console, "request", {name: seen.request[name] for name in (*_CALL, *_TIMES)})
    _text(console, "prompt", None if seen.prompt is None else shown_turns(seen.messages))
    for attempt in seen.attempts:
        _section(console, f"attempt {attempt['attempt']}", {k: v for k, v in attempt.items() if k != "request_id"})
    if seen.response is not None:
        _section(console, "answer", {name: seen.response[name] for name in _ANSWER})
        _text(console, "response", seen.response["response"])
        for name in ("tool_calls_json", "reasoning", "extra_json"):
            if seen.response[name] is not None:
                _text(console, name.removesuffix("_json").replace("_", " "), seen.response[name])
        _bill(console, seen)
        _correction(console, seen)
    checks = [*checked_figures(seen, origin), *_source(engine, seen, origin)]
    console.print(_table(checks))
    return not failed(checks)


def _source(engine: Engine, seen: Evidence, origin: Origin) -> list[FigureCheck]:
    if seen.response is None or seen.response["price_id"] is None:
        return []
    sources = Sources(calls=Counter([seen.response["price_id"]]))
    sources.add(origin)
    return [verdict for _, verdict in of_prices(engine, sources, whole=False)]


def _run(run: Mapping[str, Any]) -> dict[str, Any]:
    names = ("run_id", "sweep_id", "mlflow_run_id", "name", "cell", "cell_key", "seed", "git_commit", "host", "status")
    versions = read_json(run["versions_json"])
    shown = ", ".join(f"{k} {v}" for k, v in versions.items()) if isinstance(versions, dict) else run["versions_json"]
    return {**{name: run[name] for name in names}, "versions": shown}


def _section(console: Console, title: str, facts: Mapping[str, Any]) -> None:
    console.print(f"[bold]{title}[/bold]")
    for name, value in facts.items():
        if value is not None:
            console.print(f"  {name:<22} {value}", markup=False, highlight=False, soft_wrap=True)


def _text(console: Console, title: str, text: str | None) -> None:
    console.print(f"[bold]{title}[/bold]")
    shown = text or "(not recorded)"
    cut = "" if len(shown) <= _SHOWN_CHARS else f" ... ({len(shown):,} characters)"
    console.print(f"  {shown[:_SHOWN_CHARS]}{cut}", markup=False, highlight=False, soft_wrap=True)


def _bill(console: Console, seen: Evidence) -> None:
    if seen.price is None:
        return
    console.print(f"[bold]rates[/bold] from {seen.price['source']}")
    console.print(f"  {seen.price['block']}", markup=False, highlight=False, soft_wrap=True)
    try:
        cost = bill(seen)
    except (PricingError, UsageError) as error:
        console.print(f"  {error}", style="red", markup=False)
        return
    table = Table(box=box.SIMPLE_HEAD, title="bill", title_justify="left", title_style="bold")
    for title in ("bucket", "count", "USD per million", "USD each", "USD"):
        table.add_column(title, justify="left" if title == "bucket" else "right")
    for line in cost.lines:
        usd = "no rate" if line.usd is None else f"{line.usd:.12f}"
        rates = ("" if rate is None else f"{rate.normalize():f}" for rate in (line.usd_per_mtok, line.usd_each))
        table.add_row(line.bucket, f"{line.tokens:,}", *rates, usd)
    table.add_row("sum", "", "", "", usd_exactly(cost.pico_usd).removeprefix("$"), style="bold")
    console.print(table)


def _correction(console: Console, seen: Evidence) -> None:
    """Show the newest reading of the usage, which readers take instead of the first one."""
    row = seen.correction
    if row is None:
        return
    names = ("reader", "ts", "usage_json", "cost_status", "cost_reason", "price_id", "other_price_ids")
    _section(console, "correction", {**{name: row[name] for name in names}, "cost": usd_exactly(row["cost_pico_usd"])})


def _table(checks: Sequence[FigureCheck]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title="verdicts", title_justify="left", title_style="bold")
    for title in ("figure", "", "recorded", "recomputed"):
        table.add_column(title, overflow="fold")
    for verdict in checks:
        mark = {True: "reproduced", False: "[bold red]NOT reproduced[/bold red]", None: "not recomputed"}[verdict.holds]
        again = verdict.recomputed if verdict.holds is not True else ""
        table.add_row(verdict.figure, mark, escape(str(verdict.recorded)), escape(str(again)))
    return table
