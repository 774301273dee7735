"""YAML whose numbers and days mean what they look like, and in which nothing stands twice.

YAML 1.1 reads ``010`` as 8, ``1:30`` as 90 and ``2026-02-30`` not at all: here they stay the texts that they are, so
that whoever expects a number or a day says what is wrong with them.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import yaml

YAMLError = yaml.YAMLError

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
    loader.flatten_mapping(node)
    pairs = [(loader.construct_object(key, deep=True), value) for key, value in node.value]
    twice = next((name for name, times in Counter(name for name, _ in pairs).items() if times > 1), None)
    if twice is not None:
        raise yaml.constructor.ConstructorError(None, None, f"{twice!r} stands there twice", node.start_mark)
    return {name: loader.construct_object(value, deep=True) for name, value in pairs}


_Plain.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_yaml(text: str) -> Any:
    """Read one document.

    Raises:
        YAMLError: it is none, or a key stands in a mapping twice.
    """
    return yaml.load(text, Loader=_Plain)  # noqa: S506 - a SafeLoader
