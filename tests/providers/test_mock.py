from __future__ import annotations

import asyncio
import math
import statistics
import time
from datetime import UTC, datetime

import pytest

from gencost.errors import ConfigError, ProviderError
from gencost.providers.mock import MockProvider
from gencost.quality.proxy import quality_proxy
from gencost.types import Message, Request, Sample

PROFILES = {
    "small-latest": {"median_ms": 20, "sigma": 0.35, "words": 60, "vocabulary": 60},
    "large-latest": {"median_ms": 45, "sigma": 0.3, "words": 180, "vocabulary": 240},
}
MOCK = MockProvider(profiles=PROFILES, sleep=False)


def request(model="small-latest", text="Why is the sky blue?", **facts) -> Request:
    sample = Sample(id=facts.pop("prompt_id", "s"), messages=(Message(role="user", content=text),))
    fixed = {"request_id": "r", "run_id": None, "ts": datetime(2026, 1, 1, tzinfo=UTC), "provider": "mock"}
    return Request(**fixed, model=model, sample=sample, **facts)


def ask(provider=MOCK, **facts):
    return asyncio.run(provider.complete(request(**facts)))


def test_the_same_request_gets_the_same_answer():
    assert ask(seed=7) == ask(seed=7)


@pytest.mark.parametrize("change", [{"seed": 8}, {"model": "large-latest"}, {"prompt_id": "t"}, {"repeat": 1}])
def test_seed_model_prompt_and_repeat_each_change_the_answer(change):
    assert ask(**{"seed": 7, **change}).text != ask(seed=7).text


def test_echo_gives_the_prompt_back_a_token_a_word():
    text = "the quick brown fox jumps over a lazy dog"
    answer = ask(model="echo", text=text)
    assert (answer.text, answer.usage.tokens_in, answer.usage.tokens_out) == (text, 9, 9)
    assert round(quality_proxy(answer.text), 3) == 0.609


def test_echo_keeps_white_space():
    assert ask(model="echo", text="two  spaces\nand a line").text == "two  spaces\nand a line"


def test_an_answer_is_sentences_of_at_most_15_words():
    text = ask(model="large-latest").text
    assert text.endswith(".")
    for sentence in text.removesuffix(".").split(". "):
        assert sentence[0].isupper()
        assert len(sentence.split()) <= 15


def test_latency_is_log_normal_around_the_profile():
    logs = [math.log(ask(repeat=i).latency_ms) for i in range(2000)]
    assert statistics.mean(logs) == pytest.approx(math.log(20), abs=0.05)
    assert statistics.stdev(logs) == pytest.approx(0.35, abs=0.03)


def test_the_large_model_is_slower_and_richer():
    small, large = ([ask(model=m, repeat=i) for i in range(100)] for m in PROFILES)
    assert statistics.mean(a.latency_ms for a in large) > 1.5 * statistics.mean(a.latency_ms for a in small)
    assert min(quality_proxy(a.text) for a in large) > max(quality_proxy(a.text) for a in small)


def test_the_drawn_latency_is_really_slept():
    began = time.perf_counter()
    slept = ask(MockProvider(profiles={"m": {"median_ms": 20, "sigma": 0}}), model="m")
    assert 20 <= slept.latency_ms <= (time.perf_counter() - began) * 1e3


def test_max_tokens_cuts_the_answer():
    cut = ask(params={"max_tokens": 5})
    assert (len(cut.text.split()), cut.usage.tokens_out, cut.finish_reason) == (5, 5, "length")


@pytest.mark.parametrize("limit", [0, -1, 2.5, "5", True])
def test_max_tokens_that_mean_nothing_are_an_invalid_request(limit):
    with pytest.raises(ProviderError, match="max_tokens=") as caught:
        ask(params={"max_tokens": limit})
    assert (caught.value.error_type, caught.value.http_status) == ("invalid_request", 400)


def test_stop_ends_an_answer_before_its_text_and_n_draws_further_ones():
    whole = ask()
    mark = whole.text.split()[3]
    ended = ask(params={"stop": [mark]})
    assert ended.text == whole.text[: whole.text.index(mark)]
    assert (ended.finish_reason, ended.usage.tokens_out) == ("stop", len(ended.text.split()))
    several = ask(params={"n": 3})
    assert several.text == whole.text
    assert [choice["index"] for choice in several.choices] == [0, 1, 2]
    assert len({choice["text"] for choice in several.choices}) == 3
    assert several.usage.tokens_out == sum(len(choice["text"].split()) for choice in several.choices)


def test_no_max_tokens_is_no_limit():
    assert ask(params={"max_tokens": None}) == ask()


def test_faults_come_at_their_rates():
    provider = MockProvider(profiles=PROFILES, sleep=False, error_rate=0.2, timeout_rate=0.1)
    seen = {"ok": 0, "server_error": 0, "timeout": 0}
    for i in range(2000):
        try:
            ask(provider, repeat=i)
            seen["ok"] += 1
        except ProviderError as error:
            seen[error.error_type] += 1
    assert seen["server_error"] / 2000 == pytest.approx(0.2, abs=0.03)
    assert seen["timeout"] / 2000 == pytest.approx(0.1, abs=0.03)


def test_an_unknown_model_names_the_nearest():
    with pytest.raises(ConfigError, match="'small-lates' is not a mock model.*did you mean 'small-latest'"):
        MOCK.check("small-lates")
    with pytest.raises(ConfigError, match="is not a mock model"):
        ask(model="small-lates")


@pytest.mark.parametrize(
    "facts",
    [
        {"error_rate": 1.5},
        {"error_rate": 0.6, "timeout_rate": 0.6},
        {"profiles": {"m": {"median_ms": -1}}},
        {"profiles": {"m": {"medain_ms": 1}}},
        {"profiles": {"m": {"words": "many"}}},
        {"profiles": {"m": {"words": math.inf}}},
        {"profiles": {"m": {"vocabulary": 5.5}}},
        {"profiles": {"m": 5}},
        {"profiles": {"m": {"vocabulary": 10**6}}},
    ],
)
def test_what_cannot_be_is_refused(facts):
    with pytest.raises(ConfigError, match="provider\\."):
        MockProvider(**facts)
