"""Tell equal rows apart that say neither an id nor a moment: a row is one call, as two calls may have the same counts.

Of rows that say a time of day, a duration or a text, equal ones are taken for one call that is told again. The places
of equal rows in their file are all that tells others apart, so that the same export always has the same calls.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import time
from typing import TypeVar

from gencost.traffic.logged import LoggedCall

APART = "an id or a time that tells equal rows apart"
_MIDNIGHT = time()
_BYTES = 8  # of a digest: a million rows of a file take 100 MB
Item = TypeVar("Item")


def told_apart(items: Iterable[Item]) -> Iterator[Item | LoggedCall]:
    """Give the calls of one file, each row a call of its own where equal ones may be several.

    Args:
        items: of the file; what is not a call is given as it is.
    """
    met: Counter[bytes] = Counter()
    for item in items:
        if not isinstance(item, LoggedCall) or _says_which(item):
            yield item
            continue
        row = hashlib.sha256(item.known_as.encode()).digest()[:_BYTES]
        before, met[row] = met[row], met[row] + 1
        yield item if not before else _another(item, before)


def _another(call: LoggedCall, before: int) -> LoggedCall:
    return replace(call, known_as=f"{call.known_as}#{before + 1}", lost=(*call.lost, APART))


def _says_which(call: LoggedCall) -> bool:
    """Whether a row has what two calls do not share: an id, a moment, a measured time, a text."""
    if call.source_id or call.response_id or call.latency_ms is not None or call.ttft_ms is not None:
        return True
    if call.messages or call.error_type or (call.ts is not None and call.ts.time() != _MIDNIGHT):
        return True
    answer = call.answer
    return answer is not None and bool(answer.text or answer.tool_calls)
