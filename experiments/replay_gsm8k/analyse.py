"""Compare two models on GSM8K from recorded correctness flags: python analyse.py gsm8k_responses.csv."""

from __future__ import annotations

import statistics
import sys

import numpy as np
import pandas as pd

from gencost.analysis.cell_intervals import intervals
from gencost.analysis.measures import Measured
from gencost.decision.difference import difference
from gencost.decision.power import power
from gencost.decision.sequential import Race

MODELS = ("gpt-4-1106-preview", "mistralai/Mixtral-8x7B-Instruct-v0.1")
ORDERS, MARGIN = 200, 0.02


def cell(rows: pd.DataFrame, model: str) -> Measured:
    """The flags of one model; cost and latency were not recorded."""
    ids = rows.index.astype(str)
    calls = pd.DataFrame({"prompt_id": ids, "quality": rows[model].astype(float), "cost": np.nan, "latency": np.nan})
    return Measured(cell=model, calls=calls)


def stop(a: np.ndarray, b: np.ndarray, order: np.ndarray) -> tuple[int, str]:
    """Ask both models in one order until the race is decided; the prompts it took, and the verdict on the second."""
    race = Race(MODELS, MARGIN, MODELS[0], [(str(i), 0) for i in order])
    for made, i in enumerate(order, start=1):
        race.add(MODELS[0], (str(i), 0), float(a[i]))
        race.add(MODELS[1], (str(i), 0), float(b[i]))
        if MODELS[1] in race.decided:
            return made, race.decided[MODELS[1]].verdict
    return len(order), "undecided"


def main(path: str) -> None:
    """Print everything the README says."""
    rows = pd.read_csv(path)
    first, second = (cell(rows, model) for model in MODELS)
    a, b = (one.calls["quality"].to_numpy() for one in (first, second))
    for one in (first, second):
        mean = intervals(one).quality_mean
        print(f"{one.cell}: {mean.value:.4f} [{mean.low:.4f}, {mean.high:.4f}] of {len(rows):,} prompts")
    counts = {(x, y): int(((a == x) & (b == y)).sum()) for x in (1, 0) for y in (1, 0)}
    print(
        f"both right {counts[1, 1]}, only the first {counts[1, 0]}, only the second {counts[0, 1]}, none {counts[0, 0]}"
    )
    found = difference(first, second, "quality")
    delta = found.delta
    print(
        f"second - first: {delta.value:+.4f} [{delta.low:+.4f}, {delta.high:+.4f}], exact McNemar p {found.p_value:.3g}"
    )
    needed = power(first, second, delta=MARGIN)
    print(f"to see {MARGIN:g} with 80 %: {needed.paired:,} prompts paired, {needed.unpaired:,} for each model unpaired")
    rng = np.random.default_rng(0)
    stops, verdicts = zip(*(stop(a, b, rng.permutation(len(rows))) for _ in range(ORDERS)), strict=True)
    low, middle, high = np.percentile(stops, [5, 50, 95])
    print(f"decided after {middle:.0f} prompts (median of {ORDERS} orders; 5 % to 95 %: {low:.0f} to {high:.0f})")
    print(f"verdicts: {statistics.multimode(verdicts)[0]} in {max(map(verdicts.count, set(verdicts)))} of {ORDERS}")


if __name__ == "__main__":
    main(sys.argv[1])
