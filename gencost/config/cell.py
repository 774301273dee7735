"""The schema of ``conf/``, and the only place where a DictConfig becomes objects."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

import yaml
from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf._utils import get_omega_conf_dumper
from omegaconf.errors import OmegaConfBaseException

from gencost.config.building import build as build  # noqa: PLC0414 - its earlier home
from gencost.config.building import plain_values, verbatim
from gencost.config.errors import explain, hint, one_line
from gencost.config.given_price import given_price
from gencost.config.menu_files import check_own_files, name_unreadable_files
from gencost.config.model_params import as_node, model_params, plain_name
from gencost.config.schema import Config
from gencost.config.typed_text import break_lines
from gencost.errors import ConfigError, nearest
from gencost.masking import masked, masked_overrides
from gencost.paths import conf_dir
from gencost.protocols import LoadShape, Policy, PromptSource, Provider, Scorer
from gencost.types import GREATEST_SEED
from gencost.values.overrides import quoted


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One fully resolved config as objects.

    Attributes:
        config: its plain values.
        cell: what sets it apart, e.g. ``model=small,n=50``.
        overrides: the command line that made it, secrets masked.
        output_dir: where its files go.
        provider: reaches the model.
        prompts: gives the samples.
        scorers: at least one.
        score: the name of the one whose mean is the cell's quality.
        load: when calls are sent.
        params: sent along with each call: portable keys and words of the provider's own.
        policy: chooses which cell is asked; None asks the one of this config.
        resolved: the whole config as plain values, secrets masked; of ``model`` what is sent.
    """

    config: Config
    cell: str
    overrides: tuple[str, ...]
    output_dir: Path
    provider: Provider
    prompts: PromptSource
    scorers: tuple[Scorer, ...]
    score: str
    load: LoadShape
    params: Mapping[str, Any]
    policy: Policy | None = None
    resolved: Mapping[str, Any]

    @property
    def yaml(self) -> str:
        """The whole config as YAML, secrets masked."""
        return as_yaml(self.resolved)


def as_yaml(resolved: Mapping[str, Any]) -> str:
    """Write a resolved config as YAML, which composes to the same values again; as ``OmegaConf.to_yaml`` would."""
    plain = verbatim(resolved)
    return str(yaml.dump(plain, Dumper=get_omega_conf_dumper(), allow_unicode=True, sort_keys=False))


@functools.cache
def register() -> None:
    """Make the schema and the ``${conf:...}`` resolver known to Hydra, once a process."""
    name_unreadable_files()
    schema = OmegaConf.structured(Config)
    for open_map in (schema.model.params, schema.model.price):
        OmegaConf.set_struct(open_map, False)  # any key may be given without a plus
    ConfigStore.instance().store(name="schema", node=schema, provider="gencost")
    OmegaConf.register_new_resolver("folder", folder_name, replace=True)
    OmegaConf.register_new_resolver("experiment_name", experiment_name, replace=True)
    OmegaConf.register_new_resolver("conf", lambda path: str(conf_dir() / path), replace=True)


def folder_name(name: str) -> str:
    """Make a name that stays in its folder: no slash in it, no dot before it."""
    return re.sub(r"[/\\\x00-\x1f]", "_", str(name)).lstrip(".") or "_"


def experiment_name(path: Any, default: Any) -> str:
    """Name an experiment after its prompt file; one that is not read from a file after its prompt set."""
    stem = re.sub(r"^\W+|[/\\\x00-\x1f]", "", Path(str(path)).stem) if path else ""
    return stem or str(default or "experiment")


def to_cell(cfg: DictConfig, overrides: Sequence[str], output_dir: Path) -> Cell:
    """Turn one composed config into objects.

    Args:
        cfg: without the ``hydra`` node.
        overrides: the task overrides that made it.
        output_dir: where its files go.

    Raises:
        ConfigError: a value is missing, of the wrong type or impossible.
    """
    known = [f.name for f in fields(Config)]
    for key in map(str, cfg):
        if key not in known:
            raise ConfigError(f"{key}: there is no such key{hint(key, known)}; here are {', '.join(known)}")
    break_lines(cfg, overrides)
    plain, resolved = _values(cfg)
    params = model_params(plain.model, overrides)
    provider = build(plain.provider, "provider", Provider)
    price = given_price(plain.model, provider.name)
    plain.pricing.update(price)
    resolved["pricing"].update(price)
    return Cell(
        config=plain,
        cell=cell_name(masked_overrides(overrides), plain.model.name),
        overrides=tuple(masked_overrides(overrides)),
        output_dir=output_dir,
        provider=provider,
        prompts=build(plain.prompts, "prompts", PromptSource),
        scorers=(scorers := _scorers(plain)),
        score=_primary_score(plain.decision.score or plain.score, [scorer.name for scorer in scorers]),
        load=build(plain.load, "load", LoadShape),
        params=params,
        policy=build(plain.policy, "policy", Policy) if plain.policy else None,
        resolved=masked({**resolved, "model": as_node(plain.model.name, params)}),
    )


