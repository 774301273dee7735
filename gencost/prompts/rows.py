"""Refusals of, and remarks on, the rows of a prompt set as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gencost.errors import PromptError
from gencost.tabular import delimiter_of
from gencost.types import Sample


def unique(samples: Sequence[Sample], place: str, *, distinct: bool) -> list[Sample]:
    """Give the samples with ids that stand once.

    Args:
        samples: of one file.
        place: the file, for errors.
        distinct: keep the first of equal samples with one id.

    Raises:
        PromptError: an id stands more than once, or, with ``distinct``, for different prompts.
    """
    first: dict[str, tuple[int, Sample]] = {}
    twice: list[str] = []
    for number, sample in enumerate(samples, start=1):
        row, known = first.setdefault(sample.id, (number, sample))
        if known is sample:
            continue
        twice.append(sample.id)
        if distinct and (differ := _differ(known, sample)):
            raise PromptError(
                f"{place}: rows {row} and {number} have the id {sample.id!r} but {differ}: "
                "give them ids of their own; prompts.distinct=true leaves out equal rows alone"
            )
    if twice and not distinct:
        ids = list(dict.fromkeys(twice))
        raise PromptError(
            f"{place}: {len(ids)} ids stand more than once, e.g. {ids[0]!r}; "
            "make them unique, or keep the first of each with prompts.distinct=true"
        )
    return [sample for _, sample in first.values()]


def _differ(first: Sample, other: Sample) -> str:
    if (first.prompt_sha256, first.params) != (other.prompt_sha256, other.params):
        return "ask different things"
    return "" if first.reference == other.reference else "have different references"


def refuse_nul(value: Any) -> None:
    """Refuse the character NUL, which PostgreSQL cannot keep and other stores cut off at.

    Args:
        value: a text, or a list or mapping of any depth.

    Raises:
        PromptError: it is in a text or key of it.
    """
    if any("\0" in text for text in _texts(value)):
        raise PromptError("the character NUL (U+0000) stands in it, which no metrics DB can keep: remove it")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts([*value.keys(), *value.values()])
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def ending_remark(path: str, taken: Sequence[int], samples: Sequence[Sample]) -> Iterator[str]:
    """Say what becomes of conversations that end with the assistant's turn.

    Args:
        path: of the file.
        taken: rows whose last turn was left out.
        samples: of all rows.
    """
    if taken:
        yield (
            f"{path}: {len(taken):,} conversations end with the assistant's turn, e.g. row {taken[0]}: it is not sent, "
            "and is the reference where there is no other"
        )
    if calls := sum(sample.messages[-1].role == "assistant" for sample in samples):
        yield f"{path}: {calls:,} conversations end with calls of functions by the assistant, which are sent"


def other_delimiter(path: str, kind: str | None, names: Sequence[str]) -> str:
    """Ask whether another sign parts the columns, if the names of columns hold one; else an empty text."""
    if (kind or Path(path).suffix.lstrip(".").lower()) not in {"csv", "tsv"}:
        return ""
    if names and names[0].startswith("sep="):
        return "; leave out the first line, which is not CSV"
    sign = next((sign for sign in (";", "\t", "|", ",") if any(sign in name for name in names)), None)
    return "" if sign is None else f'; is {sign!r} the delimiter? Then add "prompts.delimiter={sign!r}"'


def equal_remark(samples: Sequence[Sample]) -> Iterator[str]:
    """Say which samples ask the same under other ids."""
    first: dict[str, str] = {}
    pairs: list[tuple[str, str]] = []
    for sample in samples:
        known = first.setdefault(sample.prompt_sha256, sample.id)
        if known != sample.id:
            pairs.append((known, sample.id))
    if pairs:
        earlier, other = pairs[0]
        yield (
            f"{len(pairs):,} of {len(samples):,} prompts ask the same as another one, e.g. {earlier!r} and {other!r}; "
            "in comparisons equal prompts count as one cluster"
        )


def delimiter_remark(path: str, kind: str | None, given: str | None) -> Iterator[str]:
    """Say which delimiter was found where it is not a comma."""
    if given is not None or (kind or Path(path).suffix.lstrip(".").lower()) != "csv":
        return
    names = {";": "semicolons", "\t": "tabs"}
    if name := names.get(delimiter_of(Path(path))):
        yield f"{path}: columns are parted by {name}; say otherwise with prompts.delimiter"


_MEDIA = re.compile(
    r"(?i)^(images?|pictures?|photos?|audio|sounds?|videos?|files?|attachments?)(_?(url|path|file|base64))?$"
)


def media_remark(path: str, columns: Sequence[str], read: Sequence[str]) -> Iterator[str]:
    """Say which columns look like images or files and are not sent.

    Args:
        path: of the file.
        columns: that it has.
        read: those that become part of the prompts.
    """
    unread = [column for column in columns if _MEDIA.fullmatch(column) and column not in read]
    if unread:
        yield (
            f"{path}: the column {', '.join(unread)} is not sent: an image or a file is a part of a turn in a column "
            'of messages, e.g. [{"role": "user", "content": [{"type": "text", "text": "..."}, {"type": "image_url", '
            '"image_url": {"url": "cat.png"}}]}]'
        )
