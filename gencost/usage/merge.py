"""The usage of one answer, put together from every place and event that names one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gencost.usage.numbers import OBJECT

_PLAIN = frozenset({int, float, str, bool, type(None)})  # most values; to look for a mapping in them is slow
_OUTSIDE = ("usage_breakdown", "tool_usage")


class Usages:
    """Merges counts as a stream names them.

    A running total replaces the one before it; a later 0, null or empty value never replaces an earlier truth, as some
    relays end a stream with zeros.
    """

    def __init__(self) -> None:
        """Start before the first event."""
        self._merged: dict[str, Any] = {}

    @property
    def raw(self) -> Mapping[str, Any] | None:
        """Return the usage named so far; None if nothing was."""
        return self._merged or None

    def take(self, usage: Any) -> None:
        """Take one usage object; anything else is left."""
        if isinstance(usage, OBJECT):
            _merge(self._merged, usage)

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
        if isinstance(choices, list) and choices and isinstance(choices[0], OBJECT) and "usage" in choices[0]:
            self.take(choices[0]["usage"])
        for key in _OUTSIDE:
            if event.get(key):
                self.take({key: event[key]})


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
