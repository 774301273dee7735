"""The table of a process's open files, made large before there are connections."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_FILES = 4096


def make_room_for_files() -> None:
    """Let Linux enlarge the table of open files before there are connections.

    It does so at 64, 128, 256 files and so on, and each time a process with threads waits for 8 to 19 ms, in which
    nothing is read. The table stays as large as the highest number that a file ever had.
    """
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
        import resource  # noqa: PLC0415
    except ImportError:
        return
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    most = _FILES if limit == resource.RLIM_INFINITY else min(limit, _FILES)
    with contextlib.suppress(OSError), Path(os.devnull).open("rb") as anything:
        os.close(fcntl.fcntl(anything.fileno(), fcntl.F_DUPFD_CLOEXEC, most - 1))
