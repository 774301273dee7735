"""An account that refuses, waits and ends: what its limits make of the calls of a cell."""

from __future__ import annotations

import asyncio
import io
import signal
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.console import Console
from sqlalchemy import func, select

from gencost.errors import ProviderError
from gencost.llm import UnifiedLLM
from gencost.metrics_db import Writer
from gencost.metrics_db.tables import attempts, requests
from gencost.prompts.prompt_set import draw
from gencost.protocols import Provider
from gencost.runner.calls import CellCalls
from gencost.runner.load import Concurrent
from gencost.runner.loop import run_calls
from gencost.runner.progress import CellCount
from gencost.sending import limits as limits_module
from gencost.sending.limits import Limits, LimitSettings
from gencost.sending.retry import Retry
from gencost.sending.sender import Sender
from gencost.types import Message, Response, Sample

SAMPLES = [Sample(id=str(i), messages=(Message(role="user", content=str(i)),)) for i in range(200)]


class Account(Provider):
    """Answers what ``verdict`` lets through, given the number of the try."""

    name = "mock"

    def __init__(self, verdict) -> None:
        self.tries, self.verdict = 0, verdict

    async def complete(self, request):
        self.tries += 1
        number = self.tries
        error = self.verdict(number)
        if asyncio.iscoroutine(error):
            error = await error
        if error is not None:
            raise error
        await asyncio.sleep(0.001)
        return Response(text="x", usage=None, latency_ms=1.0)


def refusal(error_type="rate_limit", **facts) -> ProviderError:
    return ProviderError("no", error_type=error_type, **facts)


def ran(engine, account, n, concurrency=8, limits=None, **retry) -> CellCalls:
    with Writer(engine) as writer:
        llm = UnifiedLLM(provider=account, model="small-latest", writer=writer)
        sender = replace(Sender.plain(llm), retry=Retry(**retry), limits=Limits(LimitSettings(**(limits or {}))))
        cell = CellCalls(
            llm=llm,
            draws=draw(SAMPLES, n, 1, seed=0),
            load=Concurrent(concurrency=concurrency),
            count=CellCount(cell="c", total=n),
            sender=sender,
        )
        run_calls([cell], Console(file=io.StringIO()))
    return cell


def counts(engine, column) -> dict[str, int]:
    with engine.connect() as connection:
        rows = connection.execute(select(column, func.count()).group_by(column))
        return {str(name): n for name, n in rows}


def test_waiting_for_ones_own_limit_is_no_try_no_timeout_and_no_row(engine):
    # 1,200 a minute are 20 a second: after a burst of 20 the other 20 take 1 s, longer than retry.max_s
    cell = ran(engine, Account(lambda number: None), 40, 30, {"requests_per_min": 1200}, max_s=0.3)
    assert (cell.count.done, cell.count.errors) == (40, 0)
    assert counts(engine, attempts.c.error_type) == {"None": 40}


def test_a_wait_of_a_day_fails_one_call_at_once_and_says_so(engine):
    account = Account(lambda number: refusal(retry_after_s=86400.0) if number == 1 else None)
    cell = ran(engine, account, 20)
    assert (cell.count.done, cell.count.errors, account.tries) == (20, 1, 20)
    with engine.connect() as connection:
        text = connection.scalar(select(requests.c.error_message).where(requests.c.status == "error"))
    assert "it asks to wait 86,400 s, longer than retry.longest_wait_s=120" in text


def test_refusals_without_a_wait_slow_the_account_until_all_are_answered(engine, monkeypatch):
    """20 calls every 0.2 s, 8 at once: the pauses of 1, 2, 4, ... s are taken as 1/75 of that."""
    monkeypatch.setattr(limits_module, "_FIRST_PAUSE_S", 1 / 75)
    window = [0.0, 0]

    def verdict(number):
        now = time.monotonic()
        if now - window[0] > 0.2:
            window[:] = [now, 0]
        window[1] += 1
        return refusal() if window[1] > 20 else None

    account = Account(verdict)
    cell = ran(engine, account, 100, base_s=0.01)
    assert (cell.count.done, cell.count.errors) == (100, 0)
    assert account.tries < 250


