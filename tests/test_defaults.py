"""A default that stands in a class stands nowhere else with another value: classes, schema and YAML agree."""

from __future__ import annotations

import pkgutil
from dataclasses import MISSING, fields
from typing import Any

import pytest
from omegaconf import OmegaConf
from test_conf import CHOICES, NEEDS, composed, name

from gencost.config.cell import compose_cell, load_provider
from gencost.config.schema import (
    BudgetConfig,
    Config,
    DecisionConfig,
    LimitsConfig,
    ReadingConfig,
    RetryConfig,
    ScoringConfig,
    TrafficConfig,
)
from gencost.decision.decide import Criteria
from gencost.paths import conf_dir
from gencost.quality.reading import Reading
from gencost.quality.score import Rules
from gencost.sending.limits import LimitSettings
from gencost.sending.retry import Retry


def defaults(made_by: Any) -> dict[str, Any]:
    """The default of each field that has one."""
    given = {f.name: f.default for f in fields(made_by) if f.init and f.default is not MISSING}
    return given | {f.name: f.default_factory() for f in fields(made_by) if f.init and f.default_factory is not MISSING}


@pytest.mark.parametrize(
    ("schema", "at_work", "here_alone"),
    [
        (RetryConfig, Retry, {"jitter"}),
        (LimitsConfig, LimitSettings, set()),
        (DecisionConfig, Criteria, {"score", "calls_per_month"}),  # one acts before, one is of the traffic
        (TrafficConfig, Criteria, {f.name for f in fields(DecisionConfig)} - {"score"}),
        (ReadingConfig, Reading, set()),
        (ScoringConfig, Rules, {"reading"}),
    ],
)
def test_the_schema_has_the_defaults_of_the_class_that_does_the_work(schema, at_work, here_alone):
    first, second = defaults(schema), defaults(at_work)
    assert set(first) ^ set(second) <= here_alone
    assert {key: first[key] for key in first if key in second} == {key: second[key] for key in second if key in first}


def test_config_yaml_shows_the_defaults_of_the_schema():
    shown, schema = composed().config, Config()
    objects = {"provider", "pricing", "prompts", "quality", "load", "model"}
    for key in (f.name for f in fields(Config) if f.name not in objects):
        assert getattr(shown, key) == getattr(schema, key), key


def test_config_yaml_shows_every_key():
    shown = OmegaConf.load(conf_dir() / "config.yaml")
    groups = {"retry": RetryConfig, "limits": LimitsConfig, "budget": BudgetConfig, "decision": DecisionConfig}
    groups |= {"reading": ReadingConfig, "scoring": ScoringConfig}
    for key, schema in groups.items():
        assert set(shown[key]) == {f.name for f in fields(schema)}, key


OBJECTS = [path for path in CHOICES if "_target_: gencost." in path.read_text(encoding="utf-8")]
# What a file sets on purpose to something else than its class.
CHOSEN = {"load/sequential": {"concurrency"}, "quality/pairwise": {"rubric"}, "policy/route_then_cascade": {"router"}}
CHOSEN["prompts/traffic"] = {"n", "seed", "url"}  # those of the whole config
CHOSEN["source/langfuse"] = {"protocol", "only"}
# Whom a file reaches and how that is called has no honest default.
NAMED = {"name", "base_url", "api_key_env"}


@pytest.mark.parametrize("path", OBJECTS, ids=name)
def test_a_file_of_the_menu_shows_the_defaults_of_its_class(path):
    node = OmegaConf.to_container(OmegaConf.load(path))
    objects = [part for part in (node, *node.values()) if isinstance(part, dict) and "_target_" in part]
    assert objects
    for part in objects:
        known = defaults(pkgutil.resolve_name(part["_target_"]))
        other = {key for key, value in part.items() if known.get(key, value) not in (value, {})}
        assert other <= NAMED | CHOSEN.get(name(path), set()), {key: (part[key], known[key]) for key in other}


def test_a_provider_of_the_menu_is_the_same_for_python_and_for_hydra():
    files = [path.stem for path in CHOICES if path.parent.name == "provider"]
    needy = {key.partition("/")[2] for key in NEEDS if key.startswith("provider/")}
    assert len(set(files) - needy) > 10
    for choice in set(files) - needy:
        assert load_provider(choice) == composed(f"provider={choice}").provider


def test_a_file_that_inherits_says_only_what_differs():
    """cell_key hashes these values: a run recorded before a file inherited them still resumes."""
    assert dict(composed("model=deepseek_v4_flash").resolved["provider"]) == {
        "_target_": "gencost.providers.openai.OpenAIProvider",
        "name": "deepseek",
        "base_url": "https://api.deepseek.com/v1",
        "api_key_env": "DEEPSEEK_API_KEY",
        "headers": {},
        "stream": False,
        "record_chunks": False,
        "connect_s": 10,
        "first_token_s": 120,
        "chunk_s": 120,
        "total_s": 600,
        "proxy": None,
        "ca_file": None,
    }
    mini = composed("model=gpt_5_mini")
    assert (mini.resolved["model"]["name"], mini.params) == ("gpt-5-mini-2025-08-07", {"max_tokens": 1024})


def test_no_file_repeats_what_it_inherits():
    for path in CHOICES:
        node = OmegaConf.to_container(OmegaConf.load(path))
        for parent in [entry for entry in node.get("defaults", []) if isinstance(entry, str) and entry != "_self_"]:
            inherited = OmegaConf.to_container(OmegaConf.load(path.with_name(f"{parent}.yaml")))
            repeated = {key for key, value in node.items() if key != "defaults" and inherited.get(key, ...) == value}
            assert not repeated, f"{path}: {repeated} stand in {parent}.yaml"


def test_a_users_own_file_inherits_from_the_menu(tmp_path):
    (tmp_path / "provider").mkdir()
    (tmp_path / "model").mkdir()
    own = "defaults: [openai, _self_]\nname: mine\nbase_url: http://127.0.0.1:1/v1\napi_key_env: null\n"
    (tmp_path / "provider" / "mine.yaml").write_text(own)
    model = "# @package _global_\ndefaults: [any, override /provider: mine, _self_]\n"
    model += "model: {name: m, params: {max_tokens: 50}}\n"
    (tmp_path / "model" / "mine.yaml").write_text(model)
    cell = compose_cell(["model=mine"], str(tmp_path))
    assert (cell.provider.name, cell.provider.total_s) == ("mine", 600)
    assert cell.params == {"max_tokens": 50}
