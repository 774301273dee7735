"""A value whose fields are set at once is made, refused and copied as any frozen dataclass."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from gencost.types import Attempt, Cost, Record, Request, Response, Score, Usage
from gencost.values.at_once import set_at_once


@dataclass(frozen=True, kw_only=True)
class Slow:
    """A thing as ``dataclasses`` makes it."""

    size: int
    tags: list[str] = field(default_factory=list)
    name: str = "none"
    twice: int = field(init=False, compare=False, default=0)

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError(self.size)


@set_at_once
@dataclass(frozen=True, kw_only=True)
class Quick(Slow):
    """The same, with its fields set at once."""


def test_it_has_the_fields_the_defaults_and_the_words_of_any_dataclass():
    assert (Quick(size=3).size, Quick(size=3).tags, Quick(size=3).name, Quick(size=3).twice) == (3, [], "none", 0)
    assert repr(Quick(size=3)) == repr(Slow(size=3)).replace("Slow", "Quick")
    assert Quick(size=3) == Quick(size=3) != Quick(size=4)
    assert replace(Quick(size=3), name="new") == Quick(size=3, name="new")
    assert pickle.loads(pickle.dumps(Quick(size=3, tags=["a"]))) == copy.deepcopy(Quick(size=3, tags=["a"]))


def test_each_has_a_default_of_its_own():
    first, second = Quick(size=1), Quick(size=1)
    first.tags.append("mine")
    assert second.tags == []


@pytest.mark.parametrize("wrong", [{}, {"size": 1, "sizes": 2}])
def test_a_missing_or_unknown_field_is_a_type_error(wrong):
    with pytest.raises(TypeError, match="size"):
        Quick(**wrong)


def test_it_takes_no_values_by_position_and_is_checked_and_frozen():
    with pytest.raises(TypeError, match="positional"):
        Quick(3)
    with pytest.raises(ValueError, match="-1"):
        Quick(size=-1)
    with pytest.raises(FrozenInstanceError):
        Quick(size=1).size = 2


@pytest.mark.parametrize("kind", [Attempt, Cost, Record, Request, Response, Score, Usage])
def test_values_of_a_call_name_their_fields_in_their_signature(kind):
    assert list(inspect.signature(kind).parameters) == list(kind.__dataclass_fields__)
