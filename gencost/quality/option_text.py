"""The text of an option in an answer: "Paris" where B is Paris."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from gencost.quality import letter_patterns as p
from gencost.quality.letter_tokens import NONE, Stated, sentence


def option_of(text: str, letters: str, texts: Sequence[str]) -> Stated:
    """Find the option whose text the answer is; else those that it announces; else those that it holds.

    Args:
        text: see ``letter_tokens.plain``.
        letters: of the options.
        texts: in the same order.
    """
    options = [folded(option) for option in texts]
    whole = [letters[i] for i, option in enumerate(options) if option and option == folded(text)]
    if len(whole) == 1:
        return frozenset(whole)
    announced = list(p.ANNOUNCES.finditer(text))
    for part in [*(sentence(text, word.end()) for word in announced[-1:]), text]:
        held = {i for i, option in enumerate(options) if _affirms(folded(part), option)}
        # of Paris and Paris, Texas the longer one is meant
        held -= {i for i in held for j in held if i != j and _place(options[i]).search(options[j])}
        if held:
            return frozenset(letters[i] for i in held)
    return NONE


def folded(text: str) -> str:
    """Make option texts comparable: no case, no punctuation at the ends, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(" .,;:!?\"'()[]\u3002")


def _place(part: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(part)}(?!\w)")


def _affirms(text: str, part: str) -> bool:
    """Whether a text holds a part, somewhere without a denial shortly before it in its clause."""
    places = _place(part).finditer(text) if part else ()
    return any(not p.NOT.search(re.split(r"[.;!?,\n]", text[: place.start()])[-1][-25:]) for place in places)
