"""The place where an answer says that its number stands, and the number meant there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from gencost.quality import answer_words as w
from gencost.quality.marked import boxed, fields, tagged
from gencost.quality.numbers.quantities import MONEY, Quantity, quantities
from gencost.quality.numbers.said_first import called_answer, corrected, said_first, total
from gencost.quality.numbers.words import in_digits

_MARKER = "####"
_CHOICES = {"choice", "option", "pick", "selection", "correct"}
_ANNOUNCES = re.compile(w.any_of(tuple(word for word in w.ANSWER if word not in _CHOICES)), re.IGNORECASE)
_ALSO_ENGLISH = ("to", "on")  # of Polish and Finnish: "The answer to question 3 is 12"
# Behind the word: at once a colon, or within a few words a verb; the number follows in the same sentence.
_VERB = w.any_of(tuple(word for word in w.IS if word not in _ALSO_ENGLISH))
_LEADS = re.compile(
    r"(?:[\s*_`]*(?:\([^()\n]{0,40}\))?[\s*_`]*[:=\u2192][\s*_`]*"
    rf"|[\s*_]*\b(?:{'|'.join(_ALSO_ENGLISH)})\b[\s*_`]*(?=\S?\d)(?!\S?\d+\s(?:decimal|significant|place|digit|d\.?p|s\.?f))"
    rf"|(?P<gap>[^.!?\n:=\u3002]{{0,60}}?)(?:{_VERB})[\s*_`:]*)",
    re.IGNORECASE,
)
_HEDGE = re.compile(w.any_of(w.NOT), re.IGNORECASE)
_END = re.compile(r"\n|[!?\u3002](?=\s|$)|(?<!\bi\.e)(?<!\be\.g)\.(?=\s|$)")
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*|__([^_\n]+)__")
_HEADING = re.compile(
    r"\b(?:step|part|question|case|day|week|month|year|note|check|problem|example)\W*\d", re.IGNORECASE
)
_OPERATOR = re.compile(
    r"[\s)}\\]*(?:[-+*/\u00d7\u00f7\u2212=xX\u22c5\u00b7\u2248]|\\times|\\div|\\cdot|\\approx)[\s*($\u20ac{\\]*\Z"
)
_CALCULATES = re.compile(r"\A[\d.,\s]+[-+*/\u00d7\u00f7]\s*\d[^=]*\Z")
_NEXT = re.compile(r"\s*(?:;|,|\.\s|and|so|then|\n)[\s$\u20ac\u00a3(]*")
_ASIDE = re.compile(  # also the number of a source, a year
    r"\([^()]*(?:[^\W\d_]{2}|=)[^()]*\)|(?<=[\w%.\]])\s?\[\d{1,3}(?:[-,\u2013] ?\d{1,3})*\]|(?<=\w) \((?:19|20)\d\d\)"
    r"|\bas of (?:[A-Z]\w+ )?(?:19|20)\d\d\b"
    r"|(?<=[\w%]) \([$\u20ac\u00a3]?\d[\d.,]*"  # apples (5 + 7)
    r"(?:\s?[-+*/\u00d7\u00f7\u2212\u00b7]\s?[$\u20ac\u00a3]?\d[\d.,]*){1,20}\)"
)
_SURE_OF = re.compile(
    r"\b(?:confidence|certainty|confianza|confiance|sicherheit)\b[^\w,\n]{0,6}"
    r"(?:(?:level|score|rating|in this|in my|answer|is|of|at|about|around)\b[^\w,\n]{0,6}){0,5}\Z",
    re.IGNORECASE,
)
_SURE = re.compile(r"\s?%? (?:confident|confidence|certain|sure)\b", re.IGNORECASE)
_YEAR = re.compile(r"[^\d.!?\n]{0,30}\b(?:in|since|by|during|as of|for)\s(?:the year\s)?(?:19|20)\d\d", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:not|instead of|rather than|nicht|statt|pas|no)\s[$\u20ac\u00a3]?\Z", re.IGNORECASE)
_FINAL_NUMBER = re.compile(  # not "The final answer is rounded to 2 decimals"
    r"final answer is[:\s]*(?:(?:about|approximately|exactly|simply|indeed|thus|therefore|[a-z] =)\s)?"
    r"[^\w\n.;]{0,9}(?:(?:text|textbf|[dt]?frac)\b\W{0,4})?\d"
)
_BEGINS = re.compile(r"[^\w\n]*(?:(?:text|textbf|about|exactly|approximately)\b\W*)?\d")
_TIMES = 200


def marked_part(text: str, pattern: re.Pattern[str] | None = None) -> str | None:
    """Find the part of a text that is marked as its answer.

    Args:
        text: an answer or a reference.
        pattern: of the user's; where its last match is comes before all else.

    Returns:
        It may have no number, where its form marks it (a box, ``####``, a tag, a field of JSON): then there is none.
        None if nothing is marked.
    """
    if pattern is None and (final := _final(text)) is not None:
        return final
    for parts in _by_form(text, pattern):
        if parts:
            return next((part for part in reversed(parts) if _has_number(part)), parts[-1])
    for spoken in (_called(text), _bold(text), total(text), said_first(text)):
        if with_number := [part for part in spoken if _has_number(part)]:
            return with_number[-1]
    return None


def _called(text: str) -> list[str]:
    """List what is announced or called the answer, in order; a correction only of what was announced."""
    places = [*_announced(text), *called_answer(text)]
    return [part for _, part in sorted([*places, *corrected(text)])] if places else []


def _final(text: str) -> str | None:
    """Return the part that "the final answer is ..." announces behind the last box; None where nothing does."""
    start = text.rfind("\\boxed")
    place = text.lower().rfind("final answer is", max(0, start))
    if start < 0 or place < 0 or not _FINAL_NUMBER.match(text.lower(), place):
        return None
    return next((part for _, part in _announced(text[place:]) if _has_number(part)), None)


def _has_number(part: str) -> bool:
    """Whether a number stands in it, or it begins with one in words: "five apples"."""
    return next(quantities(part), None) is not None or bool(_BEGINS.match(in_digits(part)))


def _by_form(text: str, pattern: re.Pattern[str] | None) -> Iterator[Sequence[str]]:
    if pattern is not None:
        matches = list(pattern.finditer(text))
        yield [match.group(1 if match.re.groups else 0) or "" for match in matches[-1:]]
    yield boxed(text)
    yield [text.rpartition(_MARKER)[2].strip().partition("\n")[0]] if _MARKER in text else []
    yield tagged(text)
    yield [str(field) for field in fields(text)]


def _announced(text: str) -> Iterator[tuple[int, str]]:
    """Return the place of each word for answer and the text after it, up to the end of its sentence."""
    for number, word in enumerate(_ANNOUNCES.finditer(text)):
        if number >= _TIMES:
            return
        lead = _LEADS.match(text, word.end())
        if lead is None or _HEDGE.search(lead["gap"] or ""):
            continue
        end = _END.search(text, lead.end())
        if end and end.start() == lead.end() and ":" in lead.group():  # the number stands on the next line
            end = _END.search(text, lead.end() + len(text[lead.end() :]) - len(text[lead.end() :].lstrip()))
        part = text[lead.end() : len(text) if end is None else end.start()]
        if not _HEDGE.match(part.lstrip()):
            yield word.start(), part


def _bold(text: str) -> Iterator[str]:
    """Bold that is little more than a number, in the last line that has one."""
    lines = [line for line in text.splitlines() if any(char.isdigit() for char in line)]
    for bold in _BOLD.finditer(lines[-1]) if lines else ():
        part = (bold[1] or bold[2]).strip()
        if len(part) <= 40 and not _HEADING.search(part) and not part.endswith(":"):
            yield part


def result_of(part: str, numbers: Sequence[Quantity]) -> Quantity | None:
    """The result of a calculation that a marked part begins with; None if it begins with none.

    Args:
        part: what is marked.
        numbers: its numbers, as ``quantities`` found them.
    """
    result = None
    for left, right in pairwise(numbers):
        between = part[left.end : right.start]
        if result is not None and _NEXT.fullmatch(between) and "=" in part[right.end :]:
            continue  # another calculation: 120 + 240 = 360; 360 / 3 = 120
        if not _OPERATOR.match(between):
            break
        if any(sign in between for sign in "=\u2248") or "approx" in between:
            if result is None and left is numbers[0] and _CALCULATES.search(part[right.start :]):
                return left  # 12 = 3 * 4
            result = right
    return result


def _is_of_confidence(text: str, number: Quantity) -> bool:
    """Whether a number says how sure an answer is: "Confidence: 95"."""
    return bool(_SURE_OF.search(text, max(0, number.start - 40), number.start) or _SURE.match(text, number.end))


def last_meant(text: str, numbers: Sequence[Quantity]) -> Quantity:
    """The number that a text without a mark ends with, denied numbers, asides and an amount's year left out.

    An aside is a bracket with words or a calculation in it, "12 weeks (since 12 * 5 = 60)"; an amount is money, a
    percentage or so many millions, "3.5 billion in 2023".
    """
    asides = [(aside.start(), aside.end()) for aside in _ASIDE.finditer(text)]
    stated = [
        number for number in numbers if not _DENIED.search(text, max(0, number.start - 20), number.start)
    ] or list(numbers)
    outside = [
        number
        for number in stated
        if not any(start < number.start < end for start, end in asides) and not _is_of_confidence(text, number)
    ] or stated
    if len(outside) > 1 and _YEAR.fullmatch(text[outside[-2].end : outside[-1].end]):
        amount = outside[-2]
        if amount.percent or amount.power or MONEY.search(text, max(0, amount.start - 3), amount.start):
            return amount
    return outside[-1]
