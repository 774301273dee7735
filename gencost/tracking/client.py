"""One experiment of one MLflow tracking store: find it, write runs into it in batches."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from posixpath import normpath
from typing import Any, Literal, TypeVar

from gencost.analysis.timeline import Point
from gencost.errors import TrackingError
from gencost.tracking.end_values import Series, Table
from gencost.tracking.new_store import new_store
from gencost.tracking.store import load, one_at_a_time, open_client, use_wal
from gencost.tracking.uri import check, database_file, shown

ARTIFACTS = "mlartifacts"
PARENT_TAG = "mlflow.parentRunId"

_PARAM_MAX = 6000
_TAG_MAX = 5000
_ENTRIES_A_BATCH = 100
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
    """The facts that an MLflow run starts with.

    Attributes:
        name: shown in the runs list.
        params: flat; too long values are cut.
        tags: beside MLflow's own.
        started_at: UTC.
        parent: the MLflow id of the sweep's parent; None for a parent or a single run.
    """

    name: str
    params: Mapping[str, Any]
    tags: Mapping[str, str]
    started_at: datetime
    parent: str | None = None


@dataclass(frozen=True, kw_only=True)
class PromptInput:
    """The prompt set as MLflow's dataset input.

    Attributes:
        name: of the prompt set.
        digest: of its ids, texts and references.
        source: the file it came from.
        rows: how many samples it has; None if unknown.
    """

    name: str
    digest: str
    source: str
    rows: int | None


class Tracking:
    """One experiment of one tracking store.

    Its methods raise what MLflow raises: use them inside ``with tracking.errors():``.

    Args:
        uri: from ``tracking_uri``.
        experiment: MLflow's experiment name; it and a local store are created where they do not exist, once, however
            many processes ask for them.

    Raises:
        TrackingError: the store cannot be opened.
    """

    def __init__(self, uri: str, experiment: str) -> None:
        check(uri, experiment)
        load(uri)
        self.uri = uri
        with one_at_a_time(uri), self.errors():
            with new_store(uri):
                self.client = open_client(uri)
            self.experiment_id = self._find_or_create(experiment)
            use_wal(uri)

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what MLflow raises inside into a TrackingError of one line."""
        from mlflow.exceptions import MlflowException  # noqa: PLC0415 - heavy, see store

        try:
            yield
        except (MlflowException, OSError) as error:
            why = " ".join(str(error).split())[:300]
            raise TrackingError(f"MLflow store {shown(self.uri)} failed: {why}") from None

    def _find_or_create(self, experiment: str) -> str:
        existing = self.client.get_experiment_by_name(experiment)
        if existing is None:
            # A local store gets its artifacts beside it: MLflow's own default, ./mlruns, confuses `mlflow ui` later.
            file = database_file(self.uri)
            folder = None if file is None else (file.parent / ARTIFACTS / _file_name(experiment)).as_uri()
            return str(self.client.create_experiment(experiment, folder))
        if existing.lifecycle_stage == "deleted":
            raise TrackingError(f"MLflow experiment {experiment!r} is deleted: restore it, or choose another name=...")
        return str(existing.experiment_id)

    def start(self, run: RunStart) -> str:
        """Start one MLflow run.

        Returns:
            Its id.
        """
        tags = {"mlflow.runName": run.name, "mlflow.source.name": "gencost.run", **run.tags}
        if run.parent is not None:
            tags[PARENT_TAG] = run.parent
        started = self.client.create_run(self.experiment_id, _ms(run.started_at), tags, run.name)
        run_id = str(started.info.run_id)
        self._log_params(run_id, run.params)
        return run_id

    def _log_params(self, run_id: str, params: Mapping[str, Any]) -> None:
        from mlflow.entities import Param  # noqa: PLC0415 - heavy, see store

        entries = [Param(key, str(value)[:_PARAM_MAX]) for key, value in params.items()]
        for batch in _batches(entries, _ENTRIES_A_BATCH):
            self.client.log_batch(run_id, params=batch)

    def log_points(self, run_id: str, points: Iterable[Point]) -> None:
        """Log metrics at moments, in batches; existing ones are left as they are."""
        from mlflow.entities import Metric  # noqa: PLC0415 - heavy, see store

        entries = [
            Metric(metric_key(key), value, _ms(point.at), point.step)
            for point in points
            for key, value in point.metrics.items()
        ]
        for batch in _batches(entries, _METRICS_A_BATCH):
            self.client.log_batch(run_id, metrics=batch)

    def log_series(self, run_id: str, series: Series) -> None:
        """Log per-call values by step, in batches; the tag ``gencost.series`` says if not all calls are there."""
        from mlflow.entities import Metric  # noqa: PLC0415 - heavy, see store

        if series["every"] > 1:
            text = f"every {series['every']}th of {series['calls']} calls; the CSV artifact has all"
            self.tag(run_id, {"gencost.series": text})
        for batch in _batches(series["points"], _METRICS_A_BATCH):
            metrics = [Metric(metric_key(name), value, ts, step) for name, value, ts, step in batch]
            self.client.log_batch(run_id, metrics=metrics)

    def log_prompts(self, run_id: str, prompts: PromptInput) -> None:
        """Log the prompt set as dataset input."""
        from mlflow.entities import Dataset, DatasetInput, InputTag  # noqa: PLC0415 - heavy, see store

        dataset = Dataset(
            name=prompts.name[:500],
            digest=prompts.digest[:36],
            source_type="local",
            source=json.dumps({"uri": prompts.source}),
            profile=None if prompts.rows is None else json.dumps({"num_rows": prompts.rows}),
        )
        self.client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "prompts")])])

    def log_files(self, run_id: str, files: Iterable[Path]) -> None:
        """Log files as artifacts."""
        for path in files:
            self.client.log_artifact(run_id, str(path))

    def log_table(self, run_id: str, table: Table, name: str) -> None:
        """Log a table as a JSON artifact that the UI shows as a table, in place of an earlier one of that name."""
        self.client.log_dict(run_id, dict(table), name)
        entry = [{"path": name, "type": "table"}]
        self.tag(run_id, {"mlflow.loggedArtifacts": json.dumps([*self._tables(run_id, name), *entry])})

    def _tables(self, run_id: str, but: str) -> list[dict[str, str]]:
        tables = json.loads(self.client.get_run(run_id).data.tags.get("mlflow.loggedArtifacts", "[]"))
        return [table for table in tables if table["path"] != but]

    def tag(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags; too long values are cut."""
        from mlflow.entities import RunTag  # noqa: PLC0415 - heavy, see store

        for batch in _batches([RunTag(key, value[:_TAG_MAX]) for key, value in tags.items()], _ENTRIES_A_BATCH):
            self.client.log_batch(run_id, tags=batch)

    def find(self, tag: str, value: str, *, parent: bool = False) -> str | None:
        """Find the latest run with this tag.

        Args:
            tag: its key.
            value: its value.
            parent: only a run that is not a child of another.
        """
        for run in self.client.search_runs([self.experiment_id], f"tags.`{tag}` = '{value}'"):
            if not (parent and PARENT_TAG in run.data.tags):
                return str(run.info.run_id)
        return None

    def last_step(self, run_id: str, name: str) -> int | None:
        """Find the last step of a metric; None if it has none."""
        return max((point.step for point in self.client.get_metric_history(run_id, name)), default=None)

    def metrics(self, run_id: str) -> Mapping[str, float]:
        """Read the latest value of each metric."""
        values: Mapping[str, float] = self.client.get_run(run_id).data.metrics
        return values

    def running(self, keys: Sequence[str]) -> Iterator[str]:
        """Yield what the runs that are marked as running are tagged with, the first of these keys that each has."""
        token: str | None = None
        while token != "":
            page = self.client.search_runs(
                [self.experiment_id], "attributes.status = 'RUNNING'", max_results=1000, page_token=token
            )
            for run in page:
                yield from [run.data.tags[key] for key in keys if key in run.data.tags][:1]
            token = page.token or ""

    def ping(self) -> None:
        """Ask the store for something small; raises if it does not answer."""
        self.client.get_experiment(self.experiment_id)

    def reopen(self, run_id: str) -> None:
        """Mark a run as running again."""
        self.client.update_run(run_id, status="RUNNING")

    def rename(self, run_id: str, name: str) -> None:
        """Give a run another name: cells that came later can change what sets it apart."""
        if self.client.get_run(run_id).info.run_name != name:
            self.client.update_run(run_id, name=name)

    def end(self, run_id: str, status: str, ended_at: datetime) -> None:
        """End a run with the status of its cell or sweep."""
        self.client.set_terminated(run_id, MLFLOW_STATUS[status], _ms(ended_at))


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _batches(entries: Sequence[T], size: int) -> Iterable[list[T]]:
    for start in range(0, len(entries), size):
        yield list(entries[start : start + size])


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name)


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Flatten nested plain values to dotted keys; an empty mapping or list stays as it is."""
    params: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            params |= flat(value, f"{name}.")
        else:
            params[name] = value
    return params


def metric_key(name: str) -> str:
    """A name that MLflow takes for a metric: letters, digits, ``_ - . / :`` and spaces, as a path without detours."""
    return normpath(re.sub(r"[^/\w.\- :]", "_", name).strip("/"))[:250]
