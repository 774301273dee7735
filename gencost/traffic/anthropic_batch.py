"""Result files of Anthropic's message batches.

Source: https://platform.claude.com/docs/en/api/retrieving-message-batch-results (read 2026-11-26).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from gencost.traffic.bodies import answer_of, with_usage
from gencost.traffic.failures import failure
from gencost.traffic.logged import LeftOut, LoggedCall, UnreadableRecordError
from gencost.traffic.requests_file import BATCH, BatchSource, asked_of
from gencost.traffic.source import digest_of
from gencost.traffic.values import text

_ENDS = {"canceled": "cancelled", "cancelled": "cancelled", "expired": "timeout"}


@dataclass(frozen=True, kw_only=True)
class AnthropicBatch(BatchSource):
    """The result file of a batch; it has no times."""

    provider: str = "anthropic"

    name: ClassVar[str] = "anthropic_batch"
    tool: ClassVar[str] = "The batch file"
    facts: ClassVar[tuple[str, ...]] = (
        *("custom_id", "type", "message", "error", "error_kind", "model", "response_id", "site"),
    )

    def calls(self, record: Mapping[str, Any]) -> Iterator[LoggedCall | LeftOut]:
        """Read one line."""
        kind = text(self.value(record, "type"))
        if kind is None:
            raise UnreadableRecordError("no result.type: not a line of a batch's results")
        custom = text(self.value(record, "custom_id"))
        asked, message = self.asked.of(custom), self.value(record, "message")
        response_id = text(self.value(record, "response_id"))
        served = text(self.value(record, "model"))
        done = kind == "succeeded" and isinstance(message, dict)
        yield LoggedCall(
            known_as=response_id or digest_of(record),
            source_id=response_id or custom,
            response_id=response_id,
            provider=self.provider,
            model=text(asked.get("model")) or served or "unknown",
            prompt_id=custom,
            site=text(self.value(record, "site")),
            **asked_of(asked),
            **(_answered(message) if done else self._failure(record, kind)),
        )

    def _failure(self, record: Mapping[str, Any], kind: str) -> dict[str, Any]:
        named = failure(kind=self.value(record, "error_kind") or kind, message=self.value(record, "error") or kind)
        return {**named, "error_type": _ENDS.get(kind, named["error_type"])}


def _answered(message: Mapping[str, Any]) -> dict[str, Any]:
    answer = answer_of({"role": "assistant", **message})
    return {"answer": with_usage(answer, message.get("usage"), "messages", BATCH)}
