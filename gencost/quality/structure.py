"""Scorers of an answer's form: is it JSON, does it fit a schema, is it as long as it may be?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gencost.errors import ConfigError
from gencost.quality.base import Finding, TextScorer, needed
from gencost.quality.fences import blocks


def read_json(text: str, *, fences: bool) -> Any:
    """Read an answer that is JSON (RFC 8259): NaN and Infinity, which Python's own reader takes, are none.

    Args:
        text: the answer.
        fences: where the text as a whole is not JSON, read its last fenced block that is marked as JSON, else the last
            one that names no language; what stands around it does not matter.

    Raises:
        ValueError: it is not JSON.
    """
    text = text.lstrip("\ufeff")
    try:
        return json.loads(text, parse_constant=_refuse)
    except ValueError:
        fenced = _fenced(text) if fences else None
        if fenced is None:
            raise
    return json.loads(fenced, parse_constant=_refuse)


def _fenced(text: str) -> str | None:
    fenced = blocks(text)
    marked = [block for block in fenced if block.language.startswith("json")]
    chosen = marked or [block for block in fenced if not block.language]
    return chosen[-1].content if chosen else None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


@dataclass(frozen=True, kw_only=True)
class JsonValid(TextScorer):
    """1 if the answer is JSON, else 0.

    Attributes:
        fences: look into a fenced block, see ``read_json``; false takes the answer as it is.
        name: in the ``scores`` table.
        version: changes when the definition changes.
    """

    fences: bool = True
    name: str = "json_valid"
    version: str = "3"

    def of_text(self, text: str) -> Finding:
        """Try to read it."""
        try:
            read_json(text, fences=self.fences)
        except (ValueError, RecursionError) as error:
            return 0.0, str(error)
        return 1.0, None


@dataclass(frozen=True, kw_only=True)
class JsonSchema(TextScorer):
    """1 if the answer is JSON that fits a schema, else 0.

    Attributes:
        schema: a JSON schema, inline; its ``$schema`` says which draft, by default 2020-12. References lead inside it.
        path: a JSON file with the schema, instead.
        fences: look into a fenced block, see ``read_json``; false takes the answer as it is.
        name: in the ``scores`` table.
        version: changes when the definition changes.

    Raises:
        ConfigError: there is no schema or there are two, it is invalid, or the extra ``text`` is not installed.
    """

    schema: dict[str, Any] | None = None
    path: str | None = None
    fences: bool = True
    name: str = "json_schema"
    version: str = "3"

    def __post_init__(self) -> None:
        """Check the schema before the first call."""
        _ = self._validator

    @cached_property
    def _validator(self) -> Any:
        schema = self._given()
        validators = needed("jsonschema.validators", "text", self.name)
        kind = validators.validator_for(schema, default=validators.Draft202012Validator)
        try:
            kind.check_schema(schema)
        except needed("jsonschema", "text", self.name).SchemaError as error:
            at = "/".join(map(str, error.absolute_path)) or "the top"
            raise ConfigError(f"{self._place} is not a JSON schema: {error.message} at {at}") from None
        for reference in _references(schema):
            if not reference.startswith("#"):
                raise ConfigError(f"{self._place}: $ref {reference!r} leads outside the schema; put it into $defs")
        # A registry of our own keeps jsonschema from fetching anything.
        return kind(schema, registry=needed("referencing", "text", self.name).Registry())

    @property
    def _place(self) -> str:
        return f"quality.{self.name}.{'schema' if self.path is None else f'path={self.path}'}"

    def _given(self) -> Any:
        if (self.schema is None) == (self.path is None):
            raise ConfigError(f"quality.{self.name}: give one of schema={{...}} and path=file.json")
        if self.path is None:
            return self.schema
        try:
            return json.loads(Path(self.path).read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"{self._place} cannot be read: {error.strerror}") from None
        except ValueError as error:
            raise ConfigError(f"{self._place} is not JSON: {error}") from None

    def of_text(self, text: str) -> Finding:
        """Read and validate it."""
        try:
            value = read_json(text, fences=self.fences)
        except (ValueError, RecursionError) as error:
            return 0.0, f"no JSON: {error}"
        first = next(iter(self._validator.iter_errors(value)), None)
        if first is None:
            return 1.0, None
        return 0.0, f"{first.json_path}: {first.message}"[:500]


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)


@dataclass(frozen=True, kw_only=True)
class Length(TextScorer):
    """1 if the answer is as long as it may be, else 0; words are what stands between white space.

    Attributes:
        min_words: null means no limit, as for the others; a limit itself is within.
        max_words: see ``min_words``.
        min_chars: Unicode characters, white space at both ends left out.
        max_chars: see ``min_chars``.
        name: in the ``scores`` table.
        version: changes when the definition changes.
    """

    min_words: int | None = None
    max_words: int | None = None
    min_chars: int | None = None
    max_chars: int | None = None
    name: str = "length"
    version: str = "1"

    def __post_init__(self) -> None:
        """Refuse limits that nothing or everything is within."""
        if self.min_words is self.max_words is self.min_chars is self.max_chars is None:
            raise ConfigError(f"quality.{self.name}: give a limit: min_words, max_words, min_chars or max_chars")
        for unit in ("words", "chars"):
            low, high = getattr(self, f"min_{unit}") or 0, getattr(self, f"max_{unit}")
            if low < 0 or (high is not None and high < low):
                raise ConfigError(f"quality.{self.name}: min_{unit}={low} and max_{unit}={high} leave no length")

    def of_text(self, text: str) -> Finding:
        """Count."""
        words, chars = len(text.split()), len(text.strip())
        within = _within(words, self.min_words, self.max_words) and _within(chars, self.min_chars, self.max_chars)
        return float(within), f"{words} words, {chars} characters"


def _within(count: int, low: int | None, high: int | None) -> bool:
    return (low is None or count >= low) and (high is None or count <= high)
