"""Numbers in words of other languages than English.

They are German, Dutch, French, Spanish, Portuguese, Italian, Russian and Chinese (also as Japanese writes them). One
table for all of them, as no word has two values: parts are added ("quatre-vingt-dix", "zweiundvierzig"), and multiplied
by hundreds and thousands.
"""

from __future__ import annotations

import re

from gencost.quality.answer_words import words

_BY_VALUE = {
    0: "zéro cero zero ноль",
    1: "ein eins eine een un une uno una um uma один одна одно",
    2: "zwei twee deux dos dois duas due два две",
    3: "drei drie trois tres três tre три",
    4: "vier quatre cuatro quatro quattro четыре",
    5: "fünf fuenf vijf cinq cinco cinque пять",
    6: "sechs zes six seis sei шесть",
    7: "sieben zeven sept siete sete sette семь",
    8: "acht huit ocho oito otto восемь",
    9: "neun negen neuf nueve nove девять",
    10: "zehn tien dix diez dez dieci десять",
    11: "elf onze once undici одиннадцать",
    12: "zwölf twaalf douze doce doze dodici двенадцать",
    13: "dertien treize trece treze tredici тринадцать",
    14: "veertien quatorze catorce catorze quattordici четырнадцать",
    15: "vijftien quinze quince quindici пятнадцать",
    16: "sechzehn zestien seize dieciséis dezesseis dezasseis sedici шестнадцать",
    17: "siebzehn diecisiete dezessete dezassete diciassette семнадцать",
    18: "achttien dieciocho dezoito diciotto восемнадцать",
    19: "diecinueve dezenove dezanove diciannove девятнадцать",
    20: "zwanzig twintig vingt veinte vinte venti двадцать",
    21: "veintiuno veintiún veintiuna ventuno",
    22: "veintidós",
    23: "veintitrés ventitré",
    24: "veinticuatro",
    25: "veinticinco",
    26: "veintiséis",
    27: "veintisiete",
    28: "veintiocho ventotto",
    29: "veintinueve",
    30: "dreißig dreissig dertig trente treinta trinta trenta тридцать",
    31: "trentuno",
    38: "trentotto",
    40: "vierzig veertig quarante cuarenta quarenta quaranta сорок",
    41: "quarantuno",
    48: "quarantotto",
    50: "fünfzig fuenfzig vijftig cinquante cincuenta cinquenta cinquanta пятьдесят",
    51: "cinquantuno",
    58: "cinquantotto",
    60: "sechzig zestig soixante sesenta sessenta sessanta шестьдесят",
    61: "sessantuno",
    68: "sessantotto",
    70: "siebzig zeventig septante setenta settanta семьдесят",
    71: "settantuno",
    78: "settantotto",
    80: "achtzig tachtig quatre-vingt quatre-vingts huitante ochenta oitenta ottanta восемьдесят",
    81: "ottantuno",
    88: "ottantotto",
    90: "neunzig negentig nonante noventa novanta девяносто",
    91: "novantuno",
    98: "novantotto",
    200: "doscientos doscientas duzentos duzentas двести",
    300: "trescientos trescientas trezentos trezentas триста",
    400: "cuatrocientos quatrocentos четыреста",
    500: "quinientos quinientas quinhentos пятьсот",
    600: "seiscientos seiscentos шестьсот",
    700: "setecientos setecentos семьсот",
    800: "ochocientos oitocentos восемьсот",
    900: "novecientos novecentos девятьсот",
}
_THOUSAND = 1_000
_TIMES = {
    100: "hundert honderd cent cents cien ciento cem cento сто",
    _THOUSAND: "tausend duizend mille mil mila тысяча тысячи тысяч",
    1_000_000: "million millionen miljoen millions millón millones milhão milhões milione milioni миллион миллиона",
}
_VALUES = {word: value for value, named in _BY_VALUE.items() for word in named.split()}
_POWERS = {word: power for power, named in _TIMES.items() for word in named.split()}
_ARTICLES = frozenset(_BY_VALUE[1].split())
_ENGLISH_TOO = {"due", "once", "seize", "cent", "cents", "dos", "elf", "mil", "sept", "venti"}  # "due to", "once we"
_ENGLISH = re.compile(
    r"\b(?:the|to|this|that|are|with|you|it|there|more|cannot|I (?:can|do|am|have|will|would|need))\b", re.IGNORECASE
)
_WORD = f"(?:{words(tuple(_VALUES), tuple(_POWERS))})"
_JOIN = r"(?:[\s-]{1,2}(?:(?:und|en|et|y|e|и)[\s-]{1,2})?|und|ën|en)?"
_NUMBER = re.compile(rf"(?<![^\W\d_]){_WORD}(?:{_JOIN}{_WORD})*(?![^\W\d_])", re.IGNORECASE)
_PART = re.compile(rf"(?<!h)und|{_WORD}", re.IGNORECASE)

_SIGNS = {sign: value for value, signs in enumerate(("零〇", "一", "二两兩", *"三四五六七八九")) for sign in signs}
_UNITS = {"十": 10, "百": 100, "千": 1_000}
_MYRIADS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_IDIOM = "万一|千万(?=[不别要])|十分(?![之钟])|[三四五六](?=[角边]形)"  # in case, by no means, very, a triangle
_CHINESE = re.compile(f"(?P<idiom>{_IDIOM})|[{''.join((*_SIGNS, *_UNITS, *_MYRIADS))}]{{1,30}}")


def others_in_digits(text: str) -> str:
    """Write the numbers of a text that has no digit and no English number in digits; ``one`` only where it is alone."""
    alone = re.sub(r"[^\w-]+", " ", text).strip()
    english = bool(_ENGLISH.search(text))
    text = _NUMBER.sub(
        lambda match: match.group() if english and _is_english(match.group()) else _european(match.group(), alone), text
    )
    return _CHINESE.sub(lambda match: match["idiom"] or _chinese(match.group(), alone), text)


def _is_english(number: str) -> bool:
    return number.lower() in _ENGLISH_TOO


def _european(number: str, alone: str) -> str:
    if number.lower() in _ARTICLES and number != alone:
        return number
    total = part = 0
    for word in _PART.findall(number.lower()):
        if word in _VALUES:
            part += _VALUES[word]
        elif word == "und":
            continue
        elif _POWERS[word] < _THOUSAND:
            part = (part or 1) * _POWERS[word]
        else:
            total, part = total + (part or 1) * _POWERS[word], 0
    return str(total + part)


def _chinese(number: str, alone: str) -> str:
    """三百二十一 is 321; digits without a unit stand one after another, 二〇二四."""
    if number == "一" != alone:
        return number
    if all(sign in _SIGNS for sign in number):
        return "".join(str(_SIGNS[sign]) for sign in number)
    total = section = digit = 0
    for sign in number:
        if sign in _SIGNS:
            digit = _SIGNS[sign]
        elif sign in _UNITS:
            section, digit = section + (digit or 1) * _UNITS[sign], 0
        else:
            total, section, digit = total + (section + digit or 1) * _MYRIADS[sign], 0, 0
    return str(total + section + digit)
