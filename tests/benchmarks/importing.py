"""Time and memory of a large import: ``python tests/benchmarks/importing.py [calls] [texts=keep ...]``.

It writes flat JSON lines of some 2 KB, all texts different, and imports them as ``gencost import table`` does, which
reads in one process and stores in another. Run it alone on the machine. The bars, for a million calls: 5,000 calls/s
and at most 400 MB.
"""

# ruff: noqa: T201
from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

WORDS, SEED = 3000, 7
MODELS = ("gpt-4o-mini", "gpt-4o", "gpt-5-mini")


def write_log(path: Path, calls: int) -> None:
    """Write a log of so many calls."""
    drawn = random.Random(SEED)
    words = ["".join(drawn.choices("abcdefghijklmnopqrstuvwxyz", k=drawn.randint(2, 10))) for _ in range(WORDS)]
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    with path.open("w", encoding="utf-8") as log:
        for number in range(calls):
            asked, answered = (" ".join(drawn.choices(words, k=k)) for k in (150, 70))
            tokens_in, model = drawn.randint(100, 3000), MODELS[number % 3]
            row = {
                "id": f"req_{number:012d}",
                "ts": (begin + timedelta(seconds=2 * number)).isoformat(),
                "provider": "openai",
                "model": model,
                "response_model": model,
                "tokens_in": tokens_in,
                "tokens_cached": drawn.choice((0, tokens_in // 2)),
                "tokens_out": drawn.randint(10, 800),
                "tokens_reasoning": 0,
                "latency_ms": round(drawn.uniform(200, 4000), 1),
                "ttft_ms": round(drawn.uniform(50, 190), 1),
                "finish_reason": "stop",
                "status": "ok",
                "site": f"site{number % 7}",
                "user": f"user{number % 5000}",
                "session": f"session{number // 5}",
                "tags": {"team": f"t{number % 5}", "env": "prod"},
                "params": {"temperature": 0.2, "max_tokens": 800},
                "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": asked}],
                "response": answered,
            }
            log.write(f"{json.dumps(row)}\n")


def import_log(words: list[str]) -> None:
    """Import, and print what each of the two processes took."""
    from gencost.cli import main

    start = time.perf_counter()
    try:
        main(["import", "table", *words])
    except SystemExit as ended:
        print(f"exit code {ended.code or 0}, {time.perf_counter() - start:.1f} s")
    for name, who in (("storing", resource.RUSAGE_SELF), ("reading", resource.RUSAGE_CHILDREN)):
        used = resource.getrusage(who)
        print(f"{name}: {used.ru_utime + used.ru_stime:.1f} s of CPU, at most {used.ru_maxrss / 1024:.0f} MB")


def measure(calls: int, words: list[str]) -> None:
    """Write a log into a folder of its own, import it in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        write_log(log, calls)
        print(f"{calls:,} calls, {log.stat().st_size / calls:,.0f} bytes each", flush=True)
        print(f"load of the machine {os.getloadavg()[0]:.1f}", flush=True)
        command = [sys.executable, __file__, "--import", str(log), *words, "--db", f"sqlite:///{folder}/calls.sqlite"]
        start = time.perf_counter()
        subprocess.run(command, cwd=folder, check=True)
        took_s = time.perf_counter() - start
        stored = (Path(folder) / "calls.sqlite").stat().st_size
        print(f"{took_s:.1f} s, {calls / took_s:,.0f} calls/s; {stored / calls:,.0f} bytes a call are stored")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--import"]:
        import_log(sys.argv[2:])
    else:
        measure(int(sys.argv[1]) if sys.argv[1:] else 1_000_000, sys.argv[2:])
