"""Traces written in one transaction are what MLflow writes one by one, also where some are there already."""

from __future__ import annotations

import base64
import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import event

from gencost.tracking import Tracking, trace_batch
from gencost.tracking.trace_batch import Trace, write_batch

pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")  # of MLflow's own

TABLES = ("trace_info", "trace_tags", "trace_request_metadata", "spans", "assessments")


def trace(number: int, text: str) -> Trace:
    """One with a span, its tokens, its cost and a score."""
    from mlflow.entities import AssessmentSource, Feedback, Span, TraceInfo, TraceLocation, TraceState

    key, digits = f"tr-{number:032x}", base64.b64encode(number.to_bytes(16, "big")).decode()
    feedback = Feedback(
        name="proxy", value=0.5, source=AssessmentSource(source_type="CODE", source_id="proxy 1"), create_time_ms=1
    )
    feedback.assessment_id, feedback.last_update_time_ms = f"a-{number}", 1
    info = TraceInfo(
        trace_id=key,
        trace_location=TraceLocation.from_experiment_id("1"),
        request_time=number,
        state=TraceState.OK,
        request_preview=text,
        client_request_id=str(number),
        trace_metadata={"mlflow.sourceRun": "run", "mlflow.trace.tokenUsage": '{"input_tokens": 3}'},
        tags={"mlflow.traceName": "chat", "gencost.request_id": str(number)},
        assessments=[feedback],
    )
    cost = '{"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75}'
    span = {
        "trace_id": digits,
        "span_id": base64.b64encode(number.to_bytes(8, "big")).decode(),
        "parent_span_id": None,
        "name": text,
        "start_time_unix_nano": number,
        "end_time_unix_nano": number + 5,
        "events": [],
        "links": [],
        "status": {"code": "STATUS_CODE_OK", "message": ""},
        "attributes": {"mlflow.traceRequestId": f'"{key}"', "mlflow.llm.cost": cost},
    }
    return Trace(info=info, spans=[Span.from_dict(span)])


def stored(folder: Path, batches: Sequence[Sequence[tuple[int, str]]]) -> dict[str, list[tuple]]:
    """All that MLflow has of traces, written batch by batch into a new store."""
    from mlflow.tracing.client import TracingClient

    folder.mkdir()
    uri = f"sqlite:///{folder}/mlflow.db"
    tracking = Tracking(uri, "one")
    for batch in batches:
        write_batch(TracingClient(uri), tracking.experiment_id, [trace(*each) for each in batch])
    with contextlib.closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        rows = {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in TABLES}
    return {
        table: [
            tuple(value.replace(str(folder), "") if isinstance(value, str) else value for value in row) for row in of
        ]
        for table, of in rows.items()
    }


@contextlib.contextmanager
def refused(_store):
    from mlflow.exceptions import MlflowException

    raise MlflowException("no transaction is to be had")
    yield


@pytest.mark.parametrize(
    "batches",
    [
        [[(number, "asked") for number in range(1, 5)]],
        [[(1, "asked"), (2, "asked")], [(2, "asked again"), (3, "asked")]],
    ],
    ids=["all are new", "one is there already"],
)
def test_a_batch_is_what_mlflow_writes_one_by_one(tmp_path, monkeypatch, batches):
    together = stored(tmp_path / "together", batches)
    monkeypatch.setattr(trace_batch, "_one_transaction", refused)
    assert stored(tmp_path / "alone", batches) == together
    last = {number: text for batch in batches for number, text in batch}
    assert [row[0] for row in together["trace_info"]] == [f"tr-{number:032x}" for number in last]
    assert [row[6] for row in together["trace_info"]] == list(last.values())
    assert [len(together[table]) for table in ("spans", "assessments")] == [len(last), len(last)]


def test_new_traces_are_one_transaction_which_leaves_the_store_as_it_was(tmp_path):
    from mlflow.tracing.client import TracingClient

    uri = f"sqlite:///{tmp_path}/mlflow.db"
    tracking, client = Tracking(uri, "one"), TracingClient(uri)
    before, commits = dict(vars(client.store)), []
    event.listen(client.store.engine, "commit", commits.append)
    write_batch(client, tracking.experiment_id, [trace(number, "asked") for number in range(1, 5)])
    assert len(commits) == 1
    assert vars(client.store) == before


def test_traces_are_written_one_by_one_whatever_goes_wrong_with_their_transaction(tmp_path, monkeypatch):
    def rolled_back(_store):
        raise RuntimeError("MLflow rolled back what was written before")

    batch = [[(1, "asked"), (2, "asked")]]
    together = stored(tmp_path / "together", batch)
    monkeypatch.setattr(trace_batch, "_one_transaction", contextlib.contextmanager(rolled_back))
    assert stored(tmp_path / "alone", batch) == together


@pytest.mark.postgres
@pytest.mark.filterwarnings("ignore:The ``isolate_from_table`` is deprecated")  # of MLflow's own
def test_new_traces_are_one_transaction_of_postgresql_too(tmp_path, monkeypatch, postgres_database):
    from mlflow.tracing.client import TracingClient

    monkeypatch.chdir(tmp_path)
    tracking, client, commits = Tracking(postgres_database, "one"), TracingClient(postgres_database), []
    event.listen(client.store.engine, "commit", commits.append)
    write_batch(client, tracking.experiment_id, [trace(number, "asked") for number in range(1, 5)])
    assert len(commits) == 1
