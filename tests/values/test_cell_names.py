"""Names of cells: short, distinct, the same in any order; and the cells that people mean by them."""

from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gencost.config.cell import compose_cell
from gencost.errors import ConfigError
from gencost.values.cell_names import RecordedCell, check_given, find_cell, given_names, name_cells
from gencost.values.overrides import as_meant, settings, split_name

TEMPERATURE = "+model.params.temperature"


def names(*overrides: str, **facts) -> list[str]:
    cells = [RecordedCell(overrides=each, identity=f"{i:08d}-id", **facts) for i, each in enumerate(overrides)]
    return name_cells(cells)


@pytest.mark.parametrize(
    ("overrides", "shown"),
    [
        (["model=small,n=50", "model=large,n=50"], ["small", "large"]),
        ([f"model=small,{TEMPERATURE}={t}" for t in ("0", "0.7")], ["temperature 0", "temperature 0.7"]),
        (
            [f"model={m},{TEMPERATURE}=0.7,n=4" for m in ("small", "large")] + [f"model=small,{TEMPERATURE}=0,n=4"],
            ["small, temperature 0.7", "large, temperature 0.7", "small, temperature 0"],
        ),
        (["model=recorded,model.name=A", "model=recorded,model.name=B"], ["A", "B"]),
        (["model=local,model.name=qwen3:8b", "model=small"], ["qwen3:8b", "small"]),
        (["load.concurrency=1", "load.concurrency=64"], ["concurrency 1", "concurrency 64"]),
        (["load=poisson", "load=constant"], ["load poisson", "load constant"]),
        (["quality=[proxy,judge]", "quality=[proxy]"], ["quality proxy+judge", "quality proxy"]),
        (["~model.params.top_p", "model.params.top_p=1"], ["without top_p", "top_p 1"]),
        (["model.params.stop=null", "model.params.stop='a, b'"], ["stop none", "stop a, b"]),
        (["a=1,x.a=1", "a=2,x.a=2"], ["a 1, x a 1", "a 2, x a 2"]),
        ([r"prompts.system=Be\ short.", r"prompts.system=a\,\ b\=\[c\]"], ["system Be short.", "system a, b=[c]"]),
        (["prompts.path=a.csv", "prompts.path=b.csv"], ["prompts path a.csv", "prompts path b.csv"]),
    ],
)
def test_a_name_is_what_differs_without_syntax(overrides, shown):
    assert names(*overrides) == shown


def test_a_single_cell_is_named_by_its_model():
    assert names("model=small,n=5", model="small-latest") == ["small"]
    assert names("n=5", model="small-latest") == ["small-latest"]
    assert names("model=local,model.name=qwen3:8b,n=5", model="qwen3:8b") == ["qwen3:8b"]


def test_where_one_cell_has_nothing_of_its_own_the_model_stands_before_all():
    assert names("n=5", "n=5,seed=1", model="m") == ["m", "m, seed 1"]


def test_equal_overrides_are_told_apart_by_the_id():
    assert names("model=small", "model=small") == ["small [00000000]", "small [00000001]"]


def test_models_of_one_name_are_told_apart_by_how_they_are_reached():
    shown = names("model=local,model.name=q", "model=openai,model.name=q", "model=openai,model.name=k")
    assert shown == ["model local, model.name q", "model openai, model.name q", "k"]


def test_long_values_are_shortened_in_the_middle_and_show_where_they_differ():
    long = "You are an expert. Think {} by step, in words. Then answer: {{text}}"
    first, second = names(*(f"prompts.template='{long.format(word)}'" for word in ("step", "stop")))
    assert (first, second) == ("template You are a...ep by step...", "template You are a...op by step...")
    assert names("model=a", f"model={'x' * 40}")[1] == f"{'x' * 13}...{'x' * 12}"


def test_a_given_name_stands_instead():
    shown = names("model=small,n=5", "model=large,n=5", given={"model=small": "the cheap one", "large": "ours"})
    assert shown == ["the cheap one", "ours"]


def test_shards_have_the_name_of_their_cell():
    cells = [RecordedCell(overrides=f"model={m}", identity=m) for m in ("small", "small", "large")]
    assert name_cells(cells) == ["small", "small", "large"]


_VALUE = st.one_of(
    st.sampled_from(
        ["small", "large", "0.7", "null", "none", "", "[a,b]", "'a, b'", "{a: 1}", "x" * 60 + "y", "x" * 61]
    ),
    st.text(st.characters(codec="utf-8"), max_size=60),
)
_KEY = st.sampled_from(["model", "model.name", "n", TEMPERATURE, "quality.judge.temperature", "~seed", "a@b.c", "load"])
_OVERRIDES = st.lists(st.tuples(_KEY, _VALUE), max_size=4).map(lambda pairs: ",".join(f"{k}={v}" for k, v in pairs))


