"""An estimate of what a command would cost and how long it would take, without a call."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from gencost.metrics_db import db_url, init_db
from gencost.metrics_db.lengths import Lengths, lengths
from gencost.metrics_db.rows import params_json
from gencost.pricing.resolve import asked_tier
from gencost.runner.judging import Judging
from gencost.runner.live_policy import LivePolicy
from gencost.runner.plan import Plan
from gencost.sending.sender import Sender
from gencost.sending.steps import MOST_STEPS, longest
from gencost.sending.token_bounds import DEFAULT_OUT, most_tokens_in, most_tokens_out, usual_tokens_in
from gencost.text.counted import counted
from gencost.types import PICO_PER_USD, Response, Usage

_Tokens = tuple[int | None, ...]
_Usd = tuple[float | None, float | None, float | None]
_Minutes = tuple[float | None, float | None, float | None]
_History = Callable[[Plan], Lengths | None]
_CASES = ("low", "expected", "worst")
_UNKNOWN = "n/a"


@dataclass(frozen=True, kw_only=True)
class DryRunEstimate:
    """An estimate of one cell; each triple is low, expected, worst, None where nobody can know.

    Attributes:
        cell: its name.
        calls: to be made.
        tokens_in: of all calls.
        tokens_out: of all calls.
        usd: of all calls, tried once each.
        minutes: of traffic, at latencies recorded earlier; an open loop takes as long as its schedule, and no call
            comes before the limits of its account let it.
        basis: what the output length rests on.
        arithmetic: how the expected cost comes about, tokens or time x rate; empty where nobody can know.
    """

    cell: str
    calls: int
    tokens_in: tuple[int, int | None, int]
    tokens_out: tuple[int | None, int | None, int | None]
    usd: tuple[float | None, float | None, float | None]
    minutes: tuple[float | None, float | None, float | None]
    basis: str
    arithmetic: str = ""


def estimate(plan: Plan, history: Lengths | None) -> DryRunEstimate:
    """Estimate one cell.

    Args:
        plan: what would be called.
        history: of the model's answers; None if there is none.
    """
    samples = [sample for sample, _ in plan.left]
    n, bound = len(samples), most_tokens_out(plan.sender.params)
    usual_in = sum(usual_tokens_in(sample) for sample in samples)
    expected_in = usual_in if history is None else round(history.tokens_in * n)
    tokens_in = (min(usual_in, expected_in), expected_in, sum(most_tokens_in(sample) for sample in samples))
    each = _out_of_history(history, bound) if history is not None else (None if bound is None else 1, bound, bound)
    tokens_out = tuple(None if tokens is None else math.ceil(tokens * n) for tokens in each)
    usd = _cost(plan, (tokens_in, tokens_out), history, n)
    minutes = _within_limits(plan, _minutes(plan, history, n), usual_in, n)
    return DryRunEstimate(
        cell=plan.label,
        calls=n,
        tokens_in=tokens_in,
        tokens_out=tokens_out,  # type: ignore[arg-type]
        usd=usd,
        minutes=minutes,
        basis=_basis(history, bound),
        arithmetic=_arithmetic(plan.sender, (expected_in, tokens_out[1], minutes[1]), usd[1]),
    )


def _arithmetic(sender: Sender, amounts: tuple[int, int | None, float | None], usd: float | None) -> str:
    """Say how the expected cost comes about.

    Args:
        sender: knows the rates.
        amounts: tokens in, tokens out, minutes of the machine.
        usd: the cost.
    """
    rates = sender.cost_tracker.rates_today(sender.provider.name, sender.model)
    tokens_in, tokens_out, minutes = amounts
    if rates is None or usd is None:
        return ""
    if rates.gpu_hour is not None:
        hours = rates.gpu_hour.usd_per_hour
        return f"expected: {minutes:,.2f} min of the machine / 60 x ${hours} an hour = ${usd:,.6f}"
    parts = [(tokens_in, rates.input_usd_per_mtok, "in"), (tokens_out, rates.output_usd_per_mtok, "out")]
    priced = [(count, rate, what) for count, rate, what in parts if count is not None and rate is not None]
    shown = " + ".join(f"{count:,} {what} x ${rate}" for count, rate, what in priced)
    plain = sum(count * float(rate) for count, rate, _ in priced) / 1e6
    per_million = f"expected: ({shown}) / 1,000,000"
    if math.isclose(plain, usd, rel_tol=0.02):  # calls of one length each, rounded up
        return f"{per_million} = ${usd:,.6f}"
    return f"{per_million} = ${plain:,.6f}; with tiers, regions and fees ${usd:,.6f}"


def _out_of_history(history: Lengths, bound: int | None) -> tuple[float, float, float]:
    return history.low, history.mean, history.high if bound is None else bound


def _cost(plan: Plan, tokens: tuple[_Tokens, _Tokens], history: Lengths | None, n: int) -> _Usd:
    """Estimate the cost of the calls by their tokens, at worst without the asked tier, or by a machine's time."""
    sender = plan.sender
    if not sender.cost_tracker.is_by_the_hour(sender.provider.name, sender.model, _now()):
        tier = asked_tier(sender.params.get("service_tier"))
        low, expected, worst = (_usd(sender, i or 0, o, n, tier) for i, o in zip(*tokens, strict=True))
        return low, expected, worst and max(worst, _usd(sender, tokens[0][2] or 0, tokens[1][2], n) or 0)
    low, expected, worst = (_of_machine(sender, minutes) for minutes in _minutes(plan, history, n))
    return low, expected, worst


