"""Read what a judge replied: the verdict is its own last object that fits, never one that it quotes.

Version 2, 2026-11-26. What the judge thought aloud is left out. An object counts if it has the key with a value that
can be read, is not part of the material that was judged, and stands in no quotation (``>``). Of several the last one
that has a reason, too, else the last one. Without an object a reply counts that is little more than the verdict:
``4/5``, ``[4]``, ``Score: 4``, ``First.``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from gencost.quality.lenient_json import FoundObject, objects
from gencost.quality.reading import Reading

Verdict = TypeVar("Verdict")

_READING = Reading()
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_OF = rf"(?P<n>{_NUMBER})\s*(?:(?:/|out of|of|von|sur|de)\s*(?P<most>\d+))?"
_CALLED = r"(?:final |overall |total )?(?:score|grade|rating|verdict|answer)"
_GRADE = re.compile(
    rf"\W*(?:{_CALLED}\W*(?:is|of)?\W*)?{_OF}(?:\s*(?:points?|stars?))?(?:\s*\([^()\d]*\)|\s+[-\u2013\u2014:]\s[^\d]*)?\W*",
    re.IGNORECASE,
)
_NAMED = re.compile(
    rf"\b(?:score|grade|rating|verdict)\b\W{{0,6}}(?:(?:is|of|would be)\b\W{{0,4}})?{_OF}", re.IGNORECASE
)
_GIVEN = re.compile(
    rf"\b(?:give|rate|score|grade|deserves?|merits?|earns?)\b[^.\n]{{0,40}}?\b"
    rf"(?P<n>{_NUMBER})\s*(?:/|out of)\s*(?P<most>\d+)",
    re.IGNORECASE,
)
_WORDS = {"zero": 0.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "ten": 10.0}
_ALSO = {"score": ("grade", "rating"), "winner": ("verdict", "better")}
_BRACKETED = re.compile(rf"\[\[\s*{_OF}\s*\]\]")
_WINNER = re.compile(r"\b(first|second|tie|draw|equal|equally)\b", re.IGNORECASE)
_BETTER = re.compile(
    r"\b(?:winner|verdict|better(?: answer| one)?)\b\W{0,6}(?:(?:is|would be|:)\W{0,4})?(?:the )?(first|second|tie)\b"
    r"|\b(first|second)(?: answer| one)? (?:is (?:the )?(?:clearly |slightly |much )?(?:better|best|winner)|wins)\b",
    re.IGNORECASE,
)
_SHORT = 60
_REPEATED = re.compile(r"(\W)\1{7,}")
_LONGEST_GRADE = 2000  # letters of a grade with a remark


class UnreadableError(ValueError):
    """A reply has no verdict; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """A verdict.

    Attributes:
        value: as the reader gave it.
        reason: the judge's; empty if it gave none.
    """

    value: Any
    reason: str


def read_verdict(
    reply: str,
    key: str,
    reader: Callable[[Any], Any],
    material: Sequence[str] = (),
    bare: Callable[[str], Any] | None = None,
) -> Read:
    """Read the verdict of a reply.

    Args:
        reply: the judge's.
        key: of the verdict in its object, without regard to case.
        reader: turns what stands under the key into a value, or raises ``UnreadableError``.
        material: what was judged; an object that stands in it word for word is a quotation.
        bare: reads a reply without an object; None where it finds nothing.

    Raises:
        UnreadableError: there is none.
    """
    reply = _READING.read(reply)
    candidates = list(_candidates(reply, key, material))
    fitting, why = [], f"no JSON object with {key!r}"
    for candidate, value in candidates:
        try:
            fitting.append((candidate, reader(value)))
        except UnreadableError as error:
            why = str(error)
    reasoned = [pair for pair in fitting if _reason(pair[0])]
    if fitting:
        candidate, value = (reasoned or fitting)[-1]
        return Read(value=value, reason=_reason(candidate))
    bare_value = None if candidates or bare is None else bare(_without(reply, material))
    if bare_value is None:
        raise UnreadableError(why)
    return Read(value=bare_value, reason="")


