"""Sentences that announce an answer: "The correct answer is B", "Antwort: B", "答案是B"."""

from __future__ import annotations

import re

from gencost.quality import letter_patterns as p
from gencost.quality.letter_tokens import NONE, Stated, Tokens, letter, sentence

_LONGEST_GAP = 120


def announced(text: str, tokens: Tokens) -> Stated:
    """Find the letter that the last such sentence states.

    Args:
        text: see ``letter_tokens.plain``.
        tokens: of the letters there are.
    """
    stated = NONE
    for number, word in enumerate(p.ANNOUNCES.finditer(text)):
        if number >= p.TIMES:
            break
        if not p.EACH.search(text, max(0, word.start() - 12), word.start()):
            stated = _behind(text, word, tokens) or stated
    return stated


def _behind(text: str, word: re.Match[str], tokens: Tokens) -> Stated:
    """Return the letter that a word for answer announces in the rest of its sentence."""
    window, colon = _window(text, word, tokens)
    token = next(tokens.all(window), None)
    small = _small(window, tokens)
    if small and (token is None or small.start("x") < token.start()):
        return letter(small)
    if token is None or not _leads_to(window, token) or tokens.is_denied(window, token):
        return NONE
    if text[text.find(window, word.end()) + len(window) :][:1] == "?" and p.ASKS.match(
        p.LAST.split(text[: word.end()])[-1]
    ):
        return NONE
    if not colon and not p.IS.search(window, 0, token.start()):
        strong = p.STRONG.fullmatch(word.group())
        ends = (p.LITTLE_MORE, p.RIGHT, p.VERB_BEHIND)
        if not strong or not any(end.match(window, token.end()) for end in ends):
            return NONE
    return tokens.together(window, token)


def _window(text: str, word: re.Match[str], tokens: Tokens) -> tuple[str, bool]:
    """The rest of the sentence, into the next line only behind a colon; and whether there is a colon or a dash."""
    lead = p.MARKS.match(text, word.end())
    marks = "" if lead is None else lead.group()
    if "|" in marks and "\n" in marks:  # the head of a table
        return "", False
    colon = bool(p.COLON.search(marks))
    start = word.end() + (len(marks) if colon or "\n" not in marks else 0)
    bracket = p.OPENS.search(text, word.end(), start)
    window = sentence(text, start if bracket is None else bracket.start())
    if window.rstrip().endswith(":") and not tokens.one.search(window):
        rest = text[start + len(window) :].lstrip()
        return sentence(rest, 0), True
    return window, colon


def _leads_to(window: str, token: re.Match[str]) -> bool:
    """Whether what stands before a letter announces it: short, without a denial, no word that the letter belongs to."""
    gap = window[: token.start()]
    if len(gap) > _LONGEST_GAP or p.NOT.search(p.ASKED_FOR.sub("", gap)):
        return False
    return not gap.strip() or token.group()[:1] in "([{" or bool(p.BEFORE.search(gap))


def _small(window: str, tokens: Tokens) -> re.Match[str] | None:
    """A lower-case letter; a word of the lead may itself be the letter: "is a"."""
    lead = p.LEAD.match(window)
    behind = 0 if lead is None else lead.end()
    if small := tokens.small.match(window, behind) or tokens.small.match(window):
        return small
    tail = tokens.small_at_end.search(window)
    return tail if tail and behind >= tail.start() else None
