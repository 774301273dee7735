"""Compose the cells of a multirun: those that make the same choices share what is put together of the menu's files.

Hydra reads and merges every file for every cell, though most sweeps vary values alone: that is 30 of 40 ms of a cell.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import ConfigCompositionException, HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from gencost.config.cell import cell_name
from gencost.config.errors import one_line
from gencost.config.schema import Config
from gencost.errors import ConfigError
from gencost.masking import masked_overrides

_KEYS = frozenset(each.name for each in fields(Config))

# Of this command: choices -> config without further values, pickled, which is read again faster than it is copied.
_shared: dict[tuple[str, ...], bytes] = {}


def share_choices() -> None:
    """Teach Hydra how to compose the cells of a command; it has no setting for it."""
    _shared.clear()
    setattr(ConfigLoaderImpl, "load_sweep_config", _compose_named)  # noqa: B010 - mypy takes an assignment for a mistake


def _compose_named(loader: ConfigLoaderImpl, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
    """Compose one cell; an error names the cell."""
    try:
        return _compose(loader, master_config, sweep_overrides)
    except HydraException as error:
        cell = cell_name(masked_overrides(sweep_overrides), "")
        raise ConfigError(f"{one_line(error)} (in the cell {cell})") from error


def _compose(loader: ConfigLoaderImpl, master_config: DictConfig, sweep_overrides: Sequence[str]) -> DictConfig:
    lines: Any = OmegaConf.to_container(master_config.hydra.overrides.hydra, resolve=False)
    parsed = OverridesParser.create().parse_overrides([*lines, *sweep_overrides])
    values = [override for override in parsed if _is_value(loader, override)]
    config = _of_choices(loader, master_config, [override for override in parsed if override not in values])
    try:
        ConfigLoaderImpl._apply_overrides_to_config(values, config)
    except OmegaConfBaseException as error:
        raise ConfigCompositionException from error
    job, task = config.hydra.job, [override for override in parsed if not override.is_hydra_override()]
    with open_dict(config.hydra):
        config.hydra.overrides.task = [override.input_line for override in task]
        job.override_dirname = get_overrides_dirname(task, **job.config.override_dirname)
    OmegaConf.copy_cache(from_config=master_config, to_config=config)
    return config


def _is_value(loader: ConfigLoaderImpl, override: Override) -> bool:
    """Whether an override sets a key and chooses no file: such are applied when all files are put together."""
    if override.is_sweep_override() or override.is_delete() or override.is_hydra_override():
        return False
    key = override.key_or_group
    if override.package is not None:
        return False
    return "." in key or (key in _KEYS and not loader.repository.group_exists(key))


def _of_choices(loader: ConfigLoaderImpl, master_config: DictConfig, choices: Sequence[Override]) -> DictConfig:
    lines = tuple(str(override.input_line) for override in choices)
    if lines not in _shared:
        config = loader.load_configuration(master_config.hydra.job.config_name, list(lines), RunMode.RUN)
        _shared[lines] = pickle.dumps(config)
    copied: DictConfig = pickle.loads(_shared[lines])  # noqa: S301 - made above
    return copied
