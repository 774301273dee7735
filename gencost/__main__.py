"""``python -m gencost`` is the command ``gencost``."""

from __future__ import annotations

from gencost.cli import main

main()
