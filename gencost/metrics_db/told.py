"""Being told of a commit, and waiting for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from gencost.errors import MetricsDBError

Told = Callable[[MetricsDBError | None], None]
"""Is told that rows are committed (None), or why they could not be; it raises nothing."""


async def committed(begin: Callable[[Told], None]) -> None:
    """Begin a commit, and wait for it.

    Args:
        begin: is given the function that is to be told.

    Raises:
        MetricsDBError: the rows could not be committed.
    """
    done = asyncio.get_running_loop().create_future()
    begin(partial(_end, done))
    await done


def _end(done: asyncio.Future[None], error: MetricsDBError | None) -> None:
    if done.done():  # nobody waits any more
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
