"""One job under every launcher, and how near interleaved cells come to the ideal.

Run it with ``python tests/benchmarks/launchers.py``; it needs the extras joblib, ray and submitit.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

LAUNCHERS = ("interleaved", "basic", "joblib", "ray", "submitit_local")
ANSWERED = "FROM runs JOIN requests USING (run_id) JOIN responses USING (request_id)"
FACTS = f"""SELECT cell, prompt_id, repeat, response, usage_tokens_in, usage_tokens_out, cost_pico_usd, quality_proxy
    {ANSWERED}"""
# The ideal of one cell: 250 calls of 50 ms, 25 at once, take 10 rounds.
CALLS, IN_FLIGHT, MS = 250, 25, 50
SPAN = """SELECT 86400 * (max(julianday(ts) + (queue_ms + backoff_ms + latency_ms) / 86400000) - min(julianday(ts)))
    FROM requests WHERE role = 'sample'"""


def run(folder: Path, *words: str) -> sqlite3.Connection:
    command = [sys.executable, "-m", "gencost.run", "-m", "tracking=none", "report=none", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return sqlite3.connect(folder / "llmopt_stage1.sqlite")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Print both tables."""
    first: list[tuple] | None = None
    say("launcher        rows  processes  total USD  same answers, tokens, costs, scores")
    for launcher in LAUNCHERS:
        with tempfile.TemporaryDirectory() as folder:
            db = run(Path(folder), f"hydra/launcher={launcher}", "model=small,large", "n=50")
            rows = sorted(db.execute(FACTS).fetchall())
            usd = db.execute(f"SELECT sum(cost_pico_usd) / 1e12 {ANSWERED}").fetchone()[0]
            processes = db.execute("SELECT count(DISTINCT pid) FROM runs").fetchone()[0]
            first = first or rows
            say(f"{launcher:14} {len(rows):5}  {processes:9}  {usd:9.6f}  {rows == first}")
            db.close()
    ideal_s = CALLS / IN_FLIGHT * MS / 1000
    small = "provider.profiles.small-latest"
    fixed = (f"{small}.median_ms={MS}", f"{small}.sigma=0")
    say(f"\ncells  calls  seconds  of the ideal {ideal_s:g} s of one")
    for seeds in ("0", "0,1,2,3"):
        with tempfile.TemporaryDirectory() as folder:
            words = (*fixed, f"n={CALLS}", f"load.concurrency={IN_FLIGHT}", f"seed={seeds}")
            db = run(Path(folder), *words)
            calls = db.execute("SELECT count(*) FROM requests WHERE status = 'ok'").fetchone()[0]
            span_s = db.execute(SPAN).fetchone()[0]
            say(f"{len(seeds.split(',')):5}  {calls:5}  {span_s:7.3f}  {span_s / ideal_s:.2f}")
            db.close()


if __name__ == "__main__":
    main()
