"""The process that keeps MLflow in line with the metrics DB while another one makes the calls.

It is told what to sync on standard input, one JSON object a line, and says what it has done on standard output. When
its input ends without the order to close, the other process has died: what that ran is marked as interrupted.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gencost.errors import GenCostError
from gencost.metrics_db import Engine, init_db
from gencost.metrics_db import runs as db
from gencost.report.say import explained
from gencost.tracking import Tracking
from gencost.tracking.end_values import of_values
from gencost.tracking.store import load
from gencost.tracking.sync import MLflowSync

_NICE = 5

Order = Mapping[str, Any]
Orders = queue.SimpleQueue[Order]
Say = Callable[[Order], None]


class SyncLoop:
    """The runs that are followed, and how far each is.

    Args:
        engine: the metrics DB.
        sync: writes into MLflow.
        say: sends a message to the other process.
    """

    def __init__(self, engine: Engine, sync: MLflowSync, say: Say) -> None:
        self._engine = engine
        self._sync = sync
        self._say = say
        self._sweep: str | None = None
        self._own: list[str] = []
        self._over: set[str] = set()
        self._files: dict[str, list[Path]] = {}
        self._ends: dict[str, Mapping[str, Any] | None] = {}
        self._lacks: dict[str, str] = {}

    def obey(self, order: Order) -> None:
        """Carry out one order."""
        if "runs" in order:
            self._own += order["runs"]
            self._sweep = order["sweep"] or self._sweep
        if "ended" in order:
            self._files[order["ended"]] = [Path(path) for path in order["files"]]
            self._ends[order["ended"]] = order.get("end")
            self._finish(order["ended"])

    def catch_up(self) -> None:
        """Log the news of every run that is not over; a cell of another process is finished when it has ended."""
        for run_id in self._runs():
            if run_id in self._over:
                continue
            ended = db.tracked_run(self._engine, run_id).status != "running"
            if ended and run_id not in self._own:
                done = self._finish(run_id)
            else:
                done = self._tried(run_id, lambda run_id=run_id: self._sync.update_run(run_id))  # type: ignore[misc]
            if not done:
                return  # MLflow does not answer: the others would wait for the same

    def close(self, *, died: bool) -> None:
        """Finish what is not finished; what a failing MLflow lacks is noted in the metrics DB.

        Args:
            died: the other process is gone; what runs on elsewhere is left alone.
        """
        keys = [*self._runs(), *([self._sweep] if self._sweep is not None else [])]
        left = [key for key in keys if key not in self._over and not (died and self._status(key) == "running")]
        while left and self._finish(left[0]):
            left.pop(0)
        for key in left[1:]:
            self._note(key, self._lacks[left[0]])
        self._say({"done": True, "lacks": next(iter(self._lacks.values()), None)})

    def _runs(self) -> list[str]:
        of_sweep = db.runs_of_sweep(self._engine, self._sweep) if self._sweep is not None else []
        return list(dict.fromkeys([*of_sweep, *self._own]))

    def _status(self, key: str) -> str:
        return (db.tracked_sweep if key == self._sweep else db.tracked_run)(self._engine, key).status

    def _finish(self, key: str) -> bool:
        of_sweep, files = key == self._sweep, self._files.get(key)
        lacks: list[str] = []

        def work() -> None:
            finish = self._sync.finish_sweep if of_sweep else self._sync.finish_run
            values = self._ends.pop(key, None)
            finished = finish(key, files, None if values is None else of_values(values))
            lacks.extend(filter(None, [finished.lacks]))
            self._say({"over": key, "runs": {} if of_sweep else {key: finished.mlflow_id}})

        done = self._tried(key, work)
        if done:
            self._over.add(key)
        if lacks:
            self._lacks[key] = lacks[0]
        return done

    def _tried(self, key: str, work: Callable[[], None]) -> bool:
        """Do it; False if MLflow does not answer."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - a door: one run that fails takes no other with it
            self._note(key, explained(error))
            return not isinstance(error, GenCostError)
        self._lacks.pop(key, None)
        return True

    def _note(self, key: str, why: str) -> None:
        self._lacks[key] = why
        db.set_mlflow_error(self._engine, key, why)


def main() -> None:
    """Sync what standard input says until it ends."""
    output = sys.stdout
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - what is made for people is not for the other process

    def say(what: Order) -> None:
        with contextlib.suppress(OSError):  # nobody listens any more
            output.write(json.dumps(what) + "\n")
            output.flush()

    with contextlib.suppress(OSError):
        os.nice(_NICE)  # the calls come first
    start = json.loads(sys.stdin.readline() or "null")
    if start is None:
        return
    orders: Orders = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(orders, start))
    reader.start()
    try:
        _follow(start, orders, say)
    except Exception as error:  # noqa: BLE001 - a door
        say({"done": True, "lacks": explained(error)})
    reader.join()


def _follow(start: Order, orders: Orders, say: Say) -> None:
    load(start["uri"])
    first = orders.get()
    if "died" in first:
        orders.put(first)
    engine = init_db(start["db_url"])
    tracking = Tracking(start["uri"], start["experiment"])
    gc.freeze()
    gc.enable()
    say({"experiment_id": tracking.experiment_id})
    loop = SyncLoop(engine, MLflowSync(engine, tracking, progress=lambda: say({})), say)
    loop.obey(first)
    if not _until_closed(loop, orders, start["live_s"]):
        loop.close(died=True)
    engine.dispose()


def _until_closed(loop: SyncLoop, orders: Orders, live_s: float) -> bool:
    """Carry out orders and catch up in turns; False if the orders end without one to close."""
    while True:
        try:
            order = orders.get(timeout=live_s)
        except queue.Empty:
            loop.catch_up()
            continue
        if "died" in order:
            return False
        if "close" in order:
            loop.close(died=False)
            return True
        loop.obey(order)


def _read(orders: Orders, start: Order) -> None:
    """Pass orders on. If they end without one to close, the other process has died: the metrics DB says so at once."""
    closed = False
    try:
        for line in sys.stdin:
            with contextlib.suppress(json.JSONDecodeError):  # cut off, as its writer was
                order = json.loads(line)
                closed = closed or "close" in order
                orders.put(order)
    finally:
        if not closed:
            orders.put({"died": True, **_interrupted(start)})


def _interrupted(start: Order) -> Order:
    """Mark what the dead process ran; gives its runs and sweep."""
    try:
        engine = init_db(start["db_url"])
        gone = db.interrupt(engine, of_pid=start["pid"])
        engine.dispose()
    except Exception:  # noqa: BLE001 - a door: whoever waits for the end of the orders must hear of it
        return {"runs": [], "sweep": None}
    return {"runs": gone.runs, "sweep": next(iter(gone.sweeps), None)}


if __name__ == "__main__":
    main()
