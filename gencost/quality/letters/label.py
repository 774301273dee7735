"""The label that an answer states. The stricter rule of the scorer of labels; the first step that finds one.

1. what is marked: a box, an ``<answer>`` tag, the answer field of JSON or its only one (true is yes, false is no); 2.
the last one that is announced ("the answer is yes"); 3. a last line that is a label; 4. the first word ("yep" is yes,
too), or the last label where that is taken back ("No, wait"); 5. labels in square brackets or bold; 6. the last one
that is concluded ("so yes"); 7. the only one that is named.

Not stated is a label that is denied ("not yes"), that others give ("some say no"), one of several in one statement
("yes or no?", "yes and no"), of several each on a condition ("if it rains, yes; if not, no"), and a ``no`` that belongs
to a noun ("no divisor").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from gencost.quality import answer_words as w
from gencost.quality.letters import patterns as p
from gencost.quality.letters.letter_tokens import plain
from gencost.quality.marked import boxed, fields, tagged

_ANNOUNCED = re.compile(
    rf"{w.any_of(w.ANSWER)}[^\w\n.!?]*(?:{w.any_of(w.IS, w.BETWEEN)}[^\w\n.!?]*){{0,6}}\Z", re.IGNORECASE
)
_CONCLUDED = re.compile(
    r"(?:\A|[.!?\u3002\n]|(?:\b|['\u2019])(?:s|so|thus|therefore|hence|then|is|be|say|answer|short|"
    r"conclusion|overall|but|rather|actually)|\b(?:so|thus|therefore|hence)\b[^.!?\n]{0,60}[:\u2014])"
    r"[^\w\n]*\Z",
    re.IGNORECASE,
)
_DENIED = re.compile(
    rf"(?:{w.any_of(('not', 'nor', 'neither', 'nicht', 'pas'))}|n['\u2019]t)(?: be| mean| say)?(?: an?| the)?"
    r"[^\w.!?\n]*\Z",
    re.IGNORECASE,
)
_LACKS = re.compile(r"\b(?:no|without(?: any)?) \Z", re.IGNORECASE)  # "no negative remarks", where no is no label
_BY_OTHERS = re.compile(
    r"\b(?:some|many|most|people|others|they|one|you)\b[^.;,\n]{0,30}\b(?:say|said|answer|think|guess|claim|argue)"
    r"\w*\W*\Z",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"\b(?:wait|hmm+|hold on|sorry|actually|or rather|correction|on second thought)\b", re.IGNORECASE
)
_OF_A_NOUN = re.compile(
    r" (?!(?:because|since|as|for|it|this|that|there|they|i|we|he|she|the|an?|and|but|or|is|to|in|if|not|due|here|with|"
    r"by|although|though|while|again|sorry|sir|need|way(?=\W*\Z|[.!]))\b)[^\W\d_]",
    re.IGNORECASE,
)
_CONDITION = r"(?:if|unless|when|whether|provided|depending|otherwise|else|wenn|falls|sonst|si|sinon|se)"
_ON_CONDITION = re.compile(rf"\b{_CONDITION}\b[^.;!?\n]{{0,60}}\Z", re.IGNORECASE)
_CONDITION_BEHIND = re.compile(rf"[^\w.;!?\n]*{_CONDITION}\b", re.IGNORECASE)
_OR = re.compile(rf"\W{{0,3}}{p.JOIN}\W{{0,3}}")
_COMMA = re.compile(r"[\s,;|]+")
_MARK = re.compile(r"(?:\[|\*\*)\W{0,3}\Z")
_TRUTH = {"True": "yes", "False": "no"}
_SAID_OTHERWISE = {"yes": r"yep|yeah|yup", "no": r"nope|nah"}
_ONE_TRUTH = re.compile(r"\s*\{\s*\"\w{1,40}\"\s*:\s*(true|false)\s*,?\s*\}\s*", re.IGNORECASE)


def stated_labels(text: str, labels: Sequence[str]) -> frozenset[str]:
    """Find the labels that an answer states.

    Args:
        text: the answer.
        labels: lower-case words.

    Returns:
        One is a verdict; none or several are none.
    """
    words = _Words(labels=tuple(labels))
    return next((frozenset(stated) for stated in words.steps(text) if stated), frozenset())


@dataclass(frozen=True, kw_only=True)
class _Words:
    """Finds labels in texts."""

    labels: tuple[str, ...]

    @cached_property
    def _one(self) -> re.Pattern[str]:
        named = "|".join(map(re.escape, self.labels))
        return re.compile(rf"(?<![\w-])(?<!\w['\u2019])(?:{named})(?![\w-]|['\u2019]\w)", re.IGNORECASE)

    def steps(self, text: str) -> Iterator[Sequence[str]]:
        """The labels that each step of the rule finds."""
        if "{" in text and (truth := _ONE_TRUTH.fullmatch(p.FENCE.sub("", text))):
            yield [label for label in self.labels if label == _TRUTH[truth[1].capitalize()]]
        for marked in (boxed(text), tagged(text), [_TRUTH.get(str(item), str(item)) for item in fields(text)]):
            yield _lower(self._stated(marked[-1])[:1]) if marked else []
        bare = plain(text).strip()
        for label, others in _SAID_OTHERWISE.items() if set(self.labels) == {"yes", "no"} else ():
            bare = re.sub(rf"\A\W*(?:{others})\b", label, bare, flags=re.IGNORECASE)
        words = self._stated(bare)
        yield _lower([word for word in words if _ANNOUNCED.search(bare, max(0, word.start() - 80), word.start())][-1:])
        last = bare.rpartition("\n")[2]
        yield _lower(words[-1:]) if not re.search(r"\w", self._one.sub("", last)) else []
        yield _lower(_first(bare, words))
        yield _lower(
            [word for word in self._one.finditer(text) if _MARK.search(text, max(0, word.start() - 6), word.start())]
        )
        yield _lower([word for word in words if _CONCLUDED.search(bare, max(0, word.start() - 80), word.start())][-1:])
        yield _lower(words)

    def _stated(self, text: str) -> list[re.Match[str]]:
        """The labels of a text that nothing is said against, see the module."""
        words = list(self._one.finditer(text))
        joined = {i for i, (word, other) in enumerate(pairwise(words)) if _are_joined(text, word, other)}
        alone = [word for i, word in enumerate(words) if not joined & {i, i - 1}]
        certain = [word for word in alone if not _is_conditional(text, word)]
        if len(set(_lower(alone))) > 1:
            alone = certain if len(certain) < len(alone) - 1 else alone
        lacking = (
            []
            if "no" in self.labels
            else [word for word in alone if _LACKS.search(text, max(0, word.start() - 14), word.start())]
        )
        stated = [word for word in alone if not _belongs_to_a_noun(text, word) and not _is_denied(text, word)]
        return [word for word in stated if word not in lacking]


def _are_joined(text: str, word: re.Match[str], other: re.Match[str]) -> bool:
    """Whether two labels are named in one statement: ``yes or no``, ``yes, no``, ``Yes? No?``."""
    if word.group().lower() == other.group().lower():
        return False
    between = text[word.end() : other.start()]
    if _COMMA.fullmatch(between):
        return not _belongs_to_a_noun(text, other)
    return bool(_OR.fullmatch(between)) or (between.strip() == "?" and text[other.end() : other.end() + 1] == "?")


def _belongs_to_a_noun(text: str, word: re.Match[str]) -> bool:
    return word.group().lower() == "no" and bool(_OF_A_NOUN.match(text, word.end()))


def _is_conditional(text: str, word: re.Match[str]) -> bool:
    before = text[max(0, word.start() - 80) : word.start()]
    return bool(_ON_CONDITION.search(before) or _CONDITION_BEHIND.match(text, word.end()))


def _is_denied(text: str, word: re.Match[str]) -> bool:
    before = text[max(0, word.start() - 60) : word.start()]
    return bool(_DENIED.search(before) or _BY_OTHERS.search(before))


def _first(text: str, words: Sequence[re.Match[str]]) -> Sequence[re.Match[str]]:
    """The label that a text begins with, or the last one where it is taken back."""
    if not words or re.search(r"\w", text[: words[0].start()]):
        return []
    back = _TAKEN_BACK.search(text, words[0].end())
    return words[-1:] if back and words[-1].start() > back.start() else words[:1]


def _lower(words: Sequence[re.Match[str]]) -> list[str]:
    return [word.group().lower() for word in words]
