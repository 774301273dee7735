"""What comes of a stream is read in time: nothing is lost, late, or timed wrong."""

from __future__ import annotations

import asyncio
import json
import time
from types import SimpleNamespace

import pytest
from scripted import http

from gencost.errors import ProviderError
from gencost.providers.anthropic import AnthropicProvider
from gencost.providers.arrival import Arrival
from gencost.providers.body import BodyReader
from gencost.providers.exchange import Addressed
from gencost.providers.openai import OpenAIProvider
from gencost.providers.patience import Patience, Timeouts
from gencost.providers.transport import Clock, StampingHandler
from gencost.values.chunk_times import offsets_us

STEP_S = 0.03
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
USAGE = {"prompt_tokens": 7, "completion_tokens": 2}


def event(value: object) -> bytes:
    return b"data: " + (value if isinstance(value, bytes) else json.dumps(value).encode()) + b"\n\n"


def word(text: str, **more: object) -> bytes:
    return event({"choices": [{"index": 0, "delta": {"content": text, **more}, "finish_reason": None}]})


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content)


WORDS = ["one ", "two ", "three ", "four ", "five"]
STOP = event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": USAGE})
DONE = STOP + event(b"[DONE]")


def apart(*pieces: bytes) -> list[bytes | float]:
    """Pieces that the client gets one by one."""
    return [step for piece in pieces for step in (piece, STEP_S)]


def streaming(url, **settings):
    return OpenAIProvider(name="p", base_url=url, stream=True, **settings)


def test_what_comes_between_the_first_token_and_the_end_wakes_no_task(ask, monkeypatch):
    """The first text wakes it, and the end; the four pieces between are read where they come."""
    woken, wake = [], Arrival.wake_up
    monkeypatch.setattr(Arrival, "wake_up", lambda arrival: woken.append(1) or wake(arrival))
    response, _ = ask(
        streaming, *apart(HEAD + chunk(word(WORDS[0])), *(chunk(word(w)) for w in WORDS[1:])), chunk(DONE)
    )
    assert response.text == "one two three four five"
    assert len(woken) <= 2


def test_the_first_token_is_timed_when_it_comes_and_the_end_when_it_is_announced(ask):
    pieces = [HEAD + chunk(word("", role="assistant")), *(chunk(word(w)) for w in WORDS), chunk(DONE)]
    response, _ = ask(streaming, *apart(*pieces), 3600.0)
    assert response.ttft_ms >= STEP_S * 500  # the second piece has the first text
    assert response.ttft_ms + 2 * STEP_S * 1e3 <= response.latency_ms  # five steps later, an hour before the end


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5, -1, -2, -3])
def test_a_chunk_may_be_cut_anywhere_even_in_its_size(ask, at):
    kept = chunk(word(WORDS[1])) + chunk(word(WORDS[2]))
    response, _ = ask(streaming, *apart(HEAD + chunk(word(WORDS[0])), kept[:at], kept[at:], chunk(DONE)), 60.0)
    assert response.text == "one two three "


@pytest.mark.parametrize("size", [1, 7, 50])
def test_events_may_be_cut_into_chunks_that_come_together(ask, size):
    body = word(WORDS[1]) + DONE
    cut = b"".join(chunk(body[i : i + size]) for i in range(0, len(body), size))
    response, _ = ask(streaming, *apart(HEAD + chunk(word(WORDS[0])), cut), 60.0)
    assert response.text == "one two "


def test_extensions_of_chunks_comments_and_line_ends_of_another_kind_are_read(ask):
    other = word(WORDS[2]).replace(b"\n", b"\r\n")
    extended = b"%x;a=b\r\n%b\r\n" % (len(word(WORDS[1])), word(WORDS[1]))
    pieces = [
        HEAD + chunk(word(WORDS[0])),
        extended,
        chunk(other),
        chunk(b": ping\n\n"),
        chunk(word(WORDS[3])),
        chunk(DONE),
    ]
    assert ask(streaming, *apart(*pieces), 60.0)[0].text == "one two three four "


