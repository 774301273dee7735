"""A portable key reaches each provider in its own words, or is refused by name before any call."""

from __future__ import annotations

import json

import pytest
from scripted import request

from gencost.config.cell import compose_cell
from gencost.errors import ConfigError
from gencost.providers.key_tables import CHAT, GEMINI, MESSAGES, RESPONSES
from gencost.providers.params import anthropic_params, chat_params, responses_params
from gencost.values.portable import KEYS, checked, merged

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
FORMAT = checked("response_format", SCHEMA)
ALL = {"max_tokens": 9, "temperature": 0, "top_p": 0.5, "seed": 7, "stop": "END", "service_tier": "auto", "n": 2}


def said(provider: str, **params):
    """The parameters of a body as a provider of Chat Completions gets them."""
    return chat_params(params, provider)


def test_every_table_has_a_rule_for_every_key():
    for table in (CHAT, RESPONSES, MESSAGES, GEMINI):
        assert set(table) == set(KEYS)


def test_chat_completions_takes_the_plain_words_and_openai_its_own_bound():
    assert said("local", **ALL, reasoning="low") == {**ALL, "reasoning_effort": "low"}
    assert said("openai", max_tokens=9) == {"max_completion_tokens": 9}
    assert said("azure", max_tokens=9) == {"max_completion_tokens": 9}


@pytest.mark.parametrize(
    ("provider", "params", "fields"),
    [
        ("mistral", {"seed": 7}, {"random_seed": 7}),
        ("deepseek", {"reasoning": "none"}, {"thinking": {"type": "disabled"}}),
        ("deepseek", {"reasoning": "low"}, {"thinking": {"type": "enabled"}, "reasoning_effort": "low"}),
        ("openrouter", {"reasoning": 2000}, {"reasoning": {"max_tokens": 2000}}),
        ("openrouter", {"reasoning": "none"}, {"reasoning": {"effort": "none"}}),
        ("moonshot", {"reasoning": "none"}, {"thinking": {"type": "disabled"}}),
        ("groq", {"max_tokens": 9, "n": 1}, {"max_completion_tokens": 9}),
        ("local", {"cache": "off"}, {}),
        ("local", {"top_k": 4, "reasoning": {"effort": "low"}}, {"top_k": 4, "reasoning": {"effort": "low"}}),
        ("google", {"reasoning": 512}, {"extra_body": {"google": {"thinking_config": {"thinking_budget": 512}}}}),
    ],
)
def test_vendors_words_differ(provider, params, fields):
    assert chat_params(params, provider) == fields


def test_responses_has_its_own_words():
    assert responses_params({"max_tokens": 9, "reasoning": "high", "response_format": FORMAT}) == {
        "max_output_tokens": 9,
        "reasoning": {"effort": "high"},
        "text": {"format": {"type": "json_schema", "name": "answer", "schema": SCHEMA, "strict": True}},
    }


def test_messages_has_its_own_words():
    assert anthropic_params({"max_tokens": 2000, "stop": ["a", "b"], "reasoning": 1024, "n": 1}) == {
        "max_tokens": 2000,
        "stop_sequences": ["a", "b"],
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }
    assert anthropic_params({"reasoning": "low", "response_format": FORMAT}) == {
        "thinking": {"type": "adaptive"},
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": SCHEMA}},
    }
    assert anthropic_params({"reasoning": "none"}) == {"thinking": {"type": "disabled"}}


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (
            "model=claude_haiku_4_5 model.seed=1",
            "model.seed=1: provider anthropic cannot be told: the Messages",
        ),
        (
            "model=claude_haiku_4_5 model.n=2",
            "model.n=2: provider anthropic gives one answer a request",
        ),
        (
            "model=claude_haiku_4_5 model.reasoning=2000",
            "takes thought out of model.max_tokens=1024, and nothing",
        ),
        ("model=claude_haiku_4_5 model.reasoning=100", "takes at least 1024 tokens of thought"),
        (
            "model=claude_haiku_4_5 model.response_format=json",
            "model.response_format=json: provider",
        ),
        ("model=claude_haiku_4_5 model.service_tier=flex", "takes auto or standard_only"),
        (
            "model=gpt_5 model.reasoning=2000",
            "model.reasoning=2000: provider openai takes none, low, medium, high",
        ),
        ("model=gpt_5 model.cache=system", "model.cache=[system]: provider openai caches by itself"),
        (
            "model=gpt_5 provider=openai_responses model.stop=END",
            "model.stop=END: provider openai cannot be told",
        ),
        ("model=gpt_5 provider=openai_responses model.seed=1", "takes no seed"),
        ("model=deepseek_v4_pro model.reasoning=medium", "provider deepseek takes none, low, high"),
        ("model=mistral_large model.reasoning=low", "provider mistral takes none, high"),
        ("model=deepseek_v4_pro model.seed=1", "it takes no seed"),
        ("model=any model.name=m provider=openrouter model.cache=tools", "not after tools"),
    ],
)
def test_a_key_without_words_is_refused_by_name_provider_and_remedy(choice, text):
    cell = compose_cell(choice.split())
    with pytest.raises(ConfigError) as raised:
        cell.provider.check_params(cell.params)
    assert text in str(raised.value)