def _of_machine(sender: Sender, minutes: float | None) -> float | None:
    if minutes is None:
        return None
    busy = Response(text="", usage=None, latency_ms=0.0, machine_ms=minutes * 60_000)
    cost = sender.cost_tracker.price(provider=sender.provider.name, model=sender.model, response=busy, at=_now())
    return None if cost.pico_usd is None else cost.pico_usd / PICO_PER_USD


def _usd(sender: Sender, tokens_in: int, tokens_out: int | None, n: int, tier: str | None = None) -> float | None:
    """Price n calls of equal length; the fees of a call and its long-context tier are those of that length."""
    if tokens_out is None or n == 0:
        return None if n else 0.0
    usage = Usage(tokens_in=math.ceil(tokens_in / n), tokens_out=math.ceil(tokens_out / n))
    response = Response(text="", usage=usage, latency_ms=0.0, service_tier=tier)
    cost = sender.cost_tracker.price(provider=sender.provider.name, model=sender.model, response=response, at=_now())
    return None if cost.pico_usd is None else cost.pico_usd * n / PICO_PER_USD


def _minutes(plan: Plan, history: Lengths | None, n: int) -> tuple[float | None, float | None, float | None]:
    load = plan.cell.load
    due_s = load.due_s(n, plan.cell.config.seed) if n else None
    if due_s is not None:
        return (due_s[-1] / 60,) * 3
    if history is None:
        return None, None, None
    low, mean, most = (n * ms / min(load.concurrency, max(n, 1)) / 60_000 for ms in history.latency_ms)
    return low, mean, most


def _within_limits(plan: Plan, minutes: _Minutes, tokens_in: int, n: int) -> _Minutes:
    """Take no less than the limits of the account allow, which spread calls; without other figures that is the low."""
    limits, bound = plan.cell.config.limits, most_tokens_out(plan.sender.params)
    amounts = [(limits.requests_per_min, n), (limits.tokens_per_min, tokens_in + n * (bound or DEFAULT_OUT))]
    least = max((amount * (1 - 1 / n) / per_min for per_min, amount in amounts if per_min and n), default=0.0)
    low, *others = minutes
    expected, most = (None if it is None else max(it, least) for it in others)
    return max(low, least) if low is not None else least or None, expected, most


def _basis(history: Lengths | None, bound: int | None) -> str:
    if history is not None:
        prompts = "" if history.same_prompts else " to other prompts"
        if not history.same_settings:
            return f"{history.calls:,} recorded answers{prompts}, all of other settings"
        others = f"; {history.left_out:,} of other settings are left out" if history.left_out else ""
        return f"{history.calls:,} recorded answers{prompts} of these settings{others}"
    return f"max_tokens={bound}, no answer recorded yet" if bound is not None else "no answer recorded, no max_tokens"


def _judging(plan: Plan, judging: Judging, history: Lengths | None) -> DryRunEstimate:
    """Estimate what judging the answers to the calls left would come to; answers are taken as four bytes a token."""
    bound, sender = most_tokens_out(plan.sender.params), judging.sender
    usual = bound if history is None else math.ceil(history.mean)
    expected = [q for sample, _ in plan.left for q in judging.questions(sample, usual)]
    worst = [q for sample, _ in plan.left for q in judging.questions(sample, bound)]
    n, most_out = len(expected), most_tokens_out(sender.params)
    low_in, high_in = sum(map(usual_tokens_in, expected)), sum(map(most_tokens_in, worst))
    tokens_in = (low_in, low_in, high_in)
    tokens_out = (None, None, None) if most_out is None else (n, most_out * n, most_out * n)
    return DryRunEstimate(
        cell=f"{judging.scorer.name} of {plan.label}",
        calls=n,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        usd=tuple(_usd(sender, i, o, n) for i, o in zip(tokens_in, tokens_out, strict=True)),  # type: ignore[arg-type]
        minutes=(None, None, None),
        basis=f"max_tokens={most_out}",
    )


