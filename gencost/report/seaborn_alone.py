"""Seaborn without the parts of SciPy that no figure here needs: they take twice as long to import as all the rest.

Seaborn has stand-ins for them (density curves) or does without (trees of clusters), as SciPy is optional there.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

_NOT_NEEDED = ("scipy.stats", "scipy.cluster", "statsmodels")


@contextlib.contextmanager
def _missing(*names: str) -> Iterator[None]:
    """Let packages that nobody has imported yet seem not to be installed."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None is how Python marks it
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


with _missing(*_NOT_NEEDED):
    import seaborn as sns

__all__ = ["sns"]
