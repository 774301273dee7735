"""A plain function is a scorer: in YAML, on the command line, in Python; whatever it does, the run goes on."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from gencost.analysis.results import read_results
from gencost.audit.check import audit
from gencost.config.cell import build
from gencost.errors import ConfigError
from gencost.llm import UnifiedLLM
from gencost.metrics_db import Writer, init_db
from gencost.protocols import Scorer, ScorerFunction
from gencost.quality.base import is_late
from gencost.quality.score import Rules, score, score_now, scorer_node
from gencost.quality.scorer_function import as_scorer
from gencost.report.warnings import warnings
from gencost.types import Message, Request, Response, Sample, Score

MODULE = """
import asyncio, time

def right(sample, response): return response.text == sample.reference
def whole(sample, response, request, repeat, least=0):
    return request.repeat == repeat and response.usage.tokens_in > least and bool(response.finish_reason)
async def awaited(sample, response, request):
    await asyncio.sleep(0)
    return request.run_id is not None and response.usage.tokens_out > 0 and response.latency_ms is not None
def none(sample, response): return None
def raises(sample, response): raise ValueError(f"no {sample.id!r}")
def leaves(sample, response): raise SystemExit(3)
def hangs(sample, response): time.sleep(30)
async def never(sample, response): await asyncio.sleep(30)
def words(sample, response): return "good"
def big(sample, response): return 7
def column(sample, response): return float(sample.metadata["weight"])
def reached(threshold): return lambda sample, response: len(response.text) >= threshold
def explained(sample, response): return 0.5, "half of it"
class Called:
    def __call__(self, sample, response): return 1
