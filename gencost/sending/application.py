"""The place of an application's calls in the metrics DB: the run that they belong to, and the site of each."""

from __future__ import annotations

import asyncio
import atexit
import hashlib
import json
import os
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gencost.errors import ConfigError, ProviderError
from gencost.masking import masked
from gencost.metrics_db.recording import Recording
from gencost.metrics_db.run_rows import new_run_id
from gencost.process import provenance
from gencost.protocols import Provider
from gencost.providers.attempt import Exchange
from gencost.sending.background import BACKGROUND
from gencost.types import Attempt, CallSite, Request
from gencost.values.error_types import ABANDONED

_NAME = "application"
_REST_S = 2.0  # how long a closing application waits for answers that nobody reads any more


@dataclass(frozen=True, kw_only=True)
class Application:
    """The words of an application about its calls.

    Attributes:
        run: its name, e.g. ``checkout``; None if it has none.
        tags: of all of its calls; ``site``, ``session`` and ``user`` have columns of their own.
    """

    run: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a run without a name, and tags that are not texts."""
        if self.run is not None and not (isinstance(self.run, str) and self.run.strip()):
            raise ConfigError(f"run={self.run!r}: give the application's name, e.g. run='checkout'")
        _check_tags(self.tags)

    @property
    def named(self) -> bool:
        """Whether it says anything."""
        return self.run is not None or bool(self.tags)

    def site(self, more: Mapping[str, str] | None) -> CallSite | None:
        """Make the site of a call; None if nothing is known of it.

        Args:
            more: tags of this call alone; None without any.

        Raises:
            ConfigError: they are not a mapping of names.
        """
        if more is not None:
            _check_tags(more)
        tags = {name: str(value) for name, value in {**self.tags, **(more or {})}.items() if value is not None}
        if self.run is None and not tags:
            return None
        user = tags.pop("user", None)
        return CallSite(
            site=tags.pop("site", self.run),
            session=tags.pop("session", None),
            user_hash=None if user is None else hashlib.sha256(user.encode("utf-8", "replace")).hexdigest(),
            tags=tags,
        )

    def row(self, run_id: str | None, config: Mapping[str, Any], score: str | None) -> dict[str, Any]:
        """Make the row of ``runs``.

        Args:
            run_id: its id; None makes a new one.
            config: ``provider``, ``model`` and ``seed`` as in a config.
            score: the scorer whose mean is the quality of the answers; None without any.
        """
        name = self.run or run_id or _NAME
        tags = "".join(f",{key}={value}" for key, value in self.tags.items() if key not in {"session", "user"})
        calls = {"run": name, "tags": dict(self.tags), **config}
        return {
            "run_id": run_id or new_run_id(),
            "name": name,
            "cell": f"run={name},model={config['model']['name']}{tags}"[:250],
            "config_json": json.dumps(masked({"name": name, **calls}), ensure_ascii=False, default=str),
            "cell_key": hashlib.sha256(json.dumps(calls, sort_keys=True, default=str).encode()).hexdigest(),
            "score": score,
            "seed": config["seed"],
            "versions_json": provenance.versions_json(),
            "status": "running",
            **provenance.here(),
        }


def _check_tags(tags: Any) -> None:
    if not isinstance(tags, Mapping) or any(not isinstance(name, str) for name in tags):
        raise ConfigError(f"tags={tags!r}: give a mapping of names to texts, e.g. tags={{'route': 'search'}}")


Calls = set[asyncio.Task[Any]]
_OPEN: set[weakref.finalize[..., Any]] = set()


def closing(owner: object, recording: Recording, provider: Provider, calls: Calls) -> Callable[[], object]:
    """Make what closes a recording and the connections of a provider: when called, or when its owner is gone.

    Args:
        owner: whether only this LLM uses the recording.
        recording: see there.
        provider: asked from the background loop.
        calls: under way there; they are recorded first, and given up if they take long.
    """
    ending = weakref.finalize(owner, _close, recording, provider, calls)
    ending.atexit = False  # atexit would be too late: the background loop has ended by then
    _OPEN.difference_update([each for each in _OPEN if not each.alive])
    _OPEN.add(ending)
    return ending


def given_up(request: Request, due_ns: int) -> Exchange:
    """Make the end of a request whose caller no longer waits: a try that may be billed."""
    service_ms = (time.perf_counter_ns() - due_ns) / 1e6
    left = Attempt(attempt=1, ts=request.ts, service_ms=service_ms, error_type=ABANDONED)
    error = ProviderError("the caller gave the call up before its answer", error_type=ABANDONED)
    return Exchange(attempts=(left,), error=error)


async def _let_go(provider: Provider, calls: Calls) -> None:
    """Wait for calls under way, as of a stream whose reader stopped early; give up those that take long."""
    if left := list(calls):
        _, late = await asyncio.wait(left, timeout=_REST_S)
        for call in late:
            call.cancel()
        if late:
            await asyncio.wait(late)
    await provider.aclose()


def _close(recording: Recording, provider: Provider, calls: Calls) -> None:
    if recording.pid != os.getpid():  # of the process that this one was forked from
        return
    given_back = BACKGROUND.submit(_let_go(provider, calls))
    if not BACKGROUND.inside():
        given_back.result()
    recording.close()


@atexit.register
def _close_all() -> None:
    """Let the runs of applications that were never closed end with their process."""
    for ending in list(_OPEN):
        ending()
