"""Errors that come with status 200: each with the type that decides whether it is tried again."""

from __future__ import annotations

import json

import pytest
from scripted import http, sse
from test_wire import COUNTS, DELTAS, USAGE, YES, messages, piece, plain, responses, sent, streaming

from gencost.values.error_types import ERROR_TYPES


def failed(**error):
    return {"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error", "error": error}]}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"object": "error", "message": "too long", "type": "BadRequestError", "code": 400}, "bad_request"),
        ({"error": {"message": "slow down", "code": 429}}, "rate_limit"),
        ({"error": {"message": "slow down", "code": "429"}}, "rate_limit"),
        ({"error": {"message": "x", "code": 502}}, "server_error"),
        ({"error": {"message": "x", "code": "rate_limit_exceeded", "type": "tokens"}}, "rate_limit"),
        ({"error": {"message": "x", "type": "insufficient_quota", "code": "insufficient_quota"}}, "quota"),
        ({"error": {"code": 503, "status": "UNAVAILABLE", "message": "The model is overloaded."}}, "overloaded"),
        ({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "your current quota"}}, "rate_limit"),
        ({"error": "Rate limit exceeded"}, "rate_limit"),
        ({"error": {"message": "The server had an error while processing", "type": "server_error"}}, "server_error"),
        ({"error": {"message": "Invalid API key", "type": "authentication_error"}}, "auth"),
        ({"error": True, "message": "Request timed out"}, "request_timeout"),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "overloaded"),
        ({"detail": "Internal Server Error"}, "server_error"),
        ({"code": 1302, "msg": "rate limit reached"}, "rate_limit"),
        ({"success": False, "errors": [{"code": 429, "message": "x"}], "result": None}, "rate_limit"),
        ({"base_resp": {"status_code": 1002, "status_msg": "rate limit"}}, "rate_limit"),
        ({"error": {"message": "nobody knows", "code": "X1"}}, "error_body"),
        ([{"error": {"code": 429, "message": "x"}}], "rate_limit"),
        ({"error": 500}, "server_error"),
        ({"error": {"error": {"code": 429, "message": "x"}}}, "rate_limit"),
        ({"error": {"type": "error", "error": {"type": "overloaded_error", "message": "x"}}}, "overloaded"),
        ({"error": '{"code": 429, "message": "x"}'}, "rate_limit"),
        ({"error": {"code": 500, "message": '{"error": {"code": 503, "message": "x"}}'}}, "server_error"),
        ({"error": {"message": "您的账户已欠费请充值后重试", "code": "429"}}, "quota"),
    ],
)
def test_an_error_has_its_type_whole_and_in_a_stream(ask, body, kind):
    assert kind in ERROR_TYPES
    for make, answer in ((plain, http(body)), (streaming, sse(body)), (streaming, sse(YES[0], body))):
        assert sent(ask(make, answer)[0]) == kind


@pytest.mark.parametrize(("error", "kind"), [({"code": 502, "message": "x"}, "server_error"), ({}, "error_body")])
def test_a_choice_that_ended_with_an_error_is_one(ask, error, kind):
    assert sent(ask(streaming, sse(YES[0], failed(**error)))[0]) == kind
    choice = {"message": {"content": ""}, "finish_reason": "error", "error": error}
    assert sent(ask(plain, http({"choices": [choice], "usage": USAGE}))[0]) == kind


@pytest.mark.parametrize("words", [b"upstream timed out", b'{"message": "upstream timed out"}', b'"timeout"'])
def test_an_event_named_error_is_one(ask, words):
    stream = sse(YES[0], done=False) + b"event: error\ndata: " + words + b"\n\n"
    assert sent(ask(streaming, stream)[0]) == "request_timeout"


ERROR = {"error": {"code": 429, "message": "x"}}


@pytest.mark.parametrize(
    "line",
    [b'error: {"code": 429, "message": "x"}', json.dumps(ERROR).encode(), json.dumps(ERROR, indent=1).encode()],
)
@pytest.mark.parametrize("before", [(), YES[:1]], ids=["first", "in the middle"])
def test_an_error_may_stand_in_a_line_of_its_own_form(ask, before, line):
    assert sent(ask(streaming, sse(*before, done=False) + line + b"\n\n")[0]) == "rate_limit"