def _candidates(reply: str, key: str, material: Sequence[str]) -> Iterator[tuple[FoundObject, Any]]:
    known = [_squeezed(text) for text in material]
    for part in objects(reply):
        quoted = reply[: part.start].rpartition("\n")[2].lstrip().startswith(">")
        repeated = any(_squeezed(reply[part.start : part.end]) in text for text in known)
        holder = next((it for name in (key, *_ALSO.get(key, ())) if (it := _holder(part.value, name))), None)
        if holder is not None and part.closed and not quoted and not repeated:
            yield replace(part, value=holder[0]), holder[1]


def _holder(value: Any, key: str) -> tuple[dict[str, Any], Any] | None:
    """The object that has the key, this one or the only one inside it, and what stands there; None if there is none."""
    if not isinstance(value, dict):
        return None
    if key in (by_name := _lower(value)):
        return value, by_name[key]
    inner = [holder for item in value.values() if (holder := _holder(item, key)) is not None]
    return inner[0] if len(inner) == 1 else None


def _lower(value: Any) -> dict[str, Any]:
    return {str(name).strip().lower(): item for name, item in value.items()}


def _reason(part: FoundObject) -> str:
    by_name = _lower(part.value)
    return str(by_name.get("reason") or by_name.get("explanation") or by_name.get("rationale") or "")


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _without(reply: str, material: Sequence[str]) -> str:
    """A reply without objects, quotations and lines of the material; empty if it still has a brace."""
    for verdict in reversed(list(objects(reply))):
        reply = reply[: verdict.start] + reply[verdict.end :]
    if "{" in reply:
        return ""
    lines = [line for line in reply.splitlines() if not line.lstrip().startswith(">")]
    known = {line.strip() for text in material for line in text.splitlines() if line.strip()}
    if any(line in known for line in (part.strip() for part in lines) if len(line) > 2):
        lines = [line for line in lines if line.strip() not in known]
    return "\n".join(lines).strip()


def grade_in(lowest: int, highest: int) -> Callable[[Any], float]:
    """Make a reader of grades on a scale: numbers, ``4/5``, ``[4]``, ``4 out of 5``."""

    def read(value: Any) -> float:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, str):
            match = _grade(unicodedata.normalize("NFKC", value))
            value = _of_scale(match, highest) if match else _WORDS.get(value.strip().lower(), value)
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124 - NaN
            raise UnreadableError(f"its score is not a number: {value!r}")
        if not lowest <= value <= highest:
            raise UnreadableError(f"its score {value} is not within {lowest} to {highest}")
        return float(value)

    return read


def _grade(text: str) -> re.Match[str] | None:
    """Match a text that is a grade and little more; a judge that repeats one character costs no time."""
    short = _REPEATED.sub(r"\1\1", text)
    return _GRADE.fullmatch(short) if len(short) <= _LONGEST_GRADE else None


def _of_scale(match: re.Match[str], highest: int) -> float | str:
    """The number, unless it is said to be of another scale."""
    if match["most"] and int(match["most"]) != highest:
        return match.group()
    return float(match["n"])


def bare_grade(lowest: int, highest: int) -> Callable[[str], float | None]:
    """Make a reader of replies that are little more than a grade."""

    def read(reply: str) -> float | None:
        reply = unicodedata.normalize("NFKC", reply)
        whole = _grade(reply)
        last = _grade(reply.splitlines()[-1]) if reply else None
        named = [*_BRACKETED.finditer(reply)] or [*_NAMED.finditer(reply)]
        given = [*_GIVEN.finditer(reply)]
        only = given[0] if len({match["n"] for match in given}) == 1 else None
        for match in (whole, named[-1] if named else None, last, only):
            value = None if match is None else _of_scale(match, highest)
            if isinstance(value, float) and lowest <= value <= highest:
                return value
        return None

    return read


def winner_in(value: Any) -> str:
    """Read ``first``, ``second`` or ``tie``, alone or in a few words."""
    words = {word.lower() for word in _WINNER.findall(str(value))}
    words = {"tie" if word in {"draw", "equal", "equally"} else word for word in words}
    if len(words) != 1 or len(str(value)) > _SHORT:
        raise UnreadableError(f"its winner is not first, second or tie: {str(value)[:_SHORT]!r}")
    return str(words.pop())


def bare_winner(reply: str) -> str | None:
    """Read a reply that is little more than a winner."""
    if len(reply) <= _SHORT:
        try:
            return winner_in(reply)
        except UnreadableError:
            return None
    called = [first or second for first, second in _BETTER.findall(reply)]
    return called[-1].lower() if called else None