def test_an_error_after_the_first_token_is_seen_at_once(ask):
    failed = chunk(event({"error": {"message": "overloaded", "type": "overloaded_error", "code": 529}}))
    error, _ = ask(streaming, *apart(HEAD + chunk(word("a")), chunk(word("b")), failed), 60.0)
    assert isinstance(error, ProviderError)
    assert error.service_ms < 60_000


def test_an_object_without_choices_that_says_why_is_seen_at_once(ask):
    refused = chunk(event({"code": 1302, "msg": "too many"}))
    error, _ = ask(streaming, *apart(HEAD + chunk(word("a")), chunk(word("b")), refused), 60.0)
    assert isinstance(error, ProviderError)
    assert error.service_ms < 60_000


def test_a_text_that_speaks_of_errors_and_choices_is_a_text(ask):
    odd = ['{"error": 1}', '"choices": []', "data: [DONE]\n\n", "end"]
    response, _ = ask(streaming, *apart(HEAD + chunk(word("a")), *(chunk(word(text)) for text in odd), chunk(DONE)))
    assert response.text == "a" + "".join(odd)


def test_a_stream_that_breaks_off_is_truncated_and_one_that_had_finished_is_an_answer(ask):
    cut = HEAD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    error, _ = ask(streaming, *apart(cut + chunk(word("a")), chunk(word("b"))))
    assert (error.error_type, error.ttft_ms is not None) == ("truncated", True)
    response, _ = ask(streaming, *apart(cut + chunk(word("a")), chunk(word("b")), chunk(STOP)))
    assert (response.text, response.usage.tokens_in) == ("ab", 7)


def test_a_stream_that_falls_silent_times_out_or_was_complete(ask):
    pieces = apart(HEAD + chunk(word("a")), chunk(word("b")))
    error, _ = ask(lambda url: streaming(url, chunk_s=0.2), *pieces, 60.0)
    assert error.error_type == "timeout"
    response, _ = ask(lambda url: streaming(url, chunk_s=0.2), *pieces, chunk(STOP), 60.0)
    assert response.text == "ab"


def test_a_stream_that_goes_on_is_waited_for_though_nobody_reads_it_yet(ask):
    """Twelve pieces of 0.03 s, longer than the 0.2 s that one may be silent."""
    pieces = [HEAD + chunk(word("a")), *[chunk(word("b"))] * 12, chunk(DONE)]
    response, _ = ask(lambda url: streaming(url, chunk_s=0.2), *apart(*pieces))
    assert response.text == "a" + 12 * "b"
    assert response.latency_ms > 200


def test_comments_before_the_first_token_give_it_no_time(ask):
    pieces = [HEAD + chunk(b": ping\n\n"), *[chunk(b": ping\n\n")] * 20, chunk(word("a"))]
    error, _ = ask(lambda url: streaming(url, first_token_s=0.2), *apart(*pieces), 60.0)
    assert error.error_type == "timeout"


def test_many_deltas_are_read_before_the_end_and_each_has_its_time(ask):
    """600 of about 120 bytes are more than the 64 KiB that are kept."""
    texts = [f"{number} " for number in range(600)]
    pieces = [
        HEAD + chunk(word("a")),
        0.1,
        *(step for text in texts for step in (chunk(word(text)), 0.001)),
        chunk(DONE),
    ]
    response, _ = ask(lambda url: streaming(url, record_chunks=True), *pieces)
    assert response.text == "a" + "".join(texts)
    offsets = offsets_us(response.chunk_times)
    assert offsets == sorted(offsets)
    assert offsets[1] - offsets[0] >= 50_000
    assert offsets[-1] == pytest.approx(response.latency_ms * 1000, abs=2)


def test_a_body_that_is_more_than_a_connection_holds_at_once_is_read_to_its_end(ask):
    text = "word " * 600_000  # 3 MB; aiohttp stops reading at half a megabyte that nobody took
    body = {"choices": [{"message": {"content": text}}], "usage": USAGE}
    response, _ = ask(lambda url: OpenAIProvider(name="p", base_url=url), http(body))
    assert response.text == text


