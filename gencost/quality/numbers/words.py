"""Numbers in words, as answers without a digit give them: "eighteen", "forty-two", "achtzehn"."""

from __future__ import annotations

import re

from gencost.quality.numbers.spoken import others_in_digits

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {word: value for value, word in enumerate(_SMALL)} | {word: 20 + 10 * i for i, word in enumerate(_TENS)}
_FRACTIONS = {"half": "1/2", "third": "1/3", "quarter": "1/4", "fourth": "1/4", "fifth": "1/5", "tenth": "1/10"}
_FRACTION = re.compile(
    rf"\b(?:(?P<one>one|a)|(?P<many>two|three|four))[\s-]+(?P<part>{'|'.join(_FRACTIONS)})s?\b", re.IGNORECASE
)
_DOZEN = re.compile(r"\b(?:a|(half a)) dozen\b", re.IGNORECASE)
_SMALL_POWERS = {"dozen": 12, "hundred": 100}
_POWERS = {**_SMALL_POWERS, "thousand": 1_000, "million": 1_000_000}
_WORD = rf"(?:{'|'.join(sorted([*_VALUES, *_POWERS], key=len, reverse=True))})"
_NUMBER = re.compile(rf"(?<!\d[\s-])\b{_WORD}(?:(?:[\s-]+and[\s-]+|[\s-]+){_WORD})*\b", re.IGNORECASE)
_PART = rf"(?:a|one|two|three|four)[\s-]+(?:{'|'.join(_FRACTIONS)})s?"
_MIXED = re.compile(rf"\b(?P<whole>{_WORD}(?:[\s-]+{_WORD}){{0,9}})\s+and\s+(?P<part>{_PART})\b", re.IGNORECASE)
_HALF = re.compile(r"(\W*)half(\W*)", re.IGNORECASE)
_POINT = re.compile(
    rf"\b(?P<whole>{_WORD}(?:[\s-]+{_WORD}){{0,9}})\s+point(?P<digits>(?:\s+(?:{'|'.join(_SMALL[:10])})\b)+)",
    re.IGNORECASE,
)
_ENGLISH = (*_VALUES, *_POWERS, *_FRACTIONS)
_PRONOUN = re.compile(r"one", re.IGNORECASE)
_ALONE = re.compile(r"[^\w]*one[^\w]*", re.IGNORECASE)


def in_digits(text: str) -> str:
    """Write the numbers of a text that has no digit in digits; ``one`` only where nothing else is said.

    Those of other languages than English, see ``spoken``, only where there is no English one.
    """
    if any(char.isdigit() for char in text):
        return text
    low = text.lower()
    if not any(word in low for word in _ENGLISH):
        return others_in_digits(text)
    text = _DOZEN.sub(lambda dozen: "6" if dozen[1] else "12", _POINT.sub(_decimal, _MIXED.sub(_mixed, text)))
    text = f"{half[1]}1/2{half[2]}" if (half := _HALF.fullmatch(text)) else text
    if not any(not _PRONOUN.fullmatch(match.group()) for match in _NUMBER.finditer(_FRACTION.sub("", text))):
        text = _FRACTION.sub(_fraction, text)  # "three quarters", not "nine, a quarter of them"
    alone = bool(_ALONE.fullmatch(text))
    english = _NUMBER.sub(
        lambda match: match.group() if _PRONOUN.fullmatch(match.group()) and not alone else _digits(match.group()), text
    )
    return english if any(char.isdigit() for char in english) else others_in_digits(text)


def _fraction(match: re.Match[str]) -> str:
    above, _, below = _FRACTIONS[match["part"].lower()].partition("/")
    return f"{_VALUES[match['many'].lower()] if match['many'] else above}/{below}"


def _mixed(match: re.Match[str]) -> str:
    """Two and a half."""
    return f"{_digits(match['whole'])} {_FRACTION.sub(_fraction, match['part'])}"


def _decimal(match: re.Match[str]) -> str:
    """Zero point five."""
    return f"{_digits(match['whole'])}.{''.join(str(_VALUES[word]) for word in match['digits'].lower().split())}"


def _digits(words: str) -> str:
    total = part = 0
    for word in re.findall(_WORD, words.lower()):
        if word in _VALUES:
            part += _VALUES[word]
        elif word in _SMALL_POWERS:
            part = (part or 1) * _SMALL_POWERS[word]
        else:
            total, part = total + (part or 1) * _POWERS[word], 0
    return str(total + part)
