"""The forms in which one plain number is written: groups, decimals, fractions, powers; pure, exact."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

SPACES = "\u00a0\u2009\u202f"
VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞⅐⅑⅒"
_MOST_DIGITS = 400
_LARGEST_EXPONENT = 60

_LATEX_FRACTION = re.compile(r"\\[dtc]?frac\s*(?:\{\s*(-?\d+)\s*\}|(\d))\s*(?:\{\s*(\d+)\s*\}|(\d))")
# 0.1\overline{6}, 0.1(6)
_REPEATING = re.compile(r"(?P<w>\d+)[.,](?P<f>\d*)(?:\\(?:overline|bar|dot)\s*\{(?P<r>\d+)\}|\((?P<r2>\d+)\))")
_SLASH = re.compile(r"\s?[/\u2044]\s?(\d+)(?![\d/.,]\d|\d)")
_MIXED = re.compile(r"[ \u00a0-]?(?:and\s)?(\d+)\s?[/\u2044]\s?(\d+)(?![\d/])")
_E = re.compile(r"[eE]([-+]?\d+)(?!\w)")
_TIMES_TEN = re.compile(
    r"\s?(?:[\u00d7xX*\u22c5\u00b7]|\\times|\\cdot)\s?10\s?(?:(?:\^|\*\*)\s?[{(]?([-+\u2212]?\d+)[})]?|([⁻⁰¹²³⁴-⁹]+))"
)
_POWER = re.compile(r"\s?(?:\^|\*\*)\s?\{?(-?\d{1,3})\}?(?!\d)|(⁻?[⁰¹²³⁴-⁹]+)")
_VULGAR_NEXT = re.compile(rf" ?([{VULGAR}])")
_SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def _groups(point: str, comma: str) -> tuple[re.Pattern[str], ...]:
    """Forms of digits in the order tried; their groups are w (whole) and f (fraction)."""
    p, c = re.escape(point), re.escape(comma)
    forms = (
        rf"(?P<w>(?!0{c})\d{{1,3}}(?:{c}\d{{3}})+)(?![\d]|{c}\d)(?:{p}(?P<f>\d+))?",  # 1,234,567.8
        rf"(?P<w>\d{{1,2}}(?:{c}\d{{2}})+{c}\d{{3}})(?![\d]|{c}\d)(?:{p}(?P<f>\d+))?",  # 1,23,456
        rf"(?P<w>\d{{1,3}}(?:{p}\d{{3}})+){c}(?P<f>\d+)(?![\d]|{p}\d)",  # 1.234,5
        rf"(?P<w>\d{{1,3}}(?:{p}\d{{3}}){{2,}})(?![\d]|{p}\d)",  # 1.234.567
        rf"(?P<w>\d{{1,3}}(?:(?P<s>['\u2019_{SPACES}])\d{{3}})(?:(?P=s)\d{{3}})*)(?!\d)(?:[.,](?P<f>\d+))?",  # 1'000
        r"(?<!\$)(?P<w>\d{1,3}(?: \d{3})+)(?![\d]| \d)(?:[.,](?P<f>\d+))?",  # 1 234,56
        rf"(?P<w>\d+){p}(?P<f>\d+)",
        rf"(?P<w>\d+){c}(?P<f>\d{{1,2}})(?![\d]|{c}\d|{p}\d)",  # 12,34
        rf"(?P<w>0){c}(?P<f>\d+)(?![\d]|{c}\d|{p}\d)",  # 0,500
        r"(?P<w>\d+)",
        rf"(?P<w>){p}(?P<f>\d+)",
    )
    return tuple(re.compile(form) for form in forms)


_POINT, _COMMA = _groups(".", ","), _groups(",", ".")
_LONE_COMMA = range(7, 9)  # the forms that read a comma where a point is expected


@dataclass(frozen=True, kw_only=True)
class Form:
    """A number that was read.

    Attributes:
        value: exact.
        end: behind it.
    """

    value: Fraction
    end: int


def number_at(text: str, at: int, *, decimal_comma: bool = False, in_brackets: bool = False) -> Form | None:
    r"""Read the number that begins at a place.

    Args:
        text: any.
        at: where a digit, a decimal point, ``\frac`` or a sign like ½ stands.
        decimal_comma: ``1.234`` is 1234 and ``1,5`` is 1.5.
        in_brackets: a comma between digits parts two numbers.
    """
    if text[at] in VULGAR:
        return Form(value=_vulgar(text[at]), end=at + 1)
    if text[at] == "\\":
        return _latex(text, at)
    if repeating := _REPEATING.match(text, at):
        return _repeating(repeating)
    digits = _digits(text, at, decimal_comma=decimal_comma, in_brackets=in_brackets)
    return None if digits is None else _continued(text, *digits)


def _vulgar(sign: str) -> Fraction:
    return Fraction(unicodedata.numeric(sign)).limit_denominator(10)


def _repeating(match: re.Match[str]) -> Form | None:
    """0.1666... is 1/10 + 6/90."""
    fraction, again = match["f"], match["r"] or match["r2"]
    if len(match["w"]) + len(fraction) + len(again) > _MOST_DIGITS:
        return None
    value = Fraction(int(match["w"] + fraction), 10 ** len(fraction))
    return Form(value=value + Fraction(int(again), (10 ** len(again) - 1) * 10 ** len(fraction)), end=match.end())


def _latex(text: str, at: int) -> Form | None:
    match = _LATEX_FRACTION.match(text, at)
    if match is None:
        return None
    above, below = int((match[1] or match[2])[:_MOST_DIGITS]), int((match[3] or match[4])[:_MOST_DIGITS])
    return Form(value=Fraction(above, below), end=match.end()) if below else None


def _digits(text: str, at: int, *, decimal_comma: bool, in_brackets: bool) -> tuple[Form, bool] | None:
    """The number without what follows, and whether it is whole."""
    for number, form in enumerate(_COMMA if decimal_comma else _POINT):
        match = form.match(text, at)
        if match is None or (number in _LONE_COMMA and in_brackets):
            continue
        fraction = (match["f"] if "f" in form.groupindex else None) or ""
        whole = re.sub(r"\D", "", match["w"])
        if len(whole) + len(fraction) > _MOST_DIGITS:
            return None
        value = Fraction(int(f"{whole or 0}{fraction}"), 10 ** len(fraction))
        return Form(value=value, end=match.end()), not fraction
    return None


def _continued(text: str, form: Form, whole: bool) -> Form:
    """A number with what belongs to it: a fraction, a power, an exponent."""
    if whole and (longer := _whole_continued(text, form)):
        return longer
    for pattern in (_E, _TIMES_TEN):
        if match := pattern.match(text, form.end):
            exponent = next(group for group in match.groups() if group).translate(_SUPERSCRIPT).replace("\u2212", "-")
            power = max(-_MOST_DIGITS, min(_MOST_DIGITS, int(exponent[:6])))  # no answer means more
            return Form(value=form.value * Fraction(10) ** power, end=match.end())
    return form


def _whole_continued(text: str, form: Form) -> Form | None:
    end = form.end
    if vulgar := _VULGAR_NEXT.match(text, end):
        return Form(value=form.value + _vulgar(vulgar[1]), end=vulgar.end())
    if (part := _latex(text, end) if text[end : end + 1] == "\\" else None) and 0 < part.value < 1:
        return Form(value=form.value + part.value, end=part.end)
    if (mixed := _MIXED.match(text, end)) and 0 < int(mixed[1][:9]) < int(mixed[2][:9]):
        return Form(value=form.value + Fraction(int(mixed[1][:9]), int(mixed[2][:9])), end=mixed.end())
    if (slash := _SLASH.match(text, end)) and int(slash[1][:_MOST_DIGITS]):
        return Form(value=form.value / int(slash[1][:_MOST_DIGITS]), end=slash.end())
    return _power(text, form)


def _power(text: str, form: Form) -> Form | None:
    power = _POWER.match(text, form.end)
    if power is None or form.value > 10**6:
        return None
    exponent = int((power[1] or power[2]).translate(_SUPERSCRIPT)[:4])
    small = abs(exponent) <= _LARGEST_EXPONENT and (form.value or exponent > 0)
    return Form(value=form.value**exponent, end=power.end()) if small else None
