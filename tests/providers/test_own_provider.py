"""A fault of a user's own provider, whatever it is, is an error of that call: no other call is lost by it."""

from __future__ import annotations

import asyncio

import pytest
from scripted import request

from gencost.protocols import Provider
from gencost.providers.attempt import send_once
from gencost.types import Response, Usage


class Own(Provider):
    name = "own"

    def __init__(self, given):
        self.given = given

    async def complete(self, request):
        if isinstance(self.given, BaseException):
            raise self.given
        return self.given


def answer(**facts):
    return Response(**{"text": "hi", "usage": None, "latency_ms": 1.0, **facts})


@pytest.mark.parametrize(
    ("given", "error_type", "words"),
    [
        (None, "TypeError", "Own.complete gave None: give a gencost.Response"),
        ("hello", "TypeError", "Own.complete gave 'hello'"),
        (answer(text=None), "TypeError", "gave text=None"),
        (answer(usage={"tokens_in": 1}), "TypeError", "usage={'tokens_in': 1}"),
        (answer(latency_ms=float("nan")), "TypeError", "latency_ms=nan"),
        (answer(latency_ms=-1.0), "TypeError", "latency_ms=-1.0"),
        (answer(ttft_ms="5"), "TypeError", "ttft_ms='5'"),
        (RuntimeError("bug"), "RuntimeError", "RuntimeError: bug"),
        (SystemExit(3), "SystemExit", "SystemExit: 3"),
    ],
)
def test_what_cannot_be_recorded_fails_its_call_alone(given, error_type, words):
    exchange = asyncio.run(send_once(Own(given), request()))
    assert (exchange.response, exchange.attempts[0].error_type) == (None, error_type)
    assert words in str(exchange.error)


def test_an_answer_without_times_or_counts_is_one():
    given = answer(latency_ms=None, usage=Usage(tokens_in=1, tokens_out=2), ttft_ms=0.0)
    assert asyncio.run(send_once(Own(given), request())).response == given
