"""``gencost import``: the calls of other tools' logs, as rows of the metrics DB."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gencost.config.source import compose_source
from gencost.cost_tracker import CostTracker
from gencost.errors import ConfigError
from gencost.masking import masked, masked_overrides
from gencost.metrics_db import init_db
from gencost.pricing import load_pricing
from gencost.process import provenance
from gencost.process.exit_codes import INTERRUPTED, OK, USER_ERROR
from gencost.report.console import make_console
from gencost.tracking.stored_traces import stored_traces
from gencost.traffic.importing import Import
from gencost.traffic.mlflow_traces import MLflowTraces
from gencost.traffic.records import Placed
from gencost.traffic.source import LogSource
from gencost.traffic.summary import summary

_OVERRIDE = re.compile(r"[+~]*[A-Za-z_][\w.@/]*=.*", re.DOTALL)


def run(given: argparse.Namespace) -> int:
    """Import the logs that a command line names.

    Returns:
        The exit code: 130 after Ctrl-C, 2 where nothing of what was named could be read.
    """
    overrides = [word for word in given.paths if _OVERRIDE.fullmatch(word) and not Path(word).exists()]
    paths = [word for word in given.paths if word not in overrides]
    if not paths:
        raise ConfigError(f"gencost import {given.source}: name a file, a folder or, for some sources, a URL")
    source, node = compose_source(given.source, overrides, LogSource, given.config_dir)
    console = make_console()
    engine = init_db(given.db or node["metrics_db"].get("url"))
    made = Import(
        engine=engine,
        source=source,
        tracker=CostTracker(load_pricing(node["pricing"])),
        config=masked({"source": node["source"], "pricing": node["pricing"]}),
        facts=_facts(overrides),
        records=_of_mlflow(source) if isinstance(source, MLflowTraces) else None,
    )
    interrupted = False
    try:
        made.run(paths)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        engine.dispose()
    for line in summary(made.counts, source.tool, source.privacy):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for run_id in made.run_ids.values():
        console.print(f"run {run_id}", markup=False, highlight=False, soft_wrap=True)
    if interrupted:
        console.print("interrupted: the same command goes on where it stopped", markup=False, highlight=False)
        return INTERRUPTED
    return USER_ERROR if made.counts.nothing_read else OK


def _of_mlflow(source: MLflowTraces) -> Callable[[str], Iterator[Placed]]:
    """Return a reader of the traces of a tracking store, which only ``gencost.tracking`` may open."""
    return lambda uri: stored_traces(uri, source.experiments)


def _facts(overrides: list[str]) -> dict[str, Any]:
    command = " ".join(masked_overrides(["gencost", *sys.argv[1:]]))
    return {
        "command": command,
        "overrides": " ".join(masked_overrides(overrides)),
        "versions_json": provenance.versions_json(),
        **provenance.here(),
    }
