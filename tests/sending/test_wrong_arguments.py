"""What an application gives of a wrong type is one ConfigError at once, not an error of Python's inside a call."""

from __future__ import annotations

import asyncio
import re
from types import SimpleNamespace

import pytest

import gencost
from gencost import CostTracker, UnifiedLLM
from gencost.errors import ConfigError, MetricsDBError, PricingError, PromptError, UserError
from gencost.protocols import Provider

MOCK = {"provider": "mock", "model": "small-latest"}
ODD = (None, 1, 1.5, True, "", b"x", ["a"], {"a": 1}, {1: "a"}, object(), float("nan"), -1, SimpleNamespace())
# Argument -> which of the odd values it takes.
TAKES = {
    **dict.fromkeys(("provider", "model", "rules", "cost_tracker", "scorers"), ()),
    **dict.fromkeys(("writer", "run_id", "run", "policy", "limits", "retry"), (None,)),
    "params": ({"a": 1},),
    "seed": (1,),
    "tags": ({"a": 1},),
    "raises": (True,),
}


class Nameless(Provider):
    """Has ``complete`` alone."""

    async def complete(self, request): ...


class Numbered(Nameless):
    """Has a name that is no text."""

    name = 5


def refusal(**given: object) -> str | None:
    try:
        UnifiedLLM(**{**MOCK, **given})
    except UserError as error:
        return str(error)
    return None


@pytest.mark.parametrize("argument", TAKES)
def test_an_argument_of_a_wrong_type_is_named_with_what_to_give(argument):
    for value in ODD:
        text = refusal(**{argument: value})
        if any(value is fits or (type(value) is type(fits) and value == fits) for fits in TAKES[argument]):
            assert text is None, value
        else:
            assert text is not None, f"{argument}={value!r} was taken"
            assert argument in text, value
            assert "\n" not in text, value


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        (Nameless, "provider=Nameless is a class: give an object, Nameless(...)"),
        (Nameless(), "provider: Nameless.name is None: give a text, the part of a price key before the colon"),
        (Numbered(), "provider: Numbered.name is 5: give a text"),
        (SimpleNamespace(name="mine"), "inherits from gencost.Provider"),
    ],
)
def test_a_provider_that_is_none_is_refused_before_its_first_call(provider, said):
    assert said in str(refusal(provider=provider))


def test_a_portable_parameter_is_checked_whoever_is_asked():
    for provider in ("mock", "openai", "anthropic"):
        assert (
            refusal(provider=provider, params={"temperature": "hot"}) == "params.temperature='hot': give a number >= 0"
        )
        assert refusal(provider=provider, params={"temperature": 0, "reasoning": {"effort": "low"}}) is None


@pytest.mark.parametrize(
    "facts",
    [
        {"messages": None},
        {"messages": "abc"},
        {"messages": (gencost.Message(role="user", content=1),)},  # type: ignore[arg-type]
        {"id": 1},
        {"reference": 5},
        {"category": ["a"]},
    ],
)
def test_a_sample_of_wrong_types_is_one_line(facts):
    given = {"id": "1", "messages": (gencost.Message(role="user", content="hi"),), **facts}
    with pytest.raises(PromptError, match="messages holds gencost.Messages with texts; id, reference and category"):
        gencost.Sample(**given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"repeat": "a"}, "repeat='a': give a whole number >= 0"),
        ({"repeat": -1}, "repeat=-1: give a whole number >= 0"),
        ({"due_ns": "now"}, "due_ns='now': give a moment of time.perf_counter_ns()"),
        ({"role": "nobody"}, "role='nobody': choose from sample, step, warmup, judge, superseded"),
    ],
)
def test_arguments_of_a_call_that_no_row_could_tell_are_refused(given, said):
    async def ask() -> None:
        async with UnifiedLLM(**MOCK) as llm:
            await llm.acomplete("hi", **given)

    with pytest.raises(ConfigError, match=re.escape(said)):
        asyncio.run(ask())


def test_a_sample_without_messages_is_an_empty_prompt():
    with UnifiedLLM(**MOCK) as llm, pytest.raises(ConfigError, match="the prompt is empty"):
        llm.complete(gencost.Sample(id="1", messages=()))


def test_tags_of_one_call_are_checked_like_those_of_all():
    with UnifiedLLM(**MOCK) as llm:
        for tags in ("a", 1, ["a"], {1: "a"}):
            for ask in (llm.complete, lambda *a, **more: list(llm.stream(*a, **more))):
                with pytest.raises(ConfigError, match=re.escape(f"tags={tags!r}: give a mapping")):
                    ask("hi", tags=tags)


def test_prices_that_are_none_are_refused():
    for pricing in ("list.yaml", 1, [], {"openai:gpt-4o": 1}, {"openai:gpt-4o": [{}]}):
        with pytest.raises(PricingError, match="give what gencost.load_pricing"):
            CostTracker(pricing)
    for source in (1, b"x", ["a"]):
        with pytest.raises(PricingError, match="give the path of a file, or what it holds"):
            gencost.load_pricing(source)
    with pytest.raises(PricingError, match='write "provider:model"'):
        CostTracker().compute_cost_usd(1, tokens_in=1, tokens_out=1)


def test_recorded_calls_are_asked_for_by_texts():
    for load in (gencost.load_calls, gencost.load_cells, gencost.load_scores):
        with pytest.raises(MetricsDBError, match="is not a database URL"):
            load(1)
        for run in (1, [1], 1.5, []):
            with pytest.raises(MetricsDBError, match=re.escape(f"run={run!r}: give an id, last, last~1 or a name")):
                load(None, run)
    with pytest.raises(MetricsDBError, match="is not a database URL"):
        gencost.init_db(1)
