"""The check of what an application gives a ``UnifiedLLM``: a value of a wrong type is refused when it is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from typing import Any, get_args

from gencost.cost_tracker import CostTracker
from gencost.errors import ConfigError
from gencost.metrics_db import Writer
from gencost.protocols import ParamsChecked, Provider
from gencost.providers.misfit import unfit_provider
from gencost.quality.score import Rules
from gencost.types import GREATEST_SEED, RequestRole
from gencost.values.portable import checked, meaning

_ROLES = get_args(RequestRole)


def _of(kind: Any) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kind)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_seed(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= GREATEST_SEED


def _is_named(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(name, str) for name in value)


# Argument -> whether a value fits, and what to give. None fits where it is the default.
_WANTED: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "model": (_is_text, "give the model's name, e.g. model='small-latest'"),
    "params": (_is_named, "give a mapping, e.g. params={'temperature': 0}"),
    "rules": (_of(Rules), "give a gencost.quality.score.Rules"),
    "cost_tracker": (_of(CostTracker), "give a gencost.CostTracker"),
    "writer": (_of(Writer | None), "give a gencost.metrics_db.Writer, or None to open the metrics DB"),
    "run_id": (lambda value: value is None or _is_text(value), "give a text, or None for no run"),
    "seed": (_is_seed, f"give a whole number from 0 to {GREATEST_SEED}"),
    "raises": (_of(bool), "give True or False"),
    "policy": (_of(str | PathLike | None), "give the path of a policy file"),
}


def check_arguments(llm: Any) -> None:
    """Refuse an argument of a wrong type.

    Args:
        llm: the ``UnifiedLLM`` that is being built; with a policy it needs no model.

    Raises:
        ConfigError: one is of a wrong type; the text has its name and what to give.
    """
    for name, (fits, remedy) in _WANTED.items():
        value = getattr(llm, name)
        if not fits(value) and not (name == "model" and llm.policy is not None and value == ""):
            raise ConfigError(f"{name}={_shown(value)}: {remedy}")
    for key, value in llm.params.items():
        of_api = key == "reasoning" and isinstance(value, Mapping)
        if value is not None and meaning(key, value) == key and not of_api:
            checked(key, value, "params")


def check_call(repeat: object, due_ns: object, role: object) -> None:
    """Refuse an argument of one call that the metrics DB could not tell later.

    Raises:
        ConfigError: one is of a wrong type.
    """
    if type(repeat) is not int or repeat < 0:
        raise ConfigError(f"repeat={_shown(repeat)}: give a whole number >= 0")
    if due_ns is not None and type(due_ns) is not int:
        raise ConfigError(f"due_ns={_shown(due_ns)}: give a moment of time.perf_counter_ns(), or None for now")
    if role not in _ROLES:
        raise ConfigError(f"role={_shown(role)}: choose from {', '.join(_ROLES)}")


def provider_of(given: Any, params: Mapping[str, Any]) -> Provider:
    """Take a provider as it is, and look up a name.

    Raises:
        ConfigError: there is no provider of this name, it is something else, or it cannot send a parameter.
    """
    provider = _named(given) if isinstance(given, str) else _checked(given)
    if isinstance(provider, ParamsChecked):
        provider.check_params(params)
    return provider


def _named(name: str) -> Provider:
    from gencost.config.cell import load_provider  # noqa: PLC0415 - Hydra only where a name must be looked up

    return load_provider(name)


def _checked(given: Any) -> Provider:
    if isinstance(given, type):
        raise ConfigError(f"provider={given.__name__} is a class: give an object, {given.__name__}(...)")
    if not isinstance(given, Provider):
        remedy = "give the name of a file of conf/provider, or an object of a class that inherits from gencost.Provider"
        raise ConfigError(f"provider={_shown(given)}: {remedy}")
    if (wrong := unfit_provider(given)) is not None:
        raise ConfigError(f"provider: {wrong}")
    return given


def _shown(value: Any) -> str:
    return repr(value)[:80]
