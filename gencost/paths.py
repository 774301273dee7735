"""The folder of the configuration menu: ``gencost/conf`` in a wheel, ``conf`` beside the package in a checkout.

And that of what may be thrown away at any time, and is then made again; and the user's own, of whose classes some are
used.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gencost.errors import UserError


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


def see_own_modules() -> None:
    """Let the user's classes be imported from the working folder, as by ``python -m``; console scripts do not.

    Raises:
        UserError: somebody has deleted that folder.
    """
    try:
        folder = str(Path.cwd())
    except FileNotFoundError:
        raise UserError("the working folder is deleted: change to another one") from None
    if folder not in sys.path and "" not in sys.path:
        sys.path.append(folder)
