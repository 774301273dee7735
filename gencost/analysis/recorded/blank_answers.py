"""Answers without a word: empty, or nothing but a thought; told by the metrics DB where it can, else by reading."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from gencost.metrics_db import tables
from gencost.metrics_db.answer_parts import text_is_hidden
from gencost.quality.reading import trimmed, without_thoughts

EMPTY, ONLY_THINKING, UNREAD = "empty", "only_thinking", "unread"
"""Values of the column; ``unread`` is one whose text must be read, and never leaves this module."""

_WHITE = " \n\r\t"
_HEAD = 64  # characters that tell nearly every answer from a blank one
# How a thought begins and ends, see ``gencost.quality.reading``.
_OPENS, _CLOSES = ("<", "[", "◁", "analysis"), (">", "]", "▷")
_FIRST = tuple(sorted({mark[0] for mark in _OPENS}))
_MARKS = ("think", "thought", "reasoning", "reflection", "scratchpad", "inner_monologue", "<|channel|>", "analysis")
_FETCHED = 10_000


def blank_column() -> ColumnElement[str | None]:
    """Say in SQL whether an answer is blank: ``empty``, ``only_thinking``, ``unread``, or NULL for any other.

    A function call is an answer without a word. Nearly every answer is told by its first and last character, which is
    looked at first: this is done for each row of every comparison.
    """
    answers = tables.responses.c
    first = func.substr(answers.response, 1, 1)
    last = func.substr(answers.response, func.length(answers.response))
    usual = and_(first.not_in(["", *_WHITE, *_FIRST]), last.not_in(["", *_WHITE, *_CLOSES]))
    thought = or_(func.coalesce(answers.reasoning, "") != "", func.coalesce(answers.usage_tokens_reasoning, 0) > 0)
    wordless = and_(_head() == "", func.trim(answers.response, _WHITE) == "", ~text_is_hidden())
    return case(
        (usual, None),
        (or_(answers.response.is_(None), answers.tool_calls_json.is_not(None)), None),
        (and_(wordless, thought), ONLY_THINKING),
        (wordless, EMPTY),
        (_maybe_thought(), UNREAD),
        else_=None,
    ).label("blank")


def _head() -> ColumnElement[str]:
    return func.trim(func.substr(tables.responses.c.response, 1, _HEAD), _WHITE)


def _maybe_thought() -> ColumnElement[bool]:
    text = tables.responses.c.response
    end = func.trim(func.substr(text, func.length(text) - len(_WHITE)), _WHITE)
    return or_(*(_head().like(f"{mark}%") for mark in _OPENS), *(end.like(f"%{mark}") for mark in _CLOSES))


class Thoughts:
    """Reads the texts of answers that may be nothing but a thought, once one is met.

    Args:
        connection: of the metrics DB.
        parts: run ids of the calls.
    """

    def __init__(self, connection: Connection, parts: Sequence[str]) -> None:
        self._connection, self._parts = connection, parts

    def read(self, blanks: Sequence[str | None], request_ids: Sequence[str]) -> Sequence[str | None]:
        """Return the value that takes the place of ``unread``.

        Args:
            blanks: values of ``blank_column``.
            request_ids: of the same answers.
        """
        if UNREAD not in blanks:
            return blanks
        return [
            value if value != UNREAD else ONLY_THINKING if request_id in self._thinking else None
            for value, request_id in zip(blanks, request_ids, strict=True)
        ]

    @cached_property
    def _thinking(self) -> set[str]:
        return _only_thinking(self._connection, self._parts)


def _only_thinking(connection: Connection, parts: Sequence[str]) -> set[str]:
    requests, answers = tables.requests, tables.responses
    marked = or_(*(answers.c.response.icontains(mark, autoescape=True) for mark in _MARKS))
    query = (
        select(requests.c.request_id, answers.c.response)
        .join(answers)
        .where(requests.c.run_id.in_(parts), requests.c.role == "sample", blank_column() == UNREAD, marked)
    )
    texts = connection.execute(query.execution_options(yield_per=_FETCHED))
    return {request_id for request_id, text in texts if not trimmed(without_thoughts(text))}
