"""One row of a file of recorded calls, read as the answer or the failure that it recorded."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from gencost.errors import PromptError, ProviderError
from gencost.messages import ToolCall
from gencost.messages.read import read_messages
from gencost.providers.failures import error_type, reported
from gencost.providers.recorded_columns import COUNTS, TEXTS, TIMES_MS, Columns, RowError
from gencost.tabular import Row, text_of
from gencost.types import Response, Usage
from gencost.values.error_types import ERROR_TYPES

_PICO_USD = Decimal("1e-12")
_GOOD = frozenset({"ok", "success", "succeeded", "successful", "complete", "completed", "done", "finished", "true"})
_BAD = frozenset({"error", "errored", "failed", "failure", "fail", "timeout", "expired", "cancelled", "false"})
_UNSENT = frozenset({"pending", "skipped", "not_sent"})
_NO_ERROR = frozenset({"", "none", "null", "nan", "false", "0", "no", "{}", "[]"})
_TRUTH = {"true": 1.0, "false": 0.0}
_SECONDS_BELOW = 10**11
_NOTHING: Mapping[str, Any] = {}  # shared: a file may have a hundred thousand rows


@dataclass(frozen=True, kw_only=True)
class RecordedFailure:
    """A call that failed when it was recorded.

    Attributes:
        message: as recorded; so is ``error_type``.
        http_status: None where none was recorded.
        service_ms: what it took; None if that was not recorded.
        billed: its tokens and cost; None if none were recorded.
    """

    message: str
    error_type: str
    http_status: int | None = None
    service_ms: float | None = None
    billed: Response | None = None

    def raised(self) -> ProviderError:
        """Make the failure of a call of today."""
        return ProviderError(
            self.message,
            error_type=self.error_type,
            http_status=self.http_status,
            service_ms=self.service_ms,
            billed=self.billed,
        )


@dataclass(frozen=True, kw_only=True)
class RowReader:
    """Reads the outcomes of rows.

    Attributes:
        columns: of the file.
        empty_fails: an empty answer that calls no function is a failed call.
    """

    columns: Columns
    empty_fails: bool = False

    def outcome(self, row: Row, model: str, usage: Usage | None) -> Response | RecordedFailure | None:
        """Read the answer or the failure that a row recorded.

        Args:
            row: as it was read.
            model: that was asked.
            usage: its tokens; None if they were not recorded.

        Returns:
            None if it recorded neither.

        Raises:
            RowError: a value is not of its kind.
        """
        failure = self._failure(row)
        text, calls = self.columns.text(row, "response"), self._calls(row)
        if failure is None and text is None and not calls:
            return None
        answer = self._answer(row, text or "", calls, (model, usage))
        if failure is None and self.empty_fails and not answer.text.strip() and not calls:
            failure = "the answer was empty", "empty", None
        if failure is None:
            return answer
        if failure[1] in _UNSENT:
            return None
        message, kind, http_status = failure
        billed = answer if usage is not None or answer.provider_cost_usd is not None else None
        return RecordedFailure(
            message=message, error_type=kind, http_status=http_status, service_ms=answer.latency_ms, billed=billed
        )

    def _answer(self, row: Row, text: str, calls: tuple[ToolCall, ...], of: tuple[str, Usage | None]) -> Response:
        columns, (model, usage) = self.columns, of
        times_ms = {key: columns.number(row, key) for key in TIMES_MS}
        facts: dict[str, Any] = {key: columns.stated(row, key) for key in TEXTS}
        facts |= {key: None if value is None else float(value) for key, value in times_ms.items()}
        return Response(
            **{**facts, "response_model": facts["response_model"] or model},
            text=text,
            usage=usage,
            latency_ms=self._latency_ms(row),
            provider_cost_usd=self.cost_usd(row),
            cost_is_recorded=True,
            tool_calls=calls,
            recorded=self._others(row) or _NOTHING,
            billed_items=_NOTHING,
        )

    def cost_usd(self, row: Row) -> Decimal | None:
        """Return the recorded cost, USD, rounded to 1e-12; None if it is missing."""
        cost = self.columns.number(row, "cost_usd")
        return None if cost is None else cost.quantize(_PICO_USD)

    def counts(self, row: Row) -> dict[str, int]:
        """Return the recorded token counts by name."""
        counts = {key: self.columns.count(row, key) for key in COUNTS}
        return {key: count for key, count in counts.items() if count is not None}

    def _latency_ms(self, row: Row) -> float | None:
        for key, in_ms in (("latency_ms", 1), ("latency_s", 1000)):
            if (value := self.columns.number(row, key)) is not None:
                return float(value * in_ms)
        return None

    def _calls(self, row: Row) -> tuple[ToolCall, ...]:
        value = self.columns.value(row, "tool_calls")
        if isinstance(value, str):
            try:
                value = json.loads(value or "[]")
            except ValueError:
                raise RowError(f"column {self.columns.column('tool_calls')!r}: {value[:60]!r} is not JSON") from None
        if not value or value != value:  # noqa: PLR0124 - NaN is not itself
            return ()
        calls = [value] if isinstance(value, dict) else value
        try:
            return read_messages([{"role": "assistant", "content": "", "tool_calls": calls}])[0].tool_calls
        except PromptError as error:
            raise RowError(str(error).partition(": ")[2]) from None

    def _failure(self, row: Row) -> tuple[str, str, int | None] | None:
        """Read what a row says went wrong: a message, an error type and an HTTP status; None if nothing did."""
        statuses, kind = self._statuses(row), self.columns.stated(row, "error_type")
        value = self.columns.value(row, "error")
        error = None if (text_of(value) or "").strip().lower() in _NO_ERROR else reported(value)
        kind = None if kind is None or kind.strip().lower() in _NO_ERROR else kind.strip()
        if (unsent := next((it for it in statuses if it in _UNSENT), None)) is not None:
            return "", str(unsent), None
        http = next((it for it in statuses if isinstance(it, int) and not 200 <= it < 300), None)
        if http is None and kind is None and error is None and "failed" not in statuses:
            return None
        if kind is not None and kind.isdigit():
            http, kind = int(kind), None
        if kind not in ERROR_TYPES and http is not None:
            kind = error_type(http)
        kind = kind or ("error" if error is None else error.error_type)
        if error is None:
            return f"the record says that it failed: {kind}", kind, http
        return value if isinstance(value, str) else str(error), kind, http

    def _statuses(self, row: Row) -> list[str | int]:
        """Read the columns of statuses, see ``_status``."""
        return [status for key in ("status", "http_status") if (status := self._status(row, key)) is not None]

    def _status(self, row: Row, key: str) -> str | int | None:
        """Read a status: an HTTP status, ``failed``, why it was not sent, or None for a success."""
        word = (self.columns.stated(row, key) or "").strip().lower().removesuffix(".0")
        if word.isdigit() and 100 <= int(word) < 600:
            return int(word)
        if word in _UNSENT:
            return word
        if word in _BAD:
            return "failed"
        if word and word not in _GOOD and self.columns.is_mapped(key):
            raise RowError(
                f"column {self.columns.column(key)!r}: {word!r} is neither a success nor a failure: "
                "write ok, error or an HTTP status"
            )
        return None

    def _others(self, row: Row) -> dict[str, Any]:
        """Keep the numbers that no column is for, which may be scores, and when the call was made."""
        numbers: dict[str, Any] = {}
        for column in self.columns.others:
            value = row.get(column)
            inner = {f"{column}.{key}": it for key, it in value.items()} if isinstance(value, dict) else {column: value}
            numbers |= {key: number for key, it in inner.items() if (number := _number(it)) is not None}
        ts = self._ts(row)
        return numbers if ts is None else {**numbers, "ts": ts}

    def _ts(self, row: Row) -> str | None:
        stamp = self.columns.stated(row, "ts")
        if stamp is None:
            return None
        try:
            return _moment(stamp).isoformat()
        except (ValueError, OverflowError, OSError):
            if self.columns.is_mapped("ts"):
                raise RowError(f"column {self.columns.column('ts')!r}: {stamp!r} is not a time") from None
            return None


def _number(value: Any) -> float | None:
    """Read a number, or true or false as 1 or 0; None for anything else."""
    if isinstance(value, str) and value.strip().lower() in _TRUTH:
        return _TRUTH[value.strip().lower()]
    if value is None or isinstance(value, dict | list):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _moment(text: str) -> datetime:
    """Read a time in ISO 8601 or seconds, ms, ... since 1970, UTC without a zone."""
    if text.strip().replace(".", "", 1).isdigit():
        seconds = float(text)
        while seconds >= _SECONDS_BELOW:
            seconds /= 1000
        return datetime.fromtimestamp(seconds, UTC)
    read = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
