"""Prompt sets: rows of a file become samples; samples are drawn for requests."""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from gencost.errors import ConfigError, PromptError, nearest
from gencost.messages.read import read_messages
from gencost.messages.request_rows import OWN, lesson, own_params, unwrapped
from gencost.prompts.few_shot import FewShot, with_examples
from gencost.prompts.row_checks import (
    delimiter_remark,
    ending_remark,
    equal_remark,
    likely_column,
    media_remark,
    other_delimiter,
    refuse_empty_paths,
    refuse_unstorable,
    unique,
)
from gencost.prompts.template import Template, check_columns, filled_last, template_of
from gencost.tabular import Row, TabularError, columns_of, read_rows, text_of
from gencost.text.delimiters import is_delimiter
from gencost.text.inside import inside
from gencost.text.loose_json import read_loosely
from gencost.text.written import as_json, plain
from gencost.types import Message, Sample

_KEYS = ("id", "text", "messages", "reference", "category", *OWN)
_MOST_REQUESTS = 100_000_000  # in one cell; more is a slip of the fingers
_CELLS = ("id", "reference", "category")
_NONE: Mapping[str, Any] = {}  # one for all samples, of which there may be a million


@dataclass(frozen=True, kw_only=True)
class PromptSet:
    r"""A file whose rows are samples.

    Attributes:
        path: a CSV, TSV, JSON, JSONL (NDJSON), YAML, Parquet or XLSX file; relative to the working folder.
        name: shown in tables and MLflow; by default that of the file.
        columns: what the file calls ``id``, ``text``, ``messages``, ``reference``, ``category`` and what a row sends
            along by itself: ``tools``, ``tool_choice``, ``response_format``, ``params``. One that is not given another
            name here may be missing, but for ``text`` or ``messages``; without ids, rows are numbered from 1. An empty
            reference or category is none; a list of texts or numbers as the reference is several accepted
            answers, another one that is not a text is kept as JSON. ``a.b`` is the column ``a.b``, else
            ``b`` inside ``a``; a text cell that is named here as ``messages`` or ``tools`` is read as JSON.
        template: the text to send, with columns of the row in braces, ``Answer briefly: {text}``; ``{{`` is a brace
            that names none. Braces in the data mean nothing. On the command line ``\${{x}}`` is a plain ``${x}`` (and
            ``\${x}`` a dollar sign before the column), ``\n`` a line break, ``\\n`` a backslash and an n. Of a
            conversation it fills in the last user turn, whose text is ``{text}``. A path that ends in .j2, .jinja or
            .jinja2 is a file, see ``template_file``. Null sends the text, or the messages where there are any.
        template_file: a template in Jinja2's language instead, see ``gencost.prompts.template.FileTemplate``.
        system: a system message before each prompt; null sends none.
        examples: shown before each prompt as turns of user and assistant: ``path`` of a file with the same columns,
            ``n`` of its rows, drawn by ``seed``; never the asked row itself. A null path shows none.
        format: csv, tsv, json, jsonl, yaml, parquet or xlsx, for a file with another ending; null goes by the ending.
        delimiter: of a CSV file; null takes a comma, semicolon or tab, whichever parts the names and the first row
            alike; ``\t`` is a tab.
        distinct: keep the first of rows with the same id, prompt and reference instead of refusing them.
        remarks: what ``load`` found that is good to know; a line each.
    """

    path: str
    name: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    template: str | None = None
    template_file: str | None = None
    system: str | None = None
    examples: dict[str, Any] = field(default_factory=lambda: asdict(FewShot()))
    format: str | None = None
    distinct: bool = False
    delimiter: str | None = None
    remarks: list[str] = field(default_factory=list, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse unknown keys in the column map, and an invalid template; take the file's name if there is no other."""
        object.__setattr__(self, "name", self.name or Path(self.path).stem)
        for key in self.columns:
            if key not in _KEYS:
                raise ConfigError(f"prompts.columns.{key}: there is no such key{nearest(key, _KEYS)}; here are {_KEYS}")
        _ = self._template, self._shots  # what is wrong with them is found now
        if self.delimiter is not None and not is_delimiter(self.delimiter):
            raise ConfigError(f"prompts.delimiter={self.delimiter!r}: give one sign, e.g. ';' or \\t for a tab")

    def load(self) -> list[Sample]:
        """Read every sample, in the order of the file.

        Raises:
            PromptError: the file cannot be read, a column is missing, a prompt is empty or an id occurs twice.
        """
        samples = self._samples()
        self.remarks[:] += [*delimiter_remark(self.path, self.format, self.delimiter), *equal_remark(samples)]
        samples = unique(samples, f"prompts.path: {self.path}", distinct=self.distinct)
        if self._shots.path is None or not self._shots.n:
            return samples
        return with_examples(samples, self._candidates(self._shots.path), self._shots, self.path)

    def _samples(self) -> list[Sample]:
        try:
            rows = list(map(unwrapped, read_rows(self.path, self.format, delimiter=self.delimiter, typed=True)))
        except TabularError as error:
            raise PromptError(f"prompts.path: {error}") from None
        present = columns_of(rows)
        self._check_columns(present)
        refuse_empty_paths(rows, {key: column for key, column in self.columns.items() if key not in OWN}, self.path)
        taken: list[int] = []
        samples: list[Sample] = []
        for number, row in enumerate(rows, start=1):
            samples.append(self._sample(row, number, taken))
            rows[number - 1] = {}  # gives its memory to the samples
        fields = [*self._fields, *self.columns.values()]
        self.remarks[:] = [*media_remark(self.path, present, fields), *ending_remark(self.path, taken, samples)]
        return samples

    def _candidates(self, path: str) -> list[Sample]:
        """The rows of the file with the examples, read as those of the prompts are."""
        kind = self.format if path == self.path else None
        try:
            return replace(self, path=path, system=None, examples={}, format=kind)._samples()
        except PromptError as error:
            raise PromptError(str(error).replace("prompts.path:", "prompts.examples.path:", 1)) from None

    @cached_property
    def _template(self) -> Template | None:
        return template_of(self.template, self.template_file)

    @cached_property
    def _used(self) -> frozenset[str]:
        """The columns that become fields of a sample."""
        return frozenset(self._column(key).partition(".")[0] for key in _KEYS if key not in OWN or key in self.columns)

    @cached_property
    def _shots(self) -> FewShot:
        return FewShot.of(self.examples)

    @property
    def _fields(self) -> Sequence[str]:
        """List the columns that the template names; without one, the text."""
        return ["text"] if self._template is None else self._template.fields

    def _check_columns(self, present: Sequence[str]) -> None:
        for key, column in self.columns.items():
            if column != key and not _there(column, present):
                raise self._no_column(key, column, present)
        asked = _there(self._column("text"), present) or _there(self._column("messages"), present)
        if not asked and "text" in self._fields:
            raise self._no_column("text", self._column("text"), present)
        if self._template is not None:
            check_columns(self._template, [*present, *(["text"] if asked and "text" not in present else [])])

    def _no_column(self, key: str, column: str, present: Sequence[str]) -> PromptError:
        return PromptError(
            f"prompts.path: {self.path} has no column {column!r}{nearest(column, present)}; it has "
            f"{', '.join(present)}; name yours with prompts.columns.{likely_column(key, present)}"
            f"{other_delimiter(self.path, self.format, present)}"
        )

    def _column(self, key: str) -> str:
        return self.columns.get(key, key)

    def _cell(self, row: Row, key: str) -> str:
        """One of the columns that are sent or compared, as text; empty if it has no value."""
        value = self._value(row, key)
        if key == "reference" and isinstance(value, list) and value and all(map(_is_plain, value)):
            return json.dumps({"any_of": [text_of(item) for item in value]}, ensure_ascii=False)
        if key == "reference" and isinstance(value, list | dict):
            return as_json(value)
        if key == "text" and isinstance(value, list) and value and isinstance(value[0], dict):
            raise PromptError(
                f"it is a conversation: name its column with prompts.columns.messages={self._column(key)}"
            )
        if isinstance(value, bool | bytes | set | list | dict):
            raise PromptError(f"{key} is {repr(value)[:60]}, no text: write it as one, in YAML and JSON in quotes")
        return text_of(value) or ""

    def _sample(self, row: Row, number: int, taken: list[int]) -> Sample:
        """Make one; ``taken`` gets its number if the last turn is not asked but known."""
        try:
            cells = {key: self._cell(row, key) for key in _CELLS}
            conversation = self._messages(row)
            messages, reference = lesson(conversation, _given(cells["reference"]))
            taken += [number] * (len(messages) < len(conversation))
            params = own_params(plain({**row, **self._nested(row)}), self.columns)
            metadata = {key: _shown(value) for key, value in row.items() if key not in self._used and key not in params}
            refuse_unstorable([cells, params], messages, metadata)
            return Sample(
                id=cells["id"] or str(number),
                messages=messages,
                reference=reference,
                category=sys.intern(category) if (category := _given(cells["category"])) else None,
                metadata=metadata or _NONE,
                params=params or _NONE,
            )
        except PromptError as error:
            raise PromptError(f"prompts.path: {self.path} row {number}: {error}") from None

    def _messages(self, row: Row) -> tuple[Message, ...]:
        before = () if self.system is None else (Message(role="system", content=self.system),)
        turns = self._value(row, "messages")
        if turns not in (None, ""):
            if isinstance(turns, str):
                with suppress(ValueError):  # any other text is refused where messages are read
                    turns = read_loosely(turns)
            messages = read_messages(plain(turns), Path(self.path).parent)
            return (*before, *(messages if self._template is None else filled_last(messages, row, self._template)))
        text = self._cell(row, "text")
        prompt = text if self._template is None else self._template.filled(row, text)
        if not prompt.strip() or ("text" in self._fields and not text.strip()):
            raise PromptError("the prompt is empty")
        return (*before, Message(role="user", content=prompt))

    def _value(self, row: Row, key: str) -> Any:
        column = self._column(key)
        return row[column] if column in row else inside(row, column)

    def _nested(self, row: Row) -> dict[str, Any]:
        """The columns of the map that are paths into others."""
        return {column: inside(row, column) for column in self.columns.values() if column not in row}


def _there(column: str, present: Sequence[str]) -> bool:
    """Whether a file has a column, or the column that a path starts with."""
    return column in present or ("." in column and column.partition(".")[0] in present)


def _shown(value: Any) -> str:
    return as_json(value) if isinstance(value, list | dict) else text_of(value) or ""


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _given(text: str) -> str | None:
    """None for a blank cell: CSV has no other way to say that there is no value."""
    return text if text.strip() else None


def digest(samples: Sequence[Sample]) -> str:
    """SHA-256 (hex) of the ids, texts and references of samples, in their order.

    A resume finds its run by it, so it has not changed since the first version: a text that is itself JSON of a
    conversation counts as that conversation.
    """
    hashed = hashlib.sha256()
    for sample in samples:
        text = hashlib.sha256(sample.text.encode()).hexdigest()
        hashed.update(repr((sample.id, text, sample.reference)).encode())
        if sample.params:
            hashed.update(json.dumps(sample.params, sort_keys=True, default=str).encode())
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
        ConfigError: ``n`` or ``repeats`` is below 1, or together they ask for too much.
    """
    if n is not None and n < 1:
        raise ConfigError(f"n={n}: draw at least 1 request, or n=null for every sample once")
    if repeats < 1:
        raise ConfigError(f"repeats={repeats}: make each request at least once")
    shuffle, wanted = random.Random(seed).sample, len(samples) if n is None else n
    if wanted * repeats > _MOST_REQUESTS:
        raise ConfigError(f"n={n}, repeats={repeats}: give at most {_MOST_REQUESTS:,} requests a cell")
    order: list[Sample] = []
    while len(order) < wanted:
        order += shuffle(list(samples), len(samples))
    return [
        (sample, at // len(samples) * repeats + again)
        for at, sample in enumerate(order[:wanted])
        for again in range(repeats)
    ]
