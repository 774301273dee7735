"""YAML whose numbers and days mean what they look like, and in which nothing stands twice.

YAML 1.1 reads ``010`` as 8, ``1:30`` as 90 and ``2026-02-30`` not at all: here they stay the texts that they are, so
that whoever expects a number or a day says what is wrong with them.
"""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import Any

import yaml

YAMLError = yaml.YAMLError

_MERGE = "tag:yaml.org,2002:merge"
_AS_TEXT = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_NUMBER = re.compile(r"[-+]?(0|[1-9]\d*)(\.\d*)?([eE][-+]?\d+)?|[-+]?\.\d+([eE][-+]?\d+)?")
_INT = re.compile(r"[-+]?(0|[1-9]\d*)")


class _Plain(yaml.SafeLoader):
    """SafeLoader with numbers as JSON writes them."""


_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _AS_TEXT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Plain.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(f"(?:{_INT.pattern})$"), list("-+0123456789"))
_Plain.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(f"(?:{_NUMBER.pattern})$"), list("-+0123456789."))


def _mapping(loader: _Plain, node: yaml.MappingNode) -> dict[Any, Any]:
    written = Counter(_name(loader, key) for key, _ in node.value if key.tag != _MERGE)
    twice = next((name for name, times in written.items() if times > 1), None)
    if twice is not None:
        raise yaml.constructor.ConstructorError(None, None, f"{twice!r} stands there twice", node.start_mark)
    loader.flatten_mapping(node)  # what is merged comes first, so that what is written here holds
    return {_name(loader, key): loader.construct_object(value, deep=True) for key, value in node.value}


def _name(loader: _Plain, key: yaml.Node) -> Any:
    if not isinstance(key, yaml.ScalarNode):
        raise yaml.constructor.ConstructorError(None, None, "a list or a mapping is not a name", key.start_mark)
    return loader.construct_object(key, deep=True)


def _number(loader: _Plain, node: yaml.ScalarNode) -> Any:
    """A number that a float does not print as it is written stays the text that it is, so that 1e-400 is not 0."""
    number, text = loader.construct_yaml_float(node), str(loader.construct_scalar(node))
    return number if Decimal(repr(number)) == Decimal(text) else text


_Plain.add_constructor("tag:yaml.org,2002:map", _mapping)
_Plain.add_constructor("tag:yaml.org,2002:float", _number)


def read_yaml(text: str) -> Any:
    """Read one document.

    Raises:
        YAMLError: it is not YAML, or a mapping has a key twice.
    """
    try:
        return yaml.load(text, Loader=_Plain)  # noqa: S506 - a SafeLoader
    except RecursionError:
        raise YAMLError("it is nested too deeply") from None
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError) as error:  # of values with a tag
        raise YAMLError(f"a value is not what its tag says, or has too many digits: {error}") from None
