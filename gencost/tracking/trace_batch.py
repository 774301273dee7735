"""Traces written into a tracking store many at a time.

MLflow has no request for several new traces. To a server go several at once; in a database they share a transaction,
for a session, the experiment read again and a commit each are two thirds of what a trace takes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow.entities import Span, TraceInfo
    from mlflow.tracing.client import TracingClient

_AT_ONCE = 4


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One call, as MLflow takes it."""

    info: TraceInfo
    spans: list[Span]


def write_batch(client: TracingClient, experiment_id: str, traces: Sequence[Trace]) -> None:
    """Write traces; one that is there already is replaced.

    Args:
        client: of the store, which no other thread uses meanwhile.
        experiment_id: MLflow's.
        traces: each is there once.

    Raises:
        MlflowException: the store fails.
    """
    spans = [span for trace in traces for span in trace.spans]
    if hasattr(client.store, "ManagedSessionMaker"):  # a database
        # One of them is there, which only a transaction of its own replaces, MLflow rolled back, or another version of
        # it is made otherwise: what is wrong with the store itself shows again below.
        with contextlib.suppress(Exception):
            with _one_transaction(client.store) as flush:
                for trace in traces:
                    client.start_trace(trace.info)
                flush()
                client.log_spans(experiment_id, spans)
            return
    with ThreadPoolExecutor(1 if hasattr(client.store, "engine") else _AT_ONCE) as pool:
        list(pool.map(client.start_trace, [trace.info for trace in traces]))
    client.log_spans(experiment_id, spans)


@contextlib.contextmanager
def _one_transaction(store: Any) -> Iterator[Callable[[], None]]:
    """Make whatever MLflow writes inside one transaction, which is rolled back if it fails.

    Args:
        store: MLflow's own, of a database.

    Yields:
        What sends to the database what is written so far, all rows of a table at once.
    """
    with store.ManagedSessionMaker(read_only=False) as session, session.no_autoflush:
        flush, begun = session.flush, session.get_transaction() or session.begin()

        @contextlib.contextmanager
        def same(read_only: bool = True) -> Iterator[Any]:  # noqa: ARG001 - as MLflow calls it
            yield session

        with (
            _instead(session, flush=lambda *_: None),
            _instead(store, ManagedSessionMaker=same, get_experiment=cache(store.get_experiment)),
        ):
            yield flush
        if session.get_transaction() is not begun:
            raise RuntimeError("MLflow rolled back what was written before")
        flush()


@contextlib.contextmanager
def _instead(target: Any, **attributes: Any) -> Iterator[None]:
    """Give an object other attributes for the time inside."""
    before = {name: value for name, value in vars(target).items() if name in attributes}
    vars(target).update(attributes)
    try:
        yield
    finally:
        for name in attributes:
            del vars(target)[name]
        vars(target).update(before)
