"""Whatever a server sends as usage: no crash, no bill of what nobody read, no count that is lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gencost.cost_tracker import CostTracker
from gencost.pricing import load_pricing
from gencost.pricing.rates import MORE_RATES, RATES
from gencost.types import Response
from gencost.usage import Usages, read_usage
from gencost.usage.chat import CHAT
from gencost.usage.numbers import held, is_number
from gencost.usage.read_counts import shape_of
from gencost.usage.vendors import MESSAGES, RESPONSES

DIALECTS = {"chat": CHAT, "messages": MESSAGES, "responses": RESPONSES}
NOW = datetime(2026, 11, 26, tzinfo=UTC)
EVERY_RATE = dict.fromkeys((*RATES, *MORE_RATES), 1)
TRACKER = CostTracker(load_pricing({"models": {"p:m": EVERY_RATE}, "fallback": "none"}))

numbers = st.one_of(
    st.integers(-5, 10**7), st.sampled_from([0, 1, 2**63, 2**64, 10**30, True, False, 1.0, 0.5, float("nan"), "7", ""])
)
PATHS = sorted({*CHAT.meanings, *MESSAGES.meanings, *RESPONSES.meanings})
names = st.one_of(st.sampled_from(PATHS), st.text(max_size=6))
values = st.recursive(
    st.one_of(st.none(), numbers),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=4)),
    max_leaves=12,
)


def nested(flat: dict) -> dict:
    """{"a.b": 1} -> {"a": {"b": 1}}; a name that is both an object and a number stays the object."""
    made: dict = {}
    for path, value in flat.items():
        *steps, last = path.split(".")
        here = made
        for step in steps:
            here = here.setdefault(step, {}) if isinstance(here.get(step, {}), dict) else {}
        if not isinstance(here.get(last), dict):
            here[last] = value
    return made


def leaves(holder, start: str = "") -> list:
    """Every value that is neither an object nor a list, with its path."""
    inside = [(start + name.replace(".", "·"), value) for name, value in zip(*held(holder), strict=True)]
    deeper = [leaf for path, value in inside if isinstance(value, dict | list) for leaf in leaves(value, f"{path}.")]
    return [leaf for leaf in inside if not isinstance(leaf[1], dict | list)] + deeper


def status(usage, protocol) -> str:
    reading = read_usage(usage, protocol, text=True)
    facts = {"usage": reading.usage, "usage_problem": reading.problem, "region": reading.region}
    answer = Response(text="a", latency_ms=1.0, **facts)
    return TRACKER.price(provider="p", model="m", response=answer, at=NOW).status


@given(st.dictionaries(names, values, max_size=8), st.sampled_from(sorted(DIALECTS)))
def test_any_object_is_read_without_a_crash_and_is_priced_only_if_every_number_is(flat, protocol):
    usage = nested(flat)
    dialect = shape_of(usage, protocol)
    amounts = [path for path, value in leaves(usage) if is_number(value)]
    unnamed = [path for path in amounts if dialect is None or not dialect.meaning(path)]
    if status(usage, protocol) == "priced":
        assert unnamed == []


@given(
    st.sampled_from(sorted(DIALECTS)),
    st.data(),
    st.integers(1, 10**6),
)
def test_a_count_that_a_table_names_is_in_the_bill_or_makes_it_partial(protocol, data, count):
    """Each path of the table beside plain totals: it changes the usage, or the bill is not whole."""
    dialect = DIALECTS[protocol]
    counted = sorted(path for path, said in dialect.meanings.items() if said.kind in ("part", "write", "apart", "unit"))
    path = data.draw(st.sampled_from(counted))
    totals = dict.fromkeys(dialect.totals, 10**7)
    without, with_it = (read_usage(nested({**totals, **more}), protocol, text=True) for more in ({}, {path: count}))
    assert with_it.problem is not None or with_it.usage != without.usage


@pytest.mark.parametrize("protocol", sorted(DIALECTS))
def test_a_number_that_no_line_names_makes_the_bill_partial_and_is_named(protocol):
    usage = dict.fromkeys(DIALECTS[protocol].totals, 10) | {"details": {"quantum_tokens": 5}}
    reading = read_usage(usage, protocol, text=True)
    assert reading.usage.unread == ("details.quantum_tokens=5",)
    assert status(usage, protocol) == "partial"


@pytest.mark.parametrize("protocol", sorted(DIALECTS))
@pytest.mark.parametrize("bad", [None, True, "12", -1, 0.5, 2**63, [1], {"n": 1}])
def test_a_total_that_is_no_count_is_unknown_with_a_reason(protocol, bad):
    inside, outside = DIALECTS[protocol].totals
    reading = read_usage({inside: bad, outside: 3}, protocol, text=True)
    assert (reading.usage, bool(reading.problem)) == (None, True)


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b"]), st.integers(0, 9), max_size=2), max_size=6))
def test_of_a_stream_the_last_count_above_zero_holds(events):
    usages = Usages()
    for event in events:
        usages.take(event)
    for name in ("a", "b"):
        said = [event[name] for event in events if event.get(name)]
        assert ((usages.raw or {}).get(name) or 0) == (said[-1] if said else 0)


def test_a_usage_of_many_levels_is_no_danger():
    deep: object = 1
    for _ in range(900):
        deep = {"x": deep}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "deep": deep}
    assert len(read_usage(json.loads(json.dumps(usage)), "chat", text=True).usage.unread) == 1


def test_calls_inside_a_call_are_billed_at_their_own_models_rates():
    """1000 x 1 + 100 x 2 of the model, 500 x 10 + 50 x 20 of its advisor: 1200 + 6000 = 7200 millionths."""
    rates = {"p:m": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 2}}
    rates["p:big"] = {"input_usd_per_mtok": 10, "output_usd_per_mtok": 20}
    message = {"type": "message", "input_tokens": 1000, "output_tokens": 100}
    advisor = {"type": "advisor_message", "model": "big", "input_tokens": 500, "output_tokens": 50}
    usage = {"input_tokens": 1000, "output_tokens": 100, "iterations": [message, advisor]}
    reading = read_usage(usage, "messages", text=True)
    answer = Response(text="a", usage=reading.usage, latency_ms=1.0, response_model="m")
    tracker = CostTracker(load_pricing({"models": rates, "fallback": "none"}))
    cost = tracker.price(provider="p", model="m", response=answer, at=NOW)
    assert (cost.pico_usd, [line.model for line in cost.lines]) == (7_200_000_000, [None, None, "big", "big"])


def test_an_audio_token_is_not_billed_as_text():
    """20 x 1 + 80 x 2 + 420 x 20 = 8580 millionths."""
    rates = {"input_usd_per_mtok": 1, "output_usd_per_mtok": 2}
    usage = {"prompt_tokens": 20, "completion_tokens": 500, "completion_tokens_details": {"audio_tokens": 420}}
    answer = Response(text="a", usage=read_usage(usage, "chat", text=True).usage, latency_ms=1.0)
    ask = {"provider": "p", "model": "m", "response": answer, "at": NOW}
    without = CostTracker(load_pricing({"models": {"p:m": rates}, "fallback": "none"})).price(**ask)
    assert (without.status, without.reason) == ("partial", "no rate for audio_out tokens: add audio_out_usd_per_mtok")
    own = {"p:m": {**rates, "audio_out_usd_per_mtok": 20}}
    assert CostTracker(load_pricing({"models": own, "fallback": "none"})).price(**ask).pico_usd == 8_580_000_000
