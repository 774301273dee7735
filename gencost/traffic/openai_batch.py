"""Output and error files of OpenAI's batches, and of those who write the same: Azure, Groq, Mistral, Together.

Source: https://platform.openai.com/docs/api-reference/batch/request-output (read 2026-11-26).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from gencost.providers.answer import Answer
from gencost.traffic.bodies import answer_of
from gencost.traffic.failures import failure
from gencost.traffic.logged import LeftOut, LoggedCall, UnreadableRecordError
from gencost.traffic.requests_file import BATCH, BatchSource, asked_of
from gencost.traffic.source import digest_of
from gencost.traffic.values import count, moment, text

_ENDS = {"batch_expired": "timeout", "batch_cancelled": "cancelled", "batch_canceled": "cancelled"}


@dataclass(frozen=True, kw_only=True)
class OpenAIBatch(BatchSource):
    """The result files of a batch."""

    name: ClassVar[str] = "openai_batch"
    tool: ClassVar[str] = "The batch file"
    facts: ClassVar[tuple[str, ...]] = (
        *("id", "custom_id", "status", "body", "error", "model", "created", "response_id", "error_code"),
        *("error_message", "site"),
    )

    def calls(self, record: Mapping[str, Any]) -> Iterator[LoggedCall | LeftOut]:
        """Read one line."""
        if record.get("object") == "batch":
            yield LeftOut(why="the batch's own object")
            return
        if "response" not in record and "error" not in record:
            hint = ": it is a request; give the file with requests=FILE" if "body" in record else ""
            raise UnreadableRecordError(f"neither a response nor an error{hint}")
        custom = text(self.value(record, "custom_id"))
        asked = self.asked.of(custom)
        body = self.value(record, "body")
        body = body if isinstance(body, dict) else {}
        served, status = text(self.value(record, "model")), count(self.value(record, "status"))
        failed = not body or (status is not None and status >= 400) or bool(body.get("error"))
        known_as = text(self.value(record, "id"))
        yield LoggedCall(
            known_as=known_as or digest_of(record),
            source_id=known_as or custom,
            response_id=text(self.value(record, "response_id")),
            provider=self.provider,
            model=text(asked.get("model")) or served or "unknown",
            ts=moment(self.value(record, "created")),
            prompt_id=custom,
            site=text(self.value(record, "site")),
            **asked_of(asked),
            answer=None if failed else _answer(body),
            **(self._failure(record, status) if failed else {}),
        )

    def _failure(self, record: Mapping[str, Any], status: int | None) -> dict[str, Any]:
        code, message = self.value(record, "error_code"), self.value(record, "error_message")
        named = failure(status=status, kind=code, message=message or self.value(record, "error"))
        return {**named, "error_type": _ENDS.get(str(code), named["error_type"])}


def _answer(body: Mapping[str, Any]) -> Answer:
    """Read a body that was billed as a batch, whatever tier it names."""
    return answer_of({**body, "service_tier": BATCH})
