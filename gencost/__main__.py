"""``python -m gencost`` is the command ``gencost``."""

from __future__ import annotations

from gencost.process.stopping import leave_at_once

leave_at_once()  # before what takes its time to import

from gencost.cli import main  # noqa: E402

main()
