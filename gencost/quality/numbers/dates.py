"""Dates and times of day in a text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

Day = tuple[int, int, int]

_MONTHS = (
    ("january", "jan", "januar", "jänner", "enero", "janvier", "gennaio", "janeiro", "января"),
    ("february", "feb", "februar", "febrero", "février", "febbraio", "fevereiro", "февраля"),
    ("march", "mar", "märz", "marzo", "mars", "março", "марта"),
    ("april", "apr", "abril", "avril", "aprile", "апреля"),
    ("may", "mai", "mayo", "maggio", "maio", "мая"),
    ("june", "jun", "juni", "junio", "juin", "giugno", "junho", "июня"),
    ("july", "jul", "juli", "julio", "juillet", "luglio", "julho", "июля"),
    ("august", "aug", "agosto", "août", "августа"),
    ("september", "sep", "sept", "septiembre", "septembre", "settembre", "setembro", "сентября"),
    ("october", "oct", "oktober", "octubre", "octobre", "ottobre", "outubro", "октября"),
    ("november", "nov", "noviembre", "novembre", "novembro", "ноября"),
    ("december", "dec", "dezember", "diciembre", "décembre", "dicembre", "dezembro", "декабря"),
)
_NUMBER_OF = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names}
_NAME = rf"(?:{'|'.join(sorted(_NUMBER_OF, key=len, reverse=True))})\b\.?"
_DATES = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?P<y>\d{4})(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})(?!\d)(?:T[\d:.]+Z?)?",
        r"(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})日",
        r"(?P<y>\d{4})년\s*(?P<m>\d{1,2})월\s*(?P<d>\d{1,2})일",
        r"(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})(?!\d)",
        rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.)?\s(?:of\s|de\s)?(?P<name>{_NAME}),?(?:\sde(?:l)?)?\s(?P<y>\d{{4}})(?!\d)",
        rf"(?P<d>\d{{1,2}})-(?P<name>{_NAME})-(?P<y>\d{{4}})(?!\d)",
        rf"(?P<name>{_NAME})\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y>\d{{4}})(?!\d)",
    )
)
_TIME = re.compile(
    r"(?P<h>\d{1,2}):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?(?![\d:])(?:\s?(?P<half>[ap])\.?\s?m\b\.?)?", re.I
)
_HOUR = re.compile(r"(?P<h>1[0-2]|0?[1-9])\s?(?P<half>[ap])\.?m\b\.?", re.IGNORECASE)


def date_at(text: str, at: int) -> tuple[frozenset[Day], int] | None:
    """Read the date that begins at a place.

    Returns:
        Every day that it can mean (3/4/2024 can mean two) as year, month, day, and where it ends; None if there is
        none.
    """
    for form in _DATES:
        if match := form.match(text, at):
            days = frozenset(_days(match))
            if days:
                return days, match.end()
    return None


def _days(match: re.Match[str]) -> Iterator[Day]:
    parts = match.groupdict()
    year = int(parts["y"]) + (0 if len(parts["y"]) == 4 else 2000)
    if parts.get("a"):
        pairs = [(int(parts["a"]), int(parts["b"])), (int(parts["b"]), int(parts["a"]))]
    else:
        name = (parts.get("name") or "").lower().rstrip(".")
        pairs = [(_NUMBER_OF[name] if name else int(parts["m"]), int(parts["d"]))]
    for month, day in pairs:
        try:
            dt.date(year, month, day)
        except ValueError:
            continue
        yield year, month, day


def time_at(text: str, at: int) -> tuple[int, int] | None:
    """Read the time of day, or the length of time, that begins at a place.

    Returns:
        Seconds since midnight and where it ends; None without a time. 3:45 is taken as it is, 3:45 pm is 15:45.
    """
    match = _TIME.match(text, at) or _HOUR.match(text, at)
    if match is None:
        return None
    parts = match.groupdict()
    hour, half = int(parts["h"]), (parts["half"] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour * 3600 + int(parts.get("m") or 0) * 60 + int(parts.get("s") or 0), match.end()
