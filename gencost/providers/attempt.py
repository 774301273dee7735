"""Send one request: every try on the wire, what came of the last, and what each took of the machine's time.

Virtual time (Demers, Keshav, Shenker 1989) grows by dt / k while k calls are in flight on a machine, so a call that
was there from V1 to V2 took V2 - V1 of it and the shares of all calls add up to the time it was busy.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gencost.errors import ProviderError
from gencost.process.day_clock import DAY_CLOCK
from gencost.protocols import Provider
from gencost.providers.misfit import misfit
from gencost.text.safe import storable
from gencost.types import Attempt, Request, Response
from gencost.values.at_once import set_at_once

_SCALE = 2**40  # parts of a nanosecond, so that a division loses nothing that shows


class Machine:
    """One machine, in whole parts of nanoseconds.

    Attributes:
        in_flight: calls there now.
    """

    def __init__(self) -> None:
        """Start idle."""
        self.in_flight = 0
        self._virtual = 0
        self._since_ns = 0

    def enter(self, now_ns: int) -> int:
        """Begin a call; gives the virtual time at its begin."""
        self._advance(now_ns)
        self.in_flight += 1
        return self._virtual

    def leave(self, begin: int, now_ns: int) -> float | None:
        """End a call; gives its share of the machine's time, ms."""
        self._advance(now_ns)
        self.in_flight -= 1
        return (self._virtual - begin) / _SCALE / 1e6

    def _advance(self, now_ns: int) -> None:
        if self.in_flight:
            self._virtual += max(0, now_ns - self._since_ns) * _SCALE // self.in_flight
        self._since_ns = max(now_ns, self._since_ns)


class _Shared(Machine):
    """A machine that other processes ask, too: nobody here knows what part of its time a call took."""

    def enter(self, now_ns: int) -> int:  # noqa: ARG002 - as of a Machine
        """Begin a call."""
        return 0

    def leave(self, begin: int, now_ns: int) -> None:
        """End a call."""


_MACHINES: defaultdict[str, Machine] = defaultdict(Machine)


def machine_of(account: str) -> Machine:
    """The machine behind an account: all cells of this process that reach it share its time."""
    return _MACHINES[account]


def expect_company() -> None:
    """Note that other processes also use the machines from now on."""
    _MACHINES.clear()
    _MACHINES.default_factory = _Shared


@set_at_once
@dataclass(frozen=True, kw_only=True)
class Exchange:
    """The outcome of sending one request.

    Attributes:
        attempts: every try on the wire, in order.
        response: the final answer; None if every try failed.
        error: why the last try failed; None if it did not.
        backoff_ms: waits between attempts.
        sent_ns: when the first try was sent, on the clock of ``time.perf_counter_ns``; None if none was.
        from_cache: nothing was sent, the answer is one recorded earlier.
    """

    attempts: tuple[Attempt, ...]
    response: Response | None = None
    error: ProviderError | None = None
    backoff_ms: float = 0.0
    sent_ns: int | None = None
    from_cache: bool = False


async def send_once(provider: Provider, request: Request, attempt: int = 1, machine: Machine | None = None) -> Exchange:
    """Make one try and turn whatever happens into facts.

    Args:
        provider: reaches the model.
        request: what is asked.
        attempt: the number of this try.
        machine: that the model runs on; None is that of the provider's account.

    Returns:
        An exchange of one attempt. An exception of the provider other than ``ProviderError`` is a fault of that
        provider's code: it is recorded under its class name, so that a user's own provider cannot stop a cell.
    """
    started_ns = time.perf_counter_ns()
    ts = datetime.fromtimestamp((DAY_CLOCK.epoch_ns + started_ns) / 1e9, UTC)
    machine = machine_of(provider.account) if machine is None else machine
    outcome, machine_ms = await _on_machine(machine, provider, request, started_ns)
    if isinstance(outcome, Response):
        made = Attempt(
            attempt=attempt,
            ts=ts,
            service_ms=_since_ms(started_ns) if outcome.latency_ms is None else outcome.latency_ms,
            ttft_ms=outcome.ttft_ms,
            usage=outcome.usage,
            machine_ms=machine_ms,
        )
        return Exchange(attempts=(made,), response=outcome, sent_ns=outcome.sent_ns or started_ns)
    failed = Attempt(
        attempt=attempt,
        ts=ts,
        service_ms=_since_ms(started_ns) if outcome.service_ms is None else outcome.service_ms,
        ttft_ms=outcome.ttft_ms,
        http_status=outcome.http_status,
        error_type=outcome.error_type,
        retry_after_s=outcome.retry_after_s,
        usage=None if outcome.billed is None else outcome.billed.usage,
        billed=outcome.billed,
        text=None if outcome.text is None else storable(outcome.text),
        machine_ms=machine_ms,
    )
    return Exchange(attempts=(failed,), error=outcome, sent_ns=outcome.sent_ns or started_ns)


async def _on_machine(
    machine: Machine, provider: Provider, request: Request, started_ns: int
) -> tuple[Response | ProviderError, float | None]:
    """Return the outcome of a try and its share of the machine's time, ms; None if that is unknown."""
    begin = machine.enter(started_ns)
    outcome: Response | ProviderError
    try:
        outcome = await provider.complete(request)
    except ProviderError as error:
        outcome = error
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a door: recorded as this request's error
        outcome = ProviderError(f"{type(error).__name__}: {error}", error_type=type(error).__name__)
    finally:
        machine_ms = machine.leave(begin, time.perf_counter_ns())
    ours = type(provider).__module__.startswith(__package__)
    if not ours and (why := misfit(f"{type(provider).__name__}.complete", outcome)):
        outcome = ProviderError(f"TypeError: {why}", error_type=TypeError.__name__)
    if isinstance(outcome, Response) and (not outcome.text.isascii() or "\x00" in outcome.text):
        outcome = replace(outcome, text=storable(outcome.text))  # scorers see what the metrics DB keeps
    return outcome, machine_ms


def _since_ms(started_ns: int) -> float:
    return (time.perf_counter_ns() - started_ns) / 1e6
