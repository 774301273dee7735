r"""The numbers of a text as they are meant: signs, fractions, percentages, times, dates, ratios, words such as million.

Version 3, 2026-11-27. A thousands separator is read where it cannot be anything else: ``1,234,567`` and ``1,23,456``
(India) in groups from the right, ``1.234.567`` and ``1.234,5`` (Europe), ``1'000``, ``1_000``, narrow, no-break and
plain spaces (a plain one not behind a dollar sign, where commas are usual), LaTeX's ``1{,}000`` and ``1\,000``.
``1,234`` is 1234 and ``1.234`` is a decimal, unless a decimal comma is asked for; ``12,34`` is 12.34, as no group has
two digits, but two numbers within brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from gencost.quality.numbers.dates import Day, date_at, time_at
from gencost.quality.numbers.forms import VULGAR, number_at

_SCALES = {"thousand": 3, "tausend": 3, "mil": 3, "lakh": 5, "lakhs": 5, "million": 6, "millions": 6, "millionen": 6}
_SCALES |= {"millones": 6, "milioni": 6, "milhões": 6, "crore": 7, "crores": 7, "billion": 9, "billions": 9, "bn": 9}
_SCALES |= {"milliarden": 9, "milliards": 9, "miliardi": 9, "trillion": 12, "万": 4, "萬": 4, "만": 4, "億": 8, "亿": 8}
_SCALES |= {"억": 8, "миллиона": 6, "миллионов": 6, "тысяч": 3, "миллиардов": 9, "千": 3, "천": 3, "兆": 12, "조": 12}
_SCALES |= {"천만": 7, "千万": 7, "千萬": 7, "백만": 6, "百万": 6, "百萬": 6, "십만": 5, "十万": 5, "十萬": 5}
_SCALES |= {"milhão": 6, "millón": 6, "milione": 6, "миллион": 6, "milliarde": 9, "milliard": 9, "miliardo": 9}
_SCALES |= {"bilhão": 9, "bilhões": 9, "миллиард": 9, "миллиарда": 9}
_SCALES |= {
    "mio.": 6,
    "mio": 6,
    "mrd.": 9,
    "mrd": 9,
    "tsd.": 3,
    "tsd": 3,
    "mln": 6,
    "mld": 9,
    "млн": 6,
    "млрд": 9,
    "тыс": 3,
}
_EASTERN = frozenset("千万萬億亿兆만억천조")  # a number may go on behind them: 1万2000
_SCALE = re.compile(
    rf"[ \u00a0-]?({'|'.join(map(re.escape, sorted(_SCALES, key=len, reverse=True)))})(?![A-Za-z\u0400-\u04ff])",
    re.IGNORECASE,
)
_SHORT_SCALES = {"k": 3, "M": 6, "mn": 6, "m": 6, "b": 9, "B": 9, "bn": 9}
_SHORT_SCALE = re.compile(r"([kK])(?![A-Za-z0-9\u0400-\u04ff])")  # 1.2k; alone a K behind a space is a unit
_MONEY_SCALE = re.compile(r" ?(M|mn|m|B|b)(?![A-Za-z0-9\u0400-\u04ff])")  # $1.5M
_ALSO_SCALE = re.compile(r"(M|mn|bn|B)(?![\w\u2070-\u209f\u00b2\u00b3/])")  # 3.5M; 3.5 alone is meant, too
MONEY = re.compile(r"[$\u20ac\u00a3\u00a5\u20b9]\s?\Z")
_TOLERANCE = re.compile(r"(?:\u00b1|\\pm|\+/-)\s?\Z")  # 10 \u00b1 0.5 is 10
_PERCENT = re.compile(
    r"\s?(?:\\?%|\uff05|per\s?cent\b|percent\b|prozent\b|por ciento\b|pour cent\b|procent\b)", re.IGNORECASE
)
_RATIO = re.compile(r"(\d{1,9})\s?:\s?(\d{1,9})(?![\d:])")
_LABEL = re.compile(
    r"\b(?:question|problem|exercise|step|part|item|task|q|frage|aufgabe|pregunta)\s?#?\Z", re.IGNORECASE
)
_START = re.compile(
    rf"\d|\.(?=\d)|[{VULGAR}]|\\[dtc]?frac|\b[^\W\d_]{{3,10}}\.?\s(?=\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}})"
)
_SIGN = re.compile(
    r"(?:(?P<before>[\w)\]}%.]?)(?P<sign>[-+\u2212\u2013])|(?P<word>\b(?:minus|negative|moins|menos|meno)))\s?"
    r"[$\u20ac\u00a3\u00a5\u20b9\\({\s]{0,4}\Z",
    re.IGNORECASE,
)
# What only sets the type, as (a text that it has, a pattern, what is written instead).
_TIDY = (
    ("\\!", re.compile(r"(?<=[\d,])\\!\s?(?=[\d,])"), ""),
    ("{,}", re.compile(r"(?<=\d)\{,\}(?=\d)"), ","),
    ("\\", re.compile(r"(?<=\d)\\[,;! ](?=\d)"), "\u202f"),
    ("h", re.compile(r"(?<=\d)h(?=\d{1,2}(?:m|min)?\b)", re.IGNORECASE), "h "),  # 2h15m
    ("~~", re.compile(r"~~(?=\S)[^~\n]{1,80}~~"), " "),  # struck out
    ("\u066b", re.compile(r"(?<=\d)\u066b(?=\d)"), "."),  # Arabic
    ("\u066c", re.compile(r"(?<=\d)\u066c(?=\d)"), ","),
    (
        " cents",
        re.compile(r"(?<![\d.,])(\d{1,9}) (?:dollars?|euros?),? (?:and )?(\d\d) cents\b", re.IGNORECASE),
        r"\1.\2",
    ),
)
# Of what a number is a multiple, or what is taken of it: 2\sqrt{3}, 2\pi.
_NEAR = 200  # how far before a number a bracket may open
_BRACKETS = (("(", ")"), ("[", "]"), ("\\{", "\\}"))
_OF_A_SET = re.compile(r"(?:\A|[\s=:$\u2208])\{[^{}]*\Z")
_SYMBOL = re.compile(r"\s?(?:\\cdot\s?|\*\s?)?(\\sqrt|\u221a|\\pi\b|\u03c0|(?<=\d)i(?![\w']))")
_MINUS = re.compile(r"[-\u2212]\s?\Z")
_UNDER_ROOT = re.compile(r"(?:\\sqrt\s*(?:\[\d\])?\{?|\u221a\(?)\Z")
_COMMAND = re.compile(r"\\[a-zA-Z]+\Z")  # \approx11
_HALF_DAY_S = 12 * 3600
_OPERATOR = re.compile(r"\d\s[-\u2212]\s\Z")
_CURRENCY = re.compile(r"\b(?:USD|EUR|GBP|CHF|INR|JPY|CNY|AUD|CAD|BRL|RM|Rs|kr)\Z")
_EXPONENT = re.compile(r"[\w)}\]]\^[{(]?[-\u2212]?\Z")


@dataclass(frozen=True, kw_only=True)
class Quantity:
    r"""One number of a text.

    Attributes:
        kind: ``number``, ``time`` (seconds), ``ratio`` or ``date`` (its value is 0).
        value: exact, as it is written.
        percent: a percent sign or word follows.
        power: of a word such as million that follows, 6; 0 without one.
        half_day: a time of day says am or pm; where the other one does not, 3:45 pm is 3:45, too.
        symbol: ``\sqrt``, ``\pi``, ``i`` or ``-i`` (3 - 4i) where one is behind it, ``root`` where it is under a root;
            else empty.
        days: what a date can mean.
        start: where it begins in the text, without its sign.
        end: behind it.
    """

    kind: str = "number"
    value: Fraction = Fraction(0)
    percent: bool = False
    power: int = 0
    half_day: bool = False
    symbol: str = ""
    days: frozenset[Day] = frozenset()
    start: int = 0
    end: int = 0

    def readings(self, goal: Quantity) -> Iterator[tuple[Fraction, Fraction]]:
        """Every way in which this and a reference's number can be meant.

        Where one of the two alone has a percent sign, 12% is 12 or 0.12; where one alone has a word such as million,
        1.5 million is 1.5 or 1,500,000.
        """
        mine, others = self._meant(goal), goal._meant(self)
        yield from ((quantity, two) for quantity in mine for two in others)

    def _meant(self, other: Quantity) -> list[Fraction]:
        if self.half_day and not other.half_day:
            return [self.value, (self.value - 3600) % _HALF_DAY_S + 3600]  # 1:00 to 12:59
        scaled = self.value * 10**self.power
        values = [scaled, self.value] if self.power and not other.power else [scaled]
        return values + [value / 100 for value in values if self.percent and not other.percent]

    def __str__(self) -> str:
        if self.kind == "date":
            return " or ".join("-".join(f"{part:02}" for part in day) for day in sorted(self.days))
        if self.kind == "time":
            return f"{int(self.value) // 3600}:{int(self.value) % 3600 // 60:02}:{int(self.value) % 60:02}"
        return f"{_shown(self.value)}{f' x 10^{self.power}' if self.power else ''}{'%' * self.percent}"


def _shown(value: Fraction) -> str:
    if value.denominator == 1 or str(float(value)) == "inf":
        return str(value)
    return f"{float(value):.12g}" if value.limit_denominator(10**9) == value else str(float(value))


def tidied(text: str) -> str:
    """A text without what only sets the type of a number; where its numbers lie is said of this."""
    for sign, pattern, other in _TIDY:
        if sign in text:
            text = pattern.sub(other, text)
    return text


def quantities(text: str, *, decimal_comma: bool = False) -> Iterator[Quantity]:
    """Find every number of a text, in order.

    Args:
        text: an answer, a reference or a part of one; see ``tidied``.
        decimal_comma: ``1.234,5`` is what others write as ``1,234.5``.
    """
    text, at = tidied(text), 0
    while start := _START.search(text, at):
        quantity = None if _in_word(text, start.start()) else _read(text, start, decimal_comma)
        if quantity is None:
            at = start.end()
            while text[at : at + 1].isdigit():
                at += 1
            continue
        yield quantity
        at = quantity.end


def _in_word(text: str, at: int) -> bool:
    """Whether a digit belongs to a word (gpt4), an index (x_1), or the end of another number (1.2.3)."""
    before = text[max(0, at - 2) : at]
    if not before or text[at].isalpha():
        return False
    last = before[-1]
    if last.isalpha() and (_COMMAND.search(text, max(0, at - 16), at) or _CURRENCY.search(text, max(0, at - 4), at)):
        return False
    if text[at] == ".":
        return last.isdigit()
    if last in "^{(-\u2212" and _EXPONENT.search(text, max(0, at - 5), at):
        return True
    return (last.isalpha() and last.isascii()) or (last in "._" and before[:-1].isalnum())


def _read(text: str, start: re.Match[str], decimal_comma: bool) -> Quantity | None:
    at = start.start()
    if date := date_at(text, at):
        return Quantity(kind="date", days=date[0], start=at, end=date[1])
    if start.group()[0].isalpha() or _TOLERANCE.search(text, max(0, at - 6), at):
        return None
    labels = _LABEL.search(text, max(0, at - 12), at)  # Question 3: 55
    if not labels and (time := time_at(text, at)):
        half_day = text[time[1] - 1] in "mM."
        return Quantity(kind="time", value=Fraction(time[0]), half_day=half_day, start=at, end=time[1])
    if not labels and (ratio := _RATIO.match(text, at)) and int(ratio[2]):
        return Quantity(kind="ratio", value=Fraction(int(ratio[1]), int(ratio[2])), start=at, end=ratio.end())
    near = max(0, at - _NEAR)
    bracketed = any(text.rfind(opens, near, at) > text.rfind(closes, near, at) for opens, closes in _BRACKETS)
    bracketed = bracketed or (text.find("{", near, at) >= 0 and bool(_OF_A_SET.search(text, near, at)))
    form = number_at(text, at, decimal_comma=decimal_comma, in_brackets=bracketed)
    if form is None:
        return None
    sign = -1 if _is_negative(text, at) else 1
    return _followed(text, Quantity(value=form.value * sign, start=at, end=form.end))


def _is_negative(text: str, at: int) -> bool:
    """Whether a minus belongs to a number: one behind a number or a word is a dash (5-10 ends in 10)."""
    sign = _SIGN.search(text, max(0, at - 14), at)
    if sign is None or _is_bullet(text, sign, at):
        return False
    operator = _OPERATOR.search(text, max(0, at - 4), at)
    return bool(sign["word"]) or (sign["sign"] in "-\u2212" and not sign["before"] and not operator)


def _is_bullet(text: str, sign: re.Match[str], at: int) -> bool:
    """Whether a minus and a space begin a line as others do, which are a list."""
    place = sign.start("sign")
    if place < 1 or text[place - 1] != "\n" or at - place != 2:
        return False
    return text.count(text[place - 1 : place + 2]) > 1


def _followed(text: str, quantity: Quantity) -> Quantity:
    if percent := _PERCENT.match(text, quantity.end):
        return replace(quantity, percent=True, end=percent.end())
    if scale := _SCALE.match(text, quantity.end):
        scaled = replace(quantity, power=_SCALES[scale.group(1).lower()], end=scale.end())
        return _with_rest(text, scaled) if scale.group(1)[-1] in _EASTERN else scaled
    money = MONEY.search(text, max(0, quantity.start - 2), quantity.start)
    scale = _SHORT_SCALE.match(text, quantity.end) or (_MONEY_SCALE if money else _ALSO_SCALE).match(text, quantity.end)
    if scale:
        return replace(quantity, power=_SHORT_SCALES[scale.group(1).replace("K", "k")], end=scale.end())
    symbol = _symbol(text, quantity)
    return replace(quantity, symbol=symbol) if symbol else quantity


def _with_rest(text: str, scaled: Quantity) -> Quantity:
    """A number that goes on behind its unit with smaller ones: 1万2000, 3億5000万; not 1万1万."""
    value, power, end = abs(scaled.value) * 10**scaled.power, scaled.power, scaled.end
    while power and text[end : end + 1].isdigit() and (form := number_at(text, end)) is not None:
        scale = _SCALE.match(text, form.end)
        above, power = power, _SCALES[scale.group(1).lower()] if scale else 0
        if power >= above:
            break
        value, end = value + form.value * 10**power, scale.end() if scale else form.end
    if end == scaled.end:
        return scaled
    return Quantity(value=-value if scaled.value < 0 else value, start=scaled.start, end=end)


def _symbol(text: str, quantity: Quantity) -> str:
    if _UNDER_ROOT.search(text, max(0, quantity.start - 12), quantity.start):
        return "root"
    behind = _SYMBOL.match(text, quantity.end)
    if behind and behind[1] == "i":  # 3 - 4i
        return "-i" if quantity.value > 0 and _MINUS.search(text, max(0, quantity.start - 2), quantity.start) else "i"
    return "" if behind is None else behind[1].replace("\u221a", "\\sqrt").replace("\u03c0", "\\pi")
