"""Measure streams asked for by one and by two processes, and draw the error of the time to the first token.

python experiments/selfcheck/streams.py         # some minutes of both cores; writes streams.csv and streams.png
python experiments/selfcheck/streams.py draw    # draws streams.csv again
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import matplotlib as mpl
from rich.console import Console

from gencost.selfcheck.streams import StreamCheck, check_streams

mpl.use("Agg")
import matplotlib.pyplot as plt

FOLDER = Path(__file__).parent
STREAMS, PROCESSES = (64, 256, 512, 1024), (1, 2)
COLOURS = {1: "#4477aa", 2: "#cc6677"}
SEEN_MS = 1.0  # what is smaller reads as nothing


def columns(check: StreamCheck) -> Iterator[tuple[str, object]]:
    """Give every figure of a line by its name; p50 and p99 have columns of their own."""
    for name, value in asdict(check).items():
        if isinstance(value, tuple):
            yield from zip((name.replace("_ms", f"_{p}_ms") for p in ("p50", "p99")), value, strict=True)
        else:
            yield name, value


def write(checks: list[StreamCheck]) -> None:
    """Write every line."""
    rows = [dict(columns(check)) for check in checks]
    with (FOLDER / "streams.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def draw() -> None:
    """Draw recorded minus true time to the first token over the streams at once."""
    with (FOLDER / "streams.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for processes in PROCESSES:
        mine = [row for row in rows if int(row["processes"]) == processes]
        at = [int(row["in_flight"]) for row in mine]
        for p, style in (("p50", "--"), ("p99", "-")):
            error_ms = [float(row[f"ttft_{p}_ms"]) - float(row[f"true_ttft_{p}_ms"]) for row in mine]
            label = f"{p}, load.processes={processes}"
            axes.plot(at, error_ms, style, marker="o", color=COLOURS[processes], label=label)
    axes.set_xscale("log", base=2)
    axes.set_xticks(STREAMS, map(str, STREAMS))
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, -SEEN_MS), max(high, SEEN_MS))
    axes.set_xlabel("streams at once, each 50 tokens a second")
    axes.set_ylabel("recorded minus true TTFT, ms")
    axes.legend(frameon=False)
    figure.savefig(FOLDER / "streams.png", dpi=150)


if __name__ == "__main__":
    if sys.argv[1:] != ["draw"]:
        write(check_streams(STREAMS, Console(width=170), processes=PROCESSES))
    draw()
