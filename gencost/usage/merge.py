"""The usage of one answer, put together from every place and event that names one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gencost.usage.numbers import OBJECT

_PLAIN = frozenset({int, float, str, bool, type(None)})  # most values; searching them for a mapping is slow
_OUT = ("completion_tokens", "output_tokens", "candidatesTokenCount")
_TOTALS = ("total_tokens", "totalTokenCount")
_OUTSIDE = ("usage_breakdown", "tool_usage")


class Usages:
    """Merges counts as a stream names them.

    A running total replaces the one before it; a later 0, null or empty value never replaces an earlier truth, as some
    relays end a stream with zeros.
    """

    def __init__(self) -> None:
        """Start before the first event."""
        self._merged: dict[str, Any] = {}
        self._of_choices: dict[int, dict[str, Any]] = {}

    @property
    def raw(self) -> Mapping[str, Any] | None:
        """Return the usage named so far; None if nothing was.

        Counts of single choices are the answer's only where nothing else names any: those of the choice that came
        first, and of further ones as ``choices``.
        """
        if not self._of_choices or any(self._merged.values()):
            return self._merged or None
        first, *others = self._of_choices
        further = {"choices": {str(index): self._of_choices[index] for index in others}} if others else {}
        return {**self._of_choices[first], **further}

    def take(self, usage: Any) -> None:
        """Take one usage object; anything else is left."""
        if isinstance(usage, OBJECT):
            if self._merged:
                self._forget_totals(usage)
            _merge(self._merged, usage)

    def _forget_totals(self, usage: Mapping[str, Any]) -> None:
        """Drop the total of counts before these, which name other ones and no total."""
        for total in _TOTALS:
            if total in self._merged and not usage.get(total) and any(map(self._differs, usage.items())):
                del self._merged[total]

    def _differs(self, named: tuple[str, Any]) -> bool:
        name, count = named
        there = self._merged.get(name, 0 if name in _OUT else count)
        return type(count) is int and count not in (0, there)

    def take_event(self, event: Mapping[str, Any]) -> None:
        """Take a body or an event of Chat Completions: relays put the usage into one of three places.

        Beside ``usage`` there are ``x_groq.usage`` (Groq's streams) and ``choices[0].usage`` (Moonshot's); counts of
        the models behind one answer stand in ``usage_breakdown`` (Groq's compound systems), what built-in tools used in
        ``tool_usage`` (OpenAI's Responses).
        """
        for key in ("usage", "usageMetadata"):
            if event.get(key):
                self.take(event[key])
        groq, choices = event.get("x_groq"), event.get("choices")
        if groq is not None and isinstance(groq, OBJECT):
            self.take(groq.get("usage"))
        for place, choice in enumerate(choices if isinstance(choices, list) else ()):
            if isinstance(choice, OBJECT) and "usage" in choice:
                self.take_choice(choice, place)
        for key in _OUTSIDE:
            if event.get(key):
                self.take({key: event[key]})

    def take_choice(self, choice: Mapping[str, Any], place: int = 0) -> None:
        """Take the usage of one choice, if it has one.

        Args:
            choice: of a completion or of a chunk.
            place: of the choice where it names none.
        """
        usage, index = choice.get("usage"), choice.get("index")
        if usage and isinstance(usage, OBJECT):
            _merge(self._of_choices.setdefault(index if type(index) is int else place, {}), usage)


def _merge(into: dict[str, Any], usage: Mapping[str, Any]) -> None:
    waiting = [(into, usage)]
    while waiting:
        target, source = waiting.pop()
        for key, value in source.items():
            there = target.get(key)
            nested = type(value) not in _PLAIN and isinstance(value, Mapping)
            if nested and isinstance(there, dict):
                waiting.append((there, value))
            elif nested:
                copied: dict[str, Any] = {}
                target[key] = copied
                waiting.append((copied, value))
            elif value or key not in target or not there:
                target[key] = value
