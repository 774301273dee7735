"""Hydra puts each choice of files together once a process; what is composed of the same choice again is a copy.

Composing took more than half of the time of a test of the command line. Overrides of values are applied each time; a
user's folder is the same as another with the same files, to the byte. OmegaConf parses each interpolation once, and
copies what it knows of a value field by field: nothing but its dicts ever changes.
"""

from __future__ import annotations

import copy
import functools
import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hydra._internal import config_loader_impl, defaults_list
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import ConfigRepository, IConfigRepository
from hydra.core.default_element import InputDefault
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.types import Override
from omegaconf import _utils, base
from omegaconf.base import Metadata
from omegaconf.grammar_parser import parse

from gencost.paths import conf_dir

FILES = {str(conf_dir()), "hydra.conf"}
SHIPPED = {*FILES, ""}  # the last are dataclasses
_load = ConfigRepository.load_config
_choose = config_loader_impl.create_defaults_list
_merge = ConfigLoaderImpl._compose_config_from_defaults_list
_map = defaults_list._create_interpolation_map
_kept: dict[Any, bytes] = {}


@functools.cache
def compose_once() -> None:
    """Make Hydra remember, from now on in this process."""
    ConfigRepository.load_config = load
    ConfigRepository.__deepcopy__ = lambda repository, _: copy.copy(repository)  # else with all of the config store
    config_loader_impl.create_defaults_list = choose
    ConfigLoaderImpl._compose_config_from_defaults_list = merge
    defaults_list._create_interpolation_map = map_if_asked
    _utils.parse = base.parse = functools.cache(parse)
    Metadata.__deepcopy__ = copy_metadata


def load(repository: ConfigRepository, config_path: str) -> Any:
    """One config with its defaults list."""
    source = repository._find_object_source(config_path, ObjectType.CONFIG)
    if source is None or source.path not in FILES:
        return _load(repository, config_path)
    return _copy(("load", source.provider, source.path, config_path), _load, repository, config_path)


def choose(repo: IConfigRepository, config_name: str, overrides_list: list[Override], **how: bool) -> Any:
    """The configs that a command line chooses, and which of its overrides are values."""
    values = [each for each in overrides_list if not _chooses(repo, each)]
    choices = [each for each in overrides_list if _chooses(repo, each)]
    key = ("choose", _files(repo), config_name, *(str(each.input_line) for each in choices), *how.items())
    chosen = _copy(key, _choose, repo, config_name, choices, **how)
    return replace(chosen, config_overrides=[each for each in values if not each.is_sweep_override()])


def merge(loader: ConfigLoaderImpl, defaults: Sequence[Any], repo: IConfigRepository) -> Any:
    """The configs put together."""
    return _copy(("merge", _files(repo), repr(defaults)), _merge, loader, defaults, repo)


def map_if_asked(overrides: Any, defaults: Sequence[InputDefault], self_added: bool) -> Any:
    """The choices, as a config, for those that name another: it takes half of the time and is seldom looked at."""
    asked = any("${" in str(vars(default)) for default in defaults)
    return _map(overrides, defaults, self_added) if asked else None


def copy_metadata(metadata: Metadata, memo: dict[int, Any]) -> Metadata:
    """Flags and what resolvers gave are dicts; types and keys are as good as copied."""
    copied = object.__new__(type(metadata))
    for name, value in vars(metadata).items():
        if not isinstance(value, dict):
            copied.__dict__[name] = value
        else:
            copied.__dict__[name] = copy.deepcopy(value, memo) if value else value.copy()
    return copied


def _files(repo: IConfigRepository) -> tuple[Any, ...]:
    """All that may be chosen: the shipped folders, and every file of the others, wherever these are."""
    return tuple(
        source.path if source.path in SHIPPED else _content(Path(source.path)) for source in repo.get_sources()
    )


def _content(folder: Path) -> tuple[tuple[str, bytes], ...]:
    paths = sorted(path for path in folder.rglob("*.yaml") if path.is_file())
    return tuple((str(path.relative_to(folder)), path.read_bytes()) for path in paths)


def _chooses(repo: IConfigRepository, override: Override) -> bool:
    if override.is_sweep_override() or isinstance(override.value(), dict):
        return False
    return repo.group_exists(override.key_or_group)


def _copy(key: Any, make: Any, *arguments: Any, **how: Any) -> Any:
    if key not in _kept:
        _kept[key] = pickle.dumps(make(*arguments, **how))
    return pickle.loads(_kept[key])
