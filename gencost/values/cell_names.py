"""Names of cells for people: what differs between them, without Hydra's syntax: ``small, temperature 0.7``.

A cell is recorded by its overrides, ``model=small,n=50``. Which of them a name needs depends on the cells beside it, so
names are made once for a sweep or comparison, from all of its cells.

Invariant: two cells have never the same name, and names do not depend on the order of the cells.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gencost.errors import ConfigError, nearest
from gencost.values.overrides import DELETED, OverridePart, part_of, parts_of, plain, split_name

_NAMED = 8
_NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST = 28  # characters of a value
_HEAD, _TAIL, _MIDDLE = 13, 12, 10
_MODEL = ("model.name", "model")
_VAGUE = frozenset(["name", "path", "value", "type", "kind"])


@dataclass(frozen=True, kw_only=True)
class RecordedCell:
    """A cell as it is recorded.

    Attributes:
        overrides: those of its calls, with commas between them.
        identity: distinguishes it from cells with the same overrides; its first 8 characters are enough.
        model: the model of its config; None if unknown.
        given: names that the config gives: a cell, as ``find_cell`` understands it -> its name.
    """

    overrides: str
    identity: str
    model: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)


def name_cells(cells: Sequence[RecordedCell]) -> list[str]:
    """Name cells by what differs between them; a single cell is named by its model.

    Args:
        cells: of one sweep or comparison; those of one identity are one cell.

    Returns:
        Their names, in the same order.
    """
    unlike = {cell.identity: cell for cell in cells}
    names = dict(zip(unlike, _distinct(list(unlike.values())), strict=True))
    return [names[cell.identity] for cell in cells]


def given_names(value: object) -> dict[str, str]:
    """Read ``cell_names`` of a config: cell -> its name; empty where it gives none.

    Raises:
        ConfigError: it is not a mapping.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigError(f"cell_names={value}: write a cell and its name, e.g. '{{small: the cheap one}}'")
    return {str(cell): str(name).strip() for cell, name in value.items()}


def check_given(given: Mapping[str, str], names: Mapping[str, str]) -> None:
    """Refuse names that a config gives to no cell of several, or that two cells would have.

    Args:
        given: ``cell_names`` of the config.
        names: name -> overrides of every cell.

    Raises:
        ConfigError: there are such names.
    """
    for asked, name in given.items():
        find_cell(asked, names, "cell_names")
        if not str(name).strip():
            raise ConfigError(f"cell_names: {asked!r} has an empty name: write one, or leave it out")
        if _NOT_SHOWN.search(str(name)):
            raise ConfigError(f"cell_names: {name!r} holds a line break or its like: write it on one line")
    twice = next((name for name, times in Counter(given.values()).items() if times > 1), None)
    if twice is not None:
        raise ConfigError(f"cell_names: {twice!r} is the name of two cells: give each its own")
    taken = next((name for name in given.values() if name not in names), None)
    if taken is not None:
        raise ConfigError(f"cell_names: {taken!r} is the name of another cell, too: give each its own")


def _distinct(cells: Sequence[RecordedCell]) -> list[str]:
    """Take the shortest kind of name for each cell that no other cell has."""
    parts = [parts_of(cell.overrides) for cell in cells]
    differing = _differing(
        [words for cell, words in zip(cells, parts, strict=True) if not cell.overrides.isidentifier()] or parts
    )
    names = _short(cells, parts, differing)
    names = [_said(cell.overrides) or name for cell, name in zip(cells, names, strict=True)]
    names = _others(names, [_keyed(words, differing) or name for words, name in zip(parts, names, strict=True)])
    times = Counter(cell.overrides for cell in cells)
    whole = [c.overrides if times[c.overrides] == 1 else name for c, name in zip(cells, names, strict=True)]
    names = _others(names, whole)
    names = [_given(cell, words) or name for cell, words, name in zip(cells, parts, names, strict=True)]
    for length in (8, None):
        names = _others(names, [f"{n} [{c.identity[:length]}]" for n, c in zip(names, cells, strict=True)])
    every = [f"{name} [{cell.identity}]" for name, cell in zip(names, cells, strict=True)]
    return every if len(set(names)) < len(names) else names


