"""The exit codes of ``gencost`` and ``python -m gencost.run``."""

from __future__ import annotations

from typing import Final

OK: Final = 0
FAILED: Final = 1
"""A cell failed, or what was checked does not hold."""
USER_ERROR: Final = 2
"""The user's mistake: nothing was called."""
OVER_BUDGET: Final = 3
INTERRUPTED: Final = 130
"""Stopped by Ctrl-C (128 + SIGINT)."""
