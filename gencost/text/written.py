"""Values as they were typed: numbers that remember it, in JSON and YAML, or whole ones and days made so again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime, time
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


def once(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    """Make a mapping of pairs.

    Raises:
        ValueError: a key occurs twice, so that one of its values would be lost.
    """
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(
            f"the key {next(name for name in names if names.count(name) > 1)!r} stands twice in one object"
        )
    return made


def _mapping(loader: AsWritten, node: yaml.MappingNode) -> dict[Any, Any]:
    """A mapping whose keys stand once; those that ``<<`` merges in may be overridden."""
    once([(str(key.value), None) for key, _ in node.value])
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


AsWritten.add_constructor("tag:yaml.org,2002:map", _mapping)


def plain(value: Any) -> Any:
    """Numbers without how they were written, inside lists and objects, too."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, WrittenInt):
        return int(value)
    return float(value) if isinstance(value, WrittenFloat) else value


_JSONS = frozenset({str, int, float, bool})


def as_json(value: Any) -> str:
    """Write JSON with its numbers as they were written."""
    if isinstance(value, WrittenInt | WrittenFloat):
        return value.text
    if isinstance(value, dict):
        return f"{{{', '.join(f'{as_json(str(key))}: {as_json(item)}' for key, item in value.items())}}}"
    if isinstance(value, list) and not set(map(type, value)) <= _JSONS:
        return f"[{', '.join(map(as_json, value))}]"
    return json.dumps(value, ensure_ascii=False, default=str)


def whole_again(values: list[Any]) -> list[Any]:
    """Return whole numbers of a column with gaps as integers again; pandas had made them floats."""
    known = [value for value in values if value is not None and value == value]  # noqa: PLR0124 - NaN is not itself
    if not known or len(known) == len(values) or not all(isinstance(v, float) and v.is_integer() for v in known):
        return values
    return [None if value is None or value != value else int(value) for value in values]  # noqa: PLR0124


def days(values: Iterable[Any]) -> list[Any]:
    """Return a column of midnights as days, which pandas and workbooks do not have."""
    column = list(values)
    known = [value for value in column if value is not None and value == value]  # noqa: PLR0124 - NaT is not itself
    if not known or not all(isinstance(value, datetime) and value.time() == time() for value in known):
        return column
    return [value.date() if value is not None and value == value else None for value in column]  # noqa: PLR0124