def _said(overrides: str) -> str | None:
    """A name that is not made of overrides, e.g. ``recorded``; None for any other."""
    return overrides if overrides.isidentifier() else None


def _others(names: Sequence[str], more: Sequence[str]) -> list[str]:
    """Replace the names that several cells have."""
    times = Counter(names)
    return [other if times[name] > 1 else name for name, other in zip(names, more, strict=True)]


def _given(cell: RecordedCell, parts: Sequence[OverridePart]) -> str | None:
    for asked, name in cell.given.items():
        if asked in {cell.overrides, cell.model} or _means(asked, parts):
            return " ".join(str(name).split()) or None
    return None


def _short(
    cells: Sequence[RecordedCell], parts: Sequence[Sequence[OverridePart]], differing: frozenset[tuple[str, str]]
) -> list[str]:
    """Name each cell by its model, where that differs or nothing else does, and by the other keys that differ."""
    labels, values = _labels({key for key, _ in differing}), _values(differing)
    kept = [[part for part in of_cell if (part.key, part.value) in differing] for of_cell in parts]
    with_model = len(cells) == 1 or not all(kept)
    names = []
    for cell, of_cell, mine in zip(cells, parts, kept, strict=True):
        model = _model(of_cell if with_model else mine, values) or (cell.model if with_model else None)
        rest = [_phrase(labels[part.key], values[part.key, part.value]) for part in mine if part.key not in _MODEL]
        names.append(", ".join(filter(None, [_middle(model or "") or None, *rest])))
    return [name or _keyed(of_cell, None) or "cell" for name, of_cell in zip(names, parts, strict=True)]


def _model(parts: Sequence[OverridePart], values: Mapping[tuple[str, str], str]) -> str | None:
    """The model that overrides name; None if none does."""
    by_key = {part.key: part for part in parts}
    part = next((by_key[key] for key in _MODEL if key in by_key), None)
    return None if part is None else values.get((part.key, part.value)) or plain(part.value)


def _keyed(parts: Sequence[OverridePart], differing: frozenset[tuple[str, str]] | None) -> str:
    """Every override that differs, or every one at all, with its whole key."""
    kept = [part for part in parts if differing is None or (part.key, part.value) in differing]
    return ", ".join(_phrase(part.key, _middle(plain(part.value))) for part in kept)


def _differing(parts: Sequence[Sequence[OverridePart]]) -> frozenset[tuple[str, str]]:
    """Keys and values that not all cells share; empty for a single cell."""
    pairs = [{(part.key, part.value) for part in words} for words in parts]
    return frozenset(set().union(*pairs) - pairs[0].intersection(*pairs)) if pairs else frozenset()


def _labels(keys: Iterable[str]) -> dict[str, str]:
    """The last word of each key, with as many words before it as distinguish it from the other keys."""
    words = {key: key.split(".") for key in keys}
    labels = {}
    for key, values in words.items():
        others = [other for name, other in words.items() if name != key]
        least = 2 if values[-1] in _VAGUE else 1
        enough = (n for n in range(least, len(values) + 1) if all(other[-n:] != values[-n:] for other in others))
        labels[key] = " ".join(values[-next(enough, len(values)) :])
    return labels