def _values(cfg: DictConfig) -> tuple[Config, dict[str, Any]]:
    """The values of a config as objects and as plain ones."""
    try:
        plain = OmegaConf.to_object(cfg)
        resolved = plain_values(cfg)
    except OmegaConfBaseException as error:
        raise ConfigError(explain(error)) from None
    if not isinstance(plain, Config):
        raise ConfigError("the config lost its schema: keep `- schema` first in the defaults list of config.yaml")
    if not _NAME.fullmatch(plain.name):
        raise ConfigError(
            f"name={plain.name!r}: it names folders and files: no slash in it, and a letter, digit or _ first"
        )
    if not 0 <= plain.seed <= GREATEST_SEED:
        raise ConfigError(f"seed={plain.seed}: give a whole number from 0 to {GREATEST_SEED}")
    return plain, resolved


_NAME = re.compile(r"[^\W][^/\\\x00-\x1f]*")
_NOT_OF_THE_CALLS = frozenset(
    {"budget", "cache", "cell_names", "decision", "dry_run", "experiment", "hydra", "limits", "metrics_db", "name"}
    | {"objective", "report", "resume", "retry", "retry_errors", "shard", "shards", "tracking", "traffic"}
)


# Reading a file and pricing a model, which usually are the same for all cells.
_PLUMBING = ("prompts.columns", "model.price")


def cell_name(overrides: Sequence[str], model: str) -> str:
    """Name a cell after the overrides that concern its calls, e.g. ``model=small,n=50``; else after its model."""
    keys = [re.split(r"[=.@/]", override.lstrip("+~"))[0] for override in overrides]
    shown = [
        override
        for key, override in zip(keys, overrides, strict=True)
        if key not in _NOT_OF_THE_CALLS and not override.startswith(_PLUMBING)
    ]
    return ",".join(map(plain_name, shown)) or f"model={model}"


def _scorers(config: Config) -> tuple[Scorer, ...]:
    if "_target_" in config.quality:
        named = config.quality["_target_"]
        raise ConfigError(f"quality._target_={named!r}: name the scorer in its file: mine: {{_target_: {named}}}")
    scorers = {key: build(node, f"quality.{key}", Scorer) for key, node in config.quality.items()}
    keys: dict[str, str] = {}
    for key, scorer in scorers.items():
        if (other := keys.setdefault(scorer.name, key)) != key:
            remedy = f"give one another, e.g. ++quality.{key}.name={key}"
            raise ConfigError(f"quality.{other} and quality.{key} have one name, {scorer.name!r}: {remedy}")
    return tuple(scorers.values())


def _primary_score(asked: str | None, names: list[str]) -> str:
    if not names:
        raise ConfigError("quality names no scorer: choose at least one, e.g. quality=[proxy]")
    if asked is not None and asked not in names:
        raise ConfigError(f"score={asked!r} is not among the chosen scorers: {', '.join(names)}{nearest(asked, names)}")
    return asked or names[0]


def compose_cell(overrides: Sequence[str], folder: str | None = None) -> Cell:
    """Compose the menu with overrides and turn it into objects, outside a run of Hydra.

    Args:
        overrides: as on the command line.
        folder: searched after the menu, as by ``--config-dir``; None has no other.

    Raises:
        ConfigError: an override cannot be read, or names what does not exist.
    """
    try:
        cfg = composed(overrides, folder)
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(one_line(error)) from None
    return to_cell(cfg, overrides, Path())


def composed(overrides: Sequence[str], folder: str | None) -> DictConfig:
    """Compose the menu with overrides outside a run of Hydra; its errors are not explained.

    Args:
        overrides: as on the command line.
        folder: searched after the menu; None has no other.

    Raises:
        ConfigError: there is no such folder.
    """
    register()
    if folder is not None and not Path(folder).is_dir():
        raise ConfigError(f"--config-dir {folder}: there is no such folder; working folder {Path.cwd()}")
    if folder is not None:
        check_own_files(Path(folder))
    added = [] if folder is None else [f"hydra.searchpath=[{quoted(f'file://{Path(folder).absolute()}')}]"]
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return compose("config", [*overrides, *added])


def load_provider(name: str) -> Provider:
    """Build a provider of the menu without composing a whole config, with its file's defaults.

    Args:
        name: a file of ``conf/provider``, e.g. ``mock``.

    Raises:
        ConfigError: there is no such file, or it needs values that have no default.
    """
    return cast("Provider", build(provider_node(name), "provider", Provider))


def provider_node(name: str) -> dict[str, Any]:
    """Return the node of a provider of the menu, see ``load_provider``."""
    register()
    folder = conf_dir() / "provider"
    choices = sorted(path.stem for path in folder.glob("*.yaml"))
    if name not in choices:
        raise ConfigError(f"provider {name!r} does not exist: choose from {', '.join(choices)}{nearest(name, choices)}")
    try:
        return plain_values(_inherited(folder / f"{name}.yaml"))
    except OmegaConfBaseException as error:
        raise ConfigError(f"provider {name!r}: {explain(error)}") from None


def _inherited(path: Path) -> Any:
    """Read a file with those of its folder that its defaults list names; later ones win, as in Hydra."""
    node: Any = OmegaConf.load(path)
    names = node.pop("defaults", ["_self_"])
    parts = [node if name == "_self_" else _inherited(path.with_name(f"{name}.yaml")) for name in names]
    return OmegaConf.merge(*parts)
