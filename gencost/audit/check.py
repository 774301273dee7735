"""Check many requests, and say which figures could not be reproduced."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from gencost.analysis.evidence import evidence, prices, run_config
from gencost.audit.verdicts import Verdict, failed, verdicts
from gencost.config import build
from gencost.errors import UserError
from gencost.metrics_db import Engine
from gencost.quality.proxy import Proxy
from gencost.roles import Scorer


@dataclass(kw_only=True)
class Audit:
    """What an audit of many requests came to.

    Attributes:
        requests: how many were checked.
        figures: how many figures were reproduced.
        not_recomputed: figure -> how many cannot be recomputed from what is recorded.
        failures: request id (for rates: price id) and verdict of every figure that could not be reproduced.
    """

    requests: int = 0
    figures: int = 0
    not_recomputed: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, Verdict]] = field(default_factory=list)

    def add(self, request_id: str, found: Sequence[Verdict]) -> None:
        """Add the verdicts of one request."""
        self.requests += 1
        self.figures += sum(verdict.holds is True for verdict in found)
        self.not_recomputed.update(verdict.figure for verdict in found if verdict.holds is None)
        self.failures += [(request_id, verdict) for verdict in failed(found)]


def audit(engine: Engine, run_ids: Sequence[str] | None) -> Audit:
    """Check every figure of some runs.

    Args:
        engine: the metrics DB.
        run_ids: None checks all, calls outside any run and every rate block, too.
    """
    result = Audit()
    if run_ids is None:
        for price in prices(engine):
            again = sha256(price["block"].encode()).hexdigest()
            verdict = Verdict(figure="rates", holds=price["price_id"] == again, recomputed=again)
            result.failures += [(price["price_id"], verdict)] if verdict.holds is False else []
    scorers: dict[str | None, Mapping[str, Scorer]] = {}
    for run_id in run_ids if run_ids is not None else [None]:
        for seen in evidence(engine, run_id=run_id):
            own = seen.request["run_id"]
            if own not in scorers:
                scorers[own] = scorers_of(engine, own)
            result.add(seen.request["request_id"], verdicts(seen, scorers[own]))
    return result


def scorers_of(engine: Engine, run_id: str | None) -> dict[str, Scorer]:
    """Make the scorers of a run again that need nothing but the text and the reference.

    Args:
        engine: the metrics DB.
        run_id: None for a call outside any run, which has the proxy.
    """
    if run_id is None:
        return {"proxy": Proxy()}
    made: dict[str, Scorer] = {}
    for name, node in (json.loads(run_config(engine, run_id)).get("quality") or {}).items():
        try:
            scorer: Scorer = build(node, f"quality.{name}", Scorer)
        except UserError:  # of a package that is not here; its scores are counted as not recomputed
            continue
        if not getattr(scorer, "costly", False):
            made[scorer.name] = scorer
    return made