@pytest.mark.parametrize(
    ("override", "text"),
    [
        ("model.max_tokens=0", "model.max_tokens=0: give a whole number >= 1"),
        ("model.temperature=hot", "model.temperature='hot': give a number >= 0"),
        ("model.top_p=2", "above 0 and at most 1"),
        ("model.stop=[]", "give a text, or a list of texts"),
        ("model.reasoning=minimal", "choose from none, low, medium, high, or give the most tokens of thought"),
        ("model.cache=everything", "give off, or after what to cache"),
        ("model.cache={breakpoints:[system],ttl:1d}", "ttl one of 5m, 1h"),
        ("model.response_format=none.json", "cannot be read: No such file or directory; give json, or the path"),
        ("model.n=0", "give a whole number >= 1"),
    ],
)
def test_an_impossible_value_is_refused_whoever_the_provider_is(override, text):
    with pytest.raises(ConfigError) as raised:
        compose_cell([override])
    assert text in str(raised.value)


def test_marks_of_the_cache_stand_after_system_tools_and_last_turn():
    params = {"cache": checked("cache", {"breakpoints": ["system", "tools", "last"], "ttl": "1h"})}
    params["tools"] = [{"type": "function", "function": {"name": n, "parameters": {"type": "object"}}} for n in "ab"]
    body = compose_cell(["model=claude_haiku_4_5"]).provider.body(request("Hi", system="Rules", **params))
    mark = {"type": "ephemeral", "ttl": "1h"}
    assert body["system"] == [{"type": "text", "text": "Rules", "cache_control": mark}]
    assert body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": mark}]}]
    assert [tool.get("cache_control") for tool in body["tools"]] == [None, mark]
    assert "cache" not in body


def test_openrouter_takes_marks_in_the_turns():
    provider = compose_cell(["model=any", "model.name=m", "provider=openrouter"]).provider
    body = provider.body(request("Hi", system="Rules", cache=checked("cache", "system")))
    marked = {"type": "text", "text": "Rules", "cache_control": {"type": "ephemeral"}}
    assert body["messages"] == [{"role": "system", "content": [marked]}, {"role": "user", "content": "Hi"}]
    assert "cache" not in body


def test_parameters_are_translated_once_a_cell():
    provider = compose_cell(["model=gpt_4o"]).provider
    asked = request(max_tokens=9)
    assert provider._wire.of(asked.params) is provider._wire.of(asked.params)
    assert provider._wire.of(dict(asked.params)) == {"max_completion_tokens": 9}


def test_a_row_wins_over_its_cell_in_whatever_words():
    cell = {"max_tokens": 400, "temperature": 0, "reasoning": "low"}
    assert merged(cell, {"max_completion_tokens": 9, "temperature": None}) == {
        "reasoning": "low",
        "max_completion_tokens": 9,
    }
    assert anthropic_params(merged(cell, {"reasoning_effort": "high", "max_completion_tokens": 9})) == {
        "temperature": 0,
        "max_tokens": 9,
        "thinking": {"type": "adaptive"},
        "output_config": {"effort": "high"},
    }


def test_a_schema_file_is_named_after_itself_and_strict_where_it_is_closed(tmp_path):
    (tmp_path / "my answer.json").write_text(json.dumps(SCHEMA))
    path = tmp_path / "my answer.json"
    asked = checked("response_format", str(path))["json_schema"]
    assert asked == {"name": "my_answer", "schema": SCHEMA, "strict": True}
    path.write_text(json.dumps({"type": "object", "properties": {"a": {"type": "string"}}}))
    assert "strict" not in checked("response_format", str(path))["json_schema"]


def test_a_sample_that_asks_what_cannot_be_sent_is_an_error_of_its_try():
    provider = compose_cell(["model=claude_haiku_4_5"]).provider
    with pytest.raises(Exception, match=r"model.seed=3: provider anthropic cannot be told") as raised:
        provider.body(request(seed=3))
    assert raised.value.error_type == "invalid_request"
