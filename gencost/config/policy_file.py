"""A policy as a file: what it holds, and the cells that it may ask."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, ClassVar

import yaml

from gencost.config.cell import build, provider_node
from gencost.config.model_params import model_params
from gencost.config.model_schema import ModelConfig
from gencost.errors import ConfigError
from gencost.protocols import Policy, Scorer, Seen
from gencost.text.yaml_fault import yaml_fault
from gencost.types import Sample

VERSION = 1
_DEFINES = ("cells", "policy", "scorers")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a fitted policy has tens of thousands of numbers


@dataclass(frozen=True, kw_only=True)
class PolicyCell:
    """One cell that a policy may ask.

    Attributes:
        name: in the file.
        provider: the node of its provider.
        model: the part of a price key after the colon.
        params: sent along with each call, as ``model_params`` has them.
    """

    name: str
    provider: Mapping[str, Any]
    model: str
    params: Mapping[str, Any]


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
            raise ConfigError(f"{self._place}: has no key policy with a _target_: export one, gencost policy")
        policy: Policy = build(node, "policy", Policy)
        return policy

    @property
    def evidence(self) -> frozenset[str]:
        """Ids of the runs that it was fitted to; empty where the file does not say."""
        node = self.content.get("evidence")
        run_ids = node.get("run_ids") if isinstance(node, Mapping) else None
        return frozenset(map(str, run_ids)) if isinstance(run_ids, Sequence) else frozenset()

    @cached_property
    def cells(self) -> Mapping[str, Mapping[str, Any]]:
        """The name of each cell: its nodes ``provider`` and ``model``."""
        cells = self.content.get("cells")
        return cells if isinstance(cells, Mapping) else {}

    @cached_property
    def asked(self) -> tuple[PolicyCell, ...]:
        """The cells that it may ask, ready to be asked.

        Raises:
            ConfigError: there are none, or two that cannot be told apart.
        """
        if not self.cells:
            raise ConfigError(f"{self._place}: names no cells: cells: {{NAME: {{provider: ..., model: ...}}}}")
        made = tuple(self._cell(str(name), node) for name, node in self.cells.items())
        of: dict[str, str] = {}
        for cell in made:
            key = json.dumps([cell.provider, cell.model, cell.params], sort_keys=True, default=str)
            if key in of:
                raise ConfigError(
                    f"{self._place}: cells {of[key]!r} and {cell.name!r} are the same provider, model and parameters; "
                    "a live policy cannot tell prompts or other keys apart"
                )
            of[key] = cell.name
        return made

    def _cell(self, name: str, node: Any) -> PolicyCell:
        place = f"{self._place}: cells.{name}"
        if not isinstance(node, Mapping):
            raise ConfigError(f"{place}: give it provider and model")
        provider, model = node.get("provider"), node.get("model")
        provider = provider_node(provider) if isinstance(provider, str) else provider
        model = {"name": model} if isinstance(model, str) else model
        if not isinstance(provider, Mapping) or "_target_" not in provider:
            raise ConfigError(f"{place}.provider={provider!r}: name a file of conf/provider, or give all of its keys")
        if not isinstance(model, Mapping) or not isinstance(model.get("name"), str):
            raise ConfigError(f"{place}.model={model!r}: give a name, or name and params")
        try:
            params = model_params(ModelConfig(**{"params": {}, **model}), ())
        except (TypeError, ConfigError) as error:
            raise ConfigError(f"{place}.model: {error}") from None
        return PolicyCell(name=name, provider=dict(provider), model=model["name"], params=params)

    @cached_property
    def scorers(self) -> tuple[Scorer, ...]:
        """The scorers that the file brings for its gate."""
        nodes = self.content.get("scorers") or {}
        return tuple(build(node, f"scorers.{name}", Scorer) for name, node in nodes.items())

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that defines its choices: its cells, its policy and its scorers."""
        defines = {key: self.content.get(key) for key in _DEFINES}
        return hashlib.sha256(json.dumps(defines, sort_keys=True, default=str).encode()).hexdigest()

    @property
    def content(self) -> Mapping[str, Any]:
        """Everything in the file."""
        try:
            at = Path(self.path).stat()
            return _content(self.path, (at.st_mtime_ns, at.st_size, at.st_ino))
        except OSError as error:
            raise ConfigError(f"{self._place} cannot be read: {error.strerror}") from None

    @property
    def _place(self) -> str:
        return f"policy.path={self.path}"


@lru_cache(maxsize=4)
def _content(path: str, _state: tuple[int, ...]) -> Mapping[str, Any]:
    """Read a file, again only after it has changed."""
    place = f"policy.path={path}"
    try:
        content = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{place}: {yaml_fault(error)}") from None
    version = content.get("gencost_policy") if isinstance(content, Mapping) else None
    if version is None:
        raise ConfigError(f"{place} is not a policy: gencost policy --export FILE writes one")
    if version != VERSION:
        raise ConfigError(f"{place}: gencost_policy is {version!r}, this GenCost reads {VERSION}: export it again")
    return dict(content)
