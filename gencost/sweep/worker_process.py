"""The program of a process that makes a part of the calls of a command, and what it is given.

It makes its cells of the same plain values as the process that began it, asks what it was dealt, and records it in the
same metrics DB under the same run ids.
"""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from gencost.config.errors import one_line
from gencost.config.plain_cell import PlainCell
from gencost.errors import UserError
from gencost.metrics_db import Engine, Writer, init_db
from gencost.metrics_db.recorded_requests import RecordedAnswer
from gencost.metrics_db.resume import EarlierRun
from gencost.providers.attempt import expect_company
from gencost.runner.calls import CellCalls
from gencost.runner.dealing import Hand, deal
from gencost.runner.link import BudgetElsewhere, LimitsElsewhere, Link, read_whole
from gencost.runner.plan import Plan, make_plans
from gencost.runner.shared import Shared
from gencost.runner.worker import make_part
from gencost.runner.workers import Share
from gencost.sending.budget import Budget
from gencost.sending.limits import Limits, LimitSettings
from gencost.sweep.recorded_cell import replaying
from gencost.traffic.recorded_answers import RecordedAnswers
from gencost.types import Sample


@dataclass(frozen=True, kw_only=True)
class DealtCell:
    """The part of a cell that one process runs.

    Attributes:
        bare: the cell.
        hand: what is asked of it.
        run_id: of the cell.
        earlier: the run that it goes on with; None for a new one.
        answers: that it gives again; None for a cell that asks a model.
    """

    bare: PlainCell
    hand: Hand
    run_id: str
    earlier: EarlierRun | None
    answers: Mapping[str, RecordedAnswer] | None


@dataclass(frozen=True, kw_only=True)
class Setup:
    """The work of one process.

    Attributes:
        url: of the metrics DB.
        usd: the budget of all processes; None without one.
        groups: of cells that run at once, in their order.
        cells: its part of them.
    """

    url: str
    usd: float | None
    groups: Sequence[str]
    cells: Sequence[DealtCell]


@dataclass(frozen=True, kw_only=True)
class DealtSamples:
    """The samples that a process was dealt, as a prompt set."""

    samples: list[Sample]
    name: str = ""

    def load(self) -> list[Sample]:
        """Return the load."""
        return self.samples


def parts(plans: Sequence[Plan], engine: Engine, usd: float | None) -> list[Share]:
    """Deal the calls of cells to processes.

    Args:
        plans: of the cells.
        engine: the metrics DB.
        usd: the budget; None without one.
    """
    url = engine.url.render_as_string(hide_password=False)
    groups = list(dict.fromkeys(plan.load_group for plan in plans))
    dealt = []
    for hands in deal(plans):
        cells = [_dealt(plans[hand.number], hand) for hand in hands]
        setup = Setup(url=url, usd=usd, groups=groups, cells=cells)
        dealt.append(Share(cells=[hand.number for hand in hands], setup=pickle.dumps(setup)))
    return dealt


def _dealt(plan: Plan, hand: Hand) -> DealtCell:
    answers = plan.provider.answers if isinstance(plan.provider, RecordedAnswers) else None
    return DealtCell(bare=PlainCell.of(plan.cell), hand=hand, run_id=plan.run_id, earlier=plan.earlier, answers=answers)


def limits_of(plans: Sequence[Plan]) -> dict[str, Limits]:
    """The gates of all accounts that cells may use, by account."""
    senders = [sender for plan in plans for sender in plan.senders]
    senders += [judge.sender for plan in plans if plan.policy is not None for judge in plan.policy.judging]
    return {sender.limits.account: sender.limits for sender in senders}


def _gate(link: Link, settings: LimitSettings, account: str) -> Limits:
    """The gate of an account: shared by all processes if it has limits."""
    return Limits(settings, account) if settings == LimitSettings() else LimitsElsewhere(settings, account, link)


def _plan(dealt: DealtCell, shared: Shared) -> Plan:
    """Make the plan of a part of a cell."""
    hand, bare = dealt.hand, dealt.bare
    samples = list({sample.id: sample for sample, _ in hand.draws}.values())
    mine = {"of": hand.number}  # what is read once for equal prompts must not be another part
    config = replace(bare.config, prompts=mine, n=None, repeats=1, shards=1, shard=None)
    prompts, bare = DealtSamples(samples=samples), replace(bare, config=config)
    if dealt.answers is None:
        (plan,) = make_plans([bare.whole(prompts, hand.load)], shared.budget, shared)
    else:
        cell = bare.whole(prompts, hand.load, RecordedAnswers(dealt.answers))
        plan = replaying(make_plans([cell], Budget(None))[0], dealt.answers)
    return replace(plan, run_id=dealt.run_id, earlier=dealt.earlier, draws=hand.draws)


def _calls(setup: Setup, link: Link, writer: Writer) -> dict[int, CellCalls]:
    shared = Shared(budget=BudgetElsewhere(setup.usd, link), limits=partial(_gate, link))
    plans = {dealt.hand.number: _plan(dealt, shared) for dealt in setup.cells}
    return {number: plan.calls(writer.engine, writer) for number, plan in plans.items()}


def main() -> None:
    """Make the calls that standard input describes."""
    for name in ("SIGINT", "SIGHUP"):  # the process that began this one is told, and tells it
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    writing = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a provider of the user's own prints is not for the link
    setup: Setup = pickle.loads(read_whole(0))  # noqa: S301 - written by our own process
    link = Link(0, writing)
    try:
        _work(setup, link)
    except Exception as error:  # noqa: BLE001 - the last door of a process: told to the one that began it
        link.tell("failed", one_line(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}")
        raise SystemExit(1) from None


def _work(setup: Setup, link: Link) -> None:
    expect_company()
    engine = init_db(setup.url)
    try:
        with Writer(engine) as writer:
            lag_p99_ms, stopped = make_part(_calls(setup, link, writer), setup.groups, link)
    finally:
        engine.dispose()
    link.tell("done", lag_p99_ms, None if writer.lost is None else str(writer.lost), stopped)
