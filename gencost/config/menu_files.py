"""A file of the menu that is not YAML is told with its path and line: Hydra would let the parser's error through."""

from __future__ import annotations

from pathlib import Path

import yaml
from hydra._internal.config_repository import ConfigRepository
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigResult
from omegaconf import OmegaConf

from gencost.errors import ConfigError
from gencost.paths import conf_dir
from gencost.tabular import first_bad_byte
from gencost.text.yaml_fault import yaml_fault

_load = ConfigRepository.load_config


def name_unreadable_files() -> None:
    """Teach Hydra to name the file that it cannot read; it has no setting for it."""
    setattr(ConfigRepository, "load_config", _load_or_name)  # noqa: B010 - mypy takes an assignment for a mistake


def check_own_files(folder: Path) -> None:
    """Refuse files that Hydra would pass over: of two with one name it takes that of the shipped menu.

    Args:
        folder: of the user's own, searched after the menu.

    Raises:
        ConfigError: a file has the name of a shipped one and is not a copy of it.
    """
    for shipped in conf_dir().rglob("*.yaml"):
        choice = shipped.relative_to(conf_dir())
        file = folder / choice
        if file.is_file() and file.read_bytes() != shipped.read_bytes():
            remedy = "give it another one" if choice.parent.name else "give its keys in experiment/NAME.yaml"
            raise ConfigError(f"{file} would not be used, as the shipped menu has a file of this name: {remedy}")


def _load_or_name(repository: ConfigRepository, config_path: str) -> ConfigResult | None:
    """Read a file of the menu.

    Raises:
        ConfigError: it is not YAML, not in UTF-8, or a list.
    """
    try:
        read = _load(repository, config_path)
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        path = _path(repository, config_path)
        raise ConfigError(f"{path}: {_fault(path, error)}") from None
    if read is not None and OmegaConf.is_list(read.config):
        raise ConfigError(
            f"{_path(repository, config_path)}: it holds a list: write keys with their values, key: value"
        )
    return read


def _path(repository: ConfigRepository, config_path: str) -> Path:
    source = repository._find_object_source(config_path, ObjectType.CONFIG)
    return Path(source.path if source else "", config_path).with_suffix(".yaml")


def _fault(path: Path, error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"{first_bad_byte(path)}; save it as UTF-8"
    return str(error.strerror) if isinstance(error, OSError) else yaml_fault(error)
