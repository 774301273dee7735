"""The fenced blocks of an answer, as models write them: any order, indented, on one line, without an end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPENING = re.compile(
    r"^(?P<indent>[ \t>]*)(?:[-*+]\s+|\d+[.)]\s+)?(?P<before>[^`~\n]*?)(?P<mark>`{3,}|~{3,})(?P<info>[^\n]*)$"
)
_LANGUAGE = re.compile(
    r"\s*\{?\.?(?P<name>[A-Za-z][\w+#.-]*)(?P<rest>(?:\s+[\d.]+)?)\}?(?::[^\s:]*\.\w+)?(?:\s+(?:title|file\w*|name|line\w*)=\S*)?\s*"
)
_BEFORE_CODE = re.compile(r"json\w*|py\w*|javascript|js|sql", re.IGNORECASE)
_MARKDOWN = {"markdown", "md"}


@dataclass(frozen=True, kw_only=True)
class Block:
    """One fenced block.

    Attributes:
        language: in lower case, as ``python 3``; empty where none is named.
        content: without the fences, and without their indentation.
        lead: the last line before it that is not empty, which says what it is.
    """

    language: str
    content: str
    lead: str = ""


def blocks(text: str) -> list[Block]:
    """Find the fenced blocks of a text, in order; those inside a block of Markdown instead of it."""
    parts: list[Block] = []
    for block in _blocks(text):
        inner = blocks(block.content) if block.language in _MARKDOWN else []
        parts += inner or [block]
    return parts


def _blocks(text: str) -> Iterator[Block]:
    lines = text.split("\n")
    number, lead = 0, ""
    while number < len(lines):
        opening = _OPENING.match(lines[number])
        number += 1
        if opening is None:
            lead = lines[number - 1] if lines[number - 1].strip() else lead
            continue
        mark, info = opening["mark"], opening["info"]
        if one_line := re.match(rf"(?P<inside>.*?){re.escape(mark)}\s*$", info):
            if one_line["inside"].strip():
                named, code = _split(one_line["inside"])
                yield Block(language=named, content=code, lead=lead)
            continue
        language, first = _split(info)
        if not language and not first and opening["before"].strip():
            continue  # a lone fence behind text closes, if anything
        body, number = _body(lines, number, mark, opening["indent"])
        yield Block(language=language, content="\n".join([first, *body] if first else body), lead=lead)


def _split(info: str) -> tuple[str, str]:
    """The language behind a fence, and code that stands on the same line."""
    match = _LANGUAGE.match(info)
    if match is None:
        return "", info.strip()
    rest = info[match.end() :].strip()
    if not rest:
        return f"{match['name']}{match['rest']}".lower(), ""
    word, _, behind = info.strip().partition(" ")
    return (word.lower(), behind.strip()) if _BEFORE_CODE.fullmatch(word) else ("", info.strip())


def _body(lines: list[str], number: int, mark: str, indent: str) -> tuple[list[str], int]:
    """The lines up to the closing fence, or to the end, and the number of the line behind it."""
    closing = re.compile(rf"[ \t>]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*")
    body: list[str] = []
    while number < len(lines):
        line = lines[number]
        number += 1
        if closing.fullmatch(line):
            break
        line = line if line.strip() != indent.strip() else indent  # the mark of a quotation alone
        body.append(line[len(indent) :] if indent and line.startswith(indent) else line)
        if line.rstrip().endswith(mark) and not closing.fullmatch(line) and line.count(mark) == 1:
            body[-1] = body[-1].rstrip()[: -len(mark)]  # a fence that closes at the end of a line of code
            break
    return body, number
