"""An answer has the time at which its bytes came to this machine, however late the process reads them."""

from __future__ import annotations

import asyncio
import select
import socket
import threading
import time
from types import SimpleNamespace

import pytest
from scripted import http, request
from test_wire import WHOLE

from gencost.providers import stamped_socket as module
from gencost.providers.openai import OpenAIProvider
from gencost.providers.stamped_socket import NOTED, StampedSocket, arrived_ns, stamped_socket
from gencost.providers.transport import Clock

noted = pytest.mark.skipif(not NOTED, reason="this system's kernel does not say when a packet came")
LATE_S = 0.05


def both_ends():
    """Two ends of a connection: one that sends, and one that was accepted by a stamped socket."""
    with StampedSocket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        with socket.create_connection(listening.getsockname()) as there:
            here, _ = listening.accept()
            with here:
                yield there, here


ends = pytest.fixture(both_ends)


def read(here: StampedSocket) -> bytes:
    return here.recv(10)


def read_into(here: StampedSocket) -> bytes:
    room = bytearray(10)
    return bytes(room[: here.recv_into(room)])


@noted
@pytest.mark.parametrize("reader", [read, read_into])
def test_bytes_that_waited_for_their_reader_have_the_time_at_which_they_came(ends, reader):
    """They are there when ``select`` says so; read 50 ms later they came before that, a clock's reading apart."""
    there, here = ends
    before_ns = time.perf_counter_ns()
    there.send(b"came")
    select.select([here], [], [])
    there_ns = time.perf_counter_ns()
    time.sleep(LATE_S)
    assert reader(here) == b"came"
    assert before_ns - 1_000_000 < here.came_ns < there_ns + LATE_S / 2 * 1e9


@noted
@pytest.mark.parametrize("earlier", [0, 1])
@pytest.mark.parametrize("set_by_s", [3600, -3600])
def test_a_clock_of_the_day_that_was_set_in_between_moves_no_time(ends, monkeypatch, earlier, set_by_s):
    """Set forward by an hour since the socket was made or read, it would say that the bytes came an hour ago."""
    there, here = ends
    for _ in range(earlier):
        there.send(b"first")
        here.recv(10)
    see_day_as(monkeypatch, set_by_s)
    assert comes_now(there, here)


@noted
@pytest.mark.parametrize("set_by_s", [86_400, -3600])
def test_a_process_that_sees_another_day_than_the_kernel_has_right_times(monkeypatch, set_by_s):
    """As under libfaketime: what the kernel noted would lie before the socket was made, or in the future."""
    see_day_as(monkeypatch, set_by_s)
    for there, here in both_ends():
        assert comes_now(there, here)
        assert comes_now(there, here)


def see_day_as(monkeypatch, set_by_s: int) -> None:
    day_ns = time.time_ns
    clock = SimpleNamespace(time_ns=lambda: day_ns() + set_by_s * 10**9, perf_counter_ns=time.perf_counter_ns)
    monkeypatch.setattr(module, "time", clock)


def comes_now(there: socket.socket, here: StampedSocket) -> bool:
    before_ns = time.perf_counter_ns()
    there.send(b"second")
    here.recv(10)
    return before_ns <= here.came_ns <= time.perf_counter_ns()


def test_bytes_came_now_where_nobody_notes_it():
    before_ns = time.perf_counter_ns()
    assert before_ns <= arrived_ns(None) <= time.perf_counter_ns()


def test_another_system_has_plain_sockets(monkeypatch):
    monkeypatch.setattr(module, "NOTED", False)
    with stamped_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ())) as made:
        assert type(made) is socket.socket


class Server(threading.Thread):
    """Answers one request when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.asked, self.told, self.written = threading.Event(), threading.Event(), threading.Event()
        self.start()

    def run(self) -> None:
        with self.listening, self.listening.accept()[0] as connection:
            connection.recv(1 << 16)
            self.asked.set()
            self.told.wait()
            connection.sendall(http(WHOLE))
            self.written.set()
            connection.recv(1)


@noted
def test_an_answer_that_lies_unread_behind_a_busy_loop_took_no_longer():
    """The loop stands still for 50 ms after the answer was written: less than half of that is in its latency."""
    server = Server()

    async def late_ms() -> float:
        provider = OpenAIProvider(name="p", base_url=server.url)
        answer = asyncio.create_task(provider.complete(request()))
        while not (server.asked.is_set() or answer.done()):  # noqa: ASYNC110 - a thread sets it
            await asyncio.sleep(0)
        server.told.set()
        server.written.wait()
        written_ns = time.perf_counter_ns()
        time.sleep(LATE_S)  # noqa: ASYNC251 - it stands for work of the loop
        response = await answer
        await provider.aclose()
        return response.latency_ms - (written_ns - response.sent_ns) / 1e6

    assert asyncio.run(late_ms()) < LATE_S / 2 * 1e3
    server.join()


def test_an_answer_that_came_before_its_request_was_sent_took_no_time():
    """A server that answers a connection, not a request: its bytes may lie there before the request does."""

    async def hasty(reader, writer):
        writer.write(http(WHOLE))
        await reader.read()
        writer.close()

    async def latency_ms() -> float:
        server = await asyncio.start_server(hasty, "127.0.0.1", 0)
        provider = OpenAIProvider(name="p", base_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        response = await provider.complete(request())
        await provider.aclose()
        server.close()
        return response.latency_ms

    assert 0 <= asyncio.run(latency_ms()) < 1000


def test_a_time_before_the_request_was_handed_over_is_that_of_handing_it_over():
    clock = Clock()
    clock.begin(SimpleNamespace(received_ns=7, requests=2))
    assert clock.stale  # what came was of an earlier exchange
    clock.sent_ns, clock.last_ns = 10, 5
    assert clock.latency_ms == 0


@pytest.mark.parametrize("stream", [False, True])
def test_whole_answers_alone_may_be_read_late(stream):
    """Of pieces that are read at once the earlier ones would have the time of the last."""
    assert OpenAIProvider(name="p", base_url="http://a/v1", stream=stream).noted is (NOTED and not stream)


@noted
def test_among_many_connections_the_rest_of_a_stream_is_timed_when_it_is_read(ends, monkeypatch):
    """Its first token has the kernel's time already; one connection is many here."""
    there, here = ends
    monkeypatch.setattr(module, "_MANY", 0)
    here.spare()
    there.send(b"rest")
    select.select([here], [], [])
    before_ns = time.perf_counter_ns()
    assert here.recv(10) == b"rest"
    assert arrived_ns(here) >= before_ns


@noted
def test_among_few_connections_all_of_a_stream_has_the_time_at_which_it_came(ends):
    there, here = ends
    here.spare()
    there.send(b"rest")
    select.select([here], [], [])
    there_ns = time.perf_counter_ns()
    time.sleep(LATE_S)
    assert here.recv(10) == b"rest"
    assert arrived_ns(here) < there_ns + LATE_S / 2 * 1e9
