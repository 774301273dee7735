from __future__ import annotations

from datetime import UTC, datetime

import pytest
from multidict import CIMultiDict

from gencost.masking import masked_text
from gencost.providers.failures import error_type, reported, shown
from gencost.providers.sse import Event, EventReader
from gencost.providers.waits import retry_after_s

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After-Ms": "1500", "Retry-After": "7"}, 1.5),
        ({"Retry-After": "Thu, 01 Jan 2026 12:00:30 GMT"}, 30.0),
        ({"Retry-After": "Thu, 01 Jan 2026 11:00:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"X-Retry-After": "9"}, 9.0),
        ({"X-Rate-Limit-Reset": "20", "X-Rate-Limit-Remaining": "0"}, 20.0),
        ({"X-RateLimit-Reset-Tokens": "2562047h47m16.854s"}, None),  # the longest duration of Go
        ({"X-RateLimit-Reset-Requests": "6m0s", "X-RateLimit-Reset-Tokens": "20ms"}, 0.02),
        (
            {
                "X-RateLimit-Reset-Requests": "6m0s",
                "X-RateLimit-Remaining-Requests": "0",
                "X-RateLimit-Reset-Tokens": "20ms",
            },
            360.0,
        ),
    ],
)
def test_the_wait_that_a_server_asks_for(headers, seconds):
    assert retry_after_s(CIMultiDict(headers), now=NOW) == seconds


def test_the_wait_may_stand_in_the_body():
    in_a_minute_ms = int(NOW.timestamp() + 60) * 1000
    relayed = f'{{"metadata": {{"headers": {{"X-RateLimit-Reset": "{in_a_minute_ms}"}}}}}}'
    assert retry_after_s(CIMultiDict(), relayed, now=NOW) == 60.0
    assert retry_after_s(CIMultiDict(), '{"error": "loading", "estimated_time": 20.5}', now=NOW) == 20.5


@pytest.mark.parametrize(
    ("status", "name"), [(429, "rate_limit"), (529, "overloaded"), (503, "server_error"), (418, "bad_request")]
)
def test_a_status_has_a_name(status, name):
    assert error_type(status) == name


def test_a_secret_is_masked_as_it_is_quoted_and_escaped():
    secret = 'a"b c'
    text = 'raw a"b c, quoted a%22b%20c, escaped a\\"b c, other sk-abcdef123456'
    assert masked_text(text, [secret]) == "raw ***, quoted ***, escaped ***, other sk-***"


def test_a_long_text_is_masked_before_it_is_cut():
    assert "secret" not in shown("x" * 495 + "secretsecret", ["secretsecret"])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_are_whole_however_their_bytes_are_cut(size):
    stream = b'\xef\xbb\xbf: hi\r\ndata: {"a":\r\ndata: "\xc3\xa9"}\r\n\r\nevent: x\ndata:two\n\ndata\n\ndata: last'
    reader = EventReader()
    events = [event for i in range(0, len(stream), size) for event in reader.feed(stream[i : i + size])]
    whole = [Event("", '{"a":\n"é"}'.encode()), Event("x", b"two"), Event("", b"last")]
    assert events + reader.close() == whole  # a bare "data" line is an event without data: none


def test_an_error_that_a_relay_wrote_as_a_text_is_of_its_type():
    assert reported('{"code": 503, "message": "busy"}').error_type == "server_error"
    assert reported('{"error": {"type": "rate_limit_error", "message": "slow"}}').error_type == "rate_limit"
    assert reported("{odd}").error_type == "error_body"
