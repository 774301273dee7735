"""The table of a source: fact -> the places in its records where it may stand, the first that says something."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

from gencost.errors import ConfigError, nearest
from gencost.text.inside import dotted

Facts = Mapping[str, Any]
"""Fact -> its value, of those that a record says."""

_EMPTY: tuple[Any, ...] = ("", {}, [])
_Places = tuple[tuple[str, str, tuple[str, ...]], ...]
"""Of each place its whole path, its first step, and the steps inside that; no steps for a path without a dot."""

_Walk = tuple[tuple[tuple[str, str], ...], tuple[tuple[str, _Places], ...]]
"""Facts that can only stand under one key, with that; and all others, with the places where they can."""

_MOST_WALKS = 64  # records of one log have few sets of keys


class FactMap:
    """Finds facts in records.

    Args:
        lines: fact -> path or paths; keys and places in lists between dots, ``choices.0.message``; null for none.
        facts: those that the source asks for.

    Raises:
        ConfigError: a line is about no such fact, or is not a path.
    """

    def __init__(self, lines: Mapping[str, Any], facts: Sequence[str]) -> None:
        self._places: dict[str, _Places] = dict.fromkeys(facts, ())
        for fact, paths in lines.items():
            if fact not in self._places:
                raise ConfigError(
                    f"source.map.{fact}: there is no such fact{nearest(str(fact), facts)}; here are {', '.join(facts)}"
                )
            listed = paths if isinstance(paths, list | tuple) else [] if paths is None else [paths]
            if not all(isinstance(path, str) and path for path in listed):
                raise ConfigError(f"source.map.{fact}={paths!r}: write the path of a field, or a list of paths")
            self._places[fact] = tuple(map(_place, listed))
        self._walks: dict[tuple[str, ...], _Walk] = {}

    @cached_property
    def read(self) -> frozenset[str]:
        """The paths of all facts, and the keys that they begin with."""
        places = [place for listed in self._places.values() for place in listed]
        return frozenset(step for place in places for step in place[:2])

    def __contains__(self, fact: str) -> bool:
        return bool(self._places.get(fact))

    def paths(self, fact: str) -> list[str]:
        """List the places where a fact may be."""
        return [place[0] for place in self._places[fact]]

    def of(self, record: Mapping[str, Any], fact: str) -> Any:
        """Return the first value that is not empty; None if all are."""
        return _first(record, self._places[fact])

    def all(self, record: Mapping[str, Any]) -> Facts:
        """Return every fact of the record, each as by ``of``: one walk for sources that need many."""
        keys = tuple(record)
        walk = self._walks.get(keys)
        if walk is None:
            if len(self._walks) >= _MOST_WALKS:
                self._walks.clear()
            walk = self._walks[keys] = self._walk(record.keys())
        facts = {}
        for fact, key in walk[0]:
            value = record[key]
            if value or (value is not None and value not in _EMPTY):
                facts[fact] = value
        for fact, places in walk[1]:
            value = _first(record, places)
            if value is not None:
                facts[fact] = value
        return facts

    def _walk(self, keys: Collection[str]) -> _Walk:
        """The places that are worth a look where a record has such keys."""
        there = {
            fact: tuple(place for place in places if place[0] in keys or (place[2] and place[1] in keys))
            for fact, places in self._places.items()
        }
        plain = {fact: places[0][0] for fact, places in there.items() if len(places) == 1 and not places[0][2]}
        return tuple(plain.items()), tuple((fact, it) for fact, it in there.items() if it and fact not in plain)

    def each(self, record: Mapping[str, Any], fact: str) -> list[tuple[str, Any]]:
        """Return every value that is not empty, with the last step of its path."""
        values = []
        for place in self._places[fact]:
            value = _first(record, (place,))
            if value is not None:
                values.append((place[0].rpartition(".")[2], value))
        return values


def _place(path: str) -> tuple[str, str, tuple[str, ...]]:
    first, *inside = path.split(".")
    return path, first, tuple(inside)


def _first(record: Mapping[str, Any], places: _Places) -> Any:
    """The value of the first place that has one; None if none has."""
    for path, first, inside in places:
        value = record.get(path)
        if value is None and inside:
            value = record.get(first)
            if value is not None:
                value = _inside(value, inside)
        if value or (value is not None and value not in _EMPTY):
            return value
    return None


def _inside(value: Any, steps: Sequence[str]) -> Any:
    """Go in, step by step; a key may hold dots itself, as those of attributes do."""
    for at, step in enumerate(steps):
        if type(value) is dict:
            inner = value.get(step)
            if inner is None:
                return dotted(value, steps[at:])
            value = inner
        elif type(value) is list and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
