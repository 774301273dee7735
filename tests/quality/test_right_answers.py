"""Every answer of ``answers/*.jsonl`` gets the value that people would give it."""

from __future__ import annotations

import pytest
from right_answers import wrong


@pytest.mark.parametrize("name", ["multiple_choice", "numeric"])
def test_every_answer_gets_its_right_value(name):
    judged, misses = wrong(name)
    assert judged > 0
    assert misses == []