def test_deltas_that_came_before_anybody_read_the_first_are_read_in_one_go_too(monkeypatch):
    """All comes before the task goes on; after the head HTTP's parser sees the first text, the ping and the end."""
    parsed, parse = [], Clock.parse
    monkeypatch.setattr(Clock, "parse", lambda clock, data: parsed.append(data) or parse(clock, data))
    words, ping, end = [chunk(word(text)) for text in WORDS], chunk(b": ping\n\n"), chunk(DONE)

    async def main() -> str:
        handler, clock = StampingHandler(asyncio.get_running_loop()), Clock()
        handler.set_response_params()
        clock.begin(handler)
        for data in (HEAD + chunk(word("", role="assistant")), *words[:3], ping, *words[3:], end):
            handler.data_received(data)
        head, content = await handler.read()
        arrival = Arrival(body=BodyReader(streaming("http://p"), stream=True), clock=clock)
        reply = SimpleNamespace(headers=head.headers, content=content)
        await arrival.fill(reply, Patience(Timeouts(connect_s=9, first_token_s=9, chunk_s=9, total_s=9), stream=True))
        return arrival.body.text

    assert asyncio.run(main()) == "".join(WORDS)
    assert parsed == [words[0], ping, end]


def test_the_first_token_has_the_time_of_its_own_piece_though_the_next_came_before_anybody_read_it():
    async def main() -> tuple[int, bytes]:
        handler = StampingHandler(asyncio.get_running_loop())
        handler.set_response_params()
        clock = Clock()
        clock.begin(handler)
        handler.data_received(HEAD + chunk(word("a")))
        came_ns = time.perf_counter_ns()
        handler.data_received(chunk(word("b")))
        _, content = await handler.read()
        return came_ns - clock.received_ns, bytes(content._read_nowait(-1))

    early_ns, read = asyncio.run(main())
    assert early_ns >= 0
    assert read == word("a")


def test_a_request_is_sent_before_the_socket_has_it():
    """Another thread may go on as soon as the socket has it, so that a time noted after it could be late."""
    noted = []

    class Handed:
        def is_closing(self) -> bool:
            return False

        def write(self, _request: bytes) -> None:
            noted.append("written")

        def get_write_buffer_size(self) -> int:
            return 0

    addressed = Addressed(session=None, request=None, head=b"", params={})

    async def read():
        return SimpleNamespace(code=200), None

    protocol = SimpleNamespace(transport=Handed(), read=read)
    asyncio.run(addressed._answered(protocol, b"{}", lambda: noted.append("sent")))
    assert noted == ["sent", "written"]


def test_a_connection_serves_the_next_request_after_a_kept_stream(ask):
    script = apart(HEAD + chunk(word("a")), chunk(word("b")), chunk(DONE) + b"0\r\n\r\n")
    response, said = ask(streaming, *script, times=2)
    assert (response.text, said.connections) == ("ab", 1)


def test_reasoning_and_functions_begin_an_answer_too(ask):
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}
    first = event({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})
    response, _ = ask(streaming, *apart(HEAD + chunk(first), chunk(DONE)))
    assert response.latency_ms - response.ttft_ms >= STEP_S * 500
    thought = event({"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]})
    response, _ = ask(streaming, *apart(HEAD + chunk(thought), chunk(word("a")), chunk(DONE)))
    assert (response.text, response.reasoning) == ("a", "hm")
    assert response.latency_ms - response.ttft_ms >= STEP_S * 500  # the text came a step later


def test_deltas_of_messages_are_kept_and_their_end_is_seen(ask):
    def named(kind: str, **more: object) -> bytes:
        return chunk(f"event: {kind}\n".encode() + event({"type": kind, **more}))

    start = named("message_start", message={"model": "m", "usage": {"input_tokens": 3, "output_tokens": 1}})
    block = named("content_block_start", index=0, content_block={"type": "text", "text": ""})
    words = [named("content_block_delta", index=0, delta={"type": "text_delta", "text": w}) for w in WORDS]
    end = named("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 5}) + named("message_stop")
    provider = lambda url: AnthropicProvider(base_url=url, api_key_env=None, stream=True)  # noqa: E731
    response, _ = ask(provider, *apart(HEAD + start + block, *words, end), 60.0, max_tokens=9)
    assert (response.text, response.usage.tokens_out) == ("one two three four five", 5)
    assert response.latency_ms < 60_000
