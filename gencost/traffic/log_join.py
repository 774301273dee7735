"""Log records beside the spans that they belong to: they say more of the span's call, or tell a call by themselves.

Invariant: a call that a span and log records tell is one; memory holds the last records alone.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from gencost.traffic.nesting import Nesting
from gencost.traffic.spans import Span

_REMEMBERED = 100_000
_Key = tuple[str, str]
_LISTS = {"log.asked": "gen_ai.input.messages", "log.said": "gen_ai.output.messages"}


@dataclass(kw_only=True)
class LogJoin:
    """Passes spans on, with what log records say of them; a record without a span that is a call may be one itself.

    Attributes:
        nesting: holds the calls that were passed on last.
        is_call: whether a span, or a record as one, is a call.
        answer_id: the provider's id of the answer; None if unknown.
        held: records that wait for their spans at most; the oldest are calls by themselves then.
        repeats: records that say nothing new of a call that is gone.
        no_calls: records that belong to no call.
    """

    nesting: Nesting
    is_call: Callable[[Span], bool]
    answer_id: Callable[[Span], str | None]
    held: int = 2000
    repeats: int = 0
    no_calls: int = 0
    _waiting: OrderedDict[_Key, list[Span]] = field(default_factory=OrderedDict)
    _spans: OrderedDict[_Key, bool] = field(default_factory=OrderedDict)

    def through(self, spans: Iterable[tuple[Span, bool]]) -> Iterator[tuple[Span, bool]]:
        """Pass spans through.

        Args:
            spans: and records, each with whether it is a call.
        """
        for span, is_call in spans:
            if span.is_log:
                yield from self._take(span)
                continue
            logs = self._waiting.pop((span.trace, span.id), [])
            self._spans[span.trace, span.id] = is_call
            if len(self._spans) > _REMEMBERED:
                self._spans.popitem(last=False)
            if is_call:
                yield more(span, logs), True
            else:
                yield span, False
                yield from self._by_themselves(logs, inside=True)
        while self._waiting:
            yield from self._by_themselves(self._waiting.popitem(last=False)[1])

    def _take(self, log: Span) -> Iterator[tuple[Span, bool]]:
        key = (log.trace, log.id)
        if not log.id:
            yield from self._by_themselves([log])
        elif self.nesting.says_more(key, lambda call: more(call, [log])):
            return
        elif key not in self._spans:
            self._waiting.setdefault(key, []).append(log)
            if len(self._waiting) > self.held:
                yield from self._by_themselves(self._waiting.popitem(last=False)[1])
        elif self._spans[key]:
            self.repeats += 1
        else:
            yield from self._by_themselves([log], inside=True)

    def _by_themselves(self, logs: list[Span], *, inside: bool = False) -> Iterator[tuple[Span, bool]]:
        """Pass on calls that are told by log records alone: their span is missing, or is not a call.

        Args:
            logs: in their order.
            inside: a span of their id is there, so theirs must be others.
        """
        calls: dict[str, Span] = {}
        for log in logs:
            if self.is_call(log):
                answer = self.answer_id(log) or str(log.facts["span.name"])
                calls[answer] = log if answer not in calls else more(calls[answer], [log])
        rest = [log for log in logs if not self.is_call(log)]
        if len(calls) == 1:
            calls = {answer: more(call, rest) for answer, call in calls.items()}
        else:
            self.no_calls += len(rest)
        for answer, call in calls.items():
            alone = len(calls) == 1 and not inside
            named = call.id if alone or not call.id else f"{call.id}/{answer}"
            yield replace(call, id=named, parent=call.id if inside else ""), True


def more(span: Span, logs: list[Span]) -> Span:
    """Return a span with the facts that only its log records have; messages keep the order given."""
    if not logs:
        return span
    told: dict[str, Any] = {}
    for log in logs:
        for name, value in log.facts.items():
            if name in _LISTS:
                told[name] = [*told.get(name, ()), *value]
            elif value is not None and not name.startswith(("span.", "resource.", "scope.")):
                told[name] = value
    for name in _LISTS:
        told |= {name: [*span.facts.get(name, ()), *told[name]]} if name in told else {}
    known = {name: it for name, it in span.facts.items() if it is not None and name not in _LISTS}
    facts = {**dict.fromkeys(span.facts), **told, **known}
    facts |= {name: facts.get(name) or facts[log] for log, name in _LISTS.items() if facts.get(log)}
    return replace(span, facts=facts)
