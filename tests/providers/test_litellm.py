"""The litellm extra, with a stand-in for the library: its answers and errors become facts."""

from __future__ import annotations

import asyncio
import os
import sys
import types
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gencost.errors import ConfigError, ProviderError
from gencost.llm import to_sample
from gencost.providers.litellm import LiteLLMProvider
from gencost.types import Request, Usage
from gencost.values.portable import checked

BODY = {
    "model": "gpt-4o-mini",
    "choices": [{"message": {"content": "Forty-two."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}},
}


class Reply:
    def model_dump(self):
        return BODY


def library(monkeypatch, answer) -> list[dict]:
    """Put a module ``litellm`` in place; the arguments of its calls."""
    asked: list[dict] = []

    async def acompletion(**given):
        asked.append(given)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setitem(sys.modules, "litellm", types.SimpleNamespace(acompletion=acompletion))
    return asked


REQUEST = Request(
    request_id="r",
    run_id=None,
    ts=datetime.now(UTC),
    provider="litellm",
    model="bedrock/m",
    sample=to_sample("Well?"),
    params={"max_tokens": 5},
)


def ask(provider: LiteLLMProvider):
    return asyncio.run(provider.complete(REQUEST))


def test_an_answer_is_read_like_a_completion(monkeypatch):
    asked = library(monkeypatch, Reply())
    response = ask(LiteLLMProvider(options={"aws_region_name": "eu"}))
    assert response.text == "Forty-two."
    assert response.usage == Usage(tokens_in=10, tokens_out=3, tokens_cached=4)
    assert (response.response_model, response.finish_reason) == ("gpt-4o-mini", "stop")
    assert response.latency_ms > 0
    assert asked[0]["model"] == "bedrock/m"
    assert asked[0]["messages"] == [{"role": "user", "content": "Well?"}]
    assert (asked[0]["max_tokens"], asked[0]["aws_region_name"]) == (5, "eu")
    assert asked[0]["num_retries"] == asked[0]["max_retries"] == 0  # every try is a row of ours


def test_its_cost_is_the_providers_word_and_its_import_asks_nobody(monkeypatch):
    monkeypatch.delenv("LITELLM_LOCAL_MODEL_COST_MAP", raising=False)
    priced = Reply()
    priced._hidden_params = {"response_cost": 2.7e-06}
    library(monkeypatch, priced)
    assert ask(LiteLLMProvider()).provider_cost_usd == Decimal("0.0000027")
    assert os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"
    library(monkeypatch, Reply())
    assert ask(LiteLLMProvider()).provider_cost_usd is None


def test_portable_keys_reach_litellm_in_the_words_of_chat_completions(monkeypatch):
    asked = library(monkeypatch, Reply())
    provider = LiteLLMProvider()
    provider.check_params({"reasoning": "low"})
    asyncio.run(provider.complete(replace(REQUEST, params={"reasoning": "low", "cache": checked("cache", "last")})))
    assert asked[0]["reasoning_effort"] == "low"
    assert asked[0]["messages"][0]["content"][0]["cache_control"] == {"type": "ephemeral"}
    assert "cache" not in asked[0]


def test_an_error_keeps_its_status_and_no_key(monkeypatch):
    error = RuntimeError("refused: key canary-1234 has no quota")
    error.status_code = 429
    library(monkeypatch, error)
    with pytest.raises(ProviderError) as failed:
        ask(LiteLLMProvider(options={"api_key": "canary-1234"}))
    assert (failed.value.error_type, failed.value.http_status) == ("rate_limit", 429)
    assert "canary" not in str(failed.value)


def test_an_error_without_a_status_is_named_after_its_class(monkeypatch):
    library(monkeypatch, ValueError("no such model"))
    with pytest.raises(ProviderError) as failed:
        ask(LiteLLMProvider())
    assert (failed.value.error_type, failed.value.http_status) == ("ValueError", None)


def test_without_the_library_the_remedy_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "litellm", None)
    with pytest.raises(ConfigError, match="pip install 'gencost\\[litellm\\]'"):
        LiteLLMProvider().check("m")
