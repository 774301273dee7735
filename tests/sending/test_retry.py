from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from gencost.errors import ConfigError, ProviderError
from gencost.llm import UnifiedLLM
from gencost.providers.attempt import Exchange
from gencost.providers.mock import MockProvider
from gencost.sending.budget import Budget
from gencost.sending.retry import Retry
from gencost.sending.sender import Sender
from gencost.types import Message, Response, Sample

LONGEST = {"jitter": lambda low, high: high}


def failed(error_type: str, retry_after_s: float | None = None) -> ProviderError:
    return ProviderError("x", error_type=error_type, retry_after_s=retry_after_s)


class Failing(MockProvider):
    """Fails with one error after the other, then answers."""

    def __init__(self, *errors: str) -> None:
        super().__init__(sleep=False)
        object.__setattr__(self, "errors", list(errors))

    async def complete(self, request):
        if self.errors:
            raise failed(self.errors.pop(0))
        return Response(text="", usage=None, latency_ms=1.0)


def sent(provider, retry: Retry) -> Exchange:
    llm = UnifiedLLM(provider=provider, model="small-latest")
    request = llm.request(Sample(id="s", messages=(Message(role="user", content="x"),)), 0, 0)
    return asyncio.run(replace(Sender.plain(llm), retry=retry).send(request))


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
    exchange = sent(Failing("server_error", "server_error"), Retry(base_s=0.01, **LONGEST))
    assert [a.attempt for a in exchange.attempts] == [1, 2, 3]
    assert [a.error_type for a in exchange.attempts] == ["server_error", "server_error", None]
    assert exchange.response is not None
    assert exchange.backoff_ms >= 29  # 10 + 20 ms; epoll rounds its timer to a millisecond


@pytest.mark.parametrize("error_type", ["server_error", "stale_connection"])
def test_a_try_that_the_budget_does_not_allow_is_told_in_the_error(error_type):
    llm = UnifiedLLM(provider=Failing(error_type), model="small-latest", params={"max_tokens": 100})
    sample = Sample(id="s", messages=(Message(role="user", content="x"),))
    sender = replace(Sender.plain(llm), retry=Retry(base_s=0), budget=Budget(1))
    sender = replace(sender, budget=Budget(1.5 * sender.worst_pico_usd(sample) / 1e12))  # of one try, not of two

    async def admitted() -> Exchange:
        assert await sender.admit(sample)
        return await sender.send(llm.request(sample, 0, 0))

    exchange = asyncio.run(admitted())
    assert len(exchange.attempts) == 1
    assert str(exchange.error) == f"x; not tried again: {sender.budget.name} is spent or held by calls under way"


def test_the_last_failure_is_what_came_of_it():
    exchange = sent(Failing(*["overloaded"] * 3), Retry(tries=2, base_s=0))
    assert len(exchange.attempts) == 2
    assert exchange.error.error_type == "overloaded"


def test_a_policy_that_never_sends_is_refused():
    with pytest.raises(ConfigError, match="retry.tries=0"):
        Retry(tries=0)
