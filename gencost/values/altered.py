"""A value with other fields, without the checks of ``dataclasses.replace``: calls alter theirs many times a second."""

from __future__ import annotations

from typing import TypeVar

Value = TypeVar("Value")


def altered(value: Value, **changes: object) -> Value:
    """``dataclasses.replace`` in a tenth of its time.

    Args:
        value: a frozen dataclass; nothing that it made once of its fields reads one that changes.
        changes: its fields that differ; nothing checks them.
    """
    same = object.__new__(type(value))
    try:
        same.__dict__.update(value.__dict__, **changes)
    except AttributeError:  # it has slots
        for name in type(value).__slots__:  # type: ignore[attr-defined]
            object.__setattr__(same, name, changes[name] if name in changes else getattr(value, name))
    return same
