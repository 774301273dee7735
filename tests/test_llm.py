from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from gencost import Message, Sample, UnifiedLLM
from gencost.errors import ConfigError, ProviderError
from gencost.llm import to_sample
from gencost.metrics_db import Writer, init_db
from gencost.metrics_db.tables import attempts, prompts, requests, responses, scores
from gencost.protocols import Provider
from gencost.types import Response, Score, Usage


class Fixed(Provider):
    """Answers ``hi``, or raises what it is given."""

    name = "mock"

    def __init__(self, error: Exception | None = None, seen: list | None = None) -> None:
        self.error, self.seen = error, seen

    async def complete(self, request):
        if self.seen is not None:
            with self.engine.connect() as connection:
                self.seen.append(connection.scalar(select(requests.c.status)))
        if self.error is not None:
            raise self.error
        return Response(
            text="hi", usage=Usage(tokens_in=4, tokens_out=1), latency_ms=3.0, response_model="small-latest"
        )


class Broken:
    name, version = "broken", "1"

    def score(self, sample, response):
        raise ZeroDivisionError("no length")


class Judged:
    name, version = "judged", "1"

    async def score(self, sample, response):
        return Score(scorer=self.name, version=self.version, value=0.25)


def ask(engine, provider, **facts):
    with Writer(engine) as writer:
        llm = UnifiedLLM(provider=provider, model="small-latest", writer=writer, **facts)
        return asyncio.run(llm.acomplete("Why is it so?"))


def row(engine, table):
    with engine.connect() as connection:
        return connection.execute(select(table)).mappings().one()


def test_one_call_by_name_is_fully_accounted_without_any_set_up():
    with UnifiedLLM(provider="mock", model="small-latest") as llm:
        record = llm.complete("What is a pico-dollar?")
        again = llm.complete("What is a pico-dollar?")
    assert uuid.UUID(record.request.request_id) != uuid.UUID(again.request.request_id)
    assert record.response.text == again.response.text
    usage = record.response.usage
    # small-latest: 0.15 and 0.60 USD per million
    assert record.cost.usd == (usage.tokens_in * Decimal("0.15") + usage.tokens_out * Decimal("0.60")) / 10**6
    assert llm.cost_tracker.total_usd == 2 * record.cost.usd
    stored = init_db()
    with stored.connect() as connection:
        assert connection.execute(select(requests.c.status)).scalars().all() == ["ok", "ok"]
    stored.dispose()


def test_the_request_is_pending_while_it_is_under_way(engine):
    provider = Fixed(seen=(seen := []))
    provider.engine = engine
    ask(engine, provider)
    assert seen == ["pending"]
    assert row(engine, requests)["status"] == "ok"


def test_every_fact_of_a_call_is_in_the_db(engine):
    record = ask(engine, Fixed(), params={"temperature": 0.5}, run_id=None)
    stored = row(engine, requests)
    assert stored["request_id"] == record.request.request_id
    assert (stored["latency_ms"], stored["attempts"], stored["params_json"]) == (3.0, 1, '{"temperature": 0.5}')
    assert stored["prompt_sha256"] == row(engine, prompts)["sha256"]
    # 4 * 0.15 + 1 * 0.60 = 1.2 USD per million = 1,200,000 pico-USD
    assert row(engine, responses)["cost_pico_usd"] == 1_200_000
    assert row(engine, attempts)["cost_pico_usd"] == 1_200_000
    assert row(engine, scores)["value"] == 0.6 + 0.4 * 1 / 400


def test_a_failed_call_is_a_row_not_an_exception(engine):
    record = ask(engine, Fixed(ProviderError("slow down", error_type="rate_limit", http_status=429, retry_after_s=2)))
    assert (record.status, record.error_type, record.response, record.cost) == ("error", "rate_limit", None, None)
    tried = row(engine, attempts)
    assert (tried["http_status"], tried["retry_after_s"], tried["error_type"]) == (429, 2.0, "rate_limit")


def test_a_fault_in_a_users_provider_is_recorded_under_its_name(engine):
    record = ask(engine, Fixed(KeyError("choices")))
    assert (record.error_type, record.error_message) == ("KeyError", "KeyError: 'choices'")


def test_a_scorer_that_fails_gives_no_value_and_says_why(engine):
    record = ask(engine, Fixed(), scorers=(Broken(), Judged()))
    assert [(s.scorer, s.value, s.explanation) for s in record.scores] == [
        ("broken", None, "ZeroDivisionError: no length"),
        ("judged", 0.25, None),
    ]


def test_waiting_for_the_due_time_is_queue_not_latency(engine):
    import time

    with Writer(engine) as writer:
        llm = UnifiedLLM(provider=Fixed(), model="small-latest", writer=writer)
        due_ns = time.perf_counter_ns() - 50_000_000
        record = asyncio.run(llm.acomplete("x", due_ns=due_ns))
    assert record.queue_ms >= 50
    assert record.response.latency_ms == 3.0


def test_complete_refuses_to_block_a_running_loop():
    async def inside():
        UnifiedLLM(provider=Fixed(), model="m").complete("x")

    with pytest.raises(ConfigError, match="await llm.acomplete"):
        asyncio.run(inside())


def test_an_unknown_provider_names_the_nearest():
    with pytest.raises(ConfigError, match="'mok' does not exist.*did you mean 'mock'"):
        UnifiedLLM(provider="mok", model="m")


@pytest.mark.parametrize("prompt", ["", "  \n", [], [Message(role="user", content="")]])
def test_an_empty_prompt_is_refused(prompt):
    with pytest.raises(ConfigError, match="the prompt is empty"):
        to_sample(prompt)


def test_a_prompt_becomes_a_sample_named_after_its_text():
    assert to_sample("hi").id == to_sample([Message(role="user", content="hi")]).id
    sample = Sample(id="mine", messages=(Message(role="user", content="hi"),))
    assert to_sample(sample) is sample


def test_the_time_of_a_request_is_utc(engine):
    before = datetime.now(UTC)
    ask(engine, Fixed())
    assert before <= row(engine, requests)["ts"] <= datetime.now(UTC)
