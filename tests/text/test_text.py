"""Text from outside: kept as it is where that is possible, and never a command to a terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.table import Table
from sqlalchemy import select

from gencost.errors import PromptError
from gencost.llm import UnifiedLLM
from gencost.metrics_db import Writer
from gencost.metrics_db.tables import requests, responses
from gencost.protocols import Provider
from gencost.report.console import make_console
from gencost.text.counted import ARE, HAVE, counted, counted_of
from gencost.text.safe import for_terminal, storable
from gencost.types import Message, Response, Sample

ODD = "a\x00b\udce9 \ud83d\ude00 \x1b[2J é"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain", "plain"),
        ("é \U0001f600", "é \U0001f600"),
        ("a\x00b", "a\ufffdb"),
        ("\ud83d\ude00", "\U0001f600"),
        ("x\ud83d", "x\ufffd"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("\x1b[0m", "\x1b[0m"),
    ],
)
def test_what_no_database_keeps_is_replaced_and_nothing_else(text, kept):
    assert storable(text) == kept
    assert storable(text).encode().decode() == kept


def test_a_terminal_is_shown_what_a_text_would_do_to_it():
    shown = for_terminal("a\x1b]0;title\x07\x1b[2J\r\x9b31m\u202e b\n\tc")
    assert shown == "a\\x1b]0;title\\x07\\x1b[2J\\r\\x9b31m\\u202e b\n\tc"


def test_whatever_is_printed_is_safe_in_tables_too(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    console = make_console()
    console.file = out = io.StringIO()
    table = Table("column")
    table.add_row("\x1b[31mred")
    console.print(table)
    console.print("\x1b[2J", style="bold", markup=False)
    assert "\x1b[31mred" not in out.getvalue()
    assert "\\x1b[31mred" in out.getvalue()
    assert "\\x1b[2J" in out.getvalue()


class Odd(Provider):
    name = "odd"

    async def complete(self, request):
        facts = {"finish_reason": ODD, "response_model": ODD, "service_tier": ODD, "provider_request_id": ODD}
        return Response(text=ODD, usage=None, latency_ms=1.0, raw_usage={ODD: ODD}, **facts)


def test_no_text_of_a_provider_breaks_a_row(engine):
    with Writer(engine) as writer, UnifiedLLM(provider=Odd(), model="m", params={"stop": ODD}, writer=writer) as llm:
        record = llm.complete("hi")
    with engine.connect() as connection:
        row = connection.execute(select(responses)).one()
        assert connection.scalar(select(requests.c.status)) == "ok"
    assert row.response == record.response.text == storable(ODD)
    for text in (row.finish_reason, row.response_model, row.service_tier, row.provider_request_id):
        assert text == storable(ODD)


@pytest.mark.parametrize("field", ["id", "reference", "category"])
def test_a_sample_that_no_database_keeps_is_refused_by_its_field(field):
    sample = Sample(id="1", messages=(Message(role="user", content="x"),))
    with pytest.raises(PromptError, match=f"{field} holds NUL"):
        replace(sample, **{field: "a\x00"})
    with pytest.raises(PromptError, match="message 1 holds NUL"):
        Sample(id="1", messages=(Message(role="user", content="\ud800"),))


def test_a_number_agrees_with_its_noun_and_verb():
    assert [counted(n, "call was", "calls were") for n in (0, 1, 1200)] == [
        "0 calls were",
        "1 call was",
        "1,200 calls were",
    ]
    assert counted_of(1, 20, "call", HAVE) == "1 of 20 calls has"
    assert counted_of(1, 1, "answer", ARE) == "1 of 1 answer is"
