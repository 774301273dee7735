"""Inabilities behind which something is given all the same: "I can't say when, but it was in spring"."""

from __future__ import annotations

import re

from gencost.quality.refusals.language import SENTENCE_END

# An inability that is limited, or behind which something is given all the same.
_LIMITED = re.compile(
    r" (?:an? |the |any |you (?:an? |the )?)?(?:exact|precise|single|simple|definite|definitive|full|complete|whole|"
    r"guarantee|"
    r"certain)"
    r"(?!.*\b(?:copyright|harm|promot|appropriate|ethical|polic|guideline|illegal|unsafe|privacy|protected))"
    r"|.{0,60}\b(?:enough|(?:any |a )?better|without (?:more|further|additional|knowing|seeing))\b",
    re.IGNORECASE,
)
_OFFERS = (
    r"\b(?:if you|happy|glad|suggest|recommend|encourage|please|resources?|there are|you (?:may|might|could|can|"
    r"should)|"
    r"i (?:can|could)(?! (?:tell|say|confirm|see|guess)))\b"
)
_GIVES = re.compile(
    rf".{{0,80}}?(?:\bbut\b|\bhowever\b|, here\b|\bso here\b|\binstead\b[^.]*:)(?!.{{0,40}}{_OFFERS})", re.IGNORECASE
)
_GRANTS = re.compile(r"\W*(?:although|though|while|even though|even if|since|because|as)\b[^,]*", re.IGNORECASE)
_THEN = re.compile(rf"[^,]{{0,80}},(?!.{{0,40}}{_OFFERS})", re.IGNORECASE)
_OFFERS_ELSEWHERE = (
    r"\b(?:ich kann|kann ich|gerne?|helfe|je (?:peux|serais|reste)|puedo|podemos|con gusto|posso|(?:ik kan|kan ik)|"
    r"mogę|mogu|"
    r"(?:jag|jeg) kan|kan (?:jag|jeg)|voin|tudok|pot\b|tôi có thể|saya (?:bisa|dapat)|bitte|por favor|s'il vous plaît)"
    r"|могу|можу|μπορώ |可以|能够|请|請|お手伝い|できます|ください|ましょう|يمكنني|أستطيع|יכול|सकता|สามารถ"
)
_GIVES_ELSEWHERE = re.compile(
    r".{0,60}?(?:[,;]\s*(?:aber|jedoch|mais|pero|sin embargo|porém|mas|ma|però|maar|ale|jednak|но|однако|але|men|"
    r"mutta|ama|ancak|fakat|dar|"
    r"nhưng|tetapi|tapi|namun)\b|αλλά|แต่|لكن|אבל|اما|लेकिन|但|不过|不過|が、|けれど|しかし)(?!.{0,40}(?:"
    + _OFFERS_ELSEWHERE
    + r"))",
    re.IGNORECASE,
)
# Where an inability turns, in its sentence or in the next: "However, ...".
_TURN = re.compile(
    r"\A[^.!?\n]*?(?:[.!?\n]\s*(?:however|nevertheless|nonetheless|that (?:being )?said|still|in general|generally|"
    r"based on|as of|according to|to my knowledge|as far as i know|historically)|, (?:but|however))\b"
    r"(?P<says>[^.!?:\n]*(?:[.!?:\n]|\Z))",
    re.IGNORECASE,
)
_OFFER = re.compile(_OFFERS, re.IGNORECASE)
_LECTURES = re.compile(
    r"\bimportant (?:to|that)\b|\b(?:remember|note|emphasi[sz]e|want|urge)\b|\b(?:illegal|seek)\b", re.IGNORECASE
)
_NEAR, _MORE, _SHORT = 1_000, 150, 40
# Words that limit an inability: no exact figure, but a figure.
_EXACTLY = re.compile(
    r"\b(?:exact\w*|exakt\w*|genaue\w*|précis\w*|esatt\w*|preciso|precisa|точн\w*|dokładn\w*|kesin)\b|确切|確切|"
    r"准确|準確|正確|정확",
    re.IGNORECASE,
)


def gives(text: str, unable: re.Match[str]) -> bool:
    """Whether a sentence with an inability, in English, is limited, or gives something else than an offer of help."""
    before, behind = SENTENCE_END.split(text[: unable.start()])[-1], _behind(text, unable)
    granted = _GRANTS.fullmatch(before) and _THEN.match(behind)
    return bool(_LIMITED.match(behind) or _GIVES.match(behind) or granted)


def goes_on(answer: str, end: int) -> bool:
    """Whether the words behind an inability turn to an answer: "However, as of 2024 it has 8 million inhabitants".

    One that offers other help does so only where more text follows than that, and one that lectures does not.

    Args:
        answer: the whole answer.
        end: of the inability.
    """
    rest = answer[end : end + _NEAR]
    turn = _TURN.search(rest)
    if turn is None or _LECTURES.search(turn["says"]):
        return False
    more = len(rest) - turn.end() >= _MORE
    return more if _OFFER.search(turn["says"]) else more or len(turn["says"]) >= _SHORT


def gives_elsewhere(text: str, unable: re.Match[str]) -> bool:
    """The same in other languages: "aber Ibuprofen und Alkohol vertragen sich nicht", not "aber ich kann ..."."""
    return bool(_GIVES_ELSEWHERE.match(_behind(text, unable)))


def is_inexact(text: str, words: re.Match[str]) -> bool:
    """Whether a refusal is one of exactness alone: "no exact figure"."""
    return bool(_EXACTLY.search(words.group() + _behind(text, words)))


def _behind(text: str, words: re.Match[str]) -> str:
    """The rest of the sentence."""
    return SENTENCE_END.split(text[words.end() :])[0]