def test_an_account_that_refuses_for_ever_is_asked_as_often_as_configured(engine, monkeypatch):
    monkeypatch.setattr(limits_module, "_FIRST_PAUSE_S", 0.001)
    account = Account(lambda number: refusal())
    cell = ran(engine, account, 3, base_s=0.001, tries=3)
    assert (cell.count.errors, account.tries) == (3, 9)


def test_an_account_that_answers_nothing_for_minutes_ends_its_cell(engine, monkeypatch):
    monkeypatch.setattr(limits_module, "_FIRST_PAUSE_S", 0.0)
    monkeypatch.setattr(limits_module, "_MOST_SILENCE_S", 0.0)
    cell = ran(engine, Account(lambda number: refusal() if number > 30 else None), 200, 2, base_s=0.0)
    assert "the account has answered nothing for minutes: rate_limit: no" in str(cell.error)
    assert cell.count.done < 60


@pytest.mark.parametrize("error_type", ["auth", "not_found", "quota", "MyOwnError"])
def test_a_cell_whose_first_calls_all_fail_for_good_ends(engine, error_type):
    account = Account(lambda number: refusal(error_type))
    cell = ran(engine, account, 200, 4)
    assert account.tries < 40
    assert f"the first 20 calls all failed, as the others would: {error_type}: no" in str(cell.error)


@pytest.mark.parametrize("verdict", [lambda n: None if n == 5 else refusal("auth"), lambda n: refusal("timeout")])
def test_a_cell_goes_on_where_there_is_hope_or_the_user_says_so(engine, verdict):
    assert ran(engine, Account(verdict), 60, 4, tries=1).error is None
    assert ran(engine, Account(lambda n: refusal("auth")), 60, 4, give_up_after=None).error is None


def test_a_kept_connection_that_was_closed_is_asked_again_beside_the_tries(engine):
    account = Account(lambda number: refusal("stale_connection") if number <= 3 else None)
    cell = ran(engine, account, 1, tries=1, base_s=60)
    assert (cell.count.done, cell.count.errors, account.tries) == (1, 0, 4)
    assert counts(engine, attempts.c.error_type) == {"stale_connection": 3, "None": 1}


@pytest.fixture
def heard() -> Iterator[None]:
    """No signal is ignored, as ``nohup`` lets those below it do."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_waits_and_sends_nothing_more(engine, monkeypatch, foreground, number):
    """8 are refused and wait 600 s, 8 wait for their places: nobody waits for any of that, nor for the grace."""
    monkeypatch.setattr("gencost.runner.loop.GRACE_S", 3600)

    def verdict(tries):
        if tries == 8:
            asyncio.get_running_loop().call_later(0.3, signal.raise_signal, number)
        return asyncio.sleep(0.1, refusal(retry_after_s=600.0))

    account = Account(verdict)
    ran(engine, account, 100, longest_wait_s=900.0)
    assert account.tries == 8
    assert counts(engine, requests.c.status) == {"error": 8, "skipped": 8}


def test_what_hangs_is_left_pending_and_what_waits_behind_it_is_skipped(engine, monkeypatch):
    monkeypatch.setattr("gencost.runner.loop.GRACE_S", 0.2)

    def verdict(tries):
        if tries == 4:
            asyncio.get_running_loop().call_later(0.05, signal.raise_signal, signal.SIGTERM)
        return asyncio.sleep(60)

    account = Account(verdict)
    ran(engine, account, 50, 4)
    assert (account.tries, counts(engine, requests.c.status)) == (4, {"pending": 4, "skipped": 4})


def test_of_two_signals_at_once_the_second_leaves_pending_what_was_sent_alone(engine, foreground):
    def twice():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    def verdict(tries):
        if tries == 4:
            asyncio.get_running_loop().call_later(0.05, twice)
        return asyncio.sleep(60)

    account = Account(verdict)
    ran(engine, account, 50, 4)
    assert (account.tries, counts(engine, requests.c.status)) == (4, {"pending": 4, "skipped": 4})


def test_no_call_is_sent_after_a_signal_though_its_limit_would_let_it(engine, foreground):
    def verdict(tries):
        if tries == 4:
            asyncio.get_running_loop().call_later(0.0, signal.raise_signal, signal.SIGINT)
        return asyncio.sleep(0.3)

    account = Account(verdict)
    ran(engine, account, 60, 20, {"in_flight": 4})
    assert account.tries == 4
    assert counts(engine, requests.c.status)["ok"] == 4
