"""The cost of a month of recorded traffic with each cell, estimated from a sample that was drawn from it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Engine, select

from gencost.analysis.bills.bill import DAYS_A_MONTH
from gencost.analysis.recorded.runs import Run
from gencost.analysis.statistics.skewed import Stratum, total_limits
from gencost.metrics_db.tables import requests, responses, traffic
from gencost.text.counted import counted
from gencost.types import PICO_PER_USD
from gencost.values.call_site import DAYS, DRAWN, REPLAYED, STRATUM, WEIGHT


@dataclass(frozen=True, kw_only=True)
class DrawnCall:
    """One call whose prompt was drawn from traffic.

    Attributes:
        stratum: what it was drawn from.
        weight: how many recorded requests it represents.
        days: that the traffic covers.
        usd: its cost; None if unknown.
        replayed: it is the recorded answer itself.
    """

    stratum: str
    weight: float
    days: float
    usd: float | None
    replayed: bool


@dataclass(frozen=True, kw_only=True)
class MonthlyCost:
    """An estimate of 30 days of the traffic, USD, with its 95 % interval.

    Attributes:
        usd: the estimate.
        low: None, as is ``high``, where the sample is too small.
        high: see ``low``.
    """

    usd: float
    low: float | None
    high: float | None


def monthly_remarks(engine: Engine, runs: Sequence[Run]) -> Iterator[str]:
    """Say what cells save a month against the recorded answers, which are one of them."""
    calls = {run.cell: _calls(engine, run) for run in runs} if _drawn(engine) else {}
    recorded = next((name for name, of in calls.items() if any(call.replayed for call in of.values())), None)
    if recorded is None:
        return
    base = calls[recorded]
    whole = estimated(base, {at: call.usd for at, call in base.items() if call.usd is not None})
    if whole is None:
        return
    days = next(iter(base.values())).days
    stands = round(sum(call.weight for call in base.values()))
    yield (
        f"{DAYS_A_MONTH} days of this traffic, estimated from {len(base):,} of "
        f"{counted(stands, 'request')} of {days:.1f} days: "
        f"{recorded} {_shown(whole)}"
    )
    for name, of in calls.items():
        pairs = {at: (base[at].usd, call.usd) for at, call in of.items() if at in base}
        saved = {at: was - now for at, (was, now) in pairs.items() if was is not None and now is not None}
        saving = None if name == recorded else estimated(base, saved)
        if saving is not None:
            over = f"over {counted(len(saved), 'prompt')} with both costs"
            yield f"{name} saves {_shown(saving)} a month of this traffic, {over}"


def _shown(cost: MonthlyCost) -> str:
    interval = "" if cost.low is None or cost.high is None else f" [{cost.low:,.2f}, {cost.high:,.2f}]"
    return f"${cost.usd:,.2f}{interval}"


def estimated(drawn: Mapping[str, DrawnCall], usd: Mapping[str, float]) -> MonthlyCost | None:
    """Estimate a total over the traffic that a stratified sample was drawn from, see ``skewed.total_limits``.

    Args:
        drawn: every drawn call, by prompt.
        usd: a value for each, or for most, USD.

    Returns:
        None without a value in some stratum.
    """
    values: defaultdict[str, list[float]] = defaultdict(list)
    sizes: defaultdict[str, float] = defaultdict(float)
    for at, call in drawn.items():
        sizes[call.stratum] += call.weight
        if at in usd:
            values[call.stratum].append(usd[at])
    if not usd or len(values) < len(sizes):
        return None
    month = DAYS_A_MONTH / next(iter(drawn.values())).days
    strata = [Stratum(values=np.array(values[name]), size=sizes[name]) for name in sizes]
    low, high = total_limits(strata) or (None, None)
    return MonthlyCost(
        usd=sum(stratum.size * float(stratum.values.mean()) for stratum in strata) * month,
        low=None if low is None else low * month,
        high=None if high is None else high * month,
    )


def _drawn(engine: Engine) -> bool:
    """Whether any call has a prompt that was drawn from traffic, which is seen at once where none has."""
    with engine.connect() as connection:
        return connection.scalar(select(traffic.c.request_id).where(traffic.c.source.in_(DRAWN)).limit(1)) is not None


def _calls(engine: Engine, run: Run) -> dict[str, DrawnCall]:
    columns = (requests.c.prompt_id, traffic.c.tags_json, traffic.c.source, responses.c.cost_pico_usd)
    query = select(*columns).select_from(requests.join(traffic).outerjoin(responses))
    query = query.where(requests.c.run_id.in_(run.parts), requests.c.role == "sample", traffic.c.source.in_(DRAWN))
    with engine.connect() as connection:
        rows = connection.execute(query.where(requests.c.repeat == 0)).all()
    calls = {}
    for row in rows:
        tags = json.loads(row.tags_json or "{}")
        if {WEIGHT, STRATUM, DAYS} <= tags.keys():
            calls[row.prompt_id] = DrawnCall(
                stratum=tags[STRATUM],
                weight=float(tags[WEIGHT]),
                days=float(tags[DAYS]),
                usd=None if row.cost_pico_usd is None else row.cost_pico_usd / PICO_PER_USD,
                replayed=row.source == REPLAYED,
            )
    return calls