def ended(kind, **response):
    return {"type": f"response.{kind}", "response": {"status": kind, "usage": COUNTS, **response}}


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (ended("failed", error={"code": "rate_limit_exceeded", "message": "x"}), "rate_limit"),
        (ended("failed", error={"code": "server_error", "message": "x"}), "server_error"),
        (ended("failed"), "server_error"),
        (ended("cancelled"), "cancelled"),
        (ended("incomplete"), "truncated"),
        ({"type": "error", "code": "rate_limit_exceeded", "message": "x", "sequence_number": 3}, "rate_limit"),
        ({"type": "error", "error": {"type": "server_error", "message": "x"}}, "server_error"),
    ],
)
def test_a_response_that_failed_has_its_type(ask, event, kind):
    assert sent(ask(responses, sse(*DELTAS, event, done=False))[0]) == kind


def test_a_response_that_met_its_bound_is_an_answer_as_a_completion_is(ask):
    event = ended("incomplete", incomplete_details={"reason": "max_output_tokens"})
    response, _ = ask(responses, sse(*DELTAS, event, done=False))
    assert (sent(response), response.finish_reason) == ("Yes", "max_output_tokens")


def test_what_a_failed_answer_counted_is_kept(ask):
    counted = {"choices": [], "usage": USAGE}
    for stream in (sse(YES[0], counted, done=False), sse(YES[0], failed(code=502, message="x"), counted)):
        error, _ = ask(streaming, stream)
        assert (error.billed.usage.tokens_in, error.ttft_ms is not None) == (7, True)
    error, _ = ask(responses, sse(*DELTAS, ended("failed"), done=False))
    assert (error.billed.usage.tokens_in, error.billed.usage.tokens_out) == (3, 4)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        ("429 x", {"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}}, "quota"),
        (
            "429 x",
            {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "your current quota"}},
            "rate_limit",
        ),
        ("429 x", {"error": {"message": "slow down"}}, "rate_limit"),
        ("402 Payment Required", {"error": {"message": "Insufficient Balance"}}, "quota"),
        ("400 x", {"error": {"type": "invalid_request_error", "message": "Your credit balance is too low"}}, "quota"),
        ("403 x", {"error": {"status": "PERMISSION_DENIED", "message": "x"}}, "auth"),
        ("400 x", {"message": "slow", "code": "ThrottlingException"}, "rate_limit"),
        ("503 x", {"error": {"type": "overloaded_error", "message": "x"}}, "overloaded"),
        ("503 x", b"<html><title>503 Service Temporarily Unavailable</title></html>", "server_error"),
        ("498 x", b"", "overloaded"),
        ("501 x", b"", "unsupported"),
        ("600 x", b"", "unsupported"),
        ("999 x", b"", "unsupported"),
        ("520 x", b"", "server_error"),
        ("410 Gone", b"", "not_found"),
        ("400 x", {"message": "Too many tokens", "__type": "ThrottlingException"}, "rate_limit"),
        ("429 x", {"error": "busy", "error_type": "overloaded"}, "overloaded"),
        ("429 x", {"error": {"code": "1113", "message": "您的账户已欠费请充值后重试"}}, "quota"),
        ("403 x", {"error": {"code": "AccountOverdueError", "type": "Forbidden", "message": "x"}}, "quota"),
        (
            "403 x",
            {"error": {"status": "PERMISSION_DENIED", "errors": [{"reason": "rateLimitExceeded"}]}},
            "rate_limit",
        ),
        ("400 x", {"error": {"status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_INVALID"}]}}, "auth"),
        ("400 x", {"error": {"message": "x", "type": "invalid_request_error", "details": "none"}}, "bad_request"),
        ("500 x", {"error": {"message": "litellm.RateLimitError", "code": "429"}}, "rate_limit"),
        ("502 x", {"error": {"code": 500, "message": "x"}}, "server_error"),
    ],
)
def test_a_status_is_told_apart_by_what_the_body_says(ask, status, body, kind):
    assert sent(ask(plain, http(body, status=status))[0]) == kind


def test_an_error_of_a_message_stream_keeps_its_type(ask):
    start = {"type": "message_start", "message": {"model": "c", "usage": {"input_tokens": 3, "output_tokens": 1}}}
    event = {"type": "error", "error": {"type": "rate_limit_error", "message": "x"}}
    assert sent(ask(messages, sse(start, event, done=False))[0]) == "rate_limit"


def test_an_answer_that_speaks_of_errors_is_none(ask):
    response, _ = ask(streaming, sse(piece('{"error": "none"}'), piece(finish="stop"), {"error": None, "choices": []}))
    assert response.text == '{"error": "none"}'
