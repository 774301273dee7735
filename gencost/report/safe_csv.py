"""Texts in CSV files that a spreadsheet would run as a formula get an apostrophe before them.

Source: OWASP, "CSV Injection" (read 2026-11-26). Blanks and full-width signs
count, too. A number, a list's "- item" and a negative number are none.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

_FORMULA = re.compile(r"[\t\r]|\s*[=@\uff1d\uff20\uff0b\uff0d]|[-+](?![\s\d.])|[-+][\d.]+[^\d.eE]")


def safe_value(value: Any) -> Any:
    """Put an apostrophe before a text such as ``=1+1``; all else comes back as it is."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def safe_for_spreadsheets(frame: pd.DataFrame) -> pd.DataFrame:
    """Make every text of a frame safe, see ``safe_value``."""
    safe = frame.copy(deep=False)
    for column in safe.columns:
        values = safe[column]
        if values.dtype.kind in "OU" or isinstance(values.dtype, pd.CategoricalDtype):
            texts = values.astype(object)
            changed = texts.map(safe_value)
            if not changed.equals(texts):
                safe[column] = changed
    return safe
