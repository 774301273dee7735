"""Prompt sets: rows of a file become samples; samples are drawn for requests."""

from __future__ import annotations

import hashlib
import random
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gencost.errors import ConfigError, PromptError, nearest
from gencost.tabular import TabularError, read_rows, text_of
from gencost.types import Message, Sample

_ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, kw_only=True)
class PromptSet:
    """A file whose rows are samples.

    Attributes:
        path: a CSV, JSONL, YAML or Parquet file; relative to the working folder.
        name: shown in MLflow.
        columns: what the file calls ``id``, ``text``, ``messages``, ``reference`` and ``category``. One that is not
            given another name here may be missing, but for ``text`` or ``messages``; without ids, rows are numbered
            from 1.
        template: the text to send, with columns of the row in braces, ``Answer briefly: {text}``; null sends the text.
        system: a system message before each prompt; null sends none.
        distinct: keep the first of rows with the same id instead of refusing them.
    """

    path: str
    name: str = "prompts"
    columns: dict[str, str] = field(default_factory=dict)
    template: str | None = None
    system: str | None = None
    distinct: bool = False

    def __post_init__(self) -> None:
        """Refuse a column map with keys that mean nothing."""
        known = ("id", "text", "messages", "reference", "category")
        for key in self.columns:
            if key not in known:
                raise ConfigError(f"prompts.columns.{key}: there is no such key{nearest(key, known)}; here are {known}")

    def load(self) -> list[Sample]:
        """Read every sample, in the order of the file.

        Raises:
            PromptError: the file cannot be read, a column is missing, a prompt is empty or an id stands twice.
        """
        try:
            rows = read_rows(self.path)
        except TabularError as error:
            raise PromptError(f"prompts.path: {error}") from None
        self._check_columns(rows[0])
        samples = [self._sample(row, number) for number, row in enumerate(rows, start=1)]
        if self.distinct:
            first: dict[str, Sample] = {}
            for sample in samples:
                first.setdefault(sample.id, sample)
            return list(first.values())
        count = Counter(sample.id for sample in samples)
        twice = [sample_id for sample_id, n in count.items() if n > 1]
        if twice:
            raise PromptError(
                f"prompts.path: {self.path}: {len(twice)} ids stand more than once, e.g. {twice[0]!r}; "
                "make them unique, or keep the first of each with prompts.distinct=true"
            )
        return samples

    def _check_columns(self, row: Mapping[str, Any]) -> None:
        wanted = [column for key, column in self.columns.items() if column != key]
        if self._column("text") not in row and self._column("messages") not in row:
            wanted.append(self._column("text"))
        for column in wanted:
            if column not in row:
                raise PromptError(
                    f"prompts.path: {self.path} has no column {column!r}{nearest(column, row)}; it has "
                    f"{', '.join(map(str, row))}; name yours with prompts.columns.text=..."
                )

    def _column(self, key: str) -> str:
        return self.columns.get(key, key)

    def _sample(self, row: Mapping[str, Any], number: int) -> Sample:
        used = {self._column(key) for key in ("id", "text", "messages", "reference", "category")}
        sample = Sample(
            id=text_of(row.get(self._column("id"))) or str(number),
            messages=self._messages(row, number),
            reference=text_of(row.get(self._column("reference"))),
            category=text_of(row.get(self._column("category"))),
            metadata={str(key): text_of(value) or "" for key, value in row.items() if key not in used},
        )
        try:
            _ = sample.prompt_sha256
        except UnicodeEncodeError as error:
            raise PromptError(f"prompts.path: {self.path} row {number}: no valid Unicode: {error.reason}") from None
        return sample

    def _messages(self, row: Mapping[str, Any], number: int) -> tuple[Message, ...]:
        before = () if self.system is None else (Message(role="system", content=self.system),)
        given = row.get(self._column("messages"))
        if given is not None:
            return (*before, *(self._message(entry, number) for entry in given))
        text = text_of(row.get(self._column("text"))) or ""
        if not text.strip():
            raise PromptError(f"prompts.path: {self.path} row {number}: the prompt is empty")
        return (*before, Message(role="user", content=self._filled(row, text)))

    def _message(self, entry: Any, number: int) -> Message:
        if (
            not isinstance(entry, Mapping)
            or entry.get("role") not in _ROLES
            or not isinstance(entry.get("content"), str)
        ):
            raise PromptError(
                f"prompts.path: {self.path} row {number}: a message needs a role ({', '.join(_ROLES)}) and a content"
            )
        return Message(role=entry["role"], content=entry["content"])

    def _filled(self, row: Mapping[str, Any], text: str) -> str:
        if self.template is None:
            return text
        values = {str(key): text_of(value) or "" for key, value in row.items()} | {"text": text}
        try:
            return string.Formatter().vformat(self.template, (), values)
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            raise PromptError(
                f"prompts.template={self.template!r}: {error} is no column; here are {', '.join(values)}"
            ) from None


def digest(samples: Sequence[Sample]) -> str:
    """SHA-256 (hex) of the ids, prompts and references of samples, in their order."""
    hashed = hashlib.sha256()
    for sample in samples:
        hashed.update(repr((sample.id, sample.prompt_sha256, sample.reference)).encode())
    return hashed.hexdigest()


def draw(samples: Sequence[Sample], n: int | None, repeats: int, seed: int) -> list[tuple[Sample, int]]:
    """Draw requests by a seeded, balanced shuffle: no sample is drawn a second time before each was drawn once.

    The draw depends on samples and seed alone, so cells that differ in anything else are paired; a larger ``n``
    continues a smaller one.

    Args:
        samples: at least one.
        n: how many are drawn; None draws each sample once.
        repeats: how often each drawn one is asked.
        seed: of the shuffle.

    Returns:
        Sample and repeat number (0, 1, ... per sample) of each request, in the order asked.

    Raises:
        ConfigError: ``n`` or ``repeats`` is below 1.
    """
    if n is not None and n < 1:
        raise ConfigError(f"n={n}: draw at least 1 request, or n=null for every sample once")
    if repeats < 1:
        raise ConfigError(f"repeats={repeats}: make each request at least once")
    shuffle, wanted = random.Random(seed).sample, len(samples) if n is None else n
    order: list[Sample] = []
    while len(order) < wanted:
        order += shuffle(list(samples), len(samples))
    asked: Counter[str] = Counter()
    drawn = []
    for sample in order[:wanted]:
        for _ in range(repeats):
            drawn.append((sample, asked[sample.id]))
            asked[sample.id] += 1
    return drawn
