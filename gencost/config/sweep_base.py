"""Let Hydra compose what the cells of a multirun share without the keys that only some of them have.

Before it sweeps, Hydra composes the config once without any swept choice, so with the default ones, and applies every
other override to it: beside ``model=gpt_4o_mini,gpt_5_mini`` it would hold ``provider.stream=true`` against the mock's
keys. Here an override that does not fit there is left to the cells: each is composed with its own choices and all
overrides, and refuses what it does not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.hydra import Hydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig

from gencost.config.composed_cells import share_choices

_compose = Hydra.compose_config
_find_mode = Hydra.get_mode
_load = ConfigLoaderImpl.load_configuration
_SINGLE = "hydra.mode=RUN"  # Hydra adds it to the overrides of a single run

# The overrides of a single run and its config, or why it has none, from when Hydra asked whether it is one.
_kept_single: list[tuple[list[str], DictConfig | HydraException]] = []


def leave_keys_to_cells(*, multirun: bool = False) -> None:
    """Teach Hydra how to compose for a sweep; it has no setting for it.

    Args:
        multirun: the command line says ``-m``, so the config need not be composed to find out.
    """
    _kept_single.clear()
    share_choices()
    setattr(Hydra, "compose_config", _compose_base)  # noqa: B010 - mypy takes an assignment for a mistake
    setattr(ConfigLoaderImpl, "load_configuration", _load_single)  # noqa: B010 - likewise
    setattr(Hydra, "get_mode", _as_asked if multirun else _mode)  # noqa: B010 - likewise


def _as_asked(*_: Any, **__: Any) -> None:
    """Leave the mode to the command line."""


def _mode(hydra: Hydra, config_name: str | None, overrides: list[str]) -> RunMode | None:
    """Compose a config to see whether it asks for a multirun; that of a single run is kept."""
    try:
        config = hydra.config_loader.load_configuration(config_name, overrides, RunMode.RUN)
    except HydraException as error:
        _kept_single.append(([*overrides, _SINGLE], error))
        return cast("RunMode | None", _find_mode(hydra, config_name, overrides))
    if config.hydra.mode is None:
        _kept_single.append(([*overrides, _SINGLE], config))
    return cast("RunMode | None", config.hydra.mode)


def _load_single(
    loader: ConfigLoaderImpl, config_name: str | None, overrides: list[str], run_mode: RunMode, **rest: Any
) -> DictConfig:
    """Compose a config, but take what was composed already for a single run."""
    if run_mode is RunMode.RUN and _kept_single and _kept_single[0][0] == overrides:
        _, config = _kept_single.pop()
        if isinstance(config, HydraException):
            raise config
        config.hydra.mode = run_mode
        config.hydra.overrides.hydra.append(_SINGLE)
        return config
    return _load(loader, config_name, overrides, run_mode, **rest)


def _compose_base(
    hydra: Hydra, config_name: str | None, overrides: list[str], run_mode: RunMode, **rest: Any
) -> DictConfig:
    """Compose a config; for a multirun leave out what does not fit where it does not fit."""
    try:
        return _compose(hydra, config_name, overrides, run_mode, **rest)
    except HydraException:
        if run_mode is not RunMode.MULTIRUN:
            raise
        parsed = OverridesParser.create().parse_overrides(overrides)
        shared = [override for override in parsed if _fits_any_cell(override)]
        if len(shared) == len(parsed):
            raise
    config = _compose(hydra, config_name, _texts(shared), run_mode, **rest)
    config.hydra.overrides.task = _texts([override for override in parsed if not override.is_hydra_override()])
    return config


def _fits_any_cell(override: Override) -> bool:
    """Whether an override concerns what every cell has: Hydra, a choice, a key of the top level."""
    if override.is_hydra_override() or override.is_sweep_override():
        return True
    return override.package is None and "." not in override.key_or_group


def _texts(overrides: Sequence[Override]) -> list[str]:
    return [str(override.input_line) for override in overrides]
