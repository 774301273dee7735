from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from gencost.errors import ConfigError, ProviderError
from gencost.providers.attempt import Exchange
from gencost.runner.retry import Retry
from gencost.types import Attempt, Response

LONGEST = {"jitter": lambda low, high: high}


def failed(error_type: str, number: int = 1, retry_after_s: float | None = None) -> Exchange:
    made = Attempt(attempt=number, ts=datetime.now(UTC), service_ms=1.0, error_type=error_type)
    return Exchange(attempts=(made,), error=ProviderError("x", error_type=error_type, retry_after_s=retry_after_s))


def answered(number: int) -> Exchange:
    made = Attempt(attempt=number, ts=datetime.now(UTC), service_ms=1.0)
    return Exchange(attempts=(made,), response=Response(text="", usage=None, latency_ms=1.0))


def test_waits_double_up_to_the_cap():
    retry = Retry(tries=9, base_s=0.5, cap_s=3, **LONGEST)
    assert [retry.wait_s(failed("timeout"), k, 0) for k in range(1, 6)] == [0.5, 1, 2, 3, 3]


def test_the_server_is_never_asked_again_before_it_wishes():
    assert Retry(base_s=0.5, **LONGEST).wait_s(failed("rate_limit", retry_after_s=7), 1, 0) == 7


def test_the_wait_is_drawn_from_the_whole_range():
    seen = []
    Retry(base_s=8, jitter=lambda low, high: seen.append((low, high)) or low).wait_s(failed("timeout"), 1, 0)
    assert seen == [(0.0, 8)]


@pytest.mark.parametrize("error_type", ["auth", "bad_request", "not_recorded", "malformed"])
def test_what_fails_the_same_way_twice_is_not_tried_again(error_type):
    assert Retry().wait_s(failed(error_type), 1, 0) is None


def test_tries_and_time_are_capped():
    assert Retry(tries=2).wait_s(failed("timeout"), 2, 0) is None
    assert Retry(max_s=10, **LONGEST).wait_s(failed("rate_limit", retry_after_s=60), 1, 0) is None


def test_every_try_is_kept_and_the_waits_are_summed():
    async def once(_provider, _request, number):
        return answered(number) if number == 3 else failed("server_error", number)

    exchange = asyncio.run(Retry(base_s=0.01, **LONGEST).send(None, None, once))
    assert [a.attempt for a in exchange.attempts] == [1, 2, 3]
    assert [a.error_type for a in exchange.attempts] == ["server_error", "server_error", None]
    assert exchange.response is not None
    assert exchange.backoff_ms >= 30  # 10 + 20 ms


def test_the_last_failure_is_what_came_of_it():
    async def once(_provider, _request, number):
        return failed("overloaded", number)

    exchange = asyncio.run(Retry(tries=2, base_s=0).send(None, None, once))
    assert len(exchange.attempts) == 2
    assert exchange.error.error_type == "overloaded"


def test_a_policy_that_never_sends_is_refused():
    with pytest.raises(ConfigError, match="retry.tries=0"):
        Retry(tries=0)
