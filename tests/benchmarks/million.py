"""Memory and time of a million calls: ``python tests/benchmarks/million.py [calls] [--db URL]``; it prints a table.

It runs four cells of a mock that does not wait, on a quarter as many prompts, then each command that reads them, each
in a process of its own, and the results CSV of all cells, which a run writes when its calls are over. ``--db`` takes a
metrics DB that is there, and makes no call. Run it alone on the machine.

The bars, for a million calls: at most 400 MB each; the run 3,400 calls/s, compare 30 s, report 60 s, audit 150 s.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import func, select

from gencost.metrics_db.store import existing_db
from gencost.metrics_db.tables import requests

CELLS = ("model=small,large", "model.params.temperature=0,1")
MOCK = ("provider.sleep=false", "load.concurrency=64", "tracking=none")
COMMANDS = {
    "compare": ("compare", "--format", "json", "-o", "compare.json"),
    "report": ("report", "-o", "report.html"),
    "bill": ("bill", "--by", "cell", "--format", "json", "-o", "bill.json"),
    "whatif": ("whatif", "--model", "mock:large-latest"),
    "audit": ("audit",),
}
RESULTS = """
from pathlib import Path
from gencost.process.imports import light
with light():
    from gencost.analysis.recorded.references import named_runs
    from gencost.analysis.results import read_results
    from gencost.metrics_db.store import existing_db
    from gencost.report.files import results_csv
engine = existing_db()
results_csv(engine, read_results(engine, named_runs(engine, ["last"])), Path("results.csv"))
"""


def write_prompts(path: Path, n: int) -> None:
    """Write a prompt set of ``n`` questions."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "text", "reference", "category"])
        rows.writerows(
            [f"q{i}", f"Question {i}: how many apples are in basket {i * 7919 % n}?", i, "abcd"[i % 4]]
            for i in range(n)
        )


def measured(name: str, arguments: tuple[str, ...], folder: Path) -> None:
    """Run Python in a process of its own and print what it took."""
    start = time.perf_counter()
    with (folder / f"{name}.txt").open("w") as output:
        process = subprocess.Popen([sys.executable, *arguments], cwd=folder, stdout=output, stderr=output)
        _, status, used = os.wait4(process.pid, 0)
    wall_s, cpu_s = time.perf_counter() - start, used.ru_utime + used.ru_stime
    code = os.waitstatus_to_exitcode(status)
    print(f"| {name} | {wall_s:,.1f} | {cpu_s:,.1f} | {used.ru_maxrss / 1024:,.0f} | {code} |", flush=True)


def calls_per_s() -> float:
    """The rate of the calls that are recorded, from the first to the last."""
    engine = existing_db()
    with engine.connect() as connection:
        calls, first, last = connection.execute(
            select(func.count(), func.min(requests.c.ts), func.max(requests.c.ts))
        ).one()
    engine.dispose()
    return float(calls / (last - first).total_seconds())


def main() -> None:
    """Make the calls, then measure what reads them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("calls", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--db", help="a metrics DB that has them")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["LLMOPT_DB_URL"] = given.db or f"sqlite:///{folder / 'million.sqlite'}"
        print(f"load of the machine {os.getloadavg()[0]:.1f}\n")
        print("| command | wall s | CPU s | MB | exit code |\n|---|---|---|---|---|")
        if given.db is None:
            write_prompts(folder / "prompts.csv", given.calls // 4)
            asked = ("-m", "gencost.run", "-m", *CELLS, *MOCK, "prompts.path=prompts.csv")
            measured("run", asked, folder)
        for command, arguments in COMMANDS.items():
            measured(command, ("-m", "gencost", *arguments), folder)
        measured("results CSV", ("-c", RESULTS), folder)
        print(f"\n{calls_per_s():,.0f} calls/s recorded")
    print(f"\nload of the machine {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
