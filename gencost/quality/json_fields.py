"""A scorer of what a JSON answer says: how many fields of the reference have the right value?"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gencost.quality.base import Finding, ReferenceScorer
from gencost.quality.structure import read_json

_NOTHING = object()


@dataclass(frozen=True, kw_only=True)
class JsonFields(ReferenceScorer):
    """The share of the reference's fields that the answer has with the same value.

    Both are JSON objects. Texts are equal without white space at both ends and in any Unicode form, numbers by value
    (1 is 1.0, "1" is not), lists and objects part by part. Fields that the reference does not have do not matter,
    unless ``strict``. An answer that is not a JSON object has 0; a reference that is not one gives no score.

    Attributes:
        fields: which are compared, with dots into objects (``address.city``); empty compares all at the top.
        ignore_case: of texts.
        fences: look into a fenced block, see ``gencost.quality.structure.read_json``.
        strict: a field at the top that the reference does not have counts as a wrong one.
        name: in the ``scores`` table.
        version: changes when the definition changes.
    """

    fields: list[str] = field(default_factory=list)
    ignore_case: bool = False
    fences: bool = True
    strict: bool = False
    name: str = "json_fields"
    version: str = "2"

    def compare(self, answer: str, reference: str) -> Finding:
        """Compare field by field."""
        goal = _object(reference, fences=False)
        if goal is None:
            return None, "the reference is not a JSON object"
        names = self.fields or list(goal)
        wanted = {name: value for name in names if (value := _at(goal, name, dotted=bool(self.fields))) is not _NOTHING}
        if not wanted:
            return None, "the reference has none of the fields"
        given = _object(answer, fences=self.fences)
        if given is None:
            return 0.0, "the answer is not a JSON object"
        wrong = [name for name, value in wanted.items() if not self._same(self._of(given, name), value)]
        wrong += [name for name in given if self.strict and not self.fields and name not in goal]
        total = max(len(wanted), len(wanted.keys() | set(wrong)))
        explanation = f"wrong or missing: {', '.join(wrong)}"[:300] if wrong else None
        return (total - len(wrong)) / total, explanation

    def _of(self, given: Mapping[str, Any], name: str) -> Any:
        return _at(given, name, dotted=bool(self.fields))

    def _same(self, value: Any, other: Any) -> bool:
        if isinstance(value, str) and isinstance(other, str):
            value, other = (unicodedata.normalize("NFC", text.strip()) for text in (value, other))
            return bool(value.casefold() == other.casefold() if self.ignore_case else value == other)
        if isinstance(value, bool) or isinstance(other, bool):
            return value is other
        if isinstance(value, list) and isinstance(other, list):
            return len(value) == len(other) and all(self._same(a, b) for a, b in zip(value, other, strict=True))
        if isinstance(value, Mapping) and isinstance(other, Mapping):
            return value.keys() == other.keys() and all(self._same(value[key], other[key]) for key in value)
        return bool(value == other)


def _object(text: str, *, fences: bool) -> dict[str, Any] | None:
    try:
        value = read_json(text, fences=fences)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _at(value: Any, name: str, *, dotted: bool) -> Any:
    """Return the value under a name; ``_NOTHING`` if it is missing."""
    for part in _parts(value, name) if dotted else [name]:
        value = value.get(part, _NOTHING) if isinstance(value, Mapping) else _NOTHING
    return value


def _parts(value: Any, name: str) -> Sequence[str]:
    return [name] if isinstance(value, Mapping) and name in value else name.split(".")
