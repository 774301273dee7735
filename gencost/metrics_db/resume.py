"""Runs that earlier commands recorded: which of them go on, what they asked, what they spent."""

from __future__ import annotations

import json
import os
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Engine, case, func, select, update

from gencost.metrics_db.alive import is_run_by_another
from gencost.metrics_db.store import transaction
from gencost.metrics_db.sums import sum_parts, whole
from gencost.metrics_db.tables import attempts, requests, responses, runs
from gencost.types import RequestStatus
from gencost.values.error_types import ERROR_TYPES, LOST


@dataclass(frozen=True, kw_only=True)
class EarlierRun:
    """One cell of an earlier command.

    Attributes:
        run_id: its id.
        sweep_id: None for a single run.
        cell: its name.
        cell_key: hash of what defines its calls.
        shard: which part of the cell it is; None if the cell is whole.
        mlflow_run_id: None without MLflow.
        status: how it ended; ``running`` if it was never ended.
        config_json: its resolved config.
        host: where its calls are made, or were last.
        pid: the process there.
        seen_at: when it last said that it is alive; None if it never did.
    """

    run_id: str
    sweep_id: str | None
    cell: str
    cell_key: str
    shard: int | None
    mlflow_run_id: str | None
    status: str
    config_json: str
    host: str | None = None
    pid: int | None = None
    seen_at: datetime | None = None


_RUN = tuple(runs.c[f.name] for f in fields(EarlierRun))


def last_runs(engine: Engine, cell_keys: Sequence[str], *, of_sweep: bool) -> list[EarlierRun]:
    """Find the cells of the last sweep, or the last single run, that asked one of these cells.

    Args:
        engine: the metrics DB.
        cell_keys: hashes of what defines the calls.
        of_sweep: look among multiruns; False among single runs.

    Returns:
        Every cell of it; empty if there is no such sweep.
    """
    asked = runs.c.cell_key.in_(cell_keys) & (runs.c.sweep_id.is_not(None) if of_sweep else runs.c.sweep_id.is_(None))
    with engine.connect() as connection:
        last = connection.execute(select(*_RUN).where(asked).order_by(runs.c.started_at.desc()).limit(1)).first()
        if last is None:
            return []
        mates = runs.c.sweep_id == last.sweep_id if of_sweep else runs.c.run_id == last.run_id
        return [EarlierRun(**row._mapping) for row in connection.execute(select(*_RUN).where(mates))]


@dataclass(frozen=True, kw_only=True)
class LastCell:
    """The run that a command most likely meant to resume, although it resumes none.

    Attributes:
        run_id: its id.
        sweep_id: None for a single run.
        config_json: its resolved config.
        prompts_digest: of its prompt set.
        asked: prompt id -> SHA-256 and reference of the prompt.
    """

    run_id: str
    sweep_id: str | None
    config_json: str
    prompts_digest: str | None
    asked: dict[str, tuple[str, str | None]]


def last_cell(engine: Engine, name: str, cell: str, model: str) -> LastCell | None:
    """Find the last run of a cell; without one, of its model in the same experiment, else of the experiment, else any.

    Args:
        engine: the metrics DB.
        name: of the experiment.
        cell: its name.
        model: as the provider knows it.
    """
    of_model = runs.c.config_json.contains(f'"name": {json.dumps(model, ensure_ascii=False)}', autoescape=True)
    alike = (runs.c.name == name, runs.c.cell == cell, of_model)
    likeness = (case((condition, 0), else_=1) for condition in alike)
    columns = (runs.c.run_id, runs.c.sweep_id, runs.c.config_json, runs.c.prompts_digest)
    likest = select(*columns).where(runs.c.kind.is_(None))
    asked = select(requests.c.prompt_id, requests.c.prompt_sha256, requests.c.reference)
    with engine.connect() as connection:
        run = connection.execute(likest.order_by(*likeness, runs.c.started_at.desc()).limit(1)).first()
        if run is None:
            return None
        rows = connection.execute(asked.where(requests.c.run_id == run.run_id, requests.c.role == "sample")).all()
    return LastCell(**run._mapping, asked={str(at): (str(sha256), reference) for at, sha256, reference in rows})


def last_config(engine: Engine, name: str, cell: str) -> str | None:
    """Find the resolved config, JSON, of the last run of an experiment's cell; None if there is no such run.

    Args:
        engine: the metrics DB.
        name: of the experiment.
        cell: its name.
    """
    of_cell = (runs.c.name == name) & (runs.c.cell == cell)
    latest = select(runs.c.config_json).where(of_cell).order_by(runs.c.started_at.desc()).limit(1)
    with engine.connect() as connection:
        config: str | None = connection.scalar(latest)
        return config


def sweep_runs(engine: Engine, sweep_id: str) -> list[EarlierRun]:
    """Find the cells of one sweep, oldest first."""
    of_sweep = select(*_RUN).where(runs.c.sweep_id == sweep_id).order_by(runs.c.started_at)
    with engine.connect() as connection:
        return [EarlierRun(**row._mapping) for row in connection.execute(of_sweep)]


@dataclass(frozen=True, kw_only=True)
class RunProgress:
    """The progress of one run.

    Attributes:
        done: calls that are results, answered or failed.
        errors: of these, failed.
        unpriced: of these, answered at an unknown cost.
        pico_usd: known cost, 1e-12 USD.
    """

    done: int
    errors: int
    unpriced: int
    pico_usd: int


