"""A policy written as a file: readable, versioned, with the evidence it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import yaml

from gencost.config.policy_file import VERSION
from gencost.config.policy_file import PolicyFile as PolicyFile  # noqa: PLC0414 - its name in configs of earlier versions
from gencost.errors import ConfigError
from gencost.policies.describe import describe

_USES = """# On other recorded calls of the same cells: gencost policy policy=file policy.path=THIS_FILE
# Carried out, as a cell like any other: python -m gencost.run policy=file policy.path=THIS_FILE
"""


def as_file(policy: Any, cells: Mapping[str, Any], made: Mapping[str, Any], scorers: Mapping[str, Any]) -> str:
    """Write a policy as the text of a file.

    Args:
        policy: a dataclass whose fields are its YAML keys.
        cells: name -> the nodes ``provider`` and ``model`` of its recorded config.
        made: when, from which runs, with which verdict.
        scorers: name -> the node of each scorer that its gate needs.

    Raises:
        ConfigError: YAML cannot hold the policy.
    """
    if not is_dataclass(policy):
        raise ConfigError(f"--export: {type(policy).__name__} is not a dataclass, so a file cannot hold it")
    content = {"gencost_policy": VERSION, **made, "cells": dict(cells)}
    content |= ({"scorers": dict(scorers)} if scorers else {}) | {"policy": _node(policy)}
    try:
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
    except yaml.YAMLError as error:
        raise ConfigError(f"--export: {type(policy).__name__}: {' '.join(str(error).split())}") from None
    return f"# {describe(policy)}\n{_USES}{text}"


def _node(policy: Any) -> dict[str, Any]:
    """A dataclass as a node with a ``_target_``; its parts that are policies too."""
    node: dict[str, Any] = {"_target_": f"{type(policy).__module__}.{type(policy).__qualname__}"}
    for field in fields(policy):
        value = getattr(policy, field.name)
        if field.init:
            node[field.name] = _node(value) if is_dataclass(value) and not isinstance(value, type) else value
    return node
