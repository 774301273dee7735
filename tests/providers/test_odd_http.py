"""HTTP that a strict parser refuses: an answer that is whole before or beside the fault is taken."""

from __future__ import annotations

import asyncio
import json

import pytest
from scripted import http, request
from test_wire import CHUNKED, CUT, WHOLE, YES, chunk, data, messages, piece, plain, sent, streaming

from gencost.errors import ProviderError
from gencost.providers.odd_http import pieces

BODY = json.dumps(WHOLE).encode()
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
STREAM = CHUNKED + chunk(data(*YES, b"[DONE]"))


def ok(headers: bytes, body: bytes = BODY) -> bytes:
    return b"HTTP/1.1 200 OK\r\n" + headers + b"Connection: close\r\n\r\n" + body


@pytest.mark.parametrize(
    "answer",
    [
        ok(LENGTH) + b"and more\r\n",
        ok(LENGTH + LENGTH),
        ok(LENGTH + b"Transfer-Encoding: chunked\r\n", chunk(BODY) + b"0\r\n\r\n"),
        ok(LENGTH + b"This is not a header\r\nX-Odd : spaces\r\n"),
        ok(b"Transfer-Encoding: chunked\r\n", chunk(BODY) + b"zz\r\n"),
        ok(b"Transfer-Encoding: chunked\r\n", chunk(BODY) + b"0\r\n\r\nand more"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + ok(LENGTH) + b"and more",
    ],
)
def test_a_whole_answer_is_taken(ask, answer):
    response, _ = ask(plain, answer)
    assert (sent(response), response.usage.tokens_in) == ("Yes", 7)


@pytest.mark.parametrize("rest", [b"0\r\n\r\nand more", b"zz\r\n"])
def test_a_stream_is_taken_whatever_follows_its_end(ask, rest):
    response, _ = ask(streaming, STREAM + rest)
    assert (sent(response), response.usage.tokens_in) == ("Yes", 7)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (ok(b"Content-Length: 20\r\n"), "truncated"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "invalid_body"),
        (b"HTTP/1.1 what?\r\n\r\n" + BODY, "invalid_body"),
    ],
)
def test_half_an_answer_is_none(ask, answer, kind):
    assert sent(ask(plain, answer + b"Connection: close")[0]) == kind


def test_after_an_odd_answer_another_connection_is_taken(ask):
    _, said = ask(plain, ok(LENGTH).replace(b"Connection: close", b"X: y") + b"more", times=2)
    assert said.connections == 2


def test_a_packet_is_cut_after_its_head_and_after_each_line():
    assert pieces(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nc\r\nd") == [b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", b"c\r\n", b"d"]
    assert pieces(b"HTTP/1.1 200 OK\r\nA: b\r\n") == []


def test_a_piece_of_a_stream_is_not_an_answer(ask):
    """Lines of JSON without events: the first of them alone would be half of a text."""
    error, _ = ask(streaming, ok(b"", json.dumps(YES[0]).encode() + b"\n"), 0.05, b"{}")
    assert sent(error) == "invalid_body"


def test_a_stream_of_two_choices_is_not_finished_with_one(ask):
    second = {"choices": [{"index": 1, "delta": {"content": "No"}, "finish_reason": "stop"}]}
    assert sent(ask(streaming, CUT + chunk(data(second, piece("Ye"))))[0]) == "truncated"


def test_a_message_that_has_its_stop_reason_needs_no_more(ask):
    events = [
        {"type": "message_start", "message": {"model": "c", "usage": {"input_tokens": 3, "output_tokens": 1}}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Yes"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}},
    ]
    response, _ = ask(messages, CUT + chunk(data(*events)))
    assert (sent(response), response.usage.tokens_out) == ("Yes", 4)
    assert sent(ask(messages, CUT + chunk(data(*events[:2])))[0]) == "truncated"


@pytest.mark.parametrize("kept", [False, True], ids=["closed", "held open"])
def test_a_request_may_be_refused_before_all_of_it_is_sent(kept):
    """8 MB are more than sockets hold: the server reads none of them, as one that limits the size of requests."""

    async def refuse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(http({"error": {"message": "too large"}}, status="413 Too Large", Connection="close"))
        await writer.drain()
        if kept:
            await over.wait()
        writer.close()

    async def main():
        nonlocal over
        over = asyncio.Event()
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        provider = plain(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        try:
            await provider.complete(request("x" * 8_000_000))
        except ProviderError as error:
            return error
        finally:
            over.set()
            await provider.aclose()
            server.close()

    over = None
    assert (error := asyncio.run(main())).http_status == 413
    assert error.error_type == "bad_request"
