"""The process that draws figures, as seen by the one that has their numbers.

Matplotlib takes 0.4 s to import and 60 MB: beside the comparison nobody waits for the one or has the other in addition.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

from gencost.errors import ReportError
from gencost.masking import masked_error
from gencost.process.stopping import held_back
from gencost.report.say import attempted, explained

if TYPE_CHECKING:  # pandas is imported when the calls are over
    from gencost.report.figures.figure_numbers import FigureOrder

_POLL_S = 0.1
# Always of this package, whatever is in the working folder. No garbage is collected until Matplotlib is imported.
_ROOT = str(Path(__file__).parents[3])
_PROGRAM = (
    f"import gc, sys; gc.disable(); sys.path.append({_ROOT!r}); "
    "from gencost.report.figures.figure_process import main; gc.freeze(); gc.enable(); main()"
)
# Of the environment it sees what programs need to run and Matplotlib to find its files: no key, no password.
_PASSED = (
    *("PATH", "HOME", "LANG", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
    *("LD_LIBRARY_PATH", "VIRTUAL_ENV", "MPLCONFIGDIR", "MATPLOTLIBRC"),
)
_PASSED_FAMILIES = ("LC_", "XDG_", "PYTHON", "DYLD_", "FONTCONFIG_")
_ENDS_WITHIN_S = 10.0  # characters of the end of its output
_TAIL_BYTES = 1000


@dataclass(kw_only=True, eq=False)
class _Batch:
    """Figures that belong together.

    Attributes:
        left: what is not drawn yet.
        then: called with those that are drawn when none is left.
        drawn: those.
        listener: hears of them; None if the process that draws did not start.
    """

    left: list[Path]
    then: Callable[[list[Path]], object]
    drawn: list[Path] = field(default_factory=list)
    listener: threading.Thread | None = None

    def comes(self) -> bool:
        """Whether every figure of the batch has come, or may still come."""
        return not self.left or (self.listener is not None and self.listener.is_alive())


class Drawing:
    """Draws figures in a process of their own, which is started when it is first needed, and again once it is gone.

    It gets no variable of the environment that could hold a key, and ends when this process does. Whatever goes wrong
    with it is why figures are missing, and nothing else.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._listener: threading.Thread | None = None
        self._batches: list[_Batch] = []
        self._failed: list[tuple[str, str]] = []
        self._stopped = False
        self._changed = threading.Condition()
        self._sender = ThreadPoolExecutor(1, "figures")

    def start(self) -> None:
        """Start the process, which then imports what it needs; where that fails, ``draw`` tries again and knows why."""
        with contextlib.suppress(Exception):
            self._running()

    def draw(self, orders: Sequence[FigureOrder], then: Callable[[list[Path]], object] = lambda _: None) -> None:
        """Have figures drawn.

        Args:
            orders: may be none.
            then: called, by another thread, when none of them is left, with those that are drawn; also when none is.
        """
        batch = _Batch(left=[order.path for order in orders], then=then)
        with self._changed:
            self._batches.append(batch)
        if not orders:
            self._told(batch)
            return
        try:
            with held_back():  # do not wait for an order that was never sent
                with self._changed:
                    process, batch.listener = self._running()
                for order in orders:
                    self._sender.submit(self._tell, process, order)  # blocks while the process does not read yet
        except Exception as error:  # noqa: BLE001 - no process, no thread: that costs figures alone
            self._lose([batch], explained(error))

    def wait(self, remedy: str) -> None:
        """Wait until all is drawn, or the process is gone; Ctrl-C waits no longer. Say what is missing.

        Args:
            remedy: how the user sees what the figures would have shown.
        """
        interrupted = False
        try:
            with self._changed:
                while any(batch.comes() for batch in self._batches):
                    self._changed.wait(_POLL_S)
        except KeyboardInterrupt:
            interrupted = True
            self.stop()
        self._lose(self._batches, "nothing is heard of the process that draws")
        failed, self._failed = self._failed, []
        for name, why in failed:
            attempted(name, partial(_fail, f"{'interrupted' if interrupted else why}; {remedy}"))

    def stop(self) -> None:
        """End the process at once; what is not drawn yet will not be."""
        with self._changed:
            self._stopped = True
            process, listener = self._process, self._listener
        if process is not None and listener is not None:
            process.kill()
            listener.join()  # wakes whoever waits for a figure
        self._sender.shutdown()

    def _running(self) -> tuple[subprocess.Popen[bytes], threading.Thread]:
        with self._changed:
            if self._stopped:
                _fail("interrupted")
            if self._process is None or self._listener is None:
                errors = tempfile.TemporaryFile()  # noqa: SIM115 - a pipe could fill up; the listener closes it
                process = _started(errors)
                listener = threading.Thread(target=self._listen, args=(process, errors), name="figures", daemon=True)
                try:
                    listener.start()
                except RuntimeError:  # no thread can be started
                    _close(process, errors)
                    raise
                self._process, self._listener = process, listener
            return self._process, self._listener

    def _tell(self, process: subprocess.Popen[bytes], order: FigureOrder) -> None:
        assert process.stdin is not None
        try:
            line = json.dumps({"kind": order.kind, "path": str(order.path), "numbers": order.numbers}).encode()
        except Exception as error:  # noqa: BLE001 - numbers that are no JSON are one figure's
            self._over(order.path, explained(error))
            return
        with contextlib.suppress(OSError, ValueError):  # it is gone or closed, which its listener reports
            process.stdin.write(line + b"\n")
            process.stdin.flush()

    def _listen(self, process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
        assert process.stdout is not None
        why = "the process that draws could not be heard"
        try:
            for line in process.stdout:
                with contextlib.suppress(ValueError, TypeError, KeyError):  # not ours, e.g. of sitecustomize
                    drawn = json.loads(line)
                    self._over(Path(drawn["path"]), drawn["why"])
            why = _end(process, errors)
        finally:
            listener = threading.current_thread()
            with self._changed:
                if self._listener is listener:
                    self._process = self._listener = None
                batches = [batch for batch in self._batches if batch.listener is listener]
            self._lose(batches, why)
            _close(process, errors)

    def _lose(self, batches: Sequence[_Batch], why: str) -> None:
        for path in [path for batch in batches for path in batch.left]:
            self._over(path, why)

    def _over(self, path: Path, why: str | None) -> None:
        with self._changed:
            batch = next((batch for batch in self._batches if path in batch.left), None)
            if batch is None:  # it was given up before
                return
            batch.left.remove(path)
            if why is None:
                batch.drawn.append(path)
            else:
                self._failed.append((path.name, why))
            if batch.left:
                return
        self._told(batch)

    def _told(self, batch: _Batch) -> None:
        try:
            batch.then(batch.drawn)
        except Exception as error:  # noqa: BLE001 - whatever is made of figures fails alone, too
            self._failed.append(("what follows the figures", explained(error)))
        finally:
            with self._changed:
                self._batches.remove(batch)
                self._changed.notify_all()


def _started(errors: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for this process
        )
    except Exception:
        errors.close()
        raise


def _end(process: subprocess.Popen[bytes], errors: IO[bytes]) -> str:
    """Say how the process ended, with its last line of output."""
    try:
        process.wait(_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
    errors.seek(max(0, errors.seek(0, os.SEEK_END) - _TAIL_BYTES))
    lines = masked_error(errors.read().decode(errors="replace")).split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), None)
    why = f"the process that draws ended with {process.wait()}"
    return why if last is None else f"{why}: {last}"


def _close(process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
    process.kill()
    process.wait()
    for file in (process.stdin, process.stdout, errors):
        with contextlib.suppress(OSError):
            if file is not None:
                file.close()


def _environment() -> dict[str, str]:
    passed = {key: value for key, value in os.environ.items() if key in _PASSED or key.startswith(_PASSED_FAMILIES)}
    return {**passed, "OPENBLAS_NUM_THREADS": "1"}


def _fail(why: str) -> NoReturn:
    raise ReportError(why)
