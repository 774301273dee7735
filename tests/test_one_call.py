"""One warm mock call of a cell is easy to follow: it passes few files, straight down."""

from __future__ import annotations

import io
import sys
import threading
from pathlib import Path

from rich.console import Console

import gencost
from gencost.cost_tracker import CostTracker
from gencost.llm import UnifiedLLM
from gencost.metrics_db import Writer
from gencost.providers.mock import MockProvider
from gencost.runner.calls import CellCalls
from gencost.runner.load import Concurrent
from gencost.runner.loop import run_calls
from gencost.runner.progress import CellCount
from gencost.sending.sender import Sender
from gencost.types import Message, Sample

PACKAGE = Path(gencost.__file__).parent
SAMPLE = Sample(id="s", messages=(Message(role="user", content="Why is the sky blue?"),))
FILES_AT_MOST = 21
FUNCTIONS_AT_MOST = 101


class Follower:
    """Notes each function of the package that runs from the start of one call of a cell to the start of another.

    Args:
        first: the number of the call at whose start it begins.
        last: the number of the call at whose start it ends.
    """

    def __init__(self, first: int, last: int) -> None:
        self.window, self.newest, self.passed = range(first, last), -1, []

    def __call__(self, frame, event, _argument) -> None:
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(str(PACKAGE)) or "lag" in code.co_filename:
            return
        if code.co_qualname.startswith(("PunctualLoop.", "_Due.", "_Gathering.")):  # as those of asyncio
            return
        if code.co_qualname.startswith("commit_without_the_disk."):  # where a test before this one used MLflow
            return
        if code.co_qualname == "CellCalls._ask":
            self.newest = max(self.newest, frame.f_locals["draw"][1])
        place = str(Path(code.co_filename).relative_to(PACKAGE)), code.co_qualname
        if self.newest in self.window and place not in self.passed:
            self.passed.append(place)


def followed(engine) -> list[tuple[str, str]]:
    """Files and functions that warm calls of a cell pass, the writer's thread included."""
    follower = Follower(4, 7)
    threading.setprofile(follower)
    try:
        with Writer(engine) as writer:
            provider = MockProvider(profiles={"small-latest": {}}, sleep=False)
            llm = UnifiedLLM(provider=provider, model="small-latest", cost_tracker=CostTracker(), writer=writer)
            made = CellCalls(
                llm=llm,
                draws=[(SAMPLE, repeat) for repeat in range(9)],
                load=Concurrent(concurrency=1),
                count=CellCount(cell="c", total=9),
                sender=Sender.plain(llm),
            )
            sys.setprofile(follower)
            run_calls([made], Console(file=io.StringIO()))
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return follower.passed


def test_a_warm_call_of_a_cell_passes_few_files(engine):
    passed = min((followed(engine) for _ in range(3)), key=len)  # without what a busy machine lets a clock ask for
    files = list(dict.fromkeys(file for file, _ in passed))
    assert len(files) <= FILES_AT_MOST, files
    assert len(passed) <= FUNCTIONS_AT_MOST, passed
