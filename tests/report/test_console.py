"""Sentences are broken between words on a terminal alone; what one copies is never broken."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from gencost.report import say
from gencost.report.console import sentence

LONG = "5 prompts cannot show 2 points unless the cheap model is better; 5 points need 73 or more prompts"


def on(terminal: bool) -> Console:
    return Console(file=io.StringIO(), width=80, force_terminal=terminal, color_system=None)


@pytest.mark.parametrize(("terminal", "lines"), [(True, 2), (False, 1)])
def test_a_sentence_is_broken_between_words_on_a_terminal(terminal, lines):
    console = on(terminal)
    sentence(console, LONG)
    shown = console.file.getvalue().splitlines()
    assert len(shown) == lines
    assert " ".join(line.strip() for line in shown) == LONG


def test_a_command_is_one_line_on_a_narrow_terminal(monkeypatch):
    monkeypatch.setattr(say, "console", on(True))
    say.show(LONG)
    assert say.console.file.getvalue() == LONG + "\n"
