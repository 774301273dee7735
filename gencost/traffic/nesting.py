"""Spans inside spans: an instrumentation and the library below it may both tell one call, which is one all the same.

Invariant: memory holds the last calls and the places of the last spans alone.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from gencost.traffic.spans import Span

_HELD = 2000
_REMEMBERED = 100_000
_DEEPEST = 100
_Key = tuple[str, str]
_Answer = tuple[str, str, str]  # trace, span around it, id


@dataclass(kw_only=True)
class Nesting:
    """Passes on the spans that are calls, one for each call.

    Attributes:
        same: whether an outer and an inner span are one call.
        joined: puts the two together; the id is the outer's.
        twins: whether two sibling spans of one answer are one call.
        answer_id: the provider's id of a span's answer; a span without one has no twin.
        adds_up: whether a span only sums the calls inside of it.
        repeats: how many spans repeated a call.
    """

    same: Callable[[Span, Span], bool]
    joined: Callable[[Span, Span], Span]
    twins: Callable[[Span, Span], bool] = lambda _first, _second: False
    answer_id: Callable[[Span], str | None] = lambda _span: None
    adds_up: Callable[[Span, Sequence[Span]], bool] = lambda _outer, _inner: False
    repeats: int = 0
    _unnamed: Iterator[int] = field(default_factory=count)
    _parents: OrderedDict[_Key, str] = field(default_factory=OrderedDict)
    _calls: OrderedDict[_Key, Span] = field(default_factory=OrderedDict)
    _waiting: dict[_Key, list[_Key]] = field(default_factory=dict)
    _inside: dict[_Key, list[Span]] = field(default_factory=dict)
    _placed: set[_Key] = field(default_factory=set)
    _beside: dict[_Answer, dict[_Key, None]] = field(default_factory=dict)

    def through(self, spans: Iterable[tuple[Span, bool]]) -> Iterator[Span]:
        """Pass spans through.

        Args:
            spans: each with whether it is a call.
        """
        for span, is_call in spans:
            yield from self._take(span, is_call)
        while self._calls:
            yield from self._told(next(iter(self._calls)))

    def says_more(self, key: _Key, joined: Callable[[Span], Span]) -> bool:
        """Say more of a call that is held; False if none is held under this key."""
        call = self._calls.get(key)
        if call is not None:
            self._hold(key, joined(call))
        return call is not None

    def _take(self, span: Span, is_call: bool) -> Iterator[Span]:
        key = (span.trace, span.id or f"without an id: {next(self._unnamed)}")
        self._parents[key] = span.parent
        is_call = is_call and not self._is_twin(span)
        if is_call:
            self._hold(key, span)
        for inner in self._waiting.pop(key, ()):
            self._climb(inner, span.id)
        if is_call:
            self._climb(key, span.parent)
        yield from self._given()

    def _is_twin(self, span: Span) -> bool:
        """Join a call with a sibling that reports the same call, if any."""
        answer = self._answer(span)
        for place in () if answer is None else self._beside.get(answer, ()):
            other = self._calls[place]
            if self.twins(other, span):
                self.repeats += 1
                self._hold(place, self.joined(other, span))
                return True
        return False

    def _answer(self, call: Span) -> _Answer | None:
        """The answer by which siblings of a call find it; None if it has none."""
        answer_id = self.answer_id(call) if call.parent else None
        return None if answer_id is None else (call.trace, call.parent, answer_id)

    def _hold(self, key: _Key, call: Span) -> None:
        """Hold a call, in the place of what was held of it."""
        if key in self._calls:
            self._unlist(key)
        self._calls[key] = call
        if (answer := self._answer(call)) is not None:
            self._beside.setdefault(answer, {})[key] = None

    def _let_go(self, key: _Key) -> Span:
        self._placed.discard(key)
        self._unlist(key)
        return self._calls.pop(key)

    def _told(self, key: _Key) -> Iterator[Span]:
        """Let a call go, unless it is a sum of others."""
        span, inner = self._let_go(key), self._inside.pop(key, [])
        if len(inner) > 1 and self.adds_up(span, inner):
            self.repeats += 1
        else:
            yield span

    def _unlist(self, key: _Key) -> None:
        answer = self._answer(self._calls[key])
        if answer is None:
            return
        listed = self._beside[answer]
        del listed[key]
        if not listed:
            del self._beside[answer]

    def _climb(self, key: _Key, around: str) -> None:
        """Join a call with an enclosing span that reports it, too, or let it wait for the nearest one still missing.

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
                self.repeats += 1
                self._hold(place, self.joined(outer, inner))
                self._let_go(key)
                if key in self._inside:
                    self._inside.setdefault(place, []).extend(self._inside.pop(key))
                return
            if outer is not None and key not in self._placed:  # what sums its calls is around them all
                self._placed.add(key)
                self._inside.setdefault(place, []).append(inner)
            if place not in self._parents:
                self._waiting.setdefault(place, []).append(key)
                return
            around = self._parents[place]

    def _given(self) -> Iterator[Span]:
        """Pass on the oldest calls, and forget the oldest spans."""
        while len(self._calls) > _HELD:
            yield from self._told(next(iter(self._calls)))
        while len(self._parents) > _REMEMBERED:
            oldest, _ = self._parents.popitem(last=False)
            self._waiting.pop(oldest, None)
        if len(self._waiting) > _REMEMBERED:
            self._waiting.clear()
