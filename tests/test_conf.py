"""Every file of the menu is a page: a command first, and it composes and becomes objects."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from gencost.config.cell import Cell, folder_name, register, to_cell
from gencost.errors import ConfigError
from gencost.masking import masked, masked_overrides
from gencost.paths import conf_dir

FILES = sorted(conf_dir().rglob("*.yaml"))
PAGES = {path: path.read_text(encoding="utf-8").splitlines() for path in FILES}
CHOICES = [path for path in FILES if path.parent != conf_dir() and "hydra" not in path.parts]

# What a choice needs that has no honest default.
NEEDS = {
    "provider/replay": ["provider.path=calls.csv"],
    "model/recorded": ["model.name=m", "provider.path=calls.csv"],
    "model/any": ["model.name=m"],
    "model/local": ["model.name=m", "provider.base_url=http://127.0.0.1:1/v1"],
    "provider/azure": ["provider.base_url=https://name.openai.azure.com/openai/v1"],
    "provider/local": ["provider.base_url=http://127.0.0.1:1/v1"],
    "quality/python_tests": ["quality.python_tests.allow_execution=true"],
    "quality/regex": ["quality.regex.pattern=x"],
    "quality/json_schema": ["quality.json_schema.schema={type: object}"],
    "quality/length": ["quality.length.max_words=9"],
    "experiment/replay_llmdrift": ["model.name=gpt-4-0314", "provider.path=calls.csv"],
}

# What a choice needs of an extra; the extra `test` brings them all.
PACKAGES = {
    "quality/rouge_l": "rouge_score",
    "quality/chrf": "sacrebleu",
    "quality/fuzzy": "rapidfuzz",
    "quality/json_schema": "jsonschema",
}


def name(path: Path) -> str:
    return str(path.relative_to(conf_dir()).with_suffix(""))


def composed(*overrides: str) -> Cell:
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return to_cell(compose("config", list(overrides)), list(overrides), Path())


# What a choice needs on the disk; its own tests make one.
ELSEWHERE = {"quality/embedding", "policy/file"}


# Groups whose choices have nothing to do with the model's: each is composed together with a choice of model.
BESIDE = {"quality", "load", "prompts", "pricing", "tracking", "report", "metrics_db", "policy", "source"}


def composed_together() -> list[tuple[str, ...]]:
    """Every choice of the menu once: one of each group in ``BESIDE`` with a model, the others alone."""
    names = [name(path) for path in CHOICES if name(path) not in ELSEWHERE]
    beside = [[it for it in names if it.rpartition("/")[0] == group] for group in ("model", *sorted(BESIDE))]
    together = [tuple(filter(None, row)) for row in itertools.zip_longest(*beside)]
    return together + [(it,) for it in names if it.rpartition("/")[0] not in {"model", *BESIDE}]


@pytest.mark.parametrize("names", composed_together(), ids="+".join)
def test_every_choice_composes_and_becomes_objects(names):
    for it in names:
        if it in PACKAGES:
            pytest.importorskip(PACKAGES[it])
    chosen = (it.rsplit("/", 1) for it in names)
    overrides = [f"{group}=[{choice}]" if group == "quality" else f"{group}={choice}" for group, choice in chosen]
    cell = composed(*overrides, *(need for it in names for need in NEEDS.get(it, [])))
    assert cell.provider.name
    assert cell.scorers


def test_every_file_names_the_command_that_uses_it():
    first = {name(path): lines[lines[0].startswith("# @package")] for path, lines in PAGES.items()}
    assert [it for it, line in first.items() if "/help/" not in it and not line.startswith("# ")] == []


def test_no_value_has_swallowed_the_comment_beside_it():
    beside = re.compile(r"[^#]*?:[^#]*?\S {3,}[^#\s]")
    assert [(name(path), line) for path, lines in PAGES.items() for line in lines if beside.match(line)] == []


@pytest.mark.parametrize("path", [p for p in CHOICES if p.parent.name == "experiment"], ids=name)
def test_an_experiments_first_line_is_its_command(path):
    assert f"# python -m gencost.run experiment={path.stem}" in path.read_text(encoding="utf-8").splitlines()[1]


def test_an_experiment_overrides_the_top_level_keys():
    assert composed("experiment=baseline").config.n == 50
    assert composed("experiment=baseline", "n=7").config.n == 7


def test_a_model_brings_its_provider_and_the_command_line_still_wins():
    assert composed("model=recorded", "model.name=m", "provider.path=x").provider.name == "replay"
    assert composed("model=recorded", "model.name=small-latest", "provider=mock").provider.name == "mock"


def test_several_scorers_are_chosen_at_once_and_the_first_is_the_quality():
    cell = composed("quality=[exact_match,proxy]")
    assert [scorer.name for scorer in cell.scorers] == ["exact_match", "proxy"]
    assert cell.score == "exact_match"
    assert composed("quality=[exact_match,proxy]", "score=proxy").score == "proxy"


def test_a_cell_is_named_after_what_concerns_its_calls():
    assert composed("model=large", "n=5", "tracking=none", "report=none", "name=x").cell == "model=large,n=5"
    assert composed().cell == "model=small-latest"


def test_secrets_are_masked_by_key_and_inside_urls():
    values = {"api_key": "a", "provider": {"token": "kept", "auth_token": "b"}, "url": "postgresql://u:pw@h/d"}
    assert masked(values) == {
        "api_key": "***",
        "provider": {"token": "kept", "auth_token": "***"},
        "url": "postgresql://u:***@h/d",
    }
    assert masked({"max_tokens": 5, "tokens_per_min": 1, "api_key_env": "OPENAI_API_KEY"}) == {
        "max_tokens": 5,
        "tokens_per_min": 1,
        "api_key_env": "OPENAI_API_KEY",
    }


def test_secrets_are_masked_on_the_command_line():
    given = ["n=5", "provider.api_key=sk-1", "metrics_db.url=postgresql://u:pw@h/d", "-m"]
    assert masked_overrides(given) == ["n=5", "provider.api_key=***", "metrics_db.url=postgresql://u:***@h/d", "-m"]


def test_the_config_of_a_cell_is_kept_as_yaml_without_secrets():
    text = composed("metrics_db.url=postgresql://u:canary@h/d").yaml
    assert "canary" not in text
    assert "name: small-latest" in text


@pytest.mark.parametrize("name", ["..", "../x", "a/b", ".hidden", "a\\b", ""])
def test_a_name_cannot_leave_its_folder(name):
    with pytest.raises(ConfigError, match="it names folders and files"):
        composed(f"name='{name}'" if name else "name=''")
    assert "/" not in folder_name(name)
    assert not folder_name(name).startswith(".")