def _values(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Values as people read them, long ones shortened in the middle so that those of one key stay distinct."""
    of_key: dict[str, list[str]] = defaultdict(list)
    for key, value in pairs:
        of_key[key].append(value)
    return {(key, value): text for key, values in of_key.items() for value, text in _shortened(values).items()}


def _shortened(values: Sequence[str]) -> dict[str, str]:
    read = {value: plain(value) for value in values}
    short = {value: _middle(text) for value, text in read.items()}
    alike: dict[str, list[str]] = defaultdict(list)
    for value, text in short.items():
        alike[text].append(value)
    for same in alike.values():
        texts = [read[value] for value in same]
        if len(set(texts)) > 1:
            at = _unlike(min(texts), max(texts))
            short |= {value: _around(read[value], at) for value in same}
    times = Counter(short.values())
    return {v: text if times[text] == 1 or v == text else _digest(text, v) for v, text in short.items()}


def _unlike(first: str, last: str) -> int:
    """The place from which two texts differ; of the first and the last of many, from which any of them do."""
    return next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))


def _middle(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_HEAD].rstrip()}...{text[-_TAIL:].lstrip()}"


def _around(text: str, at: int) -> str:
    """A long text by its beginning and the place where it is not as the others."""
    begin, end = text[: _HEAD - 4].rstrip(), text[at : at + _MIDDLE].strip()
    return f"{begin}...{end}{'...' if at + _MIDDLE < len(text) else ''}"


def _digest(text: str, value: str) -> str:
    return f"{text} #{hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()[:4]}"


def _phrase(label: str, value: str) -> str:
    return f"without {label}" if value == DELETED else f"{label} {value}".strip()


def find_cell(asked: str, cells: Mapping[str, str] | Sequence[str], place: str) -> str:
    """Find the cell that is meant by its name, by its overrides, or by some of them or a value that it alone has.

    Args:
        asked: what was written: ``small``, ``model=small`` or ``model=small,n=50``; what is the same for all cells, and
            so not in their names, may stand beside it.
        cells: name -> overrides; or names alone.
        place: where it was written, for the error.

    Returns:
        The name.

    Raises:
        ConfigError: no cell or several are meant; the text names the nearest.
    """
    recorded = dict(cells) if isinstance(cells, Mapping) else {name: name for name in cells}
    if asked in recorded:
        return asked
    of_cell = {name: parts_of(overrides) for name, overrides in recorded.items()}
    given = [part_of(text) for text in split_name(asked)]
    ways = (
        [name for name, overrides in recorded.items() if overrides == asked],
        [name for name, parts in of_cell.items() if _means(asked, parts)],
        [name for name, parts in of_cell.items() if all(_is_among(part, given) for part in parts)],
        [name for name in recorded if all(_is_among(part_of(text), given) for text in split_name(name))],
    )
    meant = next((way for way in ways if way), [])
    if len(meant) == 1:
        return meant[0]
    names = meant or list(recorded)
    words = [*recorded, *(plain(part.value) for parts in of_cell.values() for part in parts)]
    wrong = f"means {len(meant)} cells" if meant else f"is not a cell{nearest(asked, dict.fromkeys(words))}"
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    raise ConfigError(f"{place}={asked!r} {wrong}: choose from {'; '.join(names[:_NAMED])}{more}")


def means(asked: str, overrides: str) -> bool:
    """Whether all that was written is among the overrides of a cell: ``small``, ``model=small``, ``temperature 0``."""
    return _means(asked, parts_of(overrides))


def _means(asked: str, parts: Sequence[OverridePart]) -> bool:
    """Whether all that was written is among the overrides of a cell."""
    return all(_is_among(part_of(text), parts) for text in split_name(asked))


def _is_among(asked: OverridePart, parts: Iterable[OverridePart]) -> bool:
    """Whether one override was written: ``key=value``, ``key value`` with the end of the key, or the value alone."""
    return any(_is(asked, part) or _is(part, asked) for part in parts)


def _is(asked: OverridePart, part: OverridePart) -> bool:
    if asked.key:
        return (asked.key, plain(asked.value)) == (part.key, plain(part.value))
    value = plain(part.value)
    if asked.value in {part.text, value}:
        return True
    *before, last = part.key.split(".")
    ends = [" ".join([*before[i:], last]) for i in range(len(before) + 1)]
    return asked.value in {f"{end} {text}" for end in (*ends, part.key) for text in (value, _middle(value))}
