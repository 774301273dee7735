"""Garbage is looked for among what is new: every run of a command collects it, and the tests hold a million objects."""

from __future__ import annotations

import gc

_freeze = gc.freeze


def wait() -> None:
    """Collect nothing: what is imported stays."""
    gc.disable()


def begin() -> None:
    """Collect from now on; what is alive now, or whenever ``leave`` is called, is looked at no more."""
    gc.set_threshold(50_000, 20, 50)
    _freeze()
    gc.enable()
    gc.freeze = gc.unfreeze = lambda: None


def leave() -> None:
    """Collect what died, and leave what is alive, such as MLflow once a test has imported it, to itself."""
    gc.collect()
    _freeze()
