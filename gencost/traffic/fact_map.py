"""The table of a source: fact -> the places in its records where it may stand, the first that says something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gencost.errors import ConfigError, nearest

_EMPTY: tuple[Any, ...] = ("", {}, [])
_Places = tuple[tuple[str, tuple[str, ...]], ...]


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
            self._places[fact] = tuple((path, tuple(path.split(".")) if "." in path else ()) for path in listed)

    def __contains__(self, fact: str) -> bool:
        return bool(self._places.get(fact))

    def of(self, record: Mapping[str, Any], fact: str) -> Any:
        """Give the first value that says something; None if there is none."""
        for path, steps in self._places[fact]:
            value = record.get(path)
            if value is None and steps:
                value = _inside(record, steps)
            if value or (value is not None and value not in _EMPTY):
                return value
        return None

    def each(self, record: Mapping[str, Any], fact: str) -> list[tuple[str, Any]]:
        """Give every value that says something, with the last step of its path."""
        values = []
        for path, steps in self._places[fact]:
            value = record.get(path)
            if value is None and steps:
                value = _inside(record, steps)
            if value or (value is not None and value not in _EMPTY):
                values.append((path.rpartition(".")[2], value))
        return values


def _inside(record: Mapping[str, Any], steps: Sequence[str]) -> Any:
    value: Any = record
    for step in steps:
        if type(value) is dict:
            value = value.get(step)
        elif type(value) is list and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
