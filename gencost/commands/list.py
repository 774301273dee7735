"""``gencost list``: what is recorded, by the ids and names that every command takes."""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections.abc import Sequence
from typing import Any

from gencost.analysis.recorded.listing import ListEntry, listed, listed_runs
from gencost.analysis.recorded.references import named_runs
from gencost.commands.selection import opened_db
from gencost.process.exit_codes import OK
from gencost.report.console import make_console
from gencost.report.listing import markdown_list, print_list
from gencost.report.safe_csv import safe_value

_SHOWN = 20
_FORMATS = ("json", "csv")


def run(given: argparse.Namespace) -> int:
    """List the newest commands, or the runs of those that were named."""
    limit = None if given.all or given.format in _FORMATS else _SHOWN
    with opened_db(given) as engine:
        if given.ids:
            entries, more = listed_runs(engine, named_runs(engine, given.ids)), False
        else:
            entries = listed(engine, None if limit is None else limit + 1)
            more = limit is not None and len(entries) > limit
    _show(entries[:limit] if more else entries, more, given.format)
    return OK


def _show(entries: Sequence[ListEntry], more: bool, how: str) -> None:
    if how == "table":
        print_list(entries, more, make_console())
    elif how == "markdown":
        sys.stdout.write(markdown_list(entries) + "\n")
    elif how == "json":
        sys.stdout.write(json.dumps([as_row(entry) for entry in entries], indent=1) + "\n")
    else:
        out = io.StringIO()
        writer = csv.DictWriter(out, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        rows = map(as_row, entries)
        writer.writerows({name: safe_value(value) for name, value in row.items()} for row in rows)
        sys.stdout.write(out.getvalue())


_COLUMNS = ("id", "kind", "name", "cell", "when", "cells", "calls", "cost_usd", "unpriced", "status")


def as_row(entry: ListEntry) -> dict[str, Any]:
    """One entry as plain values; ``when`` is UTC in ISO 8601, an unknown cost None."""
    return {
        "id": entry.key,
        "kind": entry.kind,
        "name": entry.name,
        "cell": entry.cell,
        "when": entry.started_at.isoformat(timespec="seconds"),
        "cells": entry.cells,
        "calls": entry.money.calls,
        "cost_usd": entry.cost_usd,
        "unpriced": entry.money.unpriced,
        "status": entry.status,
    }
