"""UnifiedLLM in an application: threads, event loops, runs, retries, limits, streams."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from gencost import UnifiedLLM
from gencost.cli import main
from gencost.errors import CallError, ConfigError, MetricsDBError, ProviderError
from gencost.metrics_db import init_db
from gencost.metrics_db.tables import attempts, requests, responses, runs, traffic
from gencost.protocols import Provider
from gencost.providers.mock import MockProvider
from gencost.types import Response, Usage

MOCK = {"profiles": {"small-latest": {}}, "sleep": False}


def mock(**facts) -> UnifiedLLM:
    return UnifiedLLM(**{"provider": MockProvider(**MOCK), "model": "small-latest", **facts})


def rows(query) -> list:
    engine = init_db()
    with engine.connect() as connection:
        read = [dict(row) for row in connection.execute(query).mappings()]
    engine.dispose()
    return read


class Flaky(Provider):
    """Fails so many times, then says ``hi``; remembers the most calls that were in flight at once."""

    name = "mock"

    def __init__(self, fails: int = 0, error_type: str = "server_error") -> None:
        self.fails, self.error_type, self.now, self.most = fails, error_type, 0, 0

    async def complete(self, request):
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.002)
        self.now -= 1
        if self.fails:
            self.fails -= 1
            raise ProviderError("down", error_type=self.error_type, http_status=500)
        return Response(text="hi", usage=Usage(tokens_in=4, tokens_out=1), latency_ms=2.0)


class Halting(Provider):
    """Streams ``a``, then never goes on, or breaks."""

    name = "mock"

    def __init__(self, broken: bool = False) -> None:
        self.broken, self.tries = broken, 0

    async def complete(self, request):
        raise AssertionError

    async def pieces(self, request):
        self.tries += 1
        yield "a"
        if self.broken:
            raise ProviderError("cut", error_type="truncated")
        await asyncio.sleep(600)


def test_threads_share_one_llm_and_each_call_is_one_row():
    with mock(run="checkout") as llm, ThreadPoolExecutor(8) as threads:
        records = list(threads.map(llm.complete, [f"question {n}" for n in range(40)]))
    assert {record.status for record in records} == {"ok"}
    assert rows(select(func.count().label("n")).select_from(requests)) == [{"n": 40}]


def test_threads_and_event_loops_share_one_llm():
    with mock() as llm:
        first = asyncio.run(llm.acomplete("a"))
        second = llm.complete("a")
        third = asyncio.run(llm.acomplete("a"))
    assert first.response.text == second.response.text == third.response.text


def test_async_with_closes_what_with_closes():
    async def ask():
        async with mock(run="checkout") as llm:
            return await asyncio.gather(*(llm.acomplete(f"question {n}") for n in range(20)))

    assert len(asyncio.run(ask())) == 20
    assert [row["status"] for row in rows(select(runs.c.status))] == ["finished"]


def test_the_calls_of_an_application_belong_to_its_run():
    with mock(run="checkout", tags={"route": "pay", "user": "ann"}) as llm:
        llm.complete("a")
        llm.complete("b", tags={"route": "refund", "session": "s1", "site": "refunds"})
        during = rows(select(runs.c.status))
    (run,) = rows(select(runs))
    assert during == [{"status": "running"}]
    assert (run["name"], run["kind"], run["status"], run["score"]) == ("checkout", "application", "finished", "proxy")
    assert run["run_id"] == llm.run_id
    first, second = rows(select(traffic).join(requests).order_by(requests.c.ts))
    ann = hashlib.sha256(b"ann").hexdigest()
    assert (first["site"], first["user_hash"], first["source"], first["internal"]) == (
        "checkout",
        ann,
        "application",
        False,
    )
    assert json.loads(first["tags_json"]) == {"route": "pay"}
    assert (second["site"], second["session"], json.loads(second["tags_json"])) == (
        "refunds",
        "s1",
        {"route": "refund"},
    )
    assert "ann" not in (run["cell"] + json.dumps(rows(select(traffic))))


def test_a_run_id_that_the_db_lacks_begins_a_run_and_is_gone_on_with():
    for _ in range(2):
        with mock(run_id="my-app") as llm:
            assert llm.complete("a").status == "ok"
    (run,) = rows(select(runs))
    assert (run["run_id"], run["name"], run["kind"], run["status"]) == ("my-app", "my-app", "application", "finished")
    assert [row["run_id"] for row in rows(select(requests.c.run_id))] == ["my-app", "my-app"]


def test_a_run_id_that_no_db_holds_is_refused_before_the_call():
    with mock(run_id="x" * 37) as llm, pytest.raises(MetricsDBError, match="longer than 36 characters"):
        llm.complete("a")


def test_without_a_run_or_tags_there_is_no_run():
    with mock() as llm:
        llm.complete("a")
    assert rows(select(runs.c.run_id)) == rows(select(traffic.c.request_id)) == []


def test_an_llm_that_is_used_again_after_its_end_goes_on_with_its_run():
    llm = mock(run="checkout")
    for _ in range(2):
        llm.complete("a")
        llm.close()
    assert len(rows(select(runs.c.run_id))) == 1
    assert len(rows(select(requests.c.run_id))) == 2


def test_a_call_is_tried_again_as_often_as_asked():
    with UnifiedLLM(provider=Flaky(fails=2), model="m", retry={"tries": 3, "base_s": 0.0}) as llm:
        assert llm.complete("a").status == "ok"
    assert [row["error_type"] for row in rows(select(attempts.c.error_type))] == ["server_error", "server_error", None]


def test_a_failed_call_raises_where_asked_and_is_recorded():
    with UnifiedLLM(provider=Flaky(fails=9), model="m", raises=True, retry={"tries": 2, "base_s": 0}) as llm:
        with pytest.raises(CallError, match="mock:m: server_error after 2 tries: down") as failure:
            llm.complete("a")
        with pytest.raises(ProviderError):
            asyncio.run(llm.acomplete("a"))
    assert (failure.value.http_status, failure.value.record.status) == (500, "error")
    assert [row["status"] for row in rows(select(requests.c.status))] == ["error", "error"]


def test_limits_hold_for_all_threads():
    provider = Flaky()
    with UnifiedLLM(provider=provider, model="m", limits={"in_flight": 2}) as llm, ThreadPoolExecutor(8) as threads:
        list(threads.map(llm.complete, "abcdefgh"))
    assert provider.most == 2


def test_llms_of_one_account_share_its_limits():
    provider = Flaky()
    both = [UnifiedLLM(provider=provider, model=model, limits={"in_flight": 1}) for model in ("m", "n")]
    with both[0], both[1], ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: both[n % 2].complete("a"), range(8)))
    assert provider.most == 1


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"retry": {"trys": 3}}, r"retry\.trys: there is no such key \(did you mean 'tries'\?\)"),
        ({"retry": {"tries": "3"}}, r"retry\.tries='3': give a number"),
        ({"retry": {"tries": None}}, r"retry=\{'tries': None\}: one of these cannot be null"),
        ({"retry": 3}, "retry=3: give a mapping of tries"),
        ({"limits": {"in_flight": 0}}, r"limits\.in_flight=0: give a number > 0"),
        ({"limits": {"rpm": 5}}, r"limits\.rpm: there is no such key"),
        ({"run": ""}, "run='': give the application's name"),
        ({"tags": "checkout"}, "tags='checkout': give a mapping"),
    ],
)
def test_a_wrong_key_is_named_before_the_first_call(keys, said):
    with pytest.raises(ConfigError, match=said):
        mock(**keys)


@pytest.mark.parametrize(
    "prompt",
    [
        "Why?",
        {"role": "user", "content": "Why?"},
        [{"role": "user", "content": "Why?"}],
        {"messages": [{"role": "user", "content": "Why?"}], "temperature": 0.5},
    ],
)
def test_dict_messages_and_whole_requests_are_asked_as_they_are(prompt):
    with UnifiedLLM(provider=MockProvider(**MOCK), model="echo") as llm:
        record = llm.complete(prompt)
    assert record.response.text == "Why?"
    assert json.loads(rows(select(requests.c.params_json))[0]["params_json"]) == (
        {"temperature": 0.5} if "messages" in prompt else {}
    )


def test_pieces_of_an_answer_make_its_text_in_a_thread_and_in_a_loop():
    async def read(llm):
        stream = llm.stream("Why?")
        pieces = [piece async for piece in stream]
        return pieces, stream.record

    with mock(run="checkout") as llm:
        stream = llm.stream("Why?")
        with pytest.raises(ConfigError, match="the answer is not over"):
            _ = stream.record
        pieces = list(stream)
        again, record = asyncio.run(read(llm))
    assert len(pieces) > 10
    assert "".join(pieces) == "".join(again) == stream.record.response.text == record.response.text
    assert stream.record.cost.pico_usd == rows(select(responses.c.cost_pico_usd))[0]["cost_pico_usd"]


def test_a_provider_that_cannot_stream_gives_its_answer_in_one_piece():
    with UnifiedLLM(provider=Flaky(fails=1), model="m", retry={"tries": 2, "base_s": 0}) as llm:
        stream = llm.stream("Why?")
        assert list(stream) == ["hi"]
        assert len(stream.record.attempts) == 2


def test_nothing_is_tried_again_after_the_first_piece():
    provider = Halting(broken=True)
    with UnifiedLLM(provider=provider, model="m", retry={"tries": 3, "base_s": 0}, raises=True) as llm:
        stream = llm.stream("Why?")
        pieces = []
        with pytest.raises(CallError, match="truncated after 1 try"):
            pieces.extend(stream)
    assert (provider.tries, stream.record.error_type) == (1, "truncated")


def test_a_stream_that_is_left_is_given_up_and_recorded_as_may_be_billed():
    with UnifiedLLM(provider=Halting(), model="m") as llm, llm.stream("Why?") as stream:
        assert next(iter(stream)) == "a"
    assert rows(select(requests.c.status, requests.c.error_type)) == [{"status": "error", "error_type": "abandoned"}]


def test_the_rest_of_an_answer_whose_reader_stopped_is_recorded_before_the_end():
    profile = {"median_ms": 200, "words": 40}
    with mock(run="checkout", provider=MockProvider(profiles={"small-latest": profile})) as llm:
        assert next(iter(llm.stream("Why?")))
    (row,) = rows(select(requests.c.status, responses.c.response).join(responses))
    assert row["status"] == "ok"
    assert len(row["response"].split()) > 10


def test_an_answer_that_does_not_end_and_that_nobody_reads_is_given_up_at_the_end(monkeypatch):
    monkeypatch.setattr("gencost.sending.application._REST_S", 0.05)
    with UnifiedLLM(provider=Halting(), model="m", run="checkout") as llm:
        assert next(iter(llm.stream("Why?"))) == "a"
    assert rows(select(requests.c.status, requests.c.error_type)) == [{"status": "error", "error_type": "abandoned"}]
    assert rows(select(runs.c.status)) == [{"status": "finished"}]


def test_a_call_whose_task_is_cancelled_is_recorded():
    asked = threading.Event()

    async def ask(llm):
        call = asyncio.create_task(llm.acomplete("a"))
        await asyncio.to_thread(asked.wait)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    class Slow(Flaky):
        async def complete(self, request):
            asked.set()
            await asyncio.sleep(600)

    with UnifiedLLM(provider=Slow(), model="m") as llm:
        asyncio.run(ask(llm))
    assert rows(select(requests.c.error_type)) == [{"error_type": "abandoned"}]


def test_a_run_that_is_never_closed_ends_when_its_llm_is_gone():
    before = set(threading.enumerate())
    llm = mock(run="checkout")
    llm.complete("a")
    writers = [
        thread for thread in threading.enumerate() if thread.name == "metrics-db-writer" and thread not in before
    ]
    del llm  # the thread of the calls may hold it for a moment
    while rows(select(runs.c.status)) != [{"status": "finished"}]:
        time.sleep(0.01)
    assert writers
    assert not any(writer.is_alive() for writer in writers)


def test_every_figure_of_an_application_is_reproduced_and_its_cells_are_compared(capsys):
    for model, words in (("small-latest", 20), ("large-latest", 60)):
        provider = MockProvider(profiles={model: {"words": words}}, sleep=False)
        with UnifiedLLM(provider=provider, model=model, run="checkout") as llm, ThreadPoolExecutor(4) as threads:
            list(threads.map(llm.complete, [f"question {n % 30}" for n in range(40)]))
    ids = [row["run_id"] for row in rows(select(runs.c.run_id))]
    for words, said in ((("audit", "--all"), "0 not"), (("compare", *ids), "large-latest")):
        with pytest.raises(SystemExit) as end:
            main(words)
        assert end.value.code == 0
        assert said in capsys.readouterr().out


def test_mlflow_says_that_it_has_no_runs_of_applications(capsys):
    with mock(run_id="my-app") as llm:
        llm.complete("a")
    with pytest.raises(SystemExit) as end:
        main(("mlflow", "sync", "--run", "my-app"))
    assert end.value.code == 2
    assert "of kind application" in capsys.readouterr().err
