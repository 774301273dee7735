"""The folder of the configuration menu: ``gencost/conf`` in a wheel, ``conf`` beside the package in a checkout.

And that of what may be thrown away at any time, and is then made again.
"""

from __future__ import annotations

import os
from pathlib import Path


def conf_dir() -> Path:
    """Find the folder of the shipped configuration.

    Returns:
        The absolute path of the folder that holds ``config.yaml``.
    """
    package = Path(__file__).resolve().parent
    installed = package / "conf"
    return installed if installed.is_dir() else package.parent / "conf"


def cache_dir() -> Path:
    """Name the folder of this program in the user's cache; it need not be there.

    Raises:
        RuntimeError: the user has no home folder.
    """
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gencost"
