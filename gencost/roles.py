"""The earlier name of ``gencost.protocols``, kept for code that imports it."""

from gencost.protocols import *  # noqa: F403
