"""A policy as a file: readable, versioned, with the evidence it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import yaml

from gencost.config.cell import build
from gencost.errors import ConfigError
from gencost.policies.describe import describe
from gencost.protocols import Policy, Seen
from gencost.types import Sample

VERSION = 1


@dataclass(frozen=True, kw_only=True)
class PolicyFile:
    """The policy that a file holds.

    Attributes:
        path: of the file, relative to the working folder.

    Raises:
        ConfigError: it cannot be read, is of another version, or holds no policy.
    """

    path: str

    name: ClassVar[str] = "file"

    def __post_init__(self) -> None:
        """Read it before the first call."""
        _ = self.policy

    def choose(self, sample: Sample, seen: Sequence[Seen]) -> str | None:
        """Ask the policy of the file."""
        return self.policy.choose(sample, seen)

    def looks_at(self, cell: str) -> bool:
        """Whether the policy of the file looks at the answer of a cell."""
        looks = getattr(self.policy, "looks_at", None)
        return bool(looks(cell)) if looks is not None else True

    @property
    def gate(self) -> str:
        """The scorer that its gate needs; empty without one."""
        return str(getattr(self.policy, "gate", ""))

    @cached_property
    def policy(self) -> Policy:
        """Return the policy that the file holds."""
        node = self.content.get("policy")
        if not isinstance(node, Mapping):
            raise ConfigError(f"policy.path={self.path}: has no key policy with a _target_: export one, gencost policy")
        policy: Policy = build(node, "policy", Policy)
        return policy

    @cached_property
    def cells(self) -> Mapping[str, Mapping[str, Any]]:
        """The name of each cell: its nodes ``provider`` and ``model``."""
        cells = self.content.get("cells")
        return cells if isinstance(cells, Mapping) else {}

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """Everything in the file."""
        place = f"policy.path={self.path}"
        try:
            content = yaml.safe_load(Path(self.path).read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"{place} cannot be read: {error.strerror}") from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ConfigError(f"{place} is not YAML: {' '.join(str(error).split())}") from None
        version = content.get("gencost_policy") if isinstance(content, Mapping) else None
        if version != VERSION:
            raise ConfigError(f"{place}: gencost_policy is {version!r}, this GenCost reads {VERSION}: export it again")
        return dict(content)


def as_file(policy: Any, cells: Mapping[str, Any], made: Mapping[str, Any]) -> str:
    """Write a policy as the text of a file.

    Args:
        policy: a dataclass whose fields are its YAML keys.
        cells: name -> the nodes ``provider`` and ``model`` of its recorded config.
        made: when, from which runs, with which verdict.

    Raises:
        ConfigError: the policy is none that YAML can hold.
    """
    if not is_dataclass(policy):
        raise ConfigError(f"--export: {type(policy).__name__} is not a dataclass, so a file cannot hold it")
    content = {"gencost_policy": VERSION, **made, "cells": dict(cells), "policy": _node(policy)}
    try:
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
    except yaml.YAMLError as error:
        raise ConfigError(f"--export: {type(policy).__name__}: {' '.join(str(error).split())}") from None
    return f"# {describe(policy)}\n# gencost policy policy=file policy.path=THIS_FILE\n{text}"


def _node(policy: Any) -> dict[str, Any]:
    """A dataclass as a node with a ``_target_``; its parts that are policies too."""
    node: dict[str, Any] = {"_target_": f"{type(policy).__module__}.{type(policy).__qualname__}"}
    for field in fields(policy):
        value = getattr(policy, field.name)
        if field.init:
            node[field.name] = _node(value) if is_dataclass(value) and not isinstance(value, type) else value
    return node
