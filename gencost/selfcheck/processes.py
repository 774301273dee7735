"""The calls of a self-check made by the whole command, in several processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from gencost.analysis.recorded.frames import calls as read_calls
from gencost.analysis.recorded.runs import runs
from gencost.analysis.timing import timing
from gencost.errors import GenCostError
from gencost.metrics_db import init_db
from gencost.selfcheck.check import Made

_ALONE = ("tracking=none", "report=none", "n=1", "model=local", "model.name=known", "provider.name=known")


def command_calls(url: str, in_flight: int, n: int, processes: int) -> Made:
    """Ask a known server for streams with ``python -m gencost.run``, recorded in a metrics DB of its own.

    Args:
        url: of the server, with its version.
        in_flight: calls at once.
        n: calls.
        processes: that make them.

    Returns:
        The CPU time is that of all processes of the command, their start included.

    Raises:
        GenCostError: a call failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        asked = (f"provider.base_url={url}", "provider.stream=true", f"repeats={n}")
        load = (f"load.concurrency={in_flight}", f"load.processes={processes}")
        where = (f"metrics_db.url=sqlite:///{folder}/selfcheck.sqlite", f"hydra.run.dir={folder}/output")
        before = os.times()
        command = [sys.executable, "-m", "gencost.run", *_ALONE, *asked, *load, *where]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
        after = os.times()
        engine = init_db(f"sqlite:///{folder}/selfcheck.sqlite")
        (run,) = runs(engine)
        frame = read_calls(engine, [run.run_id])
        engine.dispose()
    if done.returncode or (frame["status"] != "ok").any():
        raise GenCostError(f"selfcheck: calls failed: {run.error_message or done.stderr}")
    user_s = after.children_user - before.children_user
    return Made(
        seconds=timing(frame).duration_s or 0.0,
        cpu_s=user_s + after.children_system - before.children_system,
        user_s=user_s,
        lag_p99_ms=run.loop_lag_p99_ms,
        frame=frame,
    )
