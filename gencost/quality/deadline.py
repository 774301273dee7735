"""A limit on how long a scorer may take, so that none holds up the calls of a sweep."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import ctypes
import functools
import os
import queue
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from types import FrameType
from typing import TypeVar

OUT_OF_TIME = "it took longer than"
_AGAIN_S = 0.1  # a bare `except:` takes one interruption, rarely two

Value = TypeVar("Value")


class OutOfTimeError(Exception):
    """A scorer was stopped; the text says after how many seconds."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"{OUT_OF_TIME} {limit_s:g} s")


class _Stop(BaseException):
    """Raised inside a scorer, past its own `except Exception`."""


def within(limit_s: float | None, work: Callable[[], Value]) -> Value:
    """Do some work at once, within a time limit.

    In the main thread a timer interrupts it there: Python code, waits of the system, and Python's own ``re``, which
    looks for signals. Other threads, such as the one that makes an application's calls, and systems without timers let
    a thread beside them do it, always the same one as long as it comes back: what does not is left behind there.
    Nothing interrupts C code that neither looks for signals nor lets other threads run, which is ``re`` in a thread.

    Args:
        limit_s: seconds; None has no limit.
        work: what is done.

    Raises:
        OutOfTimeError: it was stopped, or is not waited for any longer.
    """
    if limit_s is None:
        return work()
    if not can_time():
        return _beside(limit_s, work)
    alarm = _Alarm()
    try:
        try:
            alarm.set(limit_s)
            return work()
        finally:
            alarm.armed = False  # before any call during which it could still fire
    except _Stop:
        raise OutOfTimeError(limit_s) from None
    finally:
        alarm.put_away()


def can_time() -> bool:
    """Whether a timer can interrupt this thread."""
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


class _Alarm:
    """A timer that interrupts this thread while it is armed, again and again."""

    def __init__(self) -> None:
        self.armed = False
        self._before = signal.signal(signal.SIGALRM, self._ring)
        self._others_s = self._others_again_s = self._set_s = 0.0

    def set(self, limit_s: float) -> None:
        """Start the timer."""
        self.armed, self._set_s = True, time.monotonic()
        self._others_s, self._others_again_s = signal.setitimer(signal.ITIMER_REAL, limit_s, _AGAIN_S)

    def put_away(self) -> None:
        """Give the timer back: an alarm that somebody else had set goes on."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._before)
        if self._others_s:
            left_s = max(self._others_s - (time.monotonic() - self._set_s), 1e-3)
            signal.setitimer(signal.ITIMER_REAL, left_s, self._others_again_s)

    def _ring(self, _signal: int, _frame: FrameType | None) -> None:
        if self.armed:
            raise _Stop


class _ScorerThread:
    """A thread that does one task after another, and ends with the process."""

    def __init__(self) -> None:
        self._given: queue.SimpleQueue[tuple[_Task, Callable[[], object]]] = queue.SimpleQueue()
        self._left = False
        threading.Thread(target=self._run, daemon=True, name="gencost-scorer").start()

    def give(self, work: Callable[[], object]) -> _Task:
        """Give it its next task."""
        task = _Task()
        self._given.put((task, work))
        return task

    def leave(self, task: _Task) -> None:
        """Give it no further task, and ask for the end of the present one."""
        self._left = True
        task.stop()

    def _run(self) -> None:
        with contextlib.suppress(_Stop):
            while not self._left:
                task, work = self._given.get()
                task.run(work)
                del task, work


_IDLE: list[_ScorerThread] = []
if hasattr(os, "register_at_fork"):  # a child has none of its parent's threads
    os.register_at_fork(after_in_child=_IDLE.clear)


def _beside(limit_s: float, work: Callable[[], Value]) -> Value:
    try:
        thread = _IDLE.pop()
    except IndexError:
        thread = _ScorerThread()
    task = thread.give(functools.partial(contextvars.copy_context().run, work))
    if not wait([task.done], limit_s).done:
        thread.leave(task)
        raise OutOfTimeError(limit_s)
    _IDLE.append(thread)
    return task.done.result()  # type: ignore[return-value]  # of the work, as of ``in_thread``


@dataclass
class _Task:
    """A piece of work for a thread that ends with the process, so that no exit waits for it."""

    done: Future[object] = field(default_factory=Future)
    ident: int | None = None

    def run(self, work: Callable[[], object]) -> None:
        self.ident = threading.get_ident()
        self.done.set_running_or_notify_cancel()  # from here on it cannot be cancelled
        try:
            self.done.set_result(work())
        except _Stop:
            return
        except BaseException as error:  # noqa: BLE001 - a door: carried over to whoever waits
            self.done.set_exception(error)

    def stop(self) -> None:
        """Ask for its end; C code that gives nothing back goes on until it does."""
        if self.ident is not None and not self.done.done():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident), ctypes.py_object(_Stop))


async def in_thread(limit_s: float | None, work: Callable[[], Value]) -> Value:
    """Do some work in a thread of its own, within a time limit.

    Args:
        limit_s: seconds; None has no limit.
        work: what is done.

    Raises:
        OutOfTimeError: it was not waited for any longer.
    """
    task = _Task()
    threading.Thread(target=task.run, args=(work,), daemon=True, name="gencost-scorer").start()
    try:
        result = await asyncio.wait_for(asyncio.wrap_future(task.done), limit_s)
    except TimeoutError:
        if task.done.done() and not task.done.cancelled():
            raise  # raised by the work itself
        task.stop()
        raise OutOfTimeError(limit_s or 0.0) from None
    return result  # type: ignore[return-value]  # of the work, carried by a Future of object
