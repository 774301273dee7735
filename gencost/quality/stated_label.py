"""The label that an answer states. The stricter rule of the scorer of labels; the first step that finds one.

1. what is marked: a box, an ``<answer>`` tag, the answer field of JSON; 2. what is announced ("the answer is yes");
3. the first word; 4. a label in square brackets or bold; 5. the last line; 6. the only label that is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gencost.quality import answer_words as w
from gencost.quality import letter_patterns as p
from gencost.quality.letter_tokens import plain
from gencost.quality.marked import boxed, fields, tagged

_ANNOUNCES = re.compile(
    rf"{p.any_of(w.ANSWER)}[^\w\n.!?]*(?:(?:{p.any_of(w.IS, w.BETWEEN)})[^\w\n.!?]*){{0,6}}", re.IGNORECASE
)
_JOIN = re.compile(p.JOIN)


def stated_labels(text: str, labels: Sequence[str]) -> frozenset[str]:
    """Find the labels that an answer states.

    Args:
        text: the answer.
        labels: lower-case words.

    Returns:
        One is a verdict; none or several are none.
    """
    word = re.compile(rf"(?<![\w'-])({'|'.join(map(re.escape, labels))})(?![\w'-])", re.IGNORECASE)
    for stated in _steps(text, word):
        if stated:
            return frozenset(label.lower() for label in stated)
    return frozenset()


def _steps(text: str, word: re.Pattern[str]) -> Iterator[Sequence[str]]:
    for marked in (boxed(text), tagged(text), [str(item) for item in fields(text)]):
        yield word.findall(marked[-1])[:1] if marked else []
    bare = plain(text).strip()
    announced = [match.group() for lead in _ANNOUNCES.finditer(bare) if (match := word.match(bare, lead.end()))]
    yield announced[-1:]
    first = re.match(r"\W*", bare)
    opening = word.match(bare, first.end() if first else 0)
    yield [] if opening is None or _is_joined(bare, opening, word) else [opening.group()]
    yield [match.group(1) for match in re.finditer(rf"(?:\[|\*\*)\W{{0,3}}{word.pattern}", text, re.IGNORECASE)]
    lines = [line for line in bare.splitlines() if line.strip()]
    last = re.fullmatch(rf"\W*{word.pattern}\W*", lines[-1], re.IGNORECASE) if lines else None
    yield [] if last is None else [last.group(1)]
    yield word.findall(bare)


def _is_joined(text: str, first: re.Match[str], word: re.Pattern[str]) -> bool:
    """Whether the first word is one of several: ``yes and no``, ``yes or no?``."""
    join = _JOIN.match(text, first.end())
    return bool(join and join.group().strip() not in {"", ","} and word.match(text, join.end()))
