"""Seaborn without the parts of SciPy that no figure here needs: they take twice as long to import as all the rest.

Seaborn has stand-ins for them (density curves) or does without (trees of clusters), as SciPy is optional there.
"""

from __future__ import annotations

from gencost.process.imports import absent

_NOT_NEEDED = ("scipy.stats", "scipy.cluster", "statsmodels")

with absent(*_NOT_NEEDED):
    import seaborn as sns

__all__ = ["sns"]
