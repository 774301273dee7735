"""Columns whose names are those of the map but for spaces, signs and capitals: ``Input Tokens``, ``Latency (ms)``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from gencost.traffic.fact_map import FactMap

_PLAIN = re.compile(r"[A-Za-z0-9 _\-./()\[\]$:#]+")  # another currency, a percent sign or a letter says something else
_SIGNS = re.compile(r"[^a-z0-9]+")
_STYLE = ("model", "tokens_in")
_PARTS = ("tokens_cached", "tokens_cache_write", "tokens_cache_write_1h", "tokens_reasoning", "web_searches")
_MOST_KINDS = 64  # of rows: those of one log have few sets of columns


class Spellings:
    """Gives columns the names that a map has for them.

    Args:
        facts_of: the map.
        facts: that it may have.
        named: columns that the user names elsewhere, which stay.
    """

    def __init__(self, facts_of: FactMap, facts: Collection[str], named: Collection[str]) -> None:
        self._map, self._facts, self._kept = facts_of, facts, facts_of.read.union(named)
        self._known: dict[tuple[Any, ...], dict[str, str]] = {}

    def read(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give a record whose columns have the map's names, where a fact has no column otherwise."""
        columns = tuple(record)
        names = self._known.get(columns)
        if names is None:
            if len(self._known) >= _MOST_KINDS:
                self._known.clear()
            names = self._known[columns] = self._names(columns)
        return {names.get(name, name): value for name, value in record.items()} if names else record

    def _names(self, columns: tuple[Any, ...]) -> dict[str, str]:
        texts = [name for name in columns if isinstance(name, str)]
        spelled = {_short(name): name for name in texts if name not in self._kept and _PLAIN.fullmatch(name)}
        times = Counter(map(_short, texts))
        names: dict[str, str] = {}
        for fact in self._facts:
            paths = self._map.paths(fact)
            if any(path in columns or path.partition(".")[0] in columns for path in paths):
                continue
            column = next(((spelled[_short(path)], path) for path in paths if _short(path) in spelled), None)
            if column is not None and "." not in column[1] and times[_short(column[0])] == 1:
                names.setdefault(*column)
        read = set(map(self._fact_of, names.values()))
        if read.isdisjoint(_STYLE):  # the table has the map's own style, and its other columns are somebody's
            return {}
        if "tokens_in" not in read:  # a count beside the map's own may be of another kind
            return {column: path for column, path in names.items() if self._fact_of(path) not in _PARTS}
        return names

    def _fact_of(self, path: str) -> str:
        return next(fact for fact in self._facts if path in self._map.paths(fact))


def _short(name: str) -> str:
    return _SIGNS.sub("", name.lower())