called = Called()
"""
GOOD = ("whole", "awaited", "explained", "called")
BAD = {
    "none": "no reason was given",
    "raises": "ValueError: no ",
    "leaves": "SystemExit: 3",
    "hangs": "took longer than 0.3 s",
    "never": "took longer than 0.3 s",
    "words": "gave 'good': give a number, true, false or None",
    "big": "7 is outside [0, 1]",
}


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "my_scorers.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "my_scorers"
    sys.modules.pop("my_scorers", None)


def made(target: str, **keys) -> Scorer:
    return build({"_target_": f"my_scorers.{target}", **keys}, f"quality.{target}", Scorer)


SAMPLE = Sample(id="a", messages=(Message(role="user", content="Hi"),), reference="Hello", metadata={"weight": "0.25"})


def value_of(scorer: Scorer, text: str = "Hello") -> float | None:
    return score_now(scorer, SAMPLE, Response(text=text, usage=None, latency_ms=None)).value


def test_functions_score_a_run_whatever_they_do(module, gencost_run):
    nodes = [f"+quality.{name}._target_={module}.{name}" for name in (*GOOD, *BAD)]
    gencost_run(*nodes, "n=3", "repeats=2", "scoring.timeout_s=0.3", "score=whole", "tracking=none", "report=none")
    engine = init_db(None)
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    rows = connection.execute("SELECT scorer, count(*), count(value), min(value) FROM scores GROUP BY 1").fetchall()
    ((run_id,),) = connection.execute("SELECT run_id FROM runs")
    connection.close()
    scores = {name: rest for name, *rest in rows}
    assert {name: scores[name][2] for name in GOOD} == {"whole": 1, "awaited": 1, "explained": 0.5, "called": 1}
    assert {name: scores[name][1] for name in BAD} == dict.fromkeys(BAD, 0)
    reasons = read_results(engine, [run_id]).summaries[0].outcome.unscored
    for name, why in BAD.items():
        ((text, count),) = reasons[name].items()
        assert why in text
        assert count == 6
    (line,) = [it for it in warnings(read_results(engine, [run_id]).summaries) if "could not score" in it]
    assert "raises could not score 6 of 6 (6: ValueError: no 'extraction')" in line
    assert audit(engine, None).failures == []
    engine.dispose()


def test_keys_of_the_node_are_arguments_and_change_the_version(module):
    plain, strict = made("whole"), made("whole", least=10**6)
    assert plain.version != strict.version
    assert scorer_node(strict) == ("whole", {"_target_": "my_scorers.whole", "least": 10**6})
    assert made("right", version="3").version == "3"


def test_a_function_can_be_named_as_partial_made_by_another_or_found_by_hydra(module):
    assert value_of(made("right", _partial_=True)) == 1.0
    assert value_of(made("reached", threshold=9)) == 0.0
    assert value_of(build("my_scorers.right", "quality.x", Scorer)) == 1.0
    by_path = {"_target_": "hydra.utils.get_method", "path": "my_scorers.right"}
    assert value_of(build(by_path, "quality.x", Scorer), "Bye") == 0.0


def test_a_span_other_than_0_to_1_is_said_in_the_node(module):
    assert value_of(made("big", span=[0, 10])) == 7.0


def test_columns_of_the_row_are_there(module):
    assert value_of(made("column")) == 0.25


@pytest.mark.parametrize(
    ("function", "value"),
    [
        (lambda sample, response: 1, 1.0),
        (lambda s, r: True, 1.0),
        (lambda response: 0.5, 0.5),
        (lambda response, sample: response.text == sample.reference, 1.0),
        (lambda sample, response, *, repeat: repeat, 0.0),
        (lambda *both: len(both) / 4, 0.5),
        (lambda sample, response: Score(scorer="x", version="9", value=0.5), 0.5),
        (functools.partial(lambda weight, sample, response: weight, 0.25), 0.25),
    ],
)
def test_what_it_takes_is_given_by_name_or_by_place(function, value):
    assert isinstance(as_scorer(function), Scorer)
    assert value_of(as_scorer(function)) == value


@dataclass(frozen=True, kw_only=True)
class AsksForTheCall:
    """A scorer of a class that wants to know the call."""

    name: str = "asks"
    version: str = "1"
    costly: bool = False

    def score(self, sample: Sample, response: Response, request: Request, repeat: int) -> Score:
        return Score(scorer=self.name, version="1", value=float(request.repeat == repeat == 1))


@pytest.mark.parametrize("costly", [False, True])
def test_a_scorer_of_a_class_is_given_the_call_at_once_and_late(costly):
    request = Request(
        request_id="r",
        run_id=None,
        ts=datetime(2026, 1, 1, tzinfo=UTC),
        provider="p",
        model="m",
        sample=SAMPLE,
        repeat=1,
    )
    response = Response(text="", usage=None, latency_ms=None)
    given = asyncio.run(score(AsksForTheCall(costly=costly), SAMPLE, response, request=request))
    assert given.value == 1.0


@pytest.mark.parametrize(
    ("target", "keys", "said"),
    [
        ("right", {"limt": 3}, "my_scorers.right.sample, response. cannot score: got an unexpected keyword argument"),
        ("whole", {"leats": 3}, "did you mean 'least'"),
        ("reached", {}, "cannot score"),
    ],
)
def test_what_cannot_be_called_is_refused_before_the_first_call(module, target, keys, said):
    with pytest.raises(ConfigError, match=said):
        made(target, **keys)


def test_an_application_takes_functions(module, engine):
    def polite(sample, response):
        return 1

    async def later(sample, response, request):
        return request.model == "small-latest"

    with (
        Writer(engine) as writer,
        UnifiedLLM(provider="mock", model="small-latest", writer=writer, scorers=[polite, later]) as llm,
    ):
        record = llm.complete("Hi")
    assert {score.scorer: score.value for score in record.scores} == {"polite": 1.0, "later": 1.0}
    assert [is_late(scorer) for scorer in llm.scorers] == [False, True]
    assert isinstance(polite, ScorerFunction)


def test_a_function_that_never_returns_holds_no_call_of_an_application(tmp_path):
    released = threading.Event()

    def hangs(sample, response):
        released.wait(60)

    engine, rules = init_db(f"sqlite:///{tmp_path}/a.sqlite"), Rules(timeout_s=0.1)
    with (
        Writer(engine) as writer,
        UnifiedLLM(provider="mock", model="small-latest", writer=writer, scorers=[hangs], rules=rules) as llm,
    ):
        records = [llm.complete(f"Question {n}?") for n in range(2)]
    released.set()
    engine.dispose()
    assert [record.status for record in records] == ["ok", "ok"]
    scores = [record.scores[0] for record in records]
    assert [(it.value, it.explanation) for it in scores] == [(None, "OutOfTimeError: it took longer than 0.1 s")] * 2
