"""Recorded calls by what they answer: under the id of their prompt, and under their whole request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gencost.messages import Message, kind_of, prompt_sha256
from gencost.messages import text_of as written
from gencost.providers.recorded_row import RecordedFailure
from gencost.types import Response, Sample

Repeats = dict[int, tuple[int, Response | RecordedFailure]]
"""Repeat -> number of its row, and what it recorded."""


def request_key(messages: Sequence[Message], params: Mapping[str, Any]) -> str:
    """Make the key of a whole request: all of its messages and what the sample sends along by itself."""
    key = prompt_sha256(kind_of(messages), written(messages))
    return f"{key} {json.dumps(params, sort_keys=True, default=str)}" if params else key


@dataclass(kw_only=True)
class Recordings:
    """All records of a file.

    Attributes:
        by_request: model -> whole request -> id of the record, None where the file has none -> its repeats.
        by_id: model -> id -> the request of this id; None if it has several.
        bad: what is wrong with rows that cannot be used, one a row.
    """

    by_request: dict[str, dict[str, dict[str | None, Repeats]]] = field(default_factory=dict)
    by_id: dict[str, dict[str, str | None]] = field(default_factory=dict)
    bad: list[str] = field(default_factory=list)

    def repeats_to_add(self, model: str, request: str | None, record_id: str | None) -> Repeats:
        """Return the repeats that another record may be for.

        Args:
            model: that was asked.
            request: its key; None if the record does not say what it answers.
            record_id: None if it has none.
        """
        key = f"id {record_id}" if request is None else request
        if record_id is not None:
            ids = self.by_id.setdefault(model, {})
            ids[record_id] = key if ids.setdefault(record_id, key) == key else None
        return self.by_request.setdefault(model, {}).setdefault(key, {}).setdefault(record_id, {})

    def repeats_of(self, model: str, sample: Sample) -> Repeats | None:
        """Find what was recorded for a sample.

        By its id, if that record answers this request or does not say what it answers; by the whole request, if one id
        alone has it; by the id of a record that answers another request, as under another template.

        Returns:
            None if nothing was.
        """
        by_id = self._same(model, sample)
        if sample.id in by_id:
            return by_id[sample.id]
        if len(by_id) == 1:
            return next(iter(by_id.values()))
        key = self.by_id.get(model, {}).get(sample.id)
        return None if key is None else self.by_request[model][key].get(sample.id)

    def _same(self, model: str, sample: Sample) -> Mapping[str | None, Repeats]:
        """Return the records of exactly the request of a sample."""
        return self.by_request.get(model, {}).get(request_key(sample.messages, sample.params), {})

    def other_ids(self, model: str, sample: Sample) -> list[str]:
        """Name the ids that have the very request of a sample."""
        return [str(record_id) for record_id in self._same(model, sample)]

    def is_by_id_alone(self, model: str, sample: Sample) -> bool:
        """Whether a sample's record is found although it answers another request."""
        key = self.by_id.get(model, {}).get(sample.id)
        return not self._same(model, sample) and key is not None and not key.startswith("id ")
