"""The event loop in which the calls of applications are made: one thread of the process, whoever asks.

Invariant: connections, limits and commits of an application belong to one loop, so threads and any number of event
loops may share an LLM.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from gencost.errors import ConfigError

T = TypeVar("T")


class BackgroundLoop:
    """An event loop in a thread, begun when it is first needed; a forked process begins its own."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, as a forked process must: its parent's thread is not there."""
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def inside(self) -> bool:
        """Whether this is the thread of the loop."""
        return self._thread is threading.current_thread()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin to run a coroutine there."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._running())

    def may_wait(self) -> None:
        """Refuse to wait in a thread whose event loop that would block.

        Raises:
            ConfigError: an event loop runs in this thread.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        raise ConfigError(
            "waiting inside a running event loop would block it: use `await llm.acomplete(...)`, or `async for piece "
            "in llm.stream(...)`"
        )

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine there and wait for it; whoever is interrupted meanwhile gives it up."""
        future = self.submit(coroutine)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    async def reach(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine there and await it from any loop."""
        if self.inside():
            return await coroutine
        return await asyncio.wrap_future(self.submit(coroutine))

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="gencost-calls", daemon=True)
                self._thread.start()
            return self._loop

    def stop(self) -> None:
        """End the loop; the next call begins another."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


BACKGROUND = BackgroundLoop()
atexit.register(BACKGROUND.stop)
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=BACKGROUND.forget)
