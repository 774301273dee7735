"""Gather what a log holds into batches that memory has room for, however long the texts are that are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from gencost.traffic.hidden import HiddenCall
from gencost.traffic.logged import BadRecord, LeftOut

Entry = TypeVar("Entry", bound=HiddenCall | BadRecord | LeftOut)


def batches(entries: Iterable[Entry], most: int, most_letters: int) -> Iterator[list[Entry]]:
    """Gather entries in their order; a batch is full when it has reached either number.

    Args:
        entries: calls, and what cannot be read as one.
        most: entries.
        most_letters: of kept texts; bytes of images and files count, too.
    """
    batch: list[Entry] = []
    letters = 0
    for entry in entries:
        batch.append(entry)
        letters += entry.letters if isinstance(entry, HiddenCall) else 0
        if len(batch) == most or letters >= most_letters:
            yield batch
            batch, letters = [], 0
    if batch:
        yield batch
