"""Spans inside spans: an instrumentation and the library below it may both tell one call, which is one all the same.

Invariant: memory holds the last calls and the places of the last spans alone.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from gencost.traffic.spans import Span

_HELD = 2000
_REMEMBERED = 100_000
_DEEPEST = 100
_Key = tuple[str, str]


@dataclass(kw_only=True)
class Nesting:
    """Passes on the spans that are calls, one for each call.

    Attributes:
        same: whether an outer and an inner span tell one call.
        joined: puts the two together; the id is the outer's.
        twins: whether two spans beside each other tell one call.
        told_twice: how many spans told a call again.
    """

    same: Callable[[Span, Span], bool]
    joined: Callable[[Span, Span], Span]
    twins: Callable[[Span, Span], bool] = lambda _first, _second: False
    told_twice: int = 0
    _parents: OrderedDict[_Key, str] = field(default_factory=OrderedDict)
    _calls: OrderedDict[_Key, Span] = field(default_factory=OrderedDict)
    _waiting: dict[_Key, list[_Key]] = field(default_factory=dict)
    _beside: dict[_Key, list[_Key]] = field(default_factory=dict)

    def through(self, spans: Iterable[tuple[Span, bool]]) -> Iterator[Span]:
        """Pass spans through.

        Args:
            spans: each with whether it is a call.
        """
        for span, is_call in spans:
            yield from self._take(span, is_call)
        yield from self._calls.values()

    def _take(self, span: Span, is_call: bool) -> Iterator[Span]:
        key = (span.trace, span.id)
        self._parents[key] = span.parent
        if is_call and span.parent:
            is_call = not self._is_twin(key, span)
        if is_call:
            self._calls[key] = span
        for inner in self._waiting.pop(key, ()):
            self._climb(inner, span.id)
        if is_call:
            self._climb(key, span.parent)
        yield from self._given()

    def _is_twin(self, key: _Key, span: Span) -> bool:
        """Join a call with one beside it that tells the same; if there is none, remember where it is."""
        listed = self._beside.setdefault((span.trace, span.parent), [])
        for place in listed:
            other = self._calls.get(place)
            if other is not None and self.twins(other, span):
                self.told_twice += 1
                self._calls[place] = self.joined(other, span)
                return True
        listed.append(key)
        return False

    def _climb(self, key: _Key, around: str) -> None:
        """Join a call with a span around it that tells the same, or let it wait for the nearest that is not there yet.

        Args:
            key: of the call.
            around: the id of the first span around it to look at.
        """
        for _ in range(_DEEPEST):
            place = (key[0], around)
            inner, outer = self._calls.get(key), self._calls.get(place)
            if inner is None or not around:
                return
            if outer is not None and self.same(outer, inner):
                self.told_twice += 1
                self._calls[place] = self.joined(outer, inner)
                del self._calls[key]
                return
            if place not in self._parents:
                self._waiting.setdefault(place, []).append(key)
                return
            around = self._parents[place]

    def _given(self) -> Iterator[Span]:
        """Pass on the oldest calls, and forget the oldest spans."""
        while len(self._calls) > _HELD:
            _, call = self._calls.popitem(last=False)
            self._beside.pop((call.trace, call.parent), None)
            yield call
        while len(self._parents) > _REMEMBERED:
            oldest, _ = self._parents.popitem(last=False)
            self._waiting.pop(oldest, None)
        if len(self._waiting) > _REMEMBERED:
            self._waiting.clear()
