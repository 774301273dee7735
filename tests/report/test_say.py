"""Lines about what failed beside the calls."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.exc import OperationalError

from gencost.errors import MetricsDBError
from gencost.report.say import attempted


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("SELECT 1", {}, Exception("connection\nrefused")),
        MetricsDBError("the metrics DB cannot be read: connection refused"),
    ],
)
def test_a_metrics_db_that_is_away_is_not_said_to_have_every_call(capsys, error):
    def make():
        raise error

    assert attempted("the table", make) is None
    assert capsys.readouterr().out == "the table failed: the metrics DB cannot be read: connection refused\n"


def test_another_failure_is_said_to_lose_no_recorded_call_and_not_that_all_are_recorded(capsys):
    def make():
        raise ValueError("no room")

    assert (
        attempted("the table", make) is None
    )  # calls may be without their rows: Ctrl-C, or a metrics DB that was away
    assert re.fullmatch(
        r"the table failed: ValueError: no room \(.*\); no recorded call is lost with it",
        " ".join(capsys.readouterr().out.split()),
    )
