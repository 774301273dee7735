"""Measure streams asked for by one and by two processes, and draw the error of the time to the first token.

python experiments/selfcheck/streams.py        # some minutes of both cores; writes streams.csv and streams.png
"""

from __future__ import annotations

import csv
from dataclasses import asdict
from pathlib import Path

import matplotlib as mpl
from rich.console import Console

from gencost.selfcheck.streams import StreamCheck, check_streams

mpl.use("Agg")
import matplotlib.pyplot as plt

HERE = Path(__file__).parent
STREAMS, PROCESSES = (64, 256, 512, 1024), (1, 2)
COLOURS = {1: "#4477aa", 2: "#cc6677"}


def write(checks: list[StreamCheck]) -> None:
    """Write every figure of every line."""
    rows = [asdict(check) for check in checks]
    with (HERE / "streams.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def draw(checks: list[StreamCheck]) -> None:
    """Draw recorded minus true time to the first token over the streams at once."""
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for processes in PROCESSES:
        mine = [check for check in checks if check.processes == processes]
        at = [check.in_flight for check in mine]
        for place, (name, style) in enumerate((("p50", "--"), ("p99", "-"))):
            error_ms = [check.ttft_ms[place] - check.true_ttft_ms[place] for check in mine]
            label = f"{name}, load.processes={processes}"
            axes.plot(at, error_ms, style, marker="o", color=COLOURS[processes], label=label)
    axes.set_xscale("log", base=2)
    axes.set_xticks(STREAMS, map(str, STREAMS))
    axes.set_yscale("symlog", linthresh=1)
    axes.axhline(0, color="0.8", zorder=0)
    axes.set_xlabel("streams at once, each 50 tokens a second")
    axes.set_ylabel("recorded minus true TTFT, ms")
    axes.legend(frameon=False)
    figure.savefig(HERE / "streams.png", dpi=150)


if __name__ == "__main__":
    measured = check_streams(STREAMS, Console(width=170), processes=PROCESSES)
    write(measured)
    draw(measured)
