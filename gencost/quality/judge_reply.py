"""Read what a judge replied: the verdict is its own last object that fits, never one that it quotes.

Version 3, 2026-11-27. What the judge thought aloud is left out. An object counts if it has the key with a value that
can be read, is not part of the material that was judged, and stands in no quotation (``>``). Of several the last one
that has a reason, too, else the last one. Without an object a reply counts that is little more than the verdict:
``4/5``, ``[4]``, ``Score: 4``, ``First.``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from gencost.quality.lenient_json import FoundObject, objects
from gencost.quality.reading import Reading, shortened

Verdict = TypeVar("Verdict")

_READING = Reading()
_ALSO = {
    "score": (
        "grade",
        "rating",
        "overall_score",
        "final_score",
        "total_score",
        "overall_rating",
        "overall",
        "评分",
        "得分",
    ),
    "winner": ("verdict", "better"),
}
# The verdict of a reply that was cut off behind it, within a reason.
_MORE = re.compile(
    r"\A\{\s*\"(?:score|grade|rating|winner|verdict)\"\s*:\s*(?:\"[^\"\n]{1,60}\"|\d+(?:\.\d+)?)\s*,", re.IGNORECASE
)
_SHORTEST = 10
_BOX = re.compile(r"\\boxed\s*\{")
_QUOTED = re.compile(
    r"\"[^\"\n]*\"|\u201c[^\u201c\u201d\n]*\u201d|\u00ab[^\u00ab\u00bb\n]*\u00bb|\u300c[^\u300c\u300d\n]*\u300d"
)


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
        reader: turns the value under the key into a verdict, or raises ``UnreadableError``.
        material: what was judged; an object that occurs in it word for word is a quotation.
        bare: reads a reply without an object; None where it finds nothing.

    Raises:
        UnreadableError: there is no verdict.
    """
    reply = shortened(_READING.read(reply))
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
        whole = part.closed or _MORE.match(reply[part.start : part.end])
        if holder is not None and whole and not quoted and not repeated:
            yield replace(part, value=holder[0]), holder[1]


def _holder(value: Any, key: str) -> tuple[dict[str, Any], Any] | None:
    """The object that has the key, this one or the only one inside it, and the value; None if neither has it."""
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
    """A reply without objects, quotations and lines of the material; empty if a brace that opens something is left."""
    for verdict in reversed(list(objects(reply))):
        reply = reply[: verdict.start] + reply[verdict.end :]
    if "{" in _BOX.sub("", reply):
        return ""
    lines = [line for line in reply.splitlines() if not line.lstrip().startswith(">")]
    known = {line.strip() for text in material for line in text.splitlines() if line.strip()}
    if any(line in known for line in (part.strip() for part in lines) if len(line) > 2):
        lines = [line for line in lines if line.strip() not in known]
    whole = "\n".join(lines).strip()
    return whole if _QUOTED.fullmatch(whole) else _QUOTED.sub(_unquoted, whole).strip()


def _unquoted(quotation: re.Match[str]) -> str:
    """Leave out what is quoted, but for a verdict in quotation marks: ``Score: "4"``."""
    named = quotation.string[: quotation.start()].rstrip(" *")[-1:] in {":", "="}
    return quotation.group() if named and len(quotation.group()) <= _SHORTEST else " "
