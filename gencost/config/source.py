"""Compose the log of another tool that a command line names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from gencost.config.cell import build, composed
from gencost.config.errors import explain, one_line
from gencost.errors import ConfigError, nearest
from gencost.paths import conf_dir

_OPEN = re.compile(r"(?:source\.)?only[.=]")
_GROUPS = ("pricing", "metrics_db", "source")


def compose_source(
    name: str, overrides: Sequence[str], role: type, folder: str | None = None
) -> tuple[Any, Mapping[str, Any]]:
    """Make a source and what else an import needs.

    Args:
        name: a file of ``conf/source``.
        overrides: of its keys, ``texts=keep``, and of ``pricing`` and ``metrics_db``.
        role: the class that it must be of.
        folder: searched after the menu, as by ``--config-dir``; None has no other.

    Returns:
        The source, and the plain values of ``source``, ``pricing`` and ``metrics_db``.

    Raises:
        ConfigError: there is no such source, or it has no such key.
    """
    _check_name(name, folder)
    try:
        config = composed([f"source={name}", *map(_of_source, overrides)], folder)
        node = {key: OmegaConf.to_container(config[key], resolve=True) for key in _GROUPS}
    except HydraException as error:
        raise ConfigError(one_line(error).replace("source.", "")) from None
    except OmegaConfBaseException as error:
        raise ConfigError(explain(error)) from None
    return build(node["source"], "source", role), node  # type: ignore[arg-type]


def _check_name(name: str, folder: str | None) -> None:
    folders = [conf_dir(), *([] if folder is None else [Path(folder)])]
    choices = sorted({path.stem for it in folders for path in (it / "source").glob("*.yaml")} - {"any"})
    if name not in choices:
        raise ConfigError(f"source {name!r} does not exist{nearest(name, choices)}: choose from {', '.join(choices)}")


def _of_source(override: str) -> str:
    """Prefix a key with ``source.``, unless it belongs to another group."""
    prefix = re.match(r"[+~]*", override)
    sign = "" if prefix is None else prefix[0]
    rest = override[len(sign) :]
    if not sign and _OPEN.match(rest):  # any column may be named there
        sign = "++"
        override = sign + rest
    return override if re.split(r"[=.@/]", rest)[0] in _GROUPS else f"{sign}source.{rest}"
