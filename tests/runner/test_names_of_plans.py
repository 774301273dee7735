"""A plan names its cell, and its shard if the cell is split; earlier keys are those of the older rule."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from gencost.runner.cell_key import cell_key, earlier_keys
from gencost.runner.plan import Plan


@pytest.mark.parametrize(("shard", "name"), [(None, "small"), (0, "small [shard 0 of 3]"), (2, "small [shard 2 of 3]")])
def test_a_plan_is_named_by_its_cell_and_its_shard(shard, name):
    config = SimpleNamespace(shard=shard, shards=3)
    plan = SimpleNamespace(label="small", cell=SimpleNamespace(config=config))
    assert Plan.name.fget(plan) == name


REST = {"provider": {"_target_": "p"}, "model": "m", "prompts": "d", "n": 1, "repeats": 1, "seed": 0}


@pytest.mark.parametrize(
    ("params", "ways"),
    [
        ({}, 2 * 3),  # a temperature of null or none; a bound of null under either of two names, or none
        ({"temperature": 0.5}, 3),
        ({"max_tokens": 5}, 3 * 2),  # three names of a bound
        ({"max_tokens": 5, "temperature": 0.5}, 3),
    ],
)
def test_calls_of_the_older_rule_were_written_in_so_many_ways(params, ways):
    keys = earlier_keys({**REST, "params": params})
    assert len(set(keys)) == len(keys) == ways
    assert cell_key({**REST, "params": params}) not in keys


def test_the_key_of_a_cell_is_what_earlier_runs_recorded():
    recorded = "11171e186c4018fc414d9fc3507618df1cb6110bdbd12b5e0488ffbba4579d68"  # rule 2, 2026-11-26
    assert cell_key({**REST, "params": {}}) == recorded


def test_how_a_provider_is_reached_is_no_part_of_a_call():
    defines = {**REST, "params": {}}
    beside = {**REST, "params": {}, "provider": {"_target_": "p", "proxy": "http://h", "chunk_s": 5}}
    assert cell_key(defines) == cell_key(beside) != cell_key({**defines, "seed": 1})
