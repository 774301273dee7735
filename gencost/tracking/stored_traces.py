"""The traces of a tracking store as plain values, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gencost.errors import TrackingError, nearest
from gencost.tracking.uri import reach, shown

_PAGE = 100


def stored_traces(uri: str, experiments: Sequence[str] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read traces with their spans.

    Args:
        uri: of the tracking store.
        experiments: names; empty takes all.

    Yields:
        The place of a trace, for errors, and ``trace.to_dict()``.

    Raises:
        TrackingError: the store cannot be reached or read, or has no such experiment.
    """
    from mlflow import MlflowClient  # noqa: PLC0415 - heavy
    from mlflow.exceptions import MlflowException  # noqa: PLC0415

    reach(uri)
    try:
        client = MlflowClient(tracking_uri=uri)
        ids = {it.name: it.experiment_id for it in client.search_experiments()}
        for name in experiments:
            if name not in ids:
                raise TrackingError(f"{shown(uri)} has no experiment {name!r}{nearest(name, ids)}")
        locations, token = [ids[name] for name in experiments or ids], None
        while True:
            page = client.search_traces(locations=locations, max_results=_PAGE, page_token=token)
            for trace in page:
                yield f"trace {trace.info.trace_id}", trace.to_dict()
            token = page.token
            if not token:
                return
    except MlflowException as error:
        raise TrackingError(f"{shown(uri)} cannot be read: {str(error).splitlines()[0][:200]}") from None
