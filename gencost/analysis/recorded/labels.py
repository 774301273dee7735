"""Labels that people gave to answers, as files of them are written: numbers or words, wide or a row for each person."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from gencost.errors import ConfigError
from gencost.tabular import Row, TabularError, read_rows, text_of

KEYS = ("request_id", "prompt_id", "run_id", "model", "repeat", "scorer")
_RATERS = ("annotator", "annotator_id", "rater", "rater_id", "worker", "worker_id", "labeler", "person", "user")
_MISSING = frozenset(["", "na", "n/a", "nan", "none", "null", "missing", "skip", "skipped", "-", "?"])
_WORDS: Mapping[float, str] = {
    1: "yes y true correct right pass passed good safe better win won answer first a model_a a>b relevant supported "
    "helpful accept accepted agree chosen",
    0.5: "tie tied same equal both neutral draw a=b partial partially",
    0: "no n false incorrect wrong fail failed bad unsafe worse lose lost loss reference second b model_b b>a a<b "
    "irrelevant unsupported unhelpful reject rejected disagree",
}
_VALUES = {word: value for value, words in _WORDS.items() for word in words.split()}
_NUMBER = re.compile(r"([-+]?\d+(?:[.,]\d+)?)(?: */ *\d+(?:[.,]\d+)?|(%))?")


@dataclass(frozen=True, kw_only=True)
class HumanLabels:
    """Labels of one file.

    Attributes:
        frame: a row an answer: the keys that name it, and a column of numbers for each person, NaN without a label.
        people: these columns.
        keys: the others.
        ends: of the scale, where the labels are words; None for numbers.
        remarks: a line for each thing that is good to know.
    """

    frame: pd.DataFrame
    people: list[str]
    keys: list[str]
    ends: tuple[float, float] | None
    remarks: list[str] = field(default_factory=list)


def read_labels(path: str, raters: Sequence[str] | None = None, levels: Sequence[str] | None = None) -> HumanLabels:
    """Read a file of labels: what names the answer, and the labels of each person.

    Args:
        path: as ``gencost.tabular`` reads them.
        raters: the columns that hold labels; None takes every one that holds nothing else.
        levels: the words that are labels, worst first; None knows numbers, and pairs such as yes and no.

    Raises:
        ConfigError: it cannot be read, names no answers, or has no labels.
    """
    try:
        rows = [_spread(row) for row in read_rows(path, typed=True)]
    except TabularError as error:
        raise ConfigError(f"--labels: {error}") from None
    frame = pd.DataFrame(rows, dtype=object)
    if "prompt_id" not in frame:
        frame = frame.rename(columns={"id": "prompt_id"})
    keys = [key for key in KEYS if key in frame]
    if not {"request_id", "prompt_id"} & set(keys):
        raise ConfigError(f"--labels {path}: it needs a column request_id or id (of the prompt); it has {_list(frame)}")
    keys = ["request_id"] if "request_id" in keys else keys
    named = next((column for column in _RATERS if column in frame), None)
    people, ignored = _people(frame, path, raters, levels, {*KEYS, "id", named})
    numbers = frame[people].apply(lambda column: column.map(lambda text: _value(text, levels)))
    wide, names = _wide(pd.concat([frame[[*keys, *([named] if named else [])]], numbers], axis=1), keys, people, named)
    remarks = [f"labels are read from {', '.join(people)}, not from {', '.join(ignored)}"] if ignored else []
    return HumanLabels(frame=wide, people=names, keys=keys, ends=_ends(frame[people], path, levels), remarks=remarks)


def _spread(row: Row) -> dict[str, str | None]:
    """A row as texts; a list, the labels of several people, as a column for each."""
    texts: dict[str, str | None] = {}
    for key, value in row.items():
        if isinstance(value, list):
            texts |= {f"{key} {number}": text_of(item) for number, item in enumerate(value, start=1)}
        else:
            texts[str(key)] = text_of(value)
    return texts


def _people(
    frame: pd.DataFrame,
    path: str,
    raters: Sequence[str] | None,
    levels: Sequence[str] | None,
    others: set[str | None],
) -> tuple[list[str], list[str]]:
    """Find the columns that hold labels, and those that do not.

    Raises:
        ConfigError: there is no such column, or one also holds something else.
    """
    if raters and (unknown := [column for column in raters if column not in frame]):
        raise ConfigError(f"--raters {unknown[0]}: {path} has no such column; it has {_list(frame)}")
    beside = list(raters) if raters else [column for column in frame if column not in others]
    if not beside:
        raise ConfigError(f"--labels {path}: no column with labels beside {_list(frame)}")
    people: list[str] = []
    ignored: list[str] = []
    for column in beside:
        bad = [text for text in frame[column] if not _is_missing(text) and _value(text, levels) is None]
        labels = sum(_value(text, levels) is not None for text in frame[column])
        if bad and (raters or labels > len(bad) or len(beside) == 1):
            row = list(frame[column]).index(bad[0]) + 1
            raise ConfigError(
                f"--labels {path} row {row}: {column} has {bad[0]!r}, which is neither a number nor a known word: name "
                "the words, worst first, with --levels poor fair good, or the columns of labels with --raters"
            )
        (people if labels and not bad else ignored).append(str(column))
    if not people:
        raise ConfigError(
            f"--labels {path}: no label in {', '.join(ignored)}; name the words with --levels, worst first"
        )
    return people, ignored


def _is_missing(text: str | None) -> bool:
    return not isinstance(text, str) or _plain(text) in _MISSING


def _plain(text: str) -> str:
    """A label without case, brackets, marks at its ends, and what stands in parentheses."""
    return re.sub(r"\(.*?\)", "", text.casefold()).strip(" \t\r\n.!*_[]'\"").replace(" ", "_")


def _value(text: str | None, levels: Sequence[str] | None) -> float | None:
    """The number of a label; None if it is not a number."""
    if not isinstance(text, str) or _is_missing(text):
        return None
    plain = _plain(text)
    if levels is not None:
        known = list(map(_plain, levels))
        return float(known.index(plain)) if plain in known else None
    number = _NUMBER.fullmatch(plain.replace("_", " "))
    if number is None:
        return _VALUES.get(plain)
    return float(number[1].replace(",", ".")) / (100 if number[2] else 1)


def _ends(texts: pd.DataFrame, path: str, levels: Sequence[str] | None) -> tuple[float, float] | None:
    """The ends of a scale of words.

    Raises:
        ConfigError: some labels are words and others are not the numbers that these stand for.
    """
    if levels is not None:
        return 0.0, float(len(levels) - 1)
    labels = {_plain(text) for column in texts for text in texts[column] if not _is_missing(text)}
    words = {label for label in labels if label in _VALUES}
    if words and (other := sorted(label for label in labels - words if _value(label, None) not in (0, 0.5, 1))):
        raise ConfigError(
            f"--labels {path}: {min(words)!r} and {other[0]!r} are labels of two scales: give one of them"
        )
    return (0.0, 1.0) if words else None


def _wide(frame: pd.DataFrame, keys: list[str], people: list[str], named: str | None) -> tuple[pd.DataFrame, list[str]]:
    """One row an answer: rows of several people become columns, by their names, else by their place."""
    if named is None and not frame.duplicated(keys).any():
        return frame, people
    place = frame.groupby(keys).cumcount().add(1).astype(str) if named is None else frame[named].fillna("").astype(str)
    columns: dict[str, pd.Series] = {}
    for column in people:
        for name, part in frame.groupby(place):
            once = part.dropna(subset=[column]).drop_duplicates(keys, keep="last").set_index(keys)[column]
            columns[f"{column} {name}"] = once
    wide = pd.DataFrame(columns).reset_index()
    return wide, list(columns)


def _list(frame: pd.DataFrame) -> str:
    return ", ".join(map(str, frame))
