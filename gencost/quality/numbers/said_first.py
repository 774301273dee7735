"""Numbers that are stated before what explains them ("She pays **$36**. Here's the breakdown: ..."), or corrected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from gencost.quality.numbers.quantities import quantities

_EXPLAINS = re.compile(
    r"(?:^|(?<=[.!?] ))[^\w\n]{0,6}(?:"
    r"here(?:'s|\u2019s| is| are) (?:the|a|my|how i|why)\b[^.\n:]{0,40}(?<= )(?:breakdown|reasoning|explanation|"
    r"calculations?|work|working|math|details|got (?:it|this|that|there))\b[^.\n:]{0,30}[:.]"
    r"|(?:[a-z]+ )?(?:breakdown|explanation|reasoning|calculations?|workings?|verification)\b[^.\n:]{0,30}:"
    r"|(?:this|that|it) (?:includes|consists of|comprises|breaks down (?:as|into)|is made up of)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_OF_EXPLAINS = (
    *("breakdown", "reasoning", "explanation", "calculat", "work", "math", "details", "got ", "verif"),
    *("includes", "consists", "comprises", "breaks down", "made up"),
)
_LIST = re.compile(r":[*_ \t]*\n\s*(?=[-*\u2022]\s)")
_ITEM = re.compile(r"\s*(?:[-*\u2022]|\d{1,2}[.)])\s")
_BOLD = re.compile(r"\*\*([^*\n]{1,40})\*\*")
_CONCLUDES = re.compile(
    r"[=\u2248\u2192\u21d2]|\b(?:so|therefore|thus|hence|total\w*|altogether|answer|final\w*|result\w*|leaves|left|makes|"
    r"remain\w*|sum|is|equals?|gives|comes|in all|combined|now|keeps?|ends? up|becomes)\b",
    re.IGNORECASE,
)
_LONGEST_HEAD = 200
_TOTAL = re.compile(
    r"[^\w\n]*(?:(?:the|grand|overall|final) ){0,2}total(?: [a-z]+){0,3}[*_ ]*:[*_ ]*(?=\S)", re.IGNORECASE
)
_CALCULATED = re.compile(r"[=\u2248\u2192\u21d2\u00d7+]|\b(?:so|per|each|times|by)\b", re.IGNORECASE)
_GOES_ON = re.compile(
    r"\d[^\n]*?(?:[.!?;]\s|,\s(?:then|which|leaving|giving|of)\b|\b(?:therefore|thus|hence|leaves|left)\b)[^\n]*\d",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"(?<![\w.,])(?P<n>[-\u2212]?[$\u20ac\u00a3]?\d[^\s;:!?]{0,20}+(?: [a-z%]{1,20})?)[*_]{0,2} "
    r"(?:is|would be|should be) (?:the|my|our) "
    r"(?:(?:final|correct|right) )?answer\b(?! to (?:part|step))"
)
_CORRECTED = re.compile(
    r"\b(?:no,? wait|wait,? no|scratch that|correction|make (?:that|it)|i mean|or rather|sorry)\b"
    r"[\s,:.\u2026\u2014\u2013-]*"
    r"(?:(?:it|that|this|the (?:correct |right )?answer)(?:'s|\u2019s| is| should be)? )?(?:actually )?"
    r"(?P<n>[*_]{0,2}[-\u2212]?[$\u20ac\u00a3]?\d[^\n]*+)\s*\Z",
    re.IGNORECASE,
)
_TIMES = 50


def said_first(text: str) -> Iterator[str]:
    """Give the part with the number that a text states in its first words, where the rest explains it.

    The first words have one number, or one in bold; behind them stand a word such as breakdown, or a list; and the
    last line with a number is an item of a list, or of one paragraph with that word, that concludes nothing.
    """
    low = text.lower()
    explained = _EXPLAINS.search(text) if any(word in low for word in _OF_EXPLAINS) else None
    listed = _LIST.search(text)
    explains = min(filter(None, (explained, listed)), key=lambda place: place.start(), default=None)
    if explains is None:
        return
    head, rest = text[: explains.start()].strip(), text[explains.end() :]
    lines = [line for line in rest.splitlines() if any(char.isdigit() for char in line)]
    if not lines or len(head) > _LONGEST_HEAD or _CONCLUDES.search(lines[-1]) or _BOLD.search(lines[-1]):
        return
    bold = [part[1] for part in _BOLD.finditer(head) if next(quantities(part[1]), None)]
    whole = bold or ([] if explains is listed else [head])
    if (_ITEM.match(lines[-1]) or lines[-1] is lines[0]) and len(whole) == len(
        list(quantities(" ; ".join(whole)))
    ) == 1:
        yield whole[0]


def total(text: str) -> Iterator[str]:
    """Give what stands behind "Total:" in the last line with a number, unless it is calculated there or used."""
    lines = [line for line in text.splitlines() if any(char.isdigit() for char in line)]
    if not lines or (lead := _TOTAL.match(lines[-1])) is None or _CALCULATED.search(lines[-1], lead.end()):
        return
    behind = lines[-1][lead.end() :]
    if not _GOES_ON.search(behind):
        yield behind


def called_answer(text: str) -> Iterator[tuple[int, str]]:
    """Give the places and texts of the first 50 that are called the answer behind them: "18 is the answer"."""
    for called in islice(_CALLED.finditer(text), _TIMES) if " answer" in text else ():
        yield called.start(), called["n"]


def corrected(text: str) -> Iterator[tuple[int, str]]:
    """Give the place and the text to which the last line corrects what it said: "no wait, 43"."""
    correction = _CORRECTED.search(text, text.rstrip().rfind("\n") + 1)
    if correction is not None:
        yield correction.start(), correction["n"]
