"""The commands of gencost as they are typed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator


def leaves(command: argparse.ArgumentParser, *path: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Each command that does something, by the words that are typed."""
    groups = [action for action in command._actions if isinstance(action, argparse._SubParsersAction)]
    for group in groups:
        for name, choice in group.choices.items():
            yield from leaves(choice, *path, name)
    if not groups:
        yield " ".join(path), command
