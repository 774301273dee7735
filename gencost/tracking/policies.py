"""Evaluated policies in MLflow: each a run under the sweep's parent, with its figures and its curve."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gencost.analysis.timeline import Point
from gencost.policies.figures import EvaluatedPolicy
from gencost.tracking.client import RunStart, Tracking
from gencost.tracking.content import NOTE_TAG, SWEEP_TAG

POLICY_TAG = "gencost.policy"


@dataclass(frozen=True, kw_only=True)
class PolicyRuns:
    """The common properties of the runs of one evaluation.

    Attributes:
        parent: MLflow's id of the sweep's run; None for single runs.
        sweep_id: in the metrics DB; None for single runs.
        verdict: in words.
        margin: that it rests on.
        seed: of folds and resamples.
        files: artifacts of each run.
    """

    parent: str | None
    sweep_id: str | None
    verdict: str
    margin: float
    seed: int
    files: Sequence[Path] = ()


def log_policies(tracking: Tracking, policies: Sequence[EvaluatedPolicy], common: PolicyRuns) -> list[str]:
    """Log every policy as a run of its own.

    Returns:
        MLflow's ids, in their order.

    Raises:
        TrackingError: MLflow fails.
    """
    with tracking.errors():
        return [_log(tracking, policy, common) for policy in policies]


def _log(tracking: Tracking, policy: EvaluatedPolicy, common: PolicyRuns) -> str:
    now = datetime.now(UTC)
    tags = {POLICY_TAG: policy.name, NOTE_TAG: f"{common.verdict}\n\n{policy.name}: {policy.words}"}
    sweep = {} if common.sweep_id is None else {SWEEP_TAG: common.sweep_id}
    run_id = tracking.start(
        RunStart(
            name=f"policy {policy.name}",
            params={"policy": policy.name, "margin": common.margin, "seed": common.seed, "does": policy.words},
            tags={**tags, **sweep},
            started_at=now,
            parent=common.parent,
        )
    )
    tracking.log_points(run_id, [Point(step=0, at=now, metrics=metrics(policy)), *curve_points(policy, now)])
    tracking.log_files(run_id, common.files)
    tracking.end(run_id, "finished", now)
    return run_id


def metrics(policy: EvaluatedPolicy) -> dict[str, float]:
    """Flat names of its figures, those of cells where they are the same; unknown ones are left out."""
    values: dict[str, Any] = {
        "cost_usd_mean": policy.cost.value if policy.cost else None,
        "quality_mean": policy.quality.value if policy.quality else None,
        "latency_p95_ms": policy.p95_ms,
        "saving": policy.saving.value if policy.saving else None,
        "saving_low": policy.saving.low if policy.saving else None,
        "saving_high": policy.saving.high if policy.saving else None,
        "aiq": policy.aiq,
        "pgr": policy.pgr,
        "apgr": policy.apgr,
        **{f"cpt{percent}": value for percent, value in (policy.cpt or {}).items()},
    }
    return {name: float(value) for name, value in values.items() if value is not None and math.isfinite(value)}


def curve_points(policy: EvaluatedPolicy, at: datetime) -> Iterator[Point]:
    """The points of its curve, the step is the place in order of cost."""
    if policy.curve is None:
        return
    for step, (cost, quality) in enumerate(zip(policy.curve.cost, policy.curve.quality, strict=True)):
        if math.isfinite(cost) and math.isfinite(quality):
            yield Point(step=step, at=at, metrics={"curve_cost_usd": float(cost), "curve_quality": float(quality)})
