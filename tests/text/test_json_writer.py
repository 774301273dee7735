"""JSON is written as ``json`` writes it, to the letter."""

from __future__ import annotations

import json
import json.encoder
from datetime import UTC, datetime

import pytest

from gencost.text.json_writer import json_writer

VALUES = [
    {"b": 1, "a": [1.5, 1e22, -0.0, True, None, 'é\n"\\\u2028\ud800\x00'], "": {"z": {}, "y": []}},
    {1: "one", None: 2, False: 3.25},
    [float("nan"), float("inf"), 2**70],
    "text",
    7,
    None,
]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("plain", [False, True])
def test_it_writes_what_json_writes(value, plain, monkeypatch):
    if plain:  # a Python without the inner encoder
        monkeypatch.setattr(json.encoder, "c_make_encoder", None)
    assert json_writer()(value) == json.dumps(value, ensure_ascii=False)


def test_keys_are_sorted_and_what_json_cannot_hold_is_made_a_text():
    moment = datetime(2026, 11, 27, tzinfo=UTC)
    write = json_writer(sort_keys=True, default=str)
    assert write({"b": moment, "a": 1}) == '{"a": 1, "b": "2026-11-27 00:00:00+00:00"}'


def test_after_a_value_that_cannot_be_written_the_next_one_can():
    write = json_writer()
    with pytest.raises(TypeError, match="not JSON serializable"):
        write({"a": [object()]})
    assert write({"a": [1]}) == '{"a": [1]}'
