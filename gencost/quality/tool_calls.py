"""Scorers of the functions that an answer calls."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gencost.messages import ToolCall
from gencost.quality.base import NO_REFERENCE, Finding
from gencost.types import Response, Sample, Score

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ToolCalls:
    """1 if the answer calls just the functions of the reference, with its arguments, in any order; else 0.

    The reference is JSON: a call ``{"name": ..., "arguments": {...}}``, a list of them (an empty one: no call), the
    shape of Chat Completions, or ``{"any_of": [...]}`` of several right answers. Arguments are compared as JSON values:
    3 is 3.0 and not "3"; the order of keys does not count. A reference's call may name ``optional`` arguments, which
    may be left out.

    Attributes:
        name: in the ``scores`` table.
        version: changes when the definition changes.
        optional: arguments that any call may leave out or add.
    """

    name: str = "tool_calls"
    version: str = "1"
    optional: list[str] = field(default_factory=list)

    def score(self, sample: Sample, response: Response) -> Score:
        """Compare the calls with the sample's reference."""
        value, explanation = self._find(sample.reference, response.tool_calls)
        return Score(scorer=self.name, version=self.version, value=value, explanation=explanation)

    def _find(self, reference: str | None, calls: Sequence[ToolCall]) -> Finding:
        if reference is None:
            return None, NO_REFERENCE
        try:
            answers = _answers(json.loads(reference))
        except (ValueError, TypeError, RecursionError) as error:
            return None, f"the reference is not JSON of function calls: {error}"
        value = max(self.value(_matches(calls, answer, self.optional), len(calls), len(answer)) for answer in answers)
        return value, "called " + (", ".join(f"{call.name}({call.arguments})" for call in calls) or "nothing")

    def value(self, matches: int, called: int, wanted: int) -> float:
        """Value an answer by how many of its calls match."""
        return float(matches == called == wanted)


@dataclass(frozen=True, kw_only=True)
class ToolCallsF1(ToolCalls):
    """The harmonic mean of the shares of calls that are right and of right calls that are made, see ``ToolCalls``."""

    name: str = "tool_calls_f1"

    def value(self, matches: int, called: int, wanted: int) -> float:
        """2 matches / (called + wanted); 1 where nothing was to be called and nothing was."""
        return 2 * matches / (called + wanted) if called + wanted else 1.0


def _answers(reference: Any) -> list[list[Json]]:
    """List the right answers, each a list of calls."""
    if isinstance(reference, Mapping) and isinstance(reference.get("any_of"), list):
        return [answer for inner in reference["any_of"] for answer in _answers(inner)] or [[]]
    if isinstance(reference, Mapping):
        reference = reference.get("tool_calls", [reference])
    if not isinstance(reference, list):
        raise TypeError("give a call, a list of calls or any_of")
    return [[_wanted(call) for call in reference]]


def _wanted(call: Any) -> Json:
    function = call.get("function", call) if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        raise TypeError(f"{repr(call)[:60]} names no function")
    arguments = function.get("arguments")
    arguments = json.loads(arguments or "{}") if isinstance(arguments, str) else arguments
    return {"name": function["name"], "arguments": arguments or {}, "optional": call.get("optional", ())}


def _matches(calls: Sequence[ToolCall], wanted: Sequence[Json], optional: Sequence[str]) -> int:
    """Count the most calls that can be paired with a wanted one each (augmenting paths; Kuhn 1955)."""
    fits = [[j for j, want in enumerate(wanted) if _same_call(call, want, optional)] for call in calls]
    partner: dict[int, int] = {}

    def place(i: int, tried: set[int]) -> bool:
        for j in fits[i]:
            if j in tried:
                continue
            tried.add(j)
            if j not in partner or place(partner[j], tried):
                partner[j] = i
                return True
        return False

    return sum(place(i, set()) for i in range(len(calls)))


def _same_call(call: ToolCall, want: Json, optional: Sequence[str]) -> bool:
    try:
        given = json.loads(call.arguments or "{}")
    except (ValueError, RecursionError):
        return False
    if call.name != want["name"] or not isinstance(given, Mapping) or not isinstance(want["arguments"], Mapping):
        return False
    left_out = {*optional, *want["optional"]}
    keys = want["arguments"].keys() | given.keys()
    return all(
        _same(given[key], want["arguments"][key]) if key in given and key in want["arguments"] else key in left_out
        for key in keys
    )


def _same(a: Any, b: Any) -> bool:
    """Whether two JSON values are equal; true is not 1."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, str) and isinstance(b, str):
        return unicodedata.normalize("NFC", a.strip()) == unicodedata.normalize("NFC", b.strip())
    return bool(type(a) is type(b) or (isinstance(a, int | float) and isinstance(b, int | float))) and bool(a == b)
