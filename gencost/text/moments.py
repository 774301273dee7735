"""Moments as people write them on a command line: how long ago, a day, or a time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from gencost.errors import ConfigError

_AGO = re.compile(r"(\d{1,6})\s*(m|h|d|w)", re.IGNORECASE)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str, place: str, now: datetime | None = None) -> datetime:
    """Read a moment.

    Args:
        text: ``30d``, ``12h``, ``90m`` or ``2w`` ago; a day or a time in ISO 8601, UTC unless it says otherwise.
        place: where it was written, for the error.
        now: that times ago are counted from; None is now.

    Returns:
        An aware time.

    Raises:
        ConfigError: it is not a moment, or before the year 1.
    """
    now = now or datetime.now(UTC)
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago is not None:
            return now - timedelta(**{_UNITS[ago[2].lower()]: int(ago[1])})
        read = datetime.fromisoformat(text.strip())
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ConfigError(
            f"{place} {text!r}: write how long ago, e.g. 30d or 12h, a day, e.g. 2026-11-01, or a time, "
            "e.g. 2026-11-01T08:00"
        ) from None
