"""Numbers that remember how they were written, in JSON and YAML."""

from __future__ import annotations

import re
from typing import Any

import yaml


class WrittenInt(int):
    """A whole number that remembers how it was written, such as 007."""

    text: str

    def __new__(cls, text: str) -> WrittenInt:
        """Read it."""
        number = super().__new__(cls, text)
        number.text = str(text)
        return number


class WrittenFloat(float):
    """A number that remembers how it was written, such as 1.10 or 1e5."""

    text: str

    def __new__(cls, text: str) -> WrittenFloat:
        """Read it."""
        number = super().__new__(cls, text)
        number.text = str(text)
        return number


class AsWritten(yaml.SafeLoader):
    """YAML whose plain scalars are JSON's: numbers, true, false, null; all else is text, as YAML 1.2 has it.

    So 12:30:45 is not a number of seconds, 010 not 8, ``no`` not false and 2024-01-15 not a date.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - as its base class has it


AsWritten.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
AsWritten.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), [*"tTfF"]
)
AsWritten.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), [*"-+0123456789"])
AsWritten.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?$"),
    [*"-+.0123456789"],
)
AsWritten.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile("^<<$"), ["<"])
AsWritten.add_constructor("tag:yaml.org,2002:int", lambda _loader, node: WrittenInt(node.value))
AsWritten.add_constructor("tag:yaml.org,2002:float", lambda _loader, node: WrittenFloat(node.value))


def plain(value: Any) -> Any:
    """Numbers without how they were written, inside lists and objects, too."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, WrittenInt):
        return int(value)
    return float(value) if isinstance(value, WrittenFloat) else value
