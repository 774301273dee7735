"""A fault of a user's own provider, whatever it is, is an error of that call: no other call is lost by it."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from scripted import request

from gencost.errors import ProviderError
from gencost.messages import ToolCall
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
        (answer(latency_ms=Decimal(5)), "TypeError", "latency_ms=Decimal('5'): give a number >= 0 or None"),
        (answer(server_ms=True), "TypeError", "server_ms=True"),
        (answer(finish_reason=3), "TypeError", "finish_reason=3: give a text or None"),
        (answer(finish_reason=["stop"]), "TypeError", "finish_reason=['stop']"),
        (answer(response_model=b"m"), "TypeError", "response_model=b'm'"),
        (answer(reasoning={"text": "hm"}), "TypeError", "reasoning={'text': 'hm'}"),
        (answer(provider_cost_usd="0.1"), "TypeError", "provider_cost_usd='0.1': give a Decimal or None"),
        (answer(provider_cost_usd=Decimal("NaN")), "TypeError", "provider_cost_usd=Decimal('NaN')"),
        (answer(provider_cost_usd=Decimal("sNaN")), "TypeError", "provider_cost_usd=Decimal('sNaN')"),
        (answer(provider_cost_usd=10**400), "TypeError", "provider_cost_usd=1000"),
        (answer(latency_ms=10**400), "TypeError", "latency_ms=1000"),
        (answer(tool_calls=({"name": "f"},)), "TypeError", "tool_calls=({'name': 'f'},)"),
        (answer(tool_calls=(ToolCall(id=None, name="f", arguments={}),)), "TypeError", "arguments are texts"),
        (answer(raw_usage=[1]), "TypeError", "raw_usage=[1]: give what JSON can hold"),
        (answer(parts=({"image": object},)), "TypeError", "parts=({'image': <class 'object'>},)"),
        (answer(chunk_times=[1, 2]), "TypeError", "chunk_times=[1, 2]: give bytes or None"),
        (ProviderError("no", error_type=429), "TypeError", "a ProviderError with error_type=429: give a text"),
        (ProviderError("no", error_type="e", http_status="429"), "TypeError", "http_status='429'"),
        (ProviderError("no", error_type="e", text=b"cut"), "TypeError", "text=b'cut'"),
        (ProviderError("no", error_type="e", billed=answer(finish_reason=3)), "TypeError", "finish_reason=3"),
        (ProviderError("no", error_type="own", http_status=429), "own", "no"),
        (RuntimeError("bug"), "RuntimeError", "RuntimeError: bug"),
        (SystemExit(3), "SystemExit", "SystemExit: 3"),
    ],
)
def test_what_cannot_be_recorded_fails_its_call_alone(given, error_type, words):
    exchange = asyncio.run(send_once(Own(given), request()))
    assert (exchange.response, exchange.attempts[0].error_type) == (None, error_type)
    assert words in str(exchange.error)


def test_an_answer_without_times_or_counts_is_one():
    given = answer(latency_ms=None, usage=Usage(tokens_in=1, tokens_out=2), ttft_ms=0.0, raw_usage={"at": Decimal(1)})
    assert asyncio.run(send_once(Own(given), request())).response == given
