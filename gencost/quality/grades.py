"""Read the grade that a judge gives: on its scale, from the value of a verdict or from a reply without an object.

A reply's grade is read where the whole reply is little more than it (``4/5``, ``4 - good``), else in double brackets,
in a box, behind the last word for an overall score, behind the last word for a score ("Score: 4"), in its last or first
line, or where one sentence alone gives one ("this deserves a 4").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gencost.quality.judge_reply import UnreadableError
from gencost.quality.marked import boxed

_NUMBER = r"[-+]?\d+(?:[.,]\d+)?"
_POINTS = r"(?:points?|pts?\b\.?|stars?|punkte\w*|puntos|pontos|punti|балл\w*|分|点|점)"
_OF = (
    rf"(?<!\d or )(?<!\d to )(?P<n>{_NUMBER})(?!\d|[.,]\d|\s*[-\u2013]\s*\d|\s+(?:or|to)\s+(?:an? )?\d)"
    rf"(?:\s*{_POINTS}(?=\s*out of))?\s*(?:(?:/|out of|of|von|sur|de|su|из)\s*(?P<most>\d+))?"
    rf"(?:\s*{_POINTS})?"
)
_SCORE = (
    r"(?:score|grade|rating|verdict|punktzahl|puntuación|calificación|pontuação|nota|punteggio|voto|valutazione|"
    r"оценка|评分|評分|得分|分数|スコア|評価|点数|점수|평가|평점)"
)
_CALLED = rf"(?:(?:final |overall |total )?(?:{_SCORE}|answer|evaluation|assessment|bewertung|note)|overall)"
_GRADE = re.compile(
    rf"\W*(?:{_CALLED}\W*(?:is|of)?\W*)?{_OF}"
    r"(?:\s*\((?!\d)[^()]*\)|\s+[-\u2013\u2014]\s(?=[^\W\d_]).*|\s+[:\u2013\u2014-]\s[^\d]*|:\s(?=[^\W\d_]).*|"
    r"\s+(?:because|as|since|for)\b.*|,\s(?=[^\W\d_])[^.;]*|"
    r"[:,!]\s[^\d]*)?\W*",
    re.IGNORECASE,
)
_FIRST_LINE = re.compile(rf"[\s*_#`]*{_OF}[\s*_#`.!]*", re.IGNORECASE)
_WORDS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_WORDS |= {"nine": 9, "ten": 10}
_TRUTH = dict.fromkeys(("true", "yes", "correct", "pass", "passed"), 1.0)  # of a scale of 0 and 1
_TRUTH |= dict.fromkeys(("false", "no", "incorrect", "fail", "failed"), 0.0)
_GRADES = rf"(?:an? )?(?:{_OF}|(?P<word>{'|'.join(_WORDS)})\b)"
_COLON = r"[^\w\n:=]{0,3}[:=]\W{0,6}"
_IS = (
    rf"(?:\s(?:for|of|given|assigned|awarded)\b[^:\n\d]{{0,40}}{_COLON}"
    r"|\W{0,6}(?:(?:is|of|was|(?:would|should|will) be)\b\W{0,4})?)"
)
_NAMED = re.compile(rf"(?<!\w)(?:{_SCORE}{_IS}|(?:evaluation|assessment|bewertung){_COLON}){_GRADES}", re.IGNORECASE)
_OVERALL = re.compile(rf"\b(?:overall|final|total|average|mean)(?: {_SCORE}{_IS}|{_COLON}){_GRADES}", re.IGNORECASE)
_SCALE = re.compile(  # "Score (1-5): 4"
    r"[(\[][^()\[\]\d\n]{0,30}\d+\s*(?:-|\u2013|to)\s*\d+[)\]]"
    r"|[(\[](?:out of|of|max(?:imum)?\.?|/)\s*\d+[)\]](?=\W{0,6}[:=])"
    r"|\b(?:on )?a scale (?:of|from)? ?\d+\s*(?:-|\u2013|to)\s*\d+",
    re.IGNORECASE,
)
_GIVES = (
    r"\b(?:give|rate|scores?|grade|deserves?|merits?|earns?|assign|award|(?:gets|receives)(?: an?)?|"
    r"(?:I'd|I would) say|gebe|vergebe|donne)\b"
)
_NOT_GIVEN = re.compile(r"(?:n['\u2019]t|\bnot|\bcannot|\bnever)\s(?:\w+\s)?\Z", re.IGNORECASE)
_GIVEN = re.compile(rf"{_GIVES}[^.\n]{{0,40}}?\b{_OF}", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:[.,:;!)\n]|\Z|(?:because|as|for|since|overall|in total)\b)", re.IGNORECASE)
_OUT_OF = re.compile(rf"(?<![\w.,/]){_OF}", re.IGNORECASE)
_WORDS_OF_OVERALL = ("overall", "final", "total", "average", "mean")
_STARS = re.compile("(?:[\u2605\u2b50\U0001f31f]\ufe0f?){2,10}\u2606{0,10}|[\u2605\u2b50]\ufe0f?\u2606{1,10}")
_BRACKETED = re.compile(rf"\[\[\s*{_OF}\s*\]\]|\[RESULT\]\W{{0,4}}(?P<n2>{_NUMBER})")
_ITEM = re.compile(r"^[^\w\n]{0,6}\d{1,2}[:.)]\s", re.MULTILINE)
_REPEATED = re.compile(r"(\W)\1{7,}")
_FENCE = re.compile(r"^[ \t]*`{3,}\w*[ \t]*$", re.MULTILINE)
_TAG = re.compile(
    r"</?(?:answer|final|output|result|verdict|response)>|(?<!\w)_{1,2}(?=\w)|(?<=\w)_{1,2}(?!\w)"
)  # and what underlines a word
# A short reply with one number, which an article, a word and a colon, or a conclusion leads to: "It's a solid 4".
_SOLE = re.compile(
    r"(?!.*(?:\b(?:reference|correct answer|expected|errors?|mistakes?|issues?|missing|steps?|questions?|not)\b|n't\b))"
    r"\W*(?:(?:[^\d\n]{0,30}(?:\b(?:is|gets?|giving(?: it| this)?|deserves|receives|earns|roughly|about|around)|'s)\s)?"
    r"an?\s(?:[a-z]+\s)?|(?:[^\W\d]+\s){0,2}[^\W\d]+\s*[:(\u2013\u2014-]\s*|"
    r"(?:so|therefore|thus|hence|about|roughly|around|approximately|assigning|giving(?: it)?)\b[\s:,]+(?:an?\s)?)"
    rf"{_OF}(?:\s(?:for|from) me)?[\s.!)*]*",
    re.IGNORECASE,
)
_LONGEST_SOLE = 80
_SHORT = 40
_LONGEST_GRADE = 2_000  # letters of a grade with a remark


def grade_in(lowest: int, highest: int) -> Callable[[Any], float]:
    """Make a reader of grades on a scale: numbers, ``4/5``, ``[4]``, ``4 out of 5``; of 0 to 1 also yes, fail, ..."""

    def read(value: Any) -> float:
        while isinstance(value, list | dict) and len(value) == 1:
            value = next(iter(value.values() if isinstance(value, dict) else value))
        if isinstance(value, str):
            match = _alone(unicodedata.normalize("NFKC", value))
            value = _on_scale(match, highest) if match else _WORDS.get(value.strip().lower(), value)
        if (lowest, highest) == (0, 1):
            value = _TRUTH.get(str(value).strip(" .!*\n").lower(), value)
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124 - NaN
            raise UnreadableError(f"its score is not a number: {value!r}")
        if not lowest <= value <= highest:
            raise UnreadableError(f"its score {value} is not within {lowest} to {highest}")
        return float(value)

    return read


def bare_grade(lowest: int, highest: int) -> Callable[[str], float | None]:
    """Make a reader of replies without an object, see the module; None where no grade of the scale is stated."""

    def read(reply: str) -> float | None:
        reply = _FENCE.sub("", reply) if "```" in reply else reply
        reply = _TAG.sub(" ", reply) if "<" in reply or "_" in reply else reply
        if (word := _WORDS.get(reply.strip(" .!*\n").lower())) is not None and lowest <= word <= highest:
            return float(word)
        if (lowest, highest) == (0, 1) and (truth := _TRUTH.get(reply.strip(" .!*\n").lower())) is not None:
            return truth
        reply = unicodedata.normalize("NFKC", reply)
        if any(sign in reply for sign in ("(", "[", "scale")):
            reply = _SCALE.sub(" ", reply)
        if not reply.isascii():
            reply = _STARS.sub(_counted, reply)
        values = (_on_scale(match, highest) for match in _grades(reply) if match)
        return next((it for it in values if isinstance(it, float) and lowest <= it <= highest), None)

    return read


def _counted(stars: re.Match[str]) -> str:
    """Write drawn stars as a number; of how many, if the missing ones are drawn, too."""
    hollow = stars.group().count("\u2606")
    full = len(stars.group().replace("\ufe0f", "")) - hollow
    return f" {full}/{full + hollow} " if hollow else f" {full} "


def _grades(reply: str) -> Iterator[re.Match[str] | None]:
    """Every text that may be the grade of a reply, the surest first."""
    lines = reply.splitlines() or [""]
    yield _alone(reply)
    yield _last(_BRACKETED, reply)
    yield next((_alone(content) for content in reversed(boxed(reply))), None)
    low = reply.lower()
    yield _last(_OVERALL, reply) if any(word in low for word in _WORDS_OF_OVERALL) else None
    yield _last(_NAMED, reply)
    if len(_ITEM.findall(reply)) > 1:  # a list, whose numbers are no grades
        return
    yield _alone(lines[-1])
    yield _SOLE.fullmatch(reply) if len(reply) <= _LONGEST_SOLE else None
    yield _FIRST_LINE.fullmatch(_REPEATED.sub(r"\1\1", lines[0])[:_SHORT])
    given = [match for match in _GIVEN.finditer(reply) if not _is_denied(reply, match.start())]
    yield _only([match for match in given if match["most"]])
    yield _only([match for match in given if _ENDS.match(reply, match.end())])
    of_most = (match for match in _OUT_OF.finditer(reply) if match["most"])
    yield _only([match for match in of_most if _ENDS.match(reply, match.end())])


def _is_denied(reply: str, at: int) -> bool:
    return bool(_NOT_GIVEN.search(reply, max(0, at - 15), at))


def _only(given: Sequence[re.Match[str]]) -> re.Match[str] | None:
    """The last of some grades that are all the same; None where they are not."""
    return given[-1] if len({match["n"] for match in given}) == 1 else None


def _last(pattern: re.Pattern[str], reply: str) -> re.Match[str] | None:
    last = None
    for last in pattern.finditer(reply):  # noqa: B007 - only the last one counts
        pass
    return last


def _alone(text: str) -> re.Match[str] | None:
    """Match a text that is a grade and little more; a judge that repeats one character costs no time."""
    short = _REPEATED.sub(r"\1\1", text)
    return _GRADE.fullmatch(short) if len(short) <= _LONGEST_GRADE else None


def _on_scale(match: re.Match[str], highest: int) -> float | str:
    """The number of a grade, unless it is said to be of another scale."""
    groups = match.groupdict()
    if word := groups.get("word"):
        return float(_WORDS[word.lower()])
    if groups.get("most") and int(groups["most"]) != highest:
        return match.group()
    return float((groups.get("n") or groups["n2"]).replace(",", "."))
