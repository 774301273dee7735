"""Recorded calls as a file has them: which request each answers, and what it said."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from gencost.errors import ConfigError, PromptError, nearest
from gencost.messages import Message, kind_of, prompt_sha256
from gencost.messages import text_of as written
from gencost.messages.request_rows import unwrapped
from gencost.tabular import Row, TabularError, columns_of, inside, read_rows, text_of
from gencost.types import Response, Usage

_PICO_USD = Decimal("1e-12")
_LARGEST = 10**12  # no token count, latency or price is larger; it keeps sums within Decimal's 28 digits

ASKED = ("prompt", "messages", "text")
"""What a record answers, in the order in which a file's columns are looked for."""
NEEDED = ("model", "response")
COUNTS = ("tokens_in", "tokens_out", "tokens_cached", "tokens_cache_write", "tokens_reasoning")
OPTIONAL = ("id", *COUNTS, "latency_s", "latency_ms", "ttft_ms", "cost_usd", "finish_reason", "repeat", "service_tier")
COLUMNS = (*ASKED, *NEEDED, *OPTIONAL)


def request_key(messages: Sequence[Message], params: Mapping[str, Any]) -> str:
    """Make the key of a whole request: all of its messages and what the sample sends along by itself."""
    key = prompt_sha256(kind_of(messages), written(messages))
    return f"{key} {json.dumps(params, sort_keys=True, default=str)}" if params else key


@dataclass(kw_only=True)
class Records:
    """The answers to one request by one model.

    Attributes:
        by_id: id of the record, None where the file has none -> repeat -> answer, with its row's number.
    """

    by_id: dict[str | None, dict[int, tuple[int, Response]]] = field(default_factory=dict)

    def of(self, sample_id: str) -> dict[int, tuple[int, Response]] | None:
        """Give the answers to a sample: those recorded under its id, else those of the one id there is.

        Returns:
            None if several ids have this request and none is the sample's.
        """
        if sample_id in self.by_id:
            return self.by_id[sample_id]
        return next(iter(self.by_id.values())) if len(self.by_id) == 1 else None


@dataclass(frozen=True, kw_only=True)
class RecordFile:
    """A file of recorded calls.

    Attributes:
        path: see ``ReplayProvider``, as are ``columns`` and ``model_prefix``.
    """

    path: str
    columns: Mapping[str, str]
    model_prefix: str = ""

    def rows(self) -> list[Row]:
        """Read its rows.

        Raises:
            ConfigError: it cannot be read, or lacks a column.
        """
        try:
            rows = read_rows(self.path)
        except TabularError as error:
            raise ConfigError(f"provider.path: {error}") from None
        rows = [unwrapped(row) for row in rows]
        self._check(columns_of(rows))
        return rows

    def _check(self, present: Sequence[str]) -> None:
        renamed = sorted(key for key, column in self.columns.items() if column != key)
        asked = [key for key in ASKED if self.column(key) in present]
        needed = (*(() if asked else ("prompt",)), *NEEDED, *renamed)
        for key in needed:
            column = self.column(key)
            if column not in present and column.partition(".")[0] not in present:
                raise ConfigError(
                    f"provider.path: {self.path} has no column {column!r} for {key}{nearest(column, present)}; "
                    f"it has {', '.join(present)}; name yours with provider.columns.{key}=..."
                )

    def column(self, key: str) -> str:
        """Name the column of a key."""
        return self.columns.get(key, key)

    def value(self, row: Row, key: str) -> Any:
        """Give the value of a key; one inside an object by its dotted path."""
        column = self.column(key)
        return row[column] if column in row else inside(row, column)

    def wrong(self, number: int, what: str) -> ConfigError:
        """Make the error of a row."""
        return ConfigError(f"provider.path: {self.path} row {number}: {what}")

    def text(self, row: Row, key: str, number: int) -> str:
        """Give a value that must be there as text.

        Raises:
            ConfigError: it is not there.
        """
        text = text_of(self.value(row, key))
        if text is None:
            raise self.wrong(number, f"no value in column {self.column(key)!r}")
        return text

    def number(self, row: Row, key: str, number: int) -> Decimal | None:
        """Give a value as a number; None if there is none.

        Raises:
            ConfigError: it is not a number from 0 to 1e12.
        """
        text = text_of(self.value(row, key))
        if text is None or not text.strip():
            return None
        try:
            value = Decimal(text)
            in_range = 0 <= value <= _LARGEST
        except InvalidOperation:  # not a number, or NaN, which cannot be compared
            in_range = False
        if not in_range:
            raise self.wrong(number, f"column {self.column(key)!r}: {text!r} is not a number from 0 to 1e12")
        return value

    def cost(self, row: Row, number: int) -> Decimal | None:
        """Give the recorded cost, USD, rounded to 1e-12; None if there is none."""
        cost = self.number(row, "cost_usd", number)
        return None if cost is None else cost.quantize(_PICO_USD)

    def key(self, row: Row, number: int, read: Any) -> str:
        """Make the key of the request that a row answers.

        Args:
            row: as it was read.
            number: of the row, from 1.
            read: turns its ``messages`` into a conversation and what the row sends along.

        Raises:
            ConfigError: it asks nothing.
        """
        named = next((key for key in ASKED if self.columns.get(key, key) != key), None)
        for key in ASKED if named is None else (named, *ASKED):
            value = self.value(row, key)
            if value in (None, ""):
                continue
            try:
                if key == "messages" or isinstance(value, list):
                    return request_key(*read(row, value))
            except PromptError as error:
                raise self.wrong(number, str(error)) from None
            text = text_of(value) or ""
            return request_key((Message(role="user", content=text),), {})
        raise self.wrong(number, f"no value in column {self.column('prompt')!r}")

    def counts(self, row: Row, number: int) -> dict[str, int]:
        """Give the recorded token counts.

        Raises:
            ConfigError: one is not a whole number.
        """
        counts = {key: self.number(row, key, number) for key in COUNTS}
        for key, count in counts.items():
            if count is not None and count != int(count):
                raise self.wrong(number, f"column {self.column(key)!r}: {count} is not a whole number")
        return {key: int(count) for key, count in counts.items() if count is not None}

    def response(self, row: Row, number: int, usage: Usage | None, model: str) -> Response:
        """Make the answer that a row recorded."""
        ttft_ms = self.number(row, "ttft_ms", number)
        return Response(
            text=text_of(self.value(row, "response")) or "",
            usage=usage,
            latency_ms=self._latency_ms(row, number),
            ttft_ms=None if ttft_ms is None else float(ttft_ms),
            finish_reason=text_of(self.value(row, "finish_reason")),
            service_tier=text_of(self.value(row, "service_tier")),
            response_model=model,
            provider_cost_usd=self.cost(row, number),
        )

    def _latency_ms(self, row: Row, number: int) -> float | None:
        for key, in_ms in (("latency_ms", 1), ("latency_s", 1000)):
            if (value := self.number(row, key, number)) is not None:
                return float(value * in_ms)
        return None