@given(st.lists(_OVERRIDES, min_size=1, max_size=12), st.sampled_from([None, "m"]), st.randoms(use_true_random=False))
def test_names_are_distinct_and_do_not_depend_on_the_order(overrides, model, rng: random.Random):
    cells = [RecordedCell(overrides=each, identity=f"{i:08d}-id", model=model) for i, each in enumerate(overrides)]
    shown = dict(zip((cell.identity for cell in cells), name_cells(cells), strict=True))
    assert len(set(shown.values())) == len(cells)
    assert all(name and name == name.strip() for name in shown.values() if "\n" not in name)
    rng.shuffle(cells)
    assert dict(zip((cell.identity for cell in cells), name_cells(cells), strict=True)) == shown


CELLS = {
    "small, temperature 0.7": f"model=small,{TEMPERATURE}=0.7,n=5",
    "small, temperature 0": f"model=small,{TEMPERATURE}=0,n=5",
    "ours": f"model=large,{TEMPERATURE}=0.7,n=5",
}


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("small, temperature 0", "small, temperature 0"),
        ("temperature 0", "small, temperature 0"),
        ("model=small,model.params.temperature=0.7", "small, temperature 0.7"),
        (f"model=small,{TEMPERATURE}=0.7,n=5", "small, temperature 0.7"),
        (f"model=small,{TEMPERATURE}=0.7,n=5,seed=3", "small, temperature 0.7"),
        ("model=small,model.temperature=0.7", "small, temperature 0.7"),
        ("large", "ours"),
        ("model=large", "ours"),
        ("ours", "ours"),
    ],
)
def test_a_cell_is_found_by_its_name_its_overrides_and_the_name_it_was_given(asked, meant):
    assert find_cell(asked, CELLS, "--reference") == meant


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("small", r"--reference='small' means 2 cells: choose from small, temperature 0.7; small, temperature 0$"),
        ("larg", r"--reference='larg' is not a cell \(did you mean 'large'\?\): choose from .*; ours$"),
        ("", "is not a cell"),
        ("5", "means 3 cells"),
    ],
)
def test_an_unknown_or_ambiguous_cell_is_one_line_with_the_nearest_names(asked, why):
    with pytest.raises(ConfigError, match=why):
        find_cell(asked, CELLS, "--reference")


@given(_OVERRIDES, st.lists(_OVERRIDES, min_size=1, max_size=5, unique=True))
def test_looking_for_a_cell_finds_one_or_says_so(asked, overrides):
    cells = dict(zip(names(*overrides), overrides, strict=True))
    with contextlib.suppress(ConfigError):
        assert find_cell(asked, cells, "place") in cells


@pytest.mark.parametrize(
    ("given_names", "why"),
    [
        ({"zzz": "x"}, "cell_names='zzz' is not a cell"),
        ({"small": "x", "large": "x"}, "'x' is the name of two cells"),
        ({"small": "large"}, "'large' is the name of another cell, too"),
        ({"small": " "}, "has an empty name"),
    ],
)
def test_names_for_no_cell_or_for_two_are_refused(given_names, why):
    overrides = ["model=small", "model=large"]
    with pytest.raises(ConfigError, match=why):
        check_given(given_names, dict(zip(names(*overrides, given=given_names), overrides, strict=True)))


def test_what_is_not_a_mapping_gives_no_names():
    assert given_names(None) == {}
    assert given_names({1: 2}) == {"1": "2"}
    with pytest.raises(ConfigError, match="cell_names=x: write a cell and its name"):
        given_names("x")


def test_the_command_line_gives_names():
    composed = compose_cell(["model=small", "cell_names={small: the cheap one}"])
    assert given_names(composed.config.cell_names) == {"small": "the cheap one"}


def test_commas_in_brackets_and_quotes_part_nothing():
    assert split_name("a=[1,2],b='x,y',c={d: 1,e: 2},f=\"1,2\"") == ["a=[1,2]", "b='x,y'", "c={d: 1,e: 2}", 'f="1,2"']
    assert settings("++a=1,b@c.d=2") == {"a": "1", "c.d": "2"}


def test_overrides_that_an_earlier_version_cut_off_are_split_at_every_comma():
    assert split_name("a=1,b=[x,y") == ["a=1", "b=[x", "y"]


def test_what_adding_steps_left_at_the_end_of_a_number_is_taken_away():
    typed = {"t=0.7000000000000001": "t=0.7", "t=0.30000000000000004": "t=0.3", "t=-1.2000000000000002": "t=-1.2"}
    kept = ("t=0.123456789012345678", "t=0.7", "t=0.70000000000001", "n=3", "a='0.7000000000000001 or so'", "~t", "t=")
    for override, meant in {**typed, **dict.fromkeys(kept)}.items():
        assert as_meant(override) == (meant or override)
