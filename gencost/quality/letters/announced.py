"""Sentences that announce an answer ("The correct answer is B", "Antwort: B", "答案是B"), or except one."""

from __future__ import annotations

import re
from collections import Counter

from gencost.quality.letters import patterns as p
from gencost.quality.letters.letter_tokens import FAR, NONE, Stated, Tokens, end_of_sentence, letter, lowered, sentence

_LONGEST_GAP = 120
# "If it were endothermic, the answer would be B": what is not the case.
_COUNTERFACTUAL = re.compile(
    r"\b(?:if|had|were)\b[^.!?\n]{0,200}\b(?:were|was|had|weren['\u2019]t|wasn['\u2019]t|hadn['\u2019]t)\b[^.!?\n]*\Z"
    r"|\bwere it not\b[^.!?\n]*\Z|\b(?:if|unless)\b[^.!?\n]{0,200}\b(?:\w+ed|meant|said|took|gave|read)\b[^.!?\n]*\Z",
    re.IGNORECASE,
)
_IF_BEHIND = re.compile(r"\bif\b.{0,60}\b(?:were|had|weren['\u2019]t|hadn['\u2019]t)\b", re.IGNORECASE)
_WOULD_BE = re.compile(r"\s*(?:then )?(?:would|could|might)\b", re.IGNORECASE)
# What is named beside the answer, before or behind it: "Second choice: D", "Alternative: C".
_BESIDE = re.compile(
    r"\b(?:second(?:[ -]best)?|next(?:[ -]best)?|third|backup|back-up|fallback|alternate|alternative|runner-up|"
    r"initial|original|previous|earlier|old)\W{0,3}\Z",
    re.IGNORECASE,
)
_RULED_OUT = re.compile(r"\b(?:rul\w+ out|eliminat\w+|discard\w*|reject\w*|exclud\w+) \Z")
_FEWEST_LINES = 4  # two options, a line about them, and one of them again


def announced(text: str, tokens: Tokens) -> Stated:
    """Find the letter that the last such sentence states.

    Args:
        text: see ``letter_tokens.plain``.
        tokens: of the letters there are.
    """
    aside = NONE
    for word in tokens.followed(text, p.ANNOUNCES):
        before = text[max(0, word.start() - 60) : word.start()]
        if p.EACH.search(before[-12:]) or p.SUPPOSED.search(before):
            continue
        if (stated := _behind(text, word, tokens)) and not _is_counterfactual(text, word):
            if not _is_beside(text, word, before):
                return stated
            aside = aside or stated
    return aside


def _is_beside(text: str, word: re.Match[str], before: str) -> bool:
    """Whether a word announces a second choice or an earlier one."""
    return bool(_BESIDE.search(before[-20:])) or (word.group() == "alternative" and text[word.end()] == ":")


def _is_counterfactual(text: str, word: re.Match[str]) -> bool:
    """Whether a word announces the answer to another question: "If it were longer, the answer would be B"."""
    if not _WOULD_BE.match(text, word.end()):
        return False
    if _IF_BEHIND.search(sentence(text, word.end())):
        return True
    return bool(_COUNTERFACTUAL.search(p.LAST.split(text[max(0, word.start() - FAR) : word.start()])[-1]))


def excepted(text: str, tokens: Tokens) -> Stated:
    """Find the last letter that is excepted from all that is rejected: "all except B are wrong"."""
    low = lowered(text)
    if not p.EXCEPTS.search(low):
        return NONE
    letters = [
        match
        for match in tokens.excepted.finditer(low)
        if p.REJECTED.search(match.group())
        or match.group().startswith(("none ", "nothing "))
        or _RULED_OUT.search(low, max(0, match.start() - 20), match.start())
    ]
    return letter(letters[-1]) if letters else NONE


def repeated(text: str, tokens: Tokens) -> Stated:
    """Find the listed option that the last line, which is not of a list, says again: "A) 12", "B) 14", ..., "B) 14"."""
    lines = [line for line in text.splitlines() if line.strip()]
    labels = [tokens.label.match(line) for line in lines]
    if len(lines) < _FEWEST_LINES or labels[-1] is None or labels[-2] is not None or p.REJECTED.search(lines[-1]):
        return NONE
    times, last = Counter(label[1] for label in labels[:-1] if label), labels[-1][1]
    # Where others stand there more often, the options are gone through once more, and this is the last of them.
    return frozenset(last) if len(times) > 1 and times[last] == max(times.values()) else NONE


def _behind(text: str, word: re.Match[str], tokens: Tokens) -> Stated:
    """Return the letter that a word for answer announces in the rest of its sentence."""
    start, end, colon = _window(text, word, tokens)
    window = text[start:end]
    token = tokens.first(window)
    small = _small(window, tokens)
    if small and (token is None or small.start("x") < token.start()):
        return letter(small)
    if token is None or not _leads_to(window, token) or tokens.is_denied(window, token):
        return NONE
    if text[end : end + 1] == "?" and p.ASKS.match(p.LAST.split(text[max(0, word.end() - FAR) : word.end()])[-1]):
        return NONE
    if not colon and not p.IS.search(window, 0, token.start()):
        strong = p.STRONG.fullmatch(word.group())
        ends = (p.LITTLE_MORE, p.RIGHT, p.VERB_BEHIND)
        if not strong or not any(end.match(window, token.end()) for end in ends):
            return NONE
    return tokens.together(window, token)


def _window(text: str, word: re.Match[str], tokens: Tokens) -> tuple[int, int, bool]:
    """The rest of a sentence, into the next line only behind a colon: its ends, and whether one or a dash is there."""
    lead = p.MARKS.match(text, word.end(), word.end() + FAR)
    marks = "" if lead is None else lead.group()
    if "|" in marks and "\n" in marks:  # the head of a table
        return word.end(), word.end(), False
    colon = bool(p.COLON.search(marks))
    start = word.end() + (len(marks) if colon or "\n" not in marks else 0)
    bracket = p.OPENS.search(text, word.end(), start)
    start = start if bracket is None else bracket.start()
    end = end_of_sentence(text, start)
    if text[start:end].rstrip().endswith(":") and not tokens.one.search(text[start:end]):
        rest = end + len(text[end : end + FAR]) - len(text[end : end + FAR].lstrip())
        return rest, end_of_sentence(text, rest), True
    return start, end, colon


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
