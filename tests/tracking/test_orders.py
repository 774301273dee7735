"""MLflow's process hears of the end of the one that calls, whatever its last line is."""

from __future__ import annotations

import io
import os
import queue
import sys
import threading

import pytest

from gencost.tracking import sync_process
from gencost.tracking.sync_client import SyncClient


@pytest.mark.parametrize("last", ['{"ended": "r1", "files": [', "", "\n"])
def test_orders_that_end_without_one_to_close_are_followed_by_the_death(monkeypatch, tmp_path, last):
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"start": 1}\n' + last))
    orders: queue.SimpleQueue = queue.SimpleQueue()
    sync_process._read(orders, {"db_url": f"sqlite:///{tmp_path}/metrics.sqlite", "pid": os.getpid()})
    assert [orders.get_nowait(), "died" in orders.get_nowait(), orders.empty()] == [{"start": 1}, True, True]


class Interrupted(io.StringIO):
    """A pipe in the middle of whose first line Ctrl-C comes."""

    def write(self, text: str) -> int:
        if not self.getvalue():
            super().write(text[:5])
            raise KeyboardInterrupt
        return super().write(text)


def test_an_order_after_one_that_ctrl_c_has_cut_begins_a_line_of_its_own(monkeypatch):
    pipe = Interrupted()
    process = type("Process", (), {"stdin": pipe, "stdout": (), "poll": lambda self: None, "wait": lambda self: 0})()
    client = SyncClient.__new__(SyncClient)
    client.__dict__.update(_process=process, _cut=False, _one=threading.Lock())
    with pytest.raises(KeyboardInterrupt):
        client._tell({"end": "of a cell"})
    client._tell({"close": True})
    assert pipe.getvalue().splitlines() == ['{"end', '{"close": true}']
