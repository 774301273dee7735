"""Frozen dataclasses whose fields are set in one go: a call makes a dozen of them, of up to 27 fields each.

``dataclasses`` sets the fields of a frozen one by a call each, which takes twice as long as all that is done here.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar

Kind = TypeVar("Kind", bound=type)


def set_at_once(kind: Kind) -> Kind:
    """Give a dataclass that is frozen and keyword-only, without slots and without a base, a faster ``__init__``.

    Its signature, its defaults and its checks (``__post_init__``) stay as they are.
    """
    made = [field for field in fields(kind) if field.init]
    names: dict[str, Any] = {"set_": object.__setattr__, "MISSING": MISSING}
    for field in made:
        names |= {f"default_{field.name}": field.default, f"make_{field.name}": field.default_factory}
    arguments = ", ".join(_argument(field) for field in made)
    values = ", ".join(f"{field.name!r}: {_value(field)}" for field in made)
    check = "; self.__post_init__()" if hasattr(kind, "__post_init__") else ""
    exec(f"def __init__(self, *, {arguments}): set_(self, '__dict__', {{{values}}}){check}", names)  # noqa: S102 - of names in our own code, as dataclasses does
    init = names["__init__"]
    init.__qualname__, init.__module__ = f"{kind.__qualname__}.__init__", kind.__module__
    init.__annotations__ = getattr(kind, "__init__").__annotations__  # noqa: B009 - mypy: of a type, not of an instance
    setattr(kind, "__init__", init)  # noqa: B010 - likewise
    return kind


def _argument(field: Field[Any]) -> str:
    if field.default_factory is not MISSING:
        return f"{field.name}=MISSING"
    return field.name if field.default is MISSING else f"{field.name}=default_{field.name}"


def _value(field: Field[Any]) -> str:
    if field.default_factory is MISSING:
        return field.name
    return f"make_{field.name}() if {field.name} is MISSING else {field.name}"