def settled(engine: Engine, sweep_id: str) -> dict[str, RunProgress]:
    """Count what the runs of a sweep have come to so far, by run id; one without a settled call is left out."""
    answer = requests.c.role == "sample"
    done, failed = (case((condition, 1), else_=0) for condition in (answer, answer & (requests.c.status == "error")))
    unknown = case(((requests.c.status == "ok") & responses.c.cost_pico_usd.is_(None), 1), else_=0)
    counts = (func.sum(done), func.sum(failed), func.sum(unknown), *sum_parts(responses.c.cost_pico_usd))
    query = (
        select(requests.c.run_id, *counts)
        .select_from(requests.outerjoin(responses).join(runs))
        .where(runs.c.sweep_id == sweep_id, requests.c.status.in_(("ok", "error")))
        .where(answer | (requests.c.role == "step") | requests.c.parent_request_id.is_not(None))
        .group_by(requests.c.run_id)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    return {
        run_id: RunProgress(done=int(done), errors=int(errors), unpriced=int(unpriced), pico_usd=whole(high, low) or 0)
        for run_id, done, errors, unpriced, high, low in rows
    }


def supersede(engine: Engine, run_id: str, *, errors: bool) -> set[tuple[str, int]]:
    """Get a run ready to go on: what is to be asked again stays in the DB as ``superseded``.

    Args:
        engine: the metrics DB.
        run_id: the cell.
        errors: also ask again what failed.

    Returns:
        Prompt id and repeat of every call that is not to be asked again.
    """
    again: list[RequestStatus] = ["pending", "skipped", *(["error"] if errors else [])]  # type: ignore[list-item]
    mine, answer = requests.c.run_id == run_id, requests.c.role == "sample"
    free = (requests.c.role == "step") & requests.c.parent_request_id.is_(None)
    of_run = mine & (answer | free)
    failed = select(requests.c.request_id).where(mine, answer, requests.c.status == "error")
    with transaction(engine) as connection:
        lost = {"status": "error", "error_type": LOST, "error_message": "in flight at a crash: it may be billed"}
        connection.execute(
            update(requests).where(of_run, requests.c.status == "pending").values(**lost, role="superseded")
        )
        if errors:  # the steps of a policy before its failed answer are kept, not paid again
            of_failed = requests.c.parent_request_id.in_(failed)
            connection.execute(update(requests).where(of_failed).values(parent_request_id=None))
        connection.execute(update(requests).where(of_run, requests.c.status.in_(again)).values(role="superseded"))
        judging = mine & (requests.c.role == "judge") & (requests.c.status == "pending")
        connection.execute(update(requests).where(judging).values(**lost))
        kept = connection.execute(select(requests.c.prompt_id, requests.c.repeat).where(mine, answer))
        return {(prompt_id, repeat) for prompt_id, repeat in kept}


def spent_pico_usd(engine: Engine, run_ids: Sequence[str]) -> int:
    """Sum what some runs are known to have cost, 1e-12 USD: failed tries and calls that are not a result, too."""
    answers = select(*sum_parts(responses.c.cost_pico_usd)).join(requests).where(requests.c.run_id.in_(run_ids))
    tries = select(*sum_parts(attempts.c.cost_pico_usd)).join(requests, attempts.c.request_id == requests.c.request_id)
    failed = tries.where(requests.c.run_id.in_(run_ids), attempts.c.error_type.is_not(None))
    with engine.connect() as connection:
        return sum(whole(*connection.execute(query).one()) or 0 for query in (answers, failed))


def unknown_bills(engine: Engine, run_id: str) -> dict[str, int]:
    """Count what may be billed at a cost that nobody knows, by role of its call.

    Args:
        engine: the metrics DB.
        run_id: the cell.

    Returns:
        Calls that were in flight at a crash, failed tries on which a model may have worked, and answers without a cost.
    """
    of_run, turned_away = requests.c.run_id == run_id, [it.name for it in ERROR_TYPES.values() if not it.may_be_billed]
    worked_on = attempts.c.error_type.not_in(turned_away) | attempts.c.ttft_ms.is_not(None)
    tried = attempts.c.error_type.is_not(None) & (worked_on | attempts.c.raw_usage_json.is_not(None))
    role, calls = requests.c.role, requests.c.request_id
    queries = (
        select(role).where(requests.c.error_type == LOST),
        select(role).join(attempts, attempts.c.request_id == calls).where(tried, attempts.c.cost_pico_usd.is_(None)),
        select(role).join(responses, responses.c.request_id == calls).where(responses.c.cost_pico_usd.is_(None)),
    )
    counted: Counter[str] = Counter()
    with engine.connect() as connection:
        for query in queries:
            rows = connection.execute(query.where(of_run).add_columns(func.count()).group_by(role))
            counted.update({str(name): int(count) for name, count in rows})
    return dict(counted)


def claim(engine: Engine, run: EarlierRun) -> int | None:
    """Take a run over, unless another process makes its calls.

    Args:
        engine: the metrics DB.
        run: as it was found.

    Returns:
        The process that has it; None if this one has it now. Of two that try at once, one gets it.
    """
    here, me = platform.node(), os.getpid()
    if run.status == "running" and is_run_by_another(run.host, run.pid, run.seen_at):
        return run.pid
    as_found = (runs.c.run_id == run.run_id) & (runs.c.status == run.status) & runs.c.pid.is_not_distinct_from(run.pid)
    with transaction(engine) as connection:
        taken = connection.execute(update(runs).where(as_found).values(status="running", host=here, pid=me))
        if taken.rowcount == 1:
            return None
        return connection.scalar(select(runs.c.pid).where(runs.c.run_id == run.run_id))


def reopen_run(engine: Engine, run_id: str) -> None:
    """Mark a run as running again, in this process."""
    with transaction(engine) as connection:
        here = {"host": platform.node(), "pid": os.getpid()}
        values = {"status": "running", "ended_at": None, "error_message": None, **here}
        connection.execute(update(runs).where(runs.c.run_id == run_id).values(**values))
