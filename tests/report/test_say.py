"""Lines about what failed beside the calls."""

from __future__ import annotations

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