def _one_model(plan: Plan, recorded: _History) -> list[DryRunEstimate]:
    history = recorded(plan)
    return [estimate(plan, history), *(_judging(plan, line, history) for line in plan.judging)]


def _of_policy(plan: Plan, policy: LivePolicy, recorded: _History) -> list[DryRunEstimate]:
    """Estimate each cell that a policy may ask: at least where it is asked first, at most where every call fails."""
    ways = [(draw, longest(policy.file, draw[0])) for draw in plan.left]
    made = []
    for name, sender in policy.senders.items():
        part = replace(plan, policy=None, sender=sender, provider=sender.provider, done=frozenset())
        possible, certain = (
            replace(part, draws=[draw for draw, way in ways if name in way[:steps]]) for steps in (MOST_STEPS, 1)
        )
        made.append(_between(name, *(estimate(it, recorded(it)) for it in (certain, possible))))
    every_answer = replace(plan, draws=[draw for draw, way in ways for _ in way], done=frozenset())
    judging = {line.scorer.name: line for line in (*policy.judging, *plan.judging)}
    return [*made, *(_judging(every_answer, line, None) for line in judging.values())]


def _between(name: str, certain: DryRunEstimate, possible: DryRunEstimate) -> DryRunEstimate:
    """Put together what a cell of a policy comes to at least and at most; between them the gate decides."""
    same = certain.calls == possible.calls
    parts = ("tokens_in", "tokens_out", "usd", "minutes")
    of = {it: (getattr(certain, it), getattr(possible, it)) for it in parts}
    ends: dict[str, Any] = {it: (low[0], most[1] if same else None, most[2]) for it, (low, most) in of.items()}
    basis = possible.basis if same else f"{possible.basis}; {counted(certain.calls, 'call is', 'calls are')} certain"
    return replace(possible, cell=f"{name} in {possible.cell}", basis=basis, **ends)


def _now() -> datetime:
    return datetime.now(UTC)


def print_estimate(plans: Sequence[Plan], url: str | None, console: Console) -> None:
    """Print what every cell would come to.

    Args:
        plans: of one command line.
        url: of the metrics DB; one that does not exist yet is not made.
        console: where.
    """
    console.print("No call was made.", highlight=False)
    estimates = []
    with _recorded(url) as recorded:
        for plan in plans:
            policy = plan.policy
            estimates += _one_model(plan, recorded) if policy is None else _of_policy(plan, policy, recorded)
    for remark in dict.fromkeys(plan.remark for plan in plans if plan.remark is not None):
        console.print(f"before the calls: {remark}", style="red", markup=False, highlight=False, soft_wrap=True)
    for line in estimates:
        head = f"\n{line.cell}: {counted(line.calls, 'call')}; output length from {line.basis}"
        console.print(head, markup=False, highlight=False, soft_wrap=True)
        console.print(_table(line))
        if line.arithmetic:
            console.print(line.arithmetic, markup=False, highlight=False, soft_wrap=True)
    totals = [_total([line.usd[i] for line in estimates]) for i in range(3)]
    console.print(f"all cells, USD: {' / '.join(_text(total, 6) for total in totals)} (low / expected / worst)")


def _table(dry_run: DryRunEstimate) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for case in _CASES:
        table.add_column(case, justify="right")
    lines = (("tokens in", dry_run.tokens_in, 0), ("tokens out", dry_run.tokens_out, 0), ("USD", dry_run.usd, 6))
    for name, values, digits in (*lines, ("minutes", dry_run.minutes, 2)):
        table.add_row(name, *(_text(value, digits) for value in values))
    return table


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _text(value: float | None, digits: int) -> str:
    return _UNKNOWN if value is None else f"{value:,.{digits}f}"


@contextmanager
def _recorded(url: str | None) -> Iterator[_History]:
    """Open the metrics DB once for all cells; what is asked for again is not read again."""
    if (parsed := db_url(url)).get_backend_name() == "sqlite" and not Path(str(parsed.database)).exists():
        yield lambda _: None
        return
    engine, read = init_db(url), {}

    def history(plan: Plan) -> Lengths | None:
        prompts = tuple(dict.fromkeys(sample.prompt_sha256 for sample, _ in plan.left))
        model, params = (plan.provider.name, plan.sender.model), plan.sender.params
        key = (model, params_json(params), prompts)
        if key not in read:
            read[key] = lengths(engine, model, params, prompts)
        return read[key]

    try:
        yield history
    finally:
        engine.dispose()
