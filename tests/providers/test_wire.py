"""What servers really send: each line is a situation that was seen, and what a call must come to."""

from __future__ import annotations

import json

import pytest
from scripted import http, sse

from gencost.providers.anthropic import AnthropicProvider
from gencost.providers.openai import OpenAIProvider
from gencost.providers.openai_responses import OpenAIResponsesProvider
from gencost.types import Response

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
CUT = CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


def piece(text: str | None = None, finish: str | None = None, **more):
    delta = {} if text is None else {"content": text}
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


YES = (piece("Ye"), piece("s"), piece(finish="stop"), {"choices": [], "usage": USAGE})
WHOLE = {"choices": [{"index": 0, "message": {"content": "Yes"}, "finish_reason": "stop"}], "usage": USAGE}


def data(*events: object) -> bytes:
    return b"".join(b"data: " + (e if isinstance(e, bytes) else json.dumps(e).encode()) + b"\n\n" for e in events)


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content)


def streaming(url, **settings):
    return OpenAIProvider(name="openai", base_url=url, stream=True, **settings)


def plain(url, **settings):
    return OpenAIProvider(name="openai", base_url=url, **settings)


def sent(response: object) -> object:
    """The text of an answer, the type of an error."""
    return response.text if isinstance(response, Response) else response.error_type


PINGS = [b": keepalive", b"", b"ping", b"null", b'"ping"', b"42", b"[]", b": OPENROUTER PROCESSING"]


@pytest.mark.parametrize("ping", PINGS, ids=repr)
def test_data_that_is_no_event_is_left_out(ask, ping):
    response, _ = ask(streaming, sse(YES[0], ping, *YES[1:]))
    assert (sent(response), response.usage.tokens_out) == ("Yes", 2)


@pytest.mark.parametrize(
    "between",
    [
        b": comment\n\n",
        b":\n\n",
        b"event: ping\ndata: {}\n\n",
        b"event: heartbeat\n\n",
        b"id: 7\nretry: 10\n\n",
        b"\n\n\n",
    ],
)
def test_comments_and_named_pings_are_left_out(ask, between):
    response, _ = ask(streaming, HEAD + data(YES[0]) + between + data(*YES[1:], b"[DONE]"), b"Connection: close")
    assert sent(response) == "Yes"


@pytest.mark.parametrize("end", [b"[DONE]", b" [DONE] ", b"[DONE]\t", b"[DONE] bye", b'"[DONE]"', b"[done]"])
def test_the_end_is_the_end_however_it_is_written(ask, end):
    response, _ = ask(streaming, HEAD + data(*YES, end) + data(b"{broken", piece("!")), 5.0)
    assert sent(response) == "Yes"


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_lines_end_in_three_ways_and_are_cut_anywhere(ask, line_end, size):
    body = (b"\xef\xbb\xbf" + data(*YES, b"[DONE]")).replace(b"\n", line_end)
    response, _ = ask(streaming, CHUNKED, *[chunk(body[i : i + size]) for i in range(0, len(body), size)], 5.0)
    assert (sent(response), response.usage.tokens_in) == ("Yes", 7)


def test_an_end_without_its_line_end_is_the_end(ask):
    assert sent(ask(streaming, HEAD + data(*YES) + b"data: [DONE]", 5.0)[0]) == "Yes"


def test_events_without_blank_lines_between_them_are_read_all_the_same(ask):
    body = b"".join(b"data: " + json.dumps(e).encode() + b"\n" for e in YES) + b"data: [DONE]\n\n"
    assert sent(ask(streaming, HEAD + body, b"Connection: close")[0]) == "Yes"


def test_wrong_utf8_is_replaced_and_halves_of_a_character_are_joined(ask):
    wrong = b'{"choices":[{"index":0,"delta":{"content":"caf\xe9 "},"finish_reason":null}]}'
    halves = [b'{"choices":[{"index":0,"delta":{"content":"%b"}}]}' % half for half in (rb"\ud83d", rb"\ude00")]
    from gencost.text.safe import storable

    response, _ = ask(streaming, sse(wrong, *halves, piece(finish="stop")))
    assert storable(response.text) == "caf\ufffd \U0001f600"


@pytest.mark.parametrize(
    "tail", [[3600.0], [chunk(b"data: {")], [chunk(b": bye\n\n"), 3600.0]], ids=["open", "more", "a comment"]
)
@pytest.mark.parametrize("events", [(*YES, b"[DONE]"), (piece("Yes"), b"[DONE]")], ids=["usage", "bare"])
def test_a_stream_is_complete_with_its_end_and_waits_for_nothing(ask, events, tail):
    response, _ = ask(streaming, CHUNKED + chunk(data(*events)), *tail)
    assert sent(response) == "Yes"


