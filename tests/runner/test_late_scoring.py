"""Scores that come after the calls: their order, their limits, and what becomes of one that fails."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime

import pytest
from rich.console import Console
from sqlalchemy import func, select

from gencost.cost_tracker import CostTracker
from gencost.llm import UnifiedLLM
from gencost.metrics_db import Writer, insert_runs
from gencost.metrics_db.tables import requests, responses, scores
from gencost.metrics_db.unscored import unscored
from gencost.prompts.prompt_set import draw
from gencost.protocols import Provider
from gencost.providers.mock import MockProvider
from gencost.quality.base import is_late
from gencost.quality.judge import Judge
from gencost.runner.calls import CellCalls
from gencost.runner.judging import Judging
from gencost.runner.late_scoring import Scoring
from gencost.runner.load import Concurrent
from gencost.runner.loop import Late, run_calls
from gencost.runner.progress import CellCount
from gencost.sending.budget import Budget
from gencost.sending.limits import Limits, LimitSettings
from gencost.sending.retry import Retry
from gencost.sending.sender import Sender
from gencost.types import Message, Response, Sample, Score, Usage

SAMPLES = [Sample(id=name, messages=(Message(role="user", content=name),), metadata={"kind": name}) for name in "abcde"]
N = 20


class JudgeModel(Provider):
    """A judge's model: counts its calls and what of the samples is settled at its first one; fails on one answer.

    Its first ``together`` calls wait for each other.
    """

    name = "mock"

    def __init__(self, engine, fails_on: str = "", together: int = 1) -> None:
        self.engine, self.fails_on = engine, fails_on
        self.now = self.most = self.calls = 0
        self.settled: int | None = None
        self.met = asyncio.Barrier(together)

    async def complete(self, request):
        if self.settled is None:
            self.settled = count(self.engine, requests, role="sample", status="ok")
        self.calls += 1
        self.now += 1
        self.most = max(self.most, self.now)
        if self.calls <= self.met.parties:
            await self.met.wait()
        self.now -= 1
        text = "no verdict" if f">\n{self.fails_on}\n</question-" in request.sample.text else '{"score": 4}'
        return Response(text=text, usage=Usage(tokens_in=100, tokens_out=10), latency_ms=1.0)


def count(engine, table, **where) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table).filter_by(**where))


def judging(provider, usd: float | None = None, in_flight: int = 8, limits: LimitSettings | None = None) -> Judging:
    model = {"name": "small-latest", "params": {"max_tokens": 100}}
    scorer = Judge(provider=provider, model=model, in_flight=in_flight)
    sender = Sender(
        model=scorer.model_name,
        params=scorer.params,
        provider=provider,
        retry=Retry(tries=1),
        limits=Limits(limits or LimitSettings()),
        budget=Budget(usd),
        cost_tracker=CostTracker(),
    )
    return Judging(scorer=scorer, sender=sender)


@pytest.fixture(autouse=True)
def _a_run(engine) -> None:
    """The calls belong to a run, as the foreign key wants."""
    row = {"run_id": "r", "name": "n", "cell": "c", "config_json": "{}", "cell_key": "k", "seed": 0}
    facts = {"versions_json": "{}", "status": "running", "started_at": datetime.now(UTC)}
    insert_runs(engine, [{**row, **facts}])


def run(engine, scoring, budget=None, calls: int = N) -> None:
    with Writer(engine) as writer:
        llm = UnifiedLLM(provider=MockProvider(sleep=False), model="echo", writer=writer, run_id="r")
        made = CellCalls(
            llm=llm,
            draws=draw(SAMPLES, N, 1, 0)[:calls],
            load=Concurrent(),
            count=CellCount(cell="c", total=calls),
            sender=Sender.plain(llm),
        )
        late = Late(scoring=scoring, engine=engine, writer=writer, budget=budget or Budget(None))
        run_calls([made], Console(file=io.StringIO()), late)


def of(judge: Judging) -> Scoring:
    return Scoring(
        scorer=judge.scorer,
        run_id="r",
        count=CellCount(cell="c", total=0),
        judging=judge,
        samples={sample.id: sample for sample in SAMPLES},
    )


def test_judging_begins_when_every_answer_is_recorded(engine):
    provider = JudgeModel(engine, together=3)
    run(engine, [of(judging(provider, in_flight=3))])
    assert provider.settled == N
    assert provider.calls == count(engine, scores, scorer="judge") == N
    assert provider.most == 3


def test_a_judges_calls_are_priced_and_named_by_their_score(engine):
    run(engine, [of(judging(JudgeModel(engine)))])
    with engine.connect() as connection:
        rows = connection.execute(
            select(scores.c.value, scores.c.explanation, responses.c.cost_pico_usd, requests.c.role)
            .select_from(scores.join(requests, scores.c.judge_request_id == requests.c.request_id).join(responses))
            .where(scores.c.scorer == "judge")
        ).all()
    # (4 - 1) / 4; 100 * 0.15 + 10 * 0.60 = 21 USD per million = 21,000,000 pico-USD
    assert set(rows) == {(0.75, "4 of 5: ", 21_000_000, "judge")}
    assert len(rows) == N


def test_a_judgement_that_failed_is_no_value_and_no_zero(engine):
    scoring = of(judging(JudgeModel(engine, fails_on="b")))
    run(engine, [scoring])
    with engine.connect() as connection:
        judged = select(func.count()).where(scores.c.scorer == "judge")
        assert connection.scalar(judged.where(scores.c.value.is_(None))) == scoring.valueless == 4  # b of 5 samples
        assert connection.scalar(judged.where(scores.c.value == 0.75)) == 16
    # what has no value is scored again only if asked to
    name, version = scoring.scorer.name, scoring.scorer.version
    assert [len(unscored(engine, ["r"], (name, version), again)) for again in ("missing", "empty", "all")] == [0, 4, 20]


def test_a_budget_holds_for_judging_and_leaves_no_row_behind(engine):
    # a question has below 600 bytes: worst case (600 + 16) * 0.15 + 100 * 0.60 USD per million = $0.00015
    judge = judging(JudgeModel(engine), usd=0.0004, in_flight=1)
    scoring = of(judge)
    run(engine, [scoring], judge.sender.budget)
    spent = judge.sender.budget.spent_pico_usd
    assert 0 < spent <= 400_000_000
    done = count(engine, scores, scorer="judge")
    assert spent == done * 21_000_000
    assert (scoring.count.done, scoring.count.skipped) == (done, N - done)
    assert count(engine, requests, role="judge") == done  # a refused call is not a request
    again = of(judging(JudgeModel(engine)))
    run(engine, [again], calls=0)
    assert again.count.done == N - done
    assert count(engine, scores, scorer="judge") == N


def test_a_judge_keeps_to_the_limits_of_its_account(engine):
    provider = JudgeModel(engine, together=2)
    run(engine, [of(judging(provider, limits=LimitSettings(in_flight=2)))])
    assert (provider.calls, provider.most) == (N, 2)


class ByKind:
    """Late, and of a column that is not recorded."""

    name, version, costly = "kind", "1", True

    def score(self, sample, response):
        return Score(scorer=self.name, version=self.version, value=float(sample.metadata["kind"] == "a"))


def test_a_late_scorer_sees_all_columns_of_its_sample(engine):
    samples = {sample.id: sample for sample in SAMPLES}
    scoring = Scoring(scorer=ByKind(), run_id="r", count=CellCount(cell="c", total=0), samples=samples)
    assert is_late(scoring.scorer)
    run(engine, [scoring])
    with engine.connect() as connection:
        assert connection.scalar(select(func.sum(scores.c.value)).where(scores.c.scorer == "kind")) == 4.0


def test_an_llm_of_its_own_records_the_answer_before_it_is_judged(engine):
    provider = JudgeModel(engine)
    with Writer(engine) as writer:
        judge = judging(provider).scorer
        llm = UnifiedLLM(provider=MockProvider(sleep=False), model="echo", scorers=(judge,), writer=writer)
        record = asyncio.run(llm.acomplete("Why?"))
    assert provider.settled == 1
    assert [score.value for score in record.scores] == [0.75]
    assert count(engine, requests, role="judge", status="ok") == count(engine, scores, scorer="judge") == 1
