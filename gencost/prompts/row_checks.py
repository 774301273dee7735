"""Checks of the rows of a prompt set as a whole: errors, and remarks for the user."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gencost.errors import PromptError
from gencost.messages import Message
from gencost.tabular import Row, delimiter_in
from gencost.text.delimiters import delimiter_name
from gencost.text.inside import inside
from gencost.text.safe import storable
from gencost.types import Sample

_NOT_KEPT = "stands in it, which no metrics DB can keep: remove it"


def unique(samples: Sequence[Sample], place: str, *, distinct: bool) -> list[Sample]:
    """Return the samples, each id once.

    Args:
        samples: of one file.
        place: the file, for errors.
        distinct: keep the first of equal samples with one id.

    Raises:
        PromptError: an id occurs more than once, or, with ``distinct``, for different prompts.
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
    if first.reference != other.reference:
        return "have different references"
    return "" if first.category == other.category else "have different categories"


def refuse_unstorable(values: Sequence[Any], messages: Sequence[Message], beside: Mapping[str, str]) -> None:
    """Refuse NUL, which PostgreSQL cannot keep and other stores cut off at, and halves of UTF-16 pairs.

    Args:
        values: texts, or lists and mappings of any depth.
        messages: of a conversation.
        beside: columns that are not sent: NUL alone is refused there.

    Raises:
        PromptError: one is in a text or key of it.
    """
    sent = "".join([*_texts(values), *(text for message in messages for text in _texts_of(message))])
    if "\0" in sent or "\0" in "".join(_texts([beside])):
        raise PromptError(f"the character NUL (U+0000) {_NOT_KEPT}")
    if storable(sent) != sent:
        raise PromptError(f"half of a UTF-16 pair, no valid Unicode, {_NOT_KEPT}")


def _texts_of(message: Message) -> Iterator[str]:
    yield message.text
    yield from filter(None, (message.name, message.tool_call_id))
    for call in message.tool_calls:
        yield from filter(None, (call.id, call.name, call.arguments))
    if not isinstance(message.content, str):
        for part in message.content:
            yield from _texts([part.url, part.name, part.options])


def _texts(values: Iterable[Any]) -> Iterator[str]:
    """Yield the texts among some values, and those inside of lists and mappings, with their keys."""
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from _texts(value)
        elif value is not None and isinstance(value, Mapping):
            yield from _texts([*value, *value.values()])


_TEXTS = ("prompt", "question", "query", "instruction", "input")
_CONVERSATIONS = ("conversations", "conversation", "contents", "dialog", "dialogue", "turns")


def likely_column(key: str, present: Sequence[str]) -> str:
    """The key of the column map and the column that is likely to be meant, ``text=question``; dots for none."""
    texts = dict.fromkeys(_TEXTS, "text") | dict.fromkeys(_CONVERSATIONS, "messages")
    name = next((name for name in texts if name in present), None) if key == "text" else None
    return f"{key}=..." if name is None else f"{texts[name]}={name}"


def refuse_empty_paths(rows: Sequence[Row], columns: Mapping[str, str], path: str) -> None:
    """Refuse a column inside another one that no row has.

    Args:
        rows: of the file.
        columns: the column map.
        path: of the file.

    Raises:
        PromptError: there is such a column.
    """
    for key, column in columns.items():
        outer = column.partition(".")[0]
        holds = [row for row in rows if row.get(outer) not in (None, "")] if "." in column else []
        if holds and all(column not in row and inside(row, column) is None for row in holds):
            raise PromptError(
                f"prompts.path: {path}: prompts.columns.{key}={column}: no row has it; {outer} is "
                f"{repr(holds[0][outer])[:60]}, inside of which it is looked for as in JSON"
            )


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
    first: dict[tuple[str, str], str] = {}
    pairs: list[tuple[str, str]] = []
    for sample in samples:
        params = json.dumps(sample.params, sort_keys=True, default=str) if sample.params else ""
        known = first.setdefault((sample.prompt_sha256, params), sample.id)
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
    if (sign := delimiter_in(Path(path))) != ",":
        yield f"{path}: columns are parted by {delimiter_name(sign)}; say otherwise with prompts.delimiter"


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