def test_latency_ends_where_the_answer_ends(ask):
    response, _ = ask(streaming, CHUNKED + chunk(data(*YES, b"[DONE]")), 60.0, b"0\r\n\r\n")
    assert response.latency_ms < 60_000


def test_a_connection_whose_transfer_ends_soon_is_kept(ask):
    response, said = ask(streaming, CHUNKED + chunk(data(*YES, b"[DONE]")), 0.02, b"0\r\n\r\n", times=1)
    assert (sent(response), said.connections) == ("Yes", 1)


@pytest.mark.parametrize(
    "cut",
    [
        [CUT + chunk(data(*YES))],  # [DONE] and the last chunk are missing
        [CUT + chunk(data(*YES, b"[DONE]"))],
        [CUT + chunk(data(*YES[:3]))],  # finished, and then gone
        [b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\nConnection: close\r\n\r\n" + data(*YES)],
    ],
)
def test_a_finished_answer_is_taken_though_its_transfer_was_cut(ask, cut):
    assert sent(ask(streaming, *cut)[0]) == "Yes"


@pytest.mark.parametrize("kept", [[], [5.0]], ids=["cut", "held open"])
def test_a_whole_object_is_an_answer_though_its_transfer_has_no_end(ask, kept):
    body = json.dumps(WHOLE).encode()
    head = CHUNKED if kept else CUT
    assert sent(ask(plain, head + chunk(b"\n \n" + body[:20]) + chunk(body[20:]), *kept)[0]) == "Yes"


def test_a_stream_that_stops_after_its_first_token_times_out_between_pieces(ask):
    error, _ = ask(lambda url: streaming(url, chunk_s=0.1, total_s=3600.0), CHUNKED + chunk(data(YES[0])), 3600.0)
    assert sent(error) == "timeout"
    assert error.service_ms >= 100


def test_comments_keep_a_stream_alive_between_pieces(ask):
    alive = [step for _ in range(12) for step in (0.05, chunk(b": alive\n\n"))]  # 0.6 s in pieces of 0.05 s
    response, _ = ask(
        lambda url: streaming(url, chunk_s=0.5), CHUNKED + chunk(data(YES[0])), *alive, chunk(data(*YES[1:]))
    )
    assert sent(response) == "Yes"


def test_an_answer_that_is_no_stream_has_all_the_time_of_its_try(ask):
    response, _ = ask(lambda url: plain(url, first_token_s=0.05), 0.2, http(WHOLE))
    assert sent(response) == "Yes"


@pytest.mark.parametrize("kind", [{}, {"Content_Type": "text/plain"}, {"Content_Type": "text/event-stream"}])
@pytest.mark.parametrize("make", [streaming, plain])
def test_an_object_is_read_whatever_it_is_called(ask, kind, make):
    assert sent(ask(make, http(b"\xef\xbb\xbf\n" + json.dumps(WHOLE).encode(), **kind))[0]) == "Yes"


def test_a_stream_is_read_though_none_was_asked_for(ask):
    response, _ = ask(plain, sse(*YES))
    assert (sent(response), response.usage.tokens_in) == ("Yes", 7)


@pytest.mark.parametrize("make", [streaming, plain])
@pytest.mark.parametrize("kind", ["text/html", "text/event-stream", "application/json"])
def test_a_page_is_named_and_not_asked_for_again(ask, make, kind):
    page = b"<!doctype html>\n<html><head><title>Sign in\n to Wifi</title></head><body>...</body></html>"
    error, _ = ask(make, http(page, Content_Type=kind))
    assert (sent(error), "an HTML page: Sign in to Wifi" in str(error)) == ("invalid_body", True)


def test_plain_words_are_no_stream(ask):
    error, _ = ask(streaming, http(b"upstream connect error", Content_Type="text/plain"))
    assert (sent(error), "upstream connect error" in str(error)) == ("invalid_body", True)


def test_big_and_strange_headers_do_no_harm(ask):
    head = b"HTTP/1.1 200 OK\r\nX-Big: " + b"x" * 60_000 + b"\r\nX-Request-Id: caf\xe9\r\n"
    head += b"".join(b"X-%d: y\r\n" % n for n in range(300)) + b"Connection: close\r\n\r\n"
    response, _ = ask(plain, head + json.dumps(WHOLE).encode())
    assert (sent(response), response.provider_request_id[:3]) == ("Yes", "caf")


def test_a_redirect_names_its_address(ask):
    error, _ = ask(
        plain, http(b"", status="308 Permanent Redirect", Location="https://new.example/v1/chat/completions")
    )
    assert (sent(error), "https://new.example/v1/chat/completions" in str(error)) == ("redirect", True)


def test_a_refusal_without_an_end_is_told_by_its_status(ask, monkeypatch):
    monkeypatch.setattr("gencost.providers.http._REFUSAL_S", 0.3)
    head = b"HTTP/1.1 429 Too Many Requests\r\nTransfer-Encoding: chunked\r\n\r\n"
    error, _ = ask(plain, head + chunk(b'{"error": {"message": "Please try again in 1.5s"}}'), 5.0)
    assert (sent(error), error.retry_after_s) == ("rate_limit", 1.5)


def test_the_first_choice_is_the_answer_in_whatever_order_they_come(ask):
    second = {"choices": [{"index": 1, "delta": {"content": "No"}, "finish_reason": "stop"}]}
    assert sent(ask(streaming, sse(second, *YES[:2], second, *YES[2:]))[0]) == "Yes"
    two = [{"index": 1, "message": {"content": "No"}}, {"index": 0, "message": {"content": "Yes"}}]
    assert sent(ask(plain, http({"choices": two}))[0]) == "Yes"


@pytest.mark.parametrize(
    "event",
    [
        {"choices": [{"index": 0, "message": {"content": "Yes"}, "finish_reason": "stop"}]},
        {"choices": [{"index": 0, "text": "Yes", "finish_reason": "stop"}]},
        {"choices": [{"index": 0, "delta": {"content": [{"type": "text", "text": "Yes"}]}, "finish_reason": "stop"}]},
        {"choices": [{"delta": {"refusal": "Yes"}, "finish_reason": "stop"}]},
    ],
)
def test_a_text_is_found_where_servers_put_it(ask, event):
    assert sent(ask(streaming, sse(event))[0]) == "Yes"


def test_an_end_of_nothing_is_no_answer(ask):
    assert sent(ask(streaming, sse())[0]) == "truncated"


def responses(url):
    return OpenAIResponsesProvider(name="openai", base_url=url, stream=True)


def messages(url):
    return AnthropicProvider(name="anthropic", base_url=url, stream=True)


COUNTS = {"input_tokens": 3, "output_tokens": 4}
DELTAS = tuple({"type": "response.output_text.delta", "delta": text} for text in ("Ye", "s"))
COMPLETED = {"type": "response.completed", "response": {"status": "completed", "output": [], "usage": COUNTS}}


def test_the_text_of_a_response_may_stand_in_its_deltas_alone(ask):
    response, _ = ask(responses, CHUNKED + chunk(data(*DELTAS, COMPLETED)), 5.0)
    assert (sent(response), response.usage.tokens_out, response.finish_reason) == ("Yes", 4, "completed")


def test_the_text_of_a_message_may_stand_in_the_start_of_its_block(ask):
    events = [
        {"type": "message_start", "message": {"model": "c", "usage": {"input_tokens": 3, "output_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Yes"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}},
        {"type": "message_stop"},
    ]
    response, _ = ask(messages, CHUNKED + chunk(data(*events)), 5.0)
    assert (sent(response), response.usage.tokens_out) == ("Yes", 4)


@pytest.mark.parametrize("kind", ["response.output_text.done", "response.refusal.done"])
def test_the_text_of_a_response_may_stand_in_the_end_of_its_part_alone(ask, kind):
    key = "text" if "text" in kind else "refusal"
    events = [{"type": kind, key: "Yes"}, {"type": "response.completed", "response": {"status": "completed"}}]
    assert sent(ask(responses, CHUNKED + chunk(data(*events)), 5.0)[0]) == "Yes"


@pytest.mark.parametrize("part", [{"type": "output_text", "text": "s"}, {"type": "refusal", "refusal": "s"}])
def test_the_text_of_a_response_may_stand_in_its_finished_parts_alone(ask, part):
    done = [{"type": "reasoning_text", "text": "Hm"}, {"type": "output_text", "text": "Ye"}, part]
    events = [{"type": "response.content_part.done", "part": part} for part in done]
    assert sent(ask(responses, CHUNKED + chunk(data(*events, COMPLETED)), 5.0)[0]) == "Yes"


def test_the_count_that_a_message_begins_with_is_not_taken_for_that_of_its_end(ask):
    events = [
        {"type": "message_start", "message": {"model": "c", "usage": {"input_tokens": 3, "output_tokens": 1}}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Yes, of course."}},
        {"type": "message_stop"},
    ]
    response, _ = ask(messages, CHUNKED + chunk(data(*events)), 5.0)
    assert (sent(response), response.usage) == ("Yes, of course.", None)
    assert response.usage_problem == "usage.output_tokens is missing"


def test_an_event_may_be_known_by_its_name_alone(ask):
    named = (b"event: content_block_delta\n" + data({"delta": {"text": "Yes"}}), b"event: message_stop\n" + data({}))
    start = data({"type": "message_start", "message": {"model": "c"}})
    assert sent(ask(messages, HEAD + start + b"".join(named), 5.0)[0]) == "Yes"
