"""The statements of the writer, for SQLite and for PostgreSQL: no server is needed to compile them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg

from gencost.metrics_db.rows import COLUMNS
from gencost.metrics_db.statements import LOGGED, statements


@pytest.mark.parametrize(("dialect", "place"), [(sqlite.dialect(), "?"), (psycopg.dialect(), "%s")])
def test_what_is_there_already_is_left_and_a_score_given_again_takes_its_place(dialect, place):
    for kind, statement in {**statements(dialect), **statements(dialect, LOGGED)}.items():
        assert statement.sql.count(place) == len(COLUMNS[kind])
        if kind in {"settle", "chosen"}:
            assert "ON CONFLICT" not in statement.sql
        else:
            assert ("DO UPDATE SET value = excluded.value" in statement.sql) is (kind == "scores")
            assert ("ON CONFLICT DO NOTHING" in statement.sql) is (kind != "scores")


@pytest.mark.parametrize("micros", [0, 7, 61 * 10**6 + 999_999, 86_399 * 10**6, 10**14 + 123_456])
def test_sqlite_gets_times_as_sqlalchemy_writes_them(micros):
    moment = datetime(2026, 11, 27, tzinfo=UTC) + timedelta(microseconds=micros)
    (written,) = statements(sqlite.dialect())["settle"].parameters([(moment, "other")])
    assert written == (moment.isoformat(" ", "microseconds").removesuffix("+00:00"), "other")


def test_sqlite_gets_times_as_texts_in_utc_and_postgresql_as_they_are():
    moment = datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    row = tuple(moment if name == "ts" else name for name in COLUMNS["scores"])
    (written,) = statements(sqlite.dialect())["scores"].parameters([row])
    assert written[COLUMNS["scores"].index("ts")] == "2025-12-31 23:30:00.000000"
    (kept,) = statements(psycopg.dialect())["scores"].parameters([row])
    assert kept[COLUMNS["scores"].index("ts")] == moment == datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
