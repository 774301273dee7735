"""The help of the Hydra door without Hydra, which takes several times as long to import as to show it."""

from __future__ import annotations

import os
import string
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from gencost.paths import conf_dir
from gencost.process.exit_codes import FAILED

_HELP = ("--help", "-h")


def show_help_alone(words: Sequence[str]) -> None:
    """Print the help and exit where a command line asks for nothing else; with more words, Hydra does.

    Args:
        words: of the command line.
    """
    if len(words) != 1 or words[0] not in _HELP:
        return
    try:
        sys.stdout.write(f"{help_text(conf_dir())}\n")
        sys.stdout.flush()
    except OSError:  # ``| head`` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(FAILED)
    sys.exit(0)


def help_text(folder: Path) -> str:
    """Fill in the template of ``hydra/help/gencost.yaml``.

    Args:
        folder: of the configuration.
    """
    page = yaml.safe_load((folder / "hydra" / "help" / "gencost.yaml").read_text(encoding="utf-8"))
    text = page["template"].replace("${hydra.help.header}", page["header"])
    lines = [f"{group}: {', '.join(choices)}\n" for group, choices in _groups(folder)]
    return string.Template(text).substitute(APP_CONFIG_GROUPS="".join(lines))


def _groups(folder: Path) -> list[tuple[str, list[str]]]:
    """List the groups of the menu with their choices, Hydra's own left out."""
    choices: dict[str, list[str]] = {}
    for path in folder.rglob("*.yaml"):
        group = path.parent.relative_to(folder).as_posix()
        if group != "." and group.split("/")[0] != "hydra":
            choices.setdefault(group, []).append(path.stem)
    return [(group, sorted(names)) for group, names in sorted(choices.items())]
