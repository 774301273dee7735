"""The text of an option in an answer: "Paris" where B is Paris."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from gencost.quality import letter_patterns as p
from gencost.quality.letter_tokens import NONE, Stated, sentence


def option_of(text: str, letters: str, texts: Sequence[str]) -> Stated:
    """Find the option whose text the answer is; else those it announces, chooses or holds; else one by a part.

    Args:
        text: see ``letter_tokens.plain``.
        letters: of the options.
        texts: in the same order.
    """
    options = [folded(option) for option in texts]
    whole = [letters[i] for i, option in enumerate(options) if option and option == folded(text)]
    if len(whole) == 1:
        return frozenset(whole)
    parts = [sentence(text, word.end()) for word in p.ANNOUNCES.finditer(text)]
    announced = [part for part in parts if p.IS.search(part[:60]) or ":" in part[:20]]
    for part in [*announced[-1:], text]:
        held = _held(folded(part), options)
        if len(held) > 1 and (chosen := _chosen(part, options)) is not None:
            return frozenset(letters[chosen])
        if held:
            return frozenset(letters[i] for i in held)
    return _part(text, letters, options)


def folded(text: str) -> str:
    """Make option texts comparable: no case, no punctuation at the ends, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(" .,;:!?\"'()[]\u3002")


def _held(text: str, options: Sequence[str]) -> set[int]:
    """The options that a text affirms; of Paris and Paris, Texas the longer one is meant."""
    held = {i for i, option in enumerate(options) if _affirms(text, option)}
    return held - {i for i in held for j in held if i != j and _place(options[i]).search(options[j])}


def _chosen(text: str, options: Sequence[str]) -> int | None:
    """The option behind the last word that chooses or concludes: "so it must be gold"."""
    chosen = None
    for behind in [0, *(verb.end() for verb in p.CHOOSES.finditer(text))]:
        lead = p.FILLER.match(text, behind)
        rest = folded(text[behind if lead is None else lead.end() :])
        starts = [i for i, option in enumerate(options) if option and re.match(rf"{re.escape(option)}(?!\w)", rest)]
        chosen = max(starts, key=lambda i: len(options[i])) if starts else chosen
    return chosen


def _part(text: str, letters: str, options: Sequence[str]) -> Stated:
    """The only option that has every word of a short answer."""
    lead = p.SHORT_LEAD.match(text)
    words = set(re.findall(r"\w+", folded(text if lead is None else text[lead.end() :])))
    having = [letters[i] for i, option in enumerate(options) if words and words <= set(re.findall(r"\w+", option))]
    return frozenset(having) if len(having) == 1 else NONE


def _place(part: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(part)}(?!\w)")


def _affirms(text: str, part: str) -> bool:
    """Whether a text holds a part, somewhere without a denial shortly before it in its clause."""
    places = _place(part).finditer(text) if part else ()
    return any(
        not p.NOT.search(p.BEFORE_TURN.split(text[: place.start()])[-1][-25:])
        and not p.DENIED_BEHIND.match(text, place.end())
        for place in places
    )
