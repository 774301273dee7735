"""The process that keeps MLflow in line, as seen by the process that makes the calls.

MLflow takes seconds to import and may take any time to answer. Even a background thread of it would keep the event
loop from the sockets whose bytes it is to time, so it has a process of its own, ``gencost.tracking.sync_process``,
which reads the metrics DB.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_POLL_S = 0.05
_SOON_S = 5.0
_LONGEST = 500_000
# Of this very package, whatever the working folder holds.
_ROOT = str(Path(__file__).parent.parent.parent)
# It collects no garbage until MLflow is imported.
_PROGRAM = (
    f"import gc, sys; gc.disable(); sys.path.append({_ROOT!r}); from gencost.tracking.sync_process import main; main()"
)


@dataclass(frozen=True, kw_only=True)
class SyncEnd:
    """The end of following.

    Attributes:
        experiment_id: MLflow's; None if it never got there.
        runs: run id of the metrics DB -> MLflow's, of the cells.
        why: why MLflow lacks part of it; None if it lacks nothing.
        left: ids of runs, and of the sweep, that were not finished.
    """

    experiment_id: str | None
    runs: Mapping[str, str] = field(default_factory=dict)
    why: str | None = None
    left: Sequence[str] = ()


class SyncClient:
    """A process that writes runs of a metrics DB into MLflow while their calls are made.

    If this process dies, the other one notes in both stores that the runs were interrupted.

    Args:
        uri: of the tracking store.
        experiment: MLflow's experiment name.
        db_url: of the metrics DB, with its password; it is given through a pipe, where nobody sees it.
        settings: ``live_s`` and ``patience_s`` of ``TrackingConfig``.
    """

    def __init__(self, uri: str, experiment: str, db_url: str, settings: Mapping[str, float]) -> None:
        self.uri = uri
        self._patience_s = settings["patience_s"]
        self._told: dict[str, Any] = {}
        self._runs: dict[str, str] = {}
        self._given: list[str] = []
        self._over: set[str] = set()
        self._heard_at = time.monotonic()
        self._cut = False
        self._one = threading.Lock()  # a file may be ready while something else is told
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # Ctrl-C is for this process
        )
        self._listener = threading.Thread(target=self._listen, name="mlflow-sync", daemon=True)
        self._listener.start()
        store = {"uri": uri, "experiment": experiment, "db_url": db_url, "live_s": settings["live_s"]}
        self._tell({**store, "pid": os.getpid()})  # whose parent may be another one by the time it could look

    def add(self, run_ids: Sequence[str], sweep_id: str | None = None) -> None:
        """Keep MLflow in line with runs that are in the metrics DB.

        Args:
            run_ids: of this process, which says when their files are written.
            sweep_id: the sweep they belong to, whose cells in other processes are synced, too; None for single runs.
        """
        self._given += [*run_ids, *([sweep_id] if sweep_id is not None else [])]
        self._tell({"runs": list(run_ids), "sweep": sweep_id})

    def ended(self, key: str, files: Sequence[Path], end: Mapping[str, Any] | None = None) -> None:
        """Say that a run, or the whole sweep, is over in the metrics DB.

        Args:
            key: id of the run or the sweep.
            files: its artifacts.
            end: of ``end_values``, what it came to; None, and what is long, the other process makes itself.
        """
        order = {"ended": key, "files": [str(path.absolute()) for path in files]}
        text = json.dumps({**order, "end": end})
        self._tell_text(text if len(text) <= _LONGEST else json.dumps(order))

    def close(self, waiting: Callable[[], None] = lambda: None) -> SyncEnd:
        """Wait until everything is logged, or nothing happens any more; Ctrl-C waits no longer.

        Args:
            waiting: called once if it takes long.
        """
        if not self._given:
            self._process.kill()
            self._process.wait()
            return SyncEnd(experiment_id=None)
        self._tell({"close": True})
        self._heard_at = time.monotonic()
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        why = self._wait(waiting)
        self._process.kill()
        self._process.wait()
        self._listener.join()  # it hears the last words
        return self._end(why)

    def _wait(self, waiting: Callable[[], None]) -> str | None:
        """Wait for the end of the process; return why it was not waited for any longer, None if it ended."""
        try:
            for number in itertools.count(1):
                if self._process.poll() is not None:
                    return None
                if number == int(_SOON_S / _POLL_S):
                    waiting()
                if time.monotonic() - self._heard_at > self._patience_s:
                    return f"it did not answer for {self._patience_s:g} s"
                time.sleep(_POLL_S)
        except KeyboardInterrupt:
            return "interrupted"
        return None

    def _end(self, why: str | None) -> SyncEnd:
        if why is None and "done" not in self._told:
            why = f"its process ended with {self._process.returncode}"
        return SyncEnd(
            experiment_id=self._told.get("experiment_id"),
            runs=self._runs,
            why=self._told.get("lacks") or why,
            left=[key for key in dict.fromkeys(self._given) if key not in self._over],
        )

    def _tell(self, order: Mapping[str, Any]) -> None:
        self._tell_text(json.dumps(order))

    def _tell_text(self, line: str) -> None:
        with self._one, contextlib.suppress(OSError):  # it is gone: close() says so
            if self._process.stdin is not None:
                begin, self._cut = "\n" if self._cut else "", True  # Ctrl-C may come in the middle of a line
                self._process.stdin.write(f"{begin}{line}\n")
                self._process.stdin.flush()
                self._cut = False

    def _listen(self) -> None:
        with self._process.stdout or io.StringIO() as lines:
            for line in lines:
                self._heard_at = time.monotonic()
                with contextlib.suppress(ValueError):
                    message = json.loads(line)
                    self._runs |= message.pop("runs", {})
                    self._over.add(message.pop("over", ""))
                    self._told |= message
