"""The templates of the HTML report, compiled once on a machine: that takes longer than to fill them in."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

import gencost
from gencost.paths import cache_dir

_HERE = Path(__file__).parent


class _Compiled(FileSystemBytecodeCache):
    """Compiled templates in files; one that cannot be kept is compiled again the next time."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)


def environment(filters: Mapping[str, Callable[..., Any]]) -> Environment:
    """Return the environment of the templates: it escapes all values, and a missing one is an error.

    Args:
        filters: all that they use, by name.
    """
    made = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_compiled(),
    )
    made.filters |= filters
    return made


def _compiled() -> FileSystemBytecodeCache | None:
    """Find what was compiled by these versions of Jinja2 and GenCost; None where nothing can be kept."""
    try:
        folder = cache_dir() / f"templates-{gencost.__version__}-jinja2-{version('jinja2')}"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # RuntimeError: nobody's home is known
        return None
    return _Compiled(str(folder))
