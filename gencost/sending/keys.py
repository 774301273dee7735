"""The keys ``retry`` and ``limits`` of an application, as in a config."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from gencost.errors import ConfigError, nearest
from gencost.sending.limits import Limits, LimitSettings
from gencost.sending.retry import Retry

T = TypeVar("T")

_SHARED: weakref.WeakValueDictionary[tuple[str, LimitSettings], Limits] = weakref.WeakValueDictionary()


def retry_of(given: Retry | Mapping[str, Any] | None) -> Retry:
    """Make a policy of retries; None tries once.

    Raises:
        ConfigError: a key or value is wrong.
    """
    return Retry(tries=1) if given is None else _made("retry", Retry, given)


def limits_of(given: LimitSettings | Mapping[str, Any] | None, account: str) -> Limits:
    """Return the limits of an account, one object for all LLMs of the process that name the same ones.

    Raises:
        ConfigError: a key or value is wrong.
    """
    settings = LimitSettings() if given is None else _made("limits", LimitSettings, given)
    shared = _SHARED.get((account, settings))
    if shared is None:
        shared = _SHARED[account, settings] = Limits(settings)
    return shared


def _made(place: str, kind: type[T], given: T | Mapping[str, Any]) -> T:
    if isinstance(given, kind):
        return given
    known = [field.name for field in fields(kind) if field.repr]  # type: ignore[arg-type]
    if not isinstance(given, Mapping):
        raise ConfigError(f"{place}={given!r}: give a mapping of {', '.join(known)}")
    for key, value in given.items():
        if key not in known:
            raise ConfigError(
                f"{place}.{key}: there is no such key{nearest(str(key), known)}; here are {', '.join(known)}"
            )
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise ConfigError(f"{place}.{key}={value!r}: give a number")
    try:
        return kind(**given)
    except TypeError:
        raise ConfigError(f"{place}={dict(given)!r}: one of these cannot be null") from None
