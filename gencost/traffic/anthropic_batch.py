"""Result files of Anthropic's message batches.

Source: https://platform.claude.com/docs/en/api/retrieving-message-batch-results (read 2026-11-26).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from gencost.traffic.bodies import answer_of, with_usage
from gencost.traffic.failures import failure
from gencost.traffic.logged import LeftOut, LoggedCall, UnreadableRecordError
from gencost.traffic.openai_batch import BATCH
from gencost.traffic.requests_file import RequestsFile, asked_of
from gencost.traffic.source import LogSource, digest_of
from gencost.traffic.values import text

_ENDS = {"canceled": "cancelled", "cancelled": "cancelled", "expired": "timeout"}


@dataclass(frozen=True, kw_only=True)
class AnthropicBatch(LogSource):
    """The result file of a batch; it has no times.

    Attributes:
        provider: the part of a price key before the colon.
        requests: the requests of the batch, a line each; null leaves prompts unknown.
    """

    provider: str = "anthropic"
    requests: str | None = None

    name: ClassVar[str] = "anthropic_batch"
    tool: ClassVar[str] = "The batch file"
    facts: ClassVar[tuple[str, ...]] = (
        *("custom_id", "type", "message", "error", "error_kind", "model", "response_id", "site"),
    )

    def __post_init__(self) -> None:
        """Refuse a file of requests that is not there."""
        super().__post_init__()
        self.asked.check()

    @cached_property
    def asked(self) -> RequestsFile:
        """The requests."""
        return RequestsFile(self.requests)

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
