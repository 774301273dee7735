"""Imports for less: without the parts of a package that nobody needs here, and without collecting garbage meanwhile."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def absent(*names: str) -> Iterator[None]:
    """Let packages that nobody has imported yet seem not to be installed.

    Args:
        names: optional dependencies of what is imported inside, which does without them.
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None is how Python marks it
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


@contextlib.contextmanager
def light() -> Iterator[None]:
    """Import what reads recorded calls: nothing is collected, and pandas does without pyarrow, which takes 36 MB.

    For commands alone: who imports GenCost into a program has pandas as it is.
    """
    with uncollected(), absent("pyarrow"):
        yield


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Collect no garbage inside: an import leaves little, and looking for it takes a seventh of its time.

    What is there afterwards stays for good, so that no later collection looks at it again.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.freeze()
            gc.enable()
