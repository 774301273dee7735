"""Portable keys as the fields of a body, by the rules of a table; words that are not portable keys stay as they are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gencost.errors import ConfigError, ProviderError
from gencost.values.portable import KEYS

Json = dict[str, Any]


class UnsayableError(Exception):
    """A value that a protocol cannot express; the text says which ones it can."""


@dataclass(frozen=True)
class Cannot:
    """A rule of a key that cannot be sent.

    Attributes:
        remedy: what to do instead.
    """

    remedy: str


Rule = str | Callable[[Any], Json] | Cannot
Table = Mapping[str, Rule]


def translated(params: Mapping[str, Any], table: Table, provider: str) -> Json:
    """Write parameters as a provider takes them.

    Args:
        params: portable keys in the form of ``gencost.values.portable``, and other words, which stay.
        table: of its protocol.
        provider: its name, for errors, and for what it calls otherwise.

    Raises:
        ConfigError: it has no words for a key, or for its value.
    """
    fields: Json = {}
    for key, value in params.items():
        rule = table.get(key) if key in KEYS and not _is_its_own(key, value) else None
        try:
            written = {key: value} if rule is None else _written(rule, value)
        except UnsayableError as error:
            raise ConfigError(f"model.{key}={_shown(value)}: provider {provider} {error}") from None
        fields = joined(fields, written)
    return fields


def _written(rule: Rule, value: Any) -> Json:
    if isinstance(rule, Cannot):
        raise UnsayableError(f"cannot be told: {rule.remedy}")
    return {rule: value} if isinstance(rule, str) else rule(value)


def _is_its_own(key: str, value: Any) -> bool:
    """Whether a word is the API's own although it is spelled like a portable key: ``reasoning: {effort: low}``."""
    return key == "reasoning" and isinstance(value, Mapping)


def _shown(value: Any) -> str:
    """Write a value as it may have been typed."""
    if isinstance(value, Mapping):
        points = value.get("breakpoints")
        value = (
            f"[{','.join(points)}]" if points else {"json_object": "json"}.get(value.get("type", ""), value.get("type"))
        )
    return str(value)[:60]


def joined(first: Mapping[str, Any], second: Mapping[str, Any]) -> Json:
    """Join the fields of two bodies; objects under one name are joined likewise."""
    both = dict(first)
    for name, value in second.items():
        old = both.get(name)
        both[name] = joined(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return both


class Wire:
    """Parameters as a provider takes them, written once for each cell.

    Args:
        write: turns parameters into fields of the body; it may raise a ConfigError.
    """

    def __init__(self, write: Callable[[Mapping[str, Any]], Json]) -> None:
        self._write = write
        self._written: dict[int, tuple[Mapping[str, Any], Json]] = {}

    def of(self, params: Mapping[str, Any]) -> Json:
        """Return the fields of the body, which are not to be changed.

        Raises:
            ProviderError: the provider has no words for one of them.
        """
        known = self._written.get(id(params))
        if known is not None and known[0] is params:
            return known[1]
        try:
            fields = self._write(params)
        except ConfigError as error:
            raise ProviderError(str(error), error_type="invalid_request") from None
        if len(self._written) >= _MOST_KEPT:
            self._written.clear()
        self._written[id(params)] = params, fields
        return fields


_MOST_KEPT = 256


class Worded:
    """A provider that translates parameters by a table; it is a ``gencost.protocols.ParamsChecked``."""

    @abstractmethod
    def fields(self, params: Mapping[str, Any]) -> Json:
        """Write parameters as fields of the body.

        Raises:
            ConfigError: it has no words for one of them.
        """

    def check_params(self, params: Mapping[str, Any]) -> None:
        """Find out whether it has words for all parameters, see ``fields``."""
        self.fields(params)

    @cached_property
    def _wire(self) -> Wire:
        return Wire(self.fields)
