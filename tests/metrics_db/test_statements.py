"""The statements of the writer, for SQLite and for PostgreSQL: no server is needed to compile them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg

from gencost.metrics_db.rows import COLUMNS
from gencost.metrics_db.statements import LOGGED, statements


def row_of(kind, **values):
    """A row whose other columns hold their names."""
    return tuple(values.get(name, name) for name in COLUMNS[kind])


@pytest.mark.parametrize(("dialect", "place"), [(sqlite.dialect(), "?"), (psycopg.dialect(), "%s")])
def test_what_is_there_already_is_left_and_a_score_given_again_takes_its_place(dialect, place):
    for kind, statement in {**statements(dialect), **statements(dialect, LOGGED)}.items():
        sql, _ = statement.of([row_of(kind, ts=datetime(2026, 11, 27, tzinfo=UTC))])
        assert sql.count(place) == len(COLUMNS[kind])
        if kind in {"settle", "chosen"}:
            assert "ON CONFLICT" not in sql
        else:
            assert ("DO UPDATE SET value = excluded.value" in sql) is (kind == "scores")
            assert ("ON CONFLICT DO NOTHING" in sql) is (kind != "scores")


@pytest.mark.parametrize("micros", [0, 7, 61 * 10**6 + 999_999, 86_399 * 10**6, 10**14 + 123_456])
def test_sqlite_gets_times_as_sqlalchemy_writes_them(micros):
    moment = datetime(2026, 11, 27, tzinfo=UTC) + timedelta(microseconds=micros)
    _, (written,) = statements(sqlite.dialect())["settle"].of([row_of("settle", ts=moment)])
    assert written[0] == moment.isoformat(" ", "microseconds").removesuffix("+00:00")


def test_sqlite_gets_times_as_texts_in_utc_and_postgresql_as_they_are():
    moment = datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    row = row_of("scores", ts=moment)
    _, (written,) = statements(sqlite.dialect())["scores"].of([row])
    assert written[COLUMNS["scores"].index("ts")] == "2025-12-31 23:30:00.000000"
    _, (kept,) = statements(psycopg.dialect())["scores"].of([row])
    assert kept[COLUMNS["scores"].index("ts")] == moment == datetime(2025, 12, 31, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize("dialect", [sqlite.dialect(), psycopg.dialect()])
def test_texts_that_no_database_keeps_are_altered_and_nothing_else(dialect):
    rows = [("a\x00b", b"\x00", 5, None), ("\ud83d\ude00", None, 6, b"\xff"), ("é", b"", None, None)]
    _, written = statements(dialect)["blobs"].of(rows)
    assert written == [("a\ufffdb", b"\x00", 5, None), ("\U0001f600", None, 6, b"\xff"), ("é", b"", None, None)]


def test_sqlite_gets_no_column_that_is_null_in_every_row_and_numbers_for_bools():
    pending = {"ts": datetime(2026, 11, 27, tzinfo=UTC), "category": None, "error_type": None, "from_cache": False}
    sql, (first, second) = statements(sqlite.dialect())["requests"].of(
        [row_of("requests", **pending), row_of("requests", **pending, cache_key=None)]
    )
    assert not {"category", "error_type"} & set(re.findall(r"\w+", sql))
    assert sql.count("?") == len(first) == len(COLUMNS["requests"]) - 2
    assert (first[-2:], second[-2:]) == ((0, "cache_key"), (0, None))  # from_cache and cache_key


def test_a_bool_beside_other_numbers_changes_none_of_them():
    moment = datetime(2026, 11, 27, tzinfo=UTC)
    rows = [row_of("scores", value=value, ts=moment) for value in (True, 0.447, None, 5, False)]
    _, written = statements(sqlite.dialect())["scores"].of(rows)
    assert [row[COLUMNS["scores"].index("value")] for row in written] == [1, 0.447, None, 5, 0]


def test_a_time_of_a_derived_class_is_written_as_any():
    class Moment(datetime):
        pass

    _, (written,) = statements(sqlite.dialect())["settle"].of([row_of("settle", ts=Moment(2026, 11, 27, tzinfo=UTC))])
    assert written[0] == "2026-11-27 00:00:00.000000"


def test_an_update_writes_nulls():
    settled = row_of("settle", ts=datetime(2026, 11, 27, tzinfo=UTC), error_type=None, from_cache=True)
    sql, (written,) = statements(sqlite.dialect())["settle"].of([settled])
    assert "error_type=?" in sql
    assert (written[COLUMNS["settle"].index("error_type")], written[COLUMNS["settle"].index("from_cache")]) == (None, 1)
