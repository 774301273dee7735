"""Compose the policies that a command line names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from gencost.config.cell import build, composed
from gencost.config.errors import explain, one_line
from gencost.errors import ConfigError
from gencost.protocols import Policy


def compose_policies(overrides: Sequence[str], folder: str | None = None) -> list[Policy] | None:
    """Make the policies of ``policy=knn,cascade`` and of overrides of their keys, ``policy.gate=json_valid``.

    Args:
        overrides: as on the command line; a key belongs to each of them.
        folder: searched after the menu, as by ``--config-dir``; None has no other.

    Returns:
        None if none is named.

    Raises:
        ConfigError: an override is of something else, or a named policy has no such key.
    """
    for override in overrides:
        if not override.lstrip("+").startswith(("policy=", "policy.")):
            raise ConfigError(f"{override}: gencost policy asks no model; it takes policy=NAME and policy.KEY=VALUE")
    named = [words.partition("=")[2] for words in overrides if words.startswith("policy=")]
    keys = [words for words in overrides if not words.startswith("policy=")]
    if not named:
        if keys:
            raise ConfigError(f"{keys[0]}: name the policy that it is for, e.g. policy=cascade")
        return None
    names = [name.strip() for value in named for name in value.strip("[]").split(",")]
    return [_policy([f"policy={name}", *keys], folder) for name in names]


def _policy(overrides: Sequence[str], folder: str | None) -> Policy:
    try:
        node: Any = OmegaConf.to_container(composed(overrides, folder).policy, resolve=True)
    except HydraException as error:
        raise ConfigError(one_line(error)) from None
    except OmegaConfBaseException as error:
        raise ConfigError(explain(error)) from None
    if not isinstance(node, dict):
        raise ConfigError(f"{overrides[0]}: names no policy")
    policy: Policy = build(node, "policy", Policy)
    return policy
