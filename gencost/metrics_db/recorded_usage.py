"""The counts that a row of ``responses`` records, read back as the usage that was written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gencost.errors import UsageError
from gencost.types import Usage
from gencost.values.token_counts import USAGE_COUNTS, usage_from

USAGE_COLUMNS = (*(f"usage_{name}" for name in USAGE_COUNTS), "usage_source", "usage_more_json")
"""What ``recorded_usage`` reads."""

_COUNTS = tuple((name, f"usage_{name}") for name in USAGE_COUNTS)


def recorded_usage(response: Mapping[str, Any]) -> Usage | None:
    """Read the counts of an answer; a part that is unknown counts as 0 in it.

    Args:
        response: ``USAGE_COLUMNS`` of its row, None for NULL.

    Returns:
        None if the provider gave none.

    Raises:
        UsageError: they cannot be true, or are damaged.
    """
    if response["usage_tokens_in"] is None:
        return None
    counts: dict[str, Any] = {name: response[column] or 0 for name, column in _COUNTS}
    more, source = response["usage_more_json"], response["usage_source"]
    return Usage(**counts, source=source) if more is None else usage_from({**_more(more), **counts, "source": source})


def _more(text: str) -> Mapping[str, Any]:
    try:
        more = json.loads(text)
    except ValueError:
        more = None
    if not isinstance(more, Mapping):
        raise UsageError("usage_more_json is not JSON; it was damaged or edited")
    return more
