r"""The marks that the form of an answer has: ``\boxed{}``, ``<answer>`` tags, a field of JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gencost.quality.lenient_json import objects

# Names of a JSON field that holds the answer, without regard to case, spaces, hyphens and underscores.
FIELDS = (
    *("finalanswer", "answer", "correctanswer", "correctoption", "correctchoice", "selectedoption", "selectedanswer"),
    *("answerletter", "answerchoice", "choice", "option", "letter", "selected", "selection", "prediction", "solution"),
    *("result", "finalresult", "label", "value", "output", "response", "antwort", "respuesta", "réponse", "risposta"),
    *("resposta", "ответ", "答案", "回答", "答え", "정답"),
)
_TAGGED = re.compile(
    r"<\s*(final[_ -]?answer|answer|ans|solution|result|choice|output)\s*>(.*?)(?:</\s*\1\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_TURN_BOX = re.compile(r"<\|begin_of_box\|>(.*?)(?:<\|end_of_box\|>|\Z)", re.DOTALL)  # GLM-4.5V
_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s*(?=\{)")
_FIELD = re.compile(r'"(?:final[_ ]?)?answer"\s*:\s*"?([^"\n{}]+)', re.IGNORECASE)  # of an object beyond repair
_COMMAND = re.compile(r"\\[A-Za-z]+\s?\Z")  # of LaTeX: \text{Answer: } is no object
_MOST = 20
_BRACE = re.compile(r"[{}]")
_WRAPPERS = re.compile(
    r"\\(?:text(?:bf|it|rm|sf|tt)?|math(?:rm|bf|sf|it|tt|cal|bb)?|mbox|operatorname|bm|boldsymbol)\s*\{([^{}]*)\}"
)


def boxed(text: str) -> list[str]:
    r"""The contents of the last ``\boxed{...}``, 20 at most, in order; an open one goes to its line's end."""
    boxes = list(_BOX.finditer(text))[-_MOST:]
    ends = _ends_of_braces(text, boxes[0].end()) if boxes else {}
    return [
        text[box.end() + 1 : ends[box.end()]]
        if box.end() in ends
        else text[box.end() + 1 : _end_of_line(text, box.end())]
        for box in boxes
    ]


def _ends_of_braces(text: str, start: int) -> dict[int, int]:
    """The places of braces from a place on, and of those that close them."""
    opened: list[int] = []
    ends: dict[int, int] = {}
    for brace in _BRACE.finditer(text, start):
        if brace.group() == "{":
            opened.append(brace.start())
        elif opened:
            ends[opened.pop()] = brace.start()
    return ends


def _end_of_line(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def tagged(text: str) -> list[str]:
    """The contents of the last ``<answer>...</answer>`` and their like, 20 at most, in order."""
    if "<|begin_of_box|>" in text:
        return [box[1].strip() for box in list(_TURN_BOX.finditer(text))[-_MOST:]]
    return [match.group(2).strip() for match in list(_TAGGED.finditer(text))[-_MOST:]]


def fields(text: str) -> Iterator[Any]:
    """The answer's field of JSON objects in a text, the last 20 in order; objects without one are passed over."""
    if "{" not in text:
        return
    parts = (part for part in objects(text) if not _COMMAND.search(text, max(0, part.start - 20), part.start))
    values = [value for part in parts if (value := _field(part.value)) is not None]
    yield from (values or [match.group(1) for match in _FIELD.finditer(text)])[-_MOST:]


def _field(value: Mapping[str, Any]) -> Any:
    by_name = {re.sub(r"[\s_-]", "", str(key)).lower(): item for key, item in value.items()}
    for name in FIELDS:
        item = by_name.get(name)
        if isinstance(item, Mapping):
            item = _field(item)
        if isinstance(item, list):
            item = item[0] if len(item) == 1 else ", ".join(map(str, item))
        if item is not None:
            return item
    return None


def without_latex(text: str) -> str:
    r"""Take the words out of ``\text{...}`` and its like, and leave out dollars and thin spaces that only set type."""
    for _ in range(4):
        text, changed = _WRAPPERS.subn(r"\1", text)
        if not changed:
            break
    text = re.sub(r"\\[,;:! ]|\\left|\\right|\\displaystyle|\\quad|\\qquad", " ", text)
    return re.sub(r"\\\(|\\\)|\\\[|\\\]|\$\$?", " ", text)
