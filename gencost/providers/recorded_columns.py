"""The columns of a file of recorded calls: what the file calls each, and its values, of the right kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from gencost.errors import ConfigError, nearest
from gencost.messages.request_rows import OWN
from gencost.tabular import Row, text_of
from gencost.text.inside import inside

_LARGEST = 10**12  # no token count, latency or price is larger; it keeps sums within Decimal's 28 digits

ASKED = ("prompt", "messages", "text")
"""What a record answers, in the order in which a file's columns are looked for."""
NEEDED = ("model", "response")
COUNTS = (
    *("tokens_in", "tokens_out", "tokens_cached", "tokens_cache_write", "tokens_cache_write_1h", "tokens_reasoning"),
    "web_searches",
)
TIMES_MS = ("ttft_ms", "server_ms", "server_ttft_ms")
TEXTS = ("finish_reason", "service_tier", "response_model", "region", "provider_request_id", "reasoning")
FAILURE = ("error_type", "error", "status", "http_status")
OPTIONAL = (
    *("id", "repeat", "ts", *COUNTS, "latency_s", "latency_ms", *TIMES_MS, "cost_usd", "tool_calls"),
    *(*TEXTS, *FAILURE, *OWN),
)
COLUMNS = (*ASKED, *NEEDED, *OPTIONAL)

# The names that GenCost itself writes for the same facts.
_ALSO: Mapping[str, tuple[str, ...]] = {
    "id": ("prompt_id",),
    "response": ("answer",),
    "error": ("error_message",),
    "http_status": ("status_code",),
    **{name: (f"usage_{name}",) for name in COUNTS},
}


class RowError(ValueError):
    """A row that cannot be used; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of one file.

    Attributes:
        renamed: key of ``COLUMNS`` -> what the file calls it; ``a.b`` is ``b`` inside ``a``.
        present: columns that some row has.
        path: of the file, for errors.
    """

    renamed: Mapping[str, str]
    present: tuple[str, ...]
    path: str

    def check(self) -> None:
        """Find out whether a file can be replayed at all.

        Raises:
            ConfigError: it lacks a column.
        """
        mapped = sorted(key for key, column in self.renamed.items() if column != key)
        asks = any(self._there(self.column(key)) for key in (*ASKED, "id"))
        for key in (*(() if asks else ("prompt",)), *NEEDED, *mapped):
            column = self.column(key)
            if key == "response" and self._there(self.column("tool_calls")):
                continue
            if not self._there(column):
                raise ConfigError(
                    f"provider.path: {self.path} has no column {column!r} for {key}{nearest(column, self.present)}; "
                    f"it has {', '.join(self.present)}; name yours with provider.columns.{key}=..."
                )

    def _there(self, column: str) -> bool:
        return column in self.present or ("." in column and column.partition(".")[0] in self.present)

    def is_mapped(self, key: str) -> bool:
        """Whether the user says which column a key is."""
        return self.renamed.get(key, key) != key

    def column(self, key: str) -> str:
        """Name the column of a key."""
        return self._names.get(key, key)

    @cached_property
    def _names(self) -> dict[str, str]:
        names = dict(self.renamed)
        for key, others in _ALSO.items():
            if not self.is_mapped(key) and key not in self.present:
                names |= dict.fromkeys([key], next((it for it in others if it in self.present), key))
        return names

    @cached_property
    def others(self) -> tuple[str, ...]:
        """The columns that no key names."""
        used = {self.column(key).partition(".")[0] for key in COLUMNS} | {self.column(key) for key in COLUMNS}
        return tuple(column for column in self.present if column and column not in used)

    def value(self, row: Row, key: str) -> Any:
        """Return the value of a key; one inside an object by its dotted path."""
        column = self.column(key)
        return row[column] if column in row else inside(row, column)

    def nested(self, row: Row) -> dict[str, Any]:
        """Return the values of the columns that are paths into others."""
        return {column: inside(row, column) for column in self.renamed.values() if column not in row}

    def text(self, row: Row, key: str) -> str | None:
        """Return a value as text; None if it is missing.

        Raises:
            RowError: it is an object or a list.
        """
        value = self.value(row, key)
        if isinstance(value, dict | list):
            column = self.column(key)
            raise RowError(
                f"column {column!r} holds {repr(value)[:60]}: name the text in it by its path, "
                f"provider.columns.{key}={column}...."
            )
        return text_of(value)

    def stated(self, row: Row, key: str) -> str | None:
        """Return a value as text; None if it is missing or blank."""
        text = self.text(row, key)
        return text if text is not None and text.strip() else None

    def number(self, row: Row, key: str) -> Decimal | None:
        """Return a value as a number; None if it is missing.

        Raises:
            RowError: it is not a number from 0 to 1e12.
        """
        text = self.stated(row, key)
        if text is None:
            return None
        try:
            value = Decimal(text)
            in_range = 0 <= value <= _LARGEST
        except InvalidOperation:  # not a number, or NaN, which cannot be compared
            in_range = False
        if not in_range:
            raise RowError(f"column {self.column(key)!r}: {text!r} is not a number from 0 to 1e12")
        return value

    def count(self, row: Row, key: str) -> int | None:
        """Return a value as a whole number; None if it is missing.

        Raises:
            RowError: it is not a whole number from 0 to 1e12.
        """
        value = self.number(row, key)
        if value is not None and value != int(value):
            raise RowError(f"column {self.column(key)!r}: {value} is not a whole number")
        return None if value is None else int(value)
