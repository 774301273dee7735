"""A source: the log of another tool, read into calls by one mapping table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from gencost.errors import ConfigError, nearest
from gencost.traffic.fact_map import FactMap
from gencost.traffic.logged import BadRecord, LeftOut, LoggedCall, UnreadableRecordError
from gencost.traffic.privacy import TEXTS, Privacy
from gencost.traffic.records import Placed, files_of, records
from gencost.traffic.redaction import Redaction
from gencost.traffic.values import moment

Item = LoggedCall | BadRecord | LeftOut
_BAD = ("skip", "fail")
_written = json.JSONEncoder(sort_keys=True, default=str).encode
UNREADABLE = (UnreadableRecordError, TypeError, ValueError, KeyError, AttributeError, ArithmeticError, RecursionError)
"""The errors of a record that has other values than any tool writes."""


def why_unreadable(error: Exception) -> str:
    """Say why a record cannot be read."""
    return str(error) if isinstance(error, UnreadableRecordError) else f"{type(error).__name__}: {error}"


@dataclass(frozen=True, kw_only=True)
class LogSource:
    """The keys that all sources have.

    Attributes:
        map: fact -> path or paths in a record, the first that says something counts; null for none.
        texts: ``hash`` stores digests, so that equal prompts stay equal; ``keep`` the texts; ``drop`` nothing.
        redact: rules that replace parts of texts before they are stored or hashed, see ``redaction.Redaction``.
        hash_secret: makes digests that cannot be guessed without it; null makes plain ones.
        on_bad_line: ``skip`` counts a record that cannot be read and shows the first ten; ``fail`` ends the import.
        at: the time of calls for which the log has none, ISO 8601; null takes the file's time.
    """

    map: dict[str, Any] = field(default_factory=dict)
    texts: str = "hash"
    redact: list[Any] = field(default_factory=list)
    hash_secret: str | None = None
    on_bad_line: str = "skip"
    at: str | None = None

    name: ClassVar[str]
    tool: ClassVar[str]
    """The tool's name for people."""
    facts: ClassVar[tuple[str, ...]]

    def __post_init__(self) -> None:
        """Refuse values that do not exist, before a file is opened."""
        for key, value, known in (("texts", self.texts, TEXTS), ("on_bad_line", self.on_bad_line, _BAD)):
            if value not in known:
                choices = ", ".join(known)
                raise ConfigError(f"source.{key}={value!r}: choose from {choices}{nearest(str(value), known)}")
        if self.hash_secret == "":
            raise ConfigError("source.hash_secret is empty: give a secret, or null for digests without one")
        if self.privacy and self.facts_of and self.moment is None and self.at is not None:
            raise ConfigError(f"source.at={self.at!r}: write a day or a time, e.g. 2026-11-20")

    @cached_property
    def facts_of(self) -> FactMap:
        """Its mapping table."""
        return FactMap(self.map, self.facts)

    @cached_property
    def privacy(self) -> Privacy:
        """The rules for what is stored of texts."""
        key = None if self.hash_secret is None else self.hash_secret.encode()
        return Privacy(texts=self.texts, redaction=Redaction(self.redact), key=key)

    @cached_property
    def moment(self) -> datetime | None:
        """The time of calls without one; None takes the file's."""
        try:
            return moment(self.at)
        except UnreadableRecordError:
            return None

    def files(self, path: str) -> list[str]:
        """List the files, or whatever has a name of its own, behind a path of the command line.

        Raises:
            LogFileError: there is no such file.
        """
        return [str(file) for file in files_of(path)]

    def read(self, file: str) -> Iterator[Item]:
        """Read the calls of one of ``files``.

        Raises:
            LogFileError: it cannot be read at all.
        """
        (path,) = files_of(file)
        yield from self.items(records(path))

    def items(self, placed: Iterable[Placed | BadRecord]) -> Iterator[Item]:
        """Turn records into calls; one that cannot be read is reported with its place."""
        for entry in placed:
            if isinstance(entry, BadRecord):
                yield entry
                continue
            for place, record in self.unfolded(*entry):
                try:
                    yield from self.calls(record)
                except UNREADABLE as error:
                    yield BadRecord(place=place, why=why_unreadable(error))

    def unfolded(self, place: str, record: Mapping[str, Any]) -> Iterable[Placed]:
        """Return the records inside a record that only wraps others; by default there are none."""
        return ((place, record),)

    def calls(self, record: Mapping[str, Any]) -> Iterator[LoggedCall | LeftOut]:
        """Read the calls of one record.

        Raises:
            UnreadableRecordError: it is not a record of this tool.
        """
        raise NotImplementedError

    def value(self, record: Mapping[str, Any], fact: str) -> Any:
        """Find a fact by the mapping table; None if the record does not say it."""
        return self.facts_of.of(record, fact)


def digest_of(record: Mapping[str, Any]) -> str:
    """Return the digest of a record that has no id of its own: equal records are one."""
    return hashlib.sha256(_written(record).encode()).hexdigest()[:40]
