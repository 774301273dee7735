"""The special functions that intervals and tests are made of.

They are SciPy's compiled ones, the same that its ``scipy.special`` gives. That package also gives them to other array
libraries, which takes ten times as long to import: commands go without
(``process.imports.light``). Where SciPy keeps them is private: a SciPy that keeps them elsewhere is asked for its own.
"""

from __future__ import annotations

try:
    from scipy.special._ufuncs import bdtr, betaincinv, nctdtr, ndtri, stdtr, stdtrit
except ImportError:
    from scipy.special import bdtr, betaincinv, nctdtr, ndtri, stdtr, stdtrit

__all__ = ["bdtr", "betaincinv", "nctdtr", "ndtri", "stdtr", "stdtrit"]
