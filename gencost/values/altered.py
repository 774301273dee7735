"""A value with other fields, without the checks of ``dataclasses.replace``: calls alter theirs many times a second."""

from __future__ import annotations

from dataclasses import fields
from typing import TypeVar

Value = TypeVar("Value")


def altered(value: Value, **changes: object) -> Value:
    """``dataclasses.replace`` in a tenth of its time.

    Args:
        value: a frozen dataclass; nothing that it made once of its fields reads one that changes.
        changes: its fields that differ; nothing checks them.
    """
    same = object.__new__(type(value))
    if type(value).__dictoffset__:  # no slots; to ask the type for these would write the text of an error
        object.__setattr__(same, "__dict__", {**value.__dict__, **changes})
        return same
    for field in fields(value):  # type: ignore[arg-type]
        if field.init:  # the others are made of these when they are asked for
            object.__setattr__(
                same, field.name, changes[field.name] if field.name in changes else getattr(value, field.name)
            )
    return same
