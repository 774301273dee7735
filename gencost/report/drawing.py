"""The process that draws figures, as seen by the one that has their numbers.

Matplotlib takes 0.4 s to import and 60 MB: beside the comparison nobody waits for the one or has the other in addition.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from gencost.errors import ReportError
from gencost.report.say import attempted

if TYPE_CHECKING:  # pandas is imported when the calls are over
    from gencost.report.figure_numbers import FigureOrder

_POLL_S = 0.1
# Of this very package, whatever the working folder holds. It collects no garbage until Matplotlib is imported.
_ROOT = str(Path(__file__).parent.parent.parent)
_PROGRAM = (
    f"import gc, sys; gc.disable(); sys.path.append({_ROOT!r}); from gencost.report.figure_process import main; "
    "gc.freeze(); gc.enable(); main()"
)
# Of the environment it sees what programs need to run and Matplotlib to find its files: no key, no password.
_PASSED = ("PATH", "HOME", "LANG", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "USERPROFILE", "MPLCONFIGDIR")
_PASSED_FAMILIES = ("LC_", "XDG_", "PYTHON")


@dataclass(kw_only=True)
class _Batch:
    """Figures that belong together.

    Attributes:
        left: what is not drawn yet.
        then: told of those that are drawn when none is left.
        drawn: those.
    """

    left: list[Path]
    then: Callable[[list[Path]], object]
    drawn: list[Path] = field(default_factory=list)


class Drawing:
    """Draws figures in a process of their own, which is started when it is first needed.

    It gets no variable of the environment that could hold a key, and ends when this process does.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._batches: list[_Batch] = []
        self._failed: list[tuple[Path, str]] = []
        self._listener: threading.Thread | None = None
        self._gone: str | None = None
        self._changed = threading.Condition()
        self._sender = ThreadPoolExecutor(1, "figures")

    def start(self) -> None:
        """Start the process, which then imports what it needs."""
        if self._process is not None:
            return
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for this process
        )
        self._listener = threading.Thread(target=self._listen, args=(self._process,), name="figures", daemon=True)
        self._listener.start()

    def draw(self, orders: Sequence[FigureOrder], then: Callable[[list[Path]], object] = lambda _: None) -> None:
        """Have figures drawn.

        Args:
            orders: may be none.
            then: called, by another thread, when none of them is left, with those that are drawn; also when none is.
        """
        if not orders:
            then([])
            return
        self.start()
        with self._changed:
            self._batches.append(_Batch(left=[order.path for order in orders], then=then))
            gone = self._gone
        for order in orders:
            if gone is None:
                self._sender.submit(self._tell, order)  # which waits where the process does not read yet
            else:
                self._over(order.path, gone)

    def wait(self, remedy: str) -> None:
        """Wait until all is drawn, or the process is gone; Ctrl-C waits no longer. Say what is missing.

        Args:
            remedy: how the user sees what the figures would have shown.
        """
        interrupted = False
        try:
            with self._changed:
                while self._batches:
                    self._changed.wait(_POLL_S)
        except KeyboardInterrupt:
            interrupted = True
            self.stop()
        failed, self._failed = self._failed, []
        for path, why in failed:
            attempted(path.name, partial(_fail, f"{'interrupted' if interrupted else why}; {remedy}"))

    def stop(self) -> None:
        """End the process at once; what is not drawn yet will not be."""
        if self._process is None or self._listener is None:
            return
        self._process.kill()
        self._listener.join()  # it tells whoever waits for a figure
        self._sender.shutdown()
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()

    def _tell(self, order: FigureOrder) -> None:
        told = {"kind": order.kind, "path": str(order.path), "numbers": order.numbers}
        with contextlib.suppress(OSError):  # it is gone: the thread that listens to it knows
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.write(json.dumps(told) + "\n")
                self._process.stdin.flush()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                told = json.loads(line)
                self._over(Path(told["path"]), told["why"])
        why = f"the process that draws ended with {process.wait()}"
        with self._changed:
            self._gone = why
            left = [path for batch in self._batches for path in batch.left]
        for path in left:
            self._over(path, why)

    def _over(self, path: Path, why: str | None) -> None:
        batch = next(batch for batch in self._batches if path in batch.left)
        batch.left.remove(path)
        if why is None:
            batch.drawn.append(path)
        else:
            self._failed.append((path, why))
        if not batch.left:
            batch.then(batch.drawn)
            with self._changed:
                self._batches.remove(batch)
                self._changed.notify_all()


def _environment() -> dict[str, str]:
    passed = {key: value for key, value in os.environ.items() if key in _PASSED or key.startswith(_PASSED_FAMILIES)}
    return {**passed, "OPENBLAS_NUM_THREADS": "1"}


def _fail(why: str) -> NoReturn:
    raise ReportError(why)
