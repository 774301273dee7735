"""The calls of a cell that are not made: each of them is recorded, with why."""

from __future__ import annotations

import time
from collections.abc import Sequence

from gencost.errors import ProviderError
from gencost.llm import UnifiedLLM
from gencost.providers.attempt import Exchange
from gencost.runner.entrant import Draw
from gencost.types import Record, Request, RequestRole, Response


async def record_cached(llm: UnifiedLLM, request: Request, answer: Response) -> Record:
    """Record a call whose answer was recorded earlier.

    Args:
        llm: of the cell, or of the one that a policy asks.
        request: of the call.
        answer: to the same request.

    Raises:
        MetricsDBError: it could not be recorded.
    """
    await llm.begin(request)
    return await llm.finish(request, Exchange(attempts=(), response=answer, from_cache=True), time.perf_counter_ns())


async def record_unpriced(llm: UnifiedLLM, draw: Draw, role: RequestRole, error: Exception) -> Record:
    """Record a call as failed whose worst case the budget could not tell.

    Args:
        llm: of the cell.
        draw: sample and repeat.
        role: of the call.
        error: what came up when its price was looked up.

    Raises:
        MetricsDBError: it could not be recorded.
    """
    text = f"its price could not be looked up: {type(error).__name__}: {error}"
    failed = Exchange(attempts=(), error=ProviderError(text, error_type=type(error).__name__))
    now_ns = time.perf_counter_ns()
    request = llm.request(*draw, now_ns, role)
    await llm.begin(request)
    return await llm.finish(request, failed, now_ns)


async def record_skipped(llm: UnifiedLLM, draws: Sequence[Draw], reason: str) -> None:
    """Record calls as skipped.

    Args:
        llm: of the cell.
        draws: sample and repeat of each.
        reason: their ``error_type``.

    Raises:
        MetricsDBError: they could not be recorded.
    """
    if draws:
        now_ns = time.perf_counter_ns()
        await llm.skip([llm.request(*draw, now_ns) for draw in draws], reason)
