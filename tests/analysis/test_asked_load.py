"""The load that a cell was asked to make, read from its recorded config."""

from __future__ import annotations

import pytest

from gencost.analysis.recorded.asked_load import AskedLoad

CLOSED = "gencost.runner.load.Concurrent"


@pytest.mark.parametrize(
    ("config", "asked"),
    [
        ({"load": {"_target_": CLOSED, "concurrency": 8}}, AskedLoad(in_flight=8, closed=True)),
        (
            {"load": {"_target_": CLOSED, "concurrency": 8, "processes": 2}, "limits": {"in_flight": 4}},
            AskedLoad(in_flight=8, closed=True, processes=2, limited=True),
        ),
        (
            {"load": {"_target_": "x.Poisson", "rate_per_s": 2, "concurrency": 9}, "limits": {"in_flight": None}},
            AskedLoad(in_flight=9, closed=False),
        ),
        ({"load": {"_target_": "x.Ramp", "from_per_s": 2, "concurrency": 9}}, AskedLoad(in_flight=9, closed=False)),
        ({"load": {"_target_": "mine.Load", "concurrency": 9}}, AskedLoad(in_flight=9, closed=None)),
        ({"load": {"concurrency": "many"}}, None),
        ({}, None),
    ],
)
def test_closed_and_open_loops_are_told_apart(config, asked):
    assert AskedLoad.of(config) == asked
