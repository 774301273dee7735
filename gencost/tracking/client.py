"""One experiment of one MLflow tracking store: find it, check it, write runs into it in batches."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from gencost.errors import TrackingError
from gencost.tracking.place import check, shown

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient
    from mlflow.entities import Metric

ARTIFACTS = "mlartifacts"
PARENT_TAG = "mlflow.parentRunId"
RUN_TAG = "gencost.run_id"
SWEEP_TAG = "gencost.sweep_id"
NOTE_TAG = "mlflow.note.content"

_PARAM_MAX = 6000
_PARAMS_A_BATCH = 100
_METRICS_A_BATCH = 1000

T = TypeVar("T")
MlflowStatus = Literal["FINISHED", "FAILED", "KILLED"]
MLFLOW_STATUS: Mapping[str, MlflowStatus] = {
    "finished": "FINISHED",
    "failed": "FAILED",
    "interrupted": "KILLED",
    "over_budget": "KILLED",
}


@dataclass(frozen=True, kw_only=True)
class RunStart:
    """What is known of an MLflow run when it starts.

    Attributes:
        name: shown in the runs list.
        params: flat; too long values are cut.
        tags: beside MLflow's own.
        parent: the MLflow id of the sweep's parent; None for a parent or a single run.
    """

    name: str
    params: Mapping[str, Any]
    tags: Mapping[str, str]
    parent: str | None = None


@dataclass(frozen=True, kw_only=True)
class PromptInput:
    """The prompt set as MLflow's dataset input.

    Attributes:
        name: of the prompt set.
        digest: of its ids, texts and references.
        source: the file it came from.
        rows: how many samples it has.
    """

    name: str
    digest: str
    source: str
    rows: int


class Tracking:
    """One experiment of one tracking store.

    Its methods raise what MLflow raises: use them inside ``with tracking.errors():``.

    Args:
        uri: from ``tracking_uri``.
        experiment: MLflow's experiment name; created where it does not exist.

    Raises:
        TrackingError: the store cannot be opened.
    """

    def __init__(self, uri: str, experiment: str) -> None:
        check(uri)
        self.uri = uri
        self._client = _client(uri)
        with self.errors():
            self.experiment_id = self._find_or_create(experiment)

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what MLflow raises inside into a TrackingError of one line."""
        from mlflow.exceptions import MlflowException  # noqa: PLC0415 - heavy, see _client

        try:
            yield
        except (MlflowException, OSError) as error:
            why = " ".join(str(error).split())[:300]
            raise TrackingError(f"MLflow store {shown(self.uri)} failed: {why}") from None

    def _find_or_create(self, experiment: str) -> str:
        found = self._client.get_experiment_by_name(experiment)
        if found is None:
            # A local store gets its artifacts beside it: MLflow's own default, ./mlruns, confuses `mlflow ui` later.
            local = self.uri.startswith("sqlite:///")
            folder = Path(self.uri.removeprefix("sqlite:///")).parent / ARTIFACTS / _file_name(experiment)
            return str(self._client.create_experiment(experiment, folder.as_uri() if local else None))
        if found.lifecycle_stage == "deleted":
            raise TrackingError(f"MLflow experiment {experiment!r} is deleted: restore it, or choose another name=...")
        return str(found.experiment_id)

    def start(self, run: RunStart) -> str:
        """Start one MLflow run.

        Returns:
            Its id.
        """
        tags = {"mlflow.runName": run.name, "mlflow.source.name": "gencost.run", **run.tags}
        if run.parent is not None:
            tags[PARENT_TAG] = run.parent
        run_id = str(self._client.create_run(self.experiment_id, tags=tags, run_name=run.name).info.run_id)
        self._log_params(run_id, run.params)
        return run_id

    def _log_params(self, run_id: str, params: Mapping[str, Any]) -> None:
        from mlflow.entities import Param  # noqa: PLC0415 - heavy, see _client

        entries = [Param(key, str(value)[:_PARAM_MAX]) for key, value in params.items()]
        for batch in _batches(entries, _PARAMS_A_BATCH):
            self._client.log_batch(run_id, params=batch)

    def log_metrics(self, run_id: str, metrics: Mapping[str, float]) -> None:
        """Log one value of each metric."""
        from mlflow.entities import Metric  # noqa: PLC0415 - heavy, see _client

        now = int(time.time() * 1000)
        entries = [Metric(key, value, now, 0) for key, value in metrics.items()]
        for batch in _batches(entries, _METRICS_A_BATCH):
            self._client.log_batch(run_id, metrics=batch)

    def log_series(self, run_id: str, calls: pd.DataFrame, columns: Mapping[str, str], at_most: int) -> None:
        """Log per-call values by step, in batches.

        Args:
            run_id: the MLflow run.
            calls: one row a call, in the order asked; NaN is left out.
            columns: column of ``calls`` -> metric name; a column that is not there is left out.
            at_most: above so many calls, evenly spaced ones are kept and the tag ``gencost.series`` says so.
        """
        every = -(-len(calls) // at_most) if len(calls) else 1
        if every > 1:
            self.tag(run_id, {"gencost.series": f"every {every}th of {len(calls)} calls; the CSV artifact has all"})
        kept = calls.iloc[::every]
        for batch in _batches(list(_series(kept, columns, every)), _METRICS_A_BATCH):
            self._client.log_batch(run_id, metrics=batch)

    def log_prompts(self, run_id: str, prompts: PromptInput) -> None:
        """Log the prompt set as dataset input."""
        from mlflow.entities import Dataset, DatasetInput, InputTag  # noqa: PLC0415 - heavy, see _client

        dataset = Dataset(
            name=prompts.name[:500],
            digest=prompts.digest[:36],
            source_type="local",
            source=f'{{"uri": "{prompts.source}"}}',
            profile=f'{{"num_rows": {prompts.rows}}}',
        )
        self._client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "prompts")])])

    def log_files(self, run_id: str, files: Iterable[Path]) -> None:
        """Log files as artifacts."""
        for path in files:
            self._client.log_artifact(run_id, str(path))

    def log_text(self, run_id: str, text: str, name: str) -> None:
        """Log a text as an artifact of that name."""
        self._client.log_text(run_id, text, name)

    def log_table(self, run_id: str, table: pd.DataFrame, name: str) -> None:
        """Log a table as a JSON artifact that the UI shows as a table."""
        self._client.log_table(run_id, table, name)

    def tag(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags."""
        for key, value in tags.items():
            self._client.set_tag(run_id, key, value)

    def find(self, tags: Mapping[str, str], *, parents: bool) -> str | None:
        """Find the latest run with these tags.

        Args:
            tags: all of them must match.
            parents: only runs that are no child of another.
        """
        said = " and ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
        for run in self._client.search_runs([self.experiment_id], said):
            if not (parents and PARENT_TAG in run.data.tags):
                return str(run.info.run_id)
        return None

    def reopen(self, run_id: str) -> None:
        """Mark a run as running again."""
        self._client.update_run(run_id, status="RUNNING")

    def end(self, run_id: str, status: str) -> None:
        """End a run with the status of its cell."""
        self._client.set_terminated(run_id, MLFLOW_STATUS[status])


def _client(uri: str) -> MlflowClient:
    """Import MLflow, which takes seconds, only where it is used, and without its calls home and start-up chatter."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_MODEL_CATALOG_URI", "")  # else it looks for prices on the network
    from mlflow import MlflowClient  # noqa: PLC0415

    for noisy in ("alembic", "mlflow"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return MlflowClient(tracking_uri=uri)


def _series(calls: pd.DataFrame, columns: Mapping[str, str], every: int) -> Iterable[Metric]:
    from mlflow.entities import Metric  # noqa: PLC0415 - heavy, see _client

    times = calls["ts"].astype("int64") // 10**6 if calls["ts"].dtype.kind == "M" else calls["ts"]
    for column, metric in columns.items():
        if column not in calls:
            continue
        for step, (ts, value) in enumerate(zip(times, calls[column], strict=True)):
            if value == value and value is not None:  # noqa: PLR0124 - NaN is not itself
                yield Metric(metric, float(value), int(ts), step * every)


def _batches(entries: Sequence[T], size: int) -> Iterable[list[T]]:
    for start in range(0, len(entries), size):
        yield list(entries[start : start + size])


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name)


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Flatten nested plain values to dotted keys; an empty mapping or list stays as it is."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            found |= flat(value, f"{name}.")
        else:
            found[name] = value
    return found
