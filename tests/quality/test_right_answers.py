"""Every answer of ``answers/*.jsonl`` gets the value that people would give it."""

from __future__ import annotations

import pytest
from right_answers import MADE_BY, wrong

SLOW = {"python_tests"}  # a process for each


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.cli] * (name in SLOW)) for name in MADE_BY])
def test_every_answer_gets_its_right_value(name):
    judged, misses = wrong(name)
    assert judged > 0
    assert misses == []
