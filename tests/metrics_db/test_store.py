from __future__ import annotations

import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, select, text

from gencost.errors import MetricsDBError
from gencost.metrics_db import db_url, init_db
from gencost.metrics_db.store import _write_ahead, existing_db
from gencost.metrics_db.tables import metadata, runs


def test_every_table_of_the_contract_is_made(engine):
    assert set(inspect(engine).get_table_names()) == set(metadata.tables)


def test_opening_twice_keeps_what_is_there(tmp_path):
    url = f"sqlite:///{tmp_path}/twice.sqlite"
    first = init_db(url)
    with first.begin() as connection:
        connection.execute(text("INSERT INTO prompts (sha256, text) VALUES ('a', 'kept')"))
    first.dispose()
    second = init_db(url)
    with second.begin() as connection:
        assert connection.scalar(text("SELECT text FROM prompts")) == "kept"
    second.dispose()


def test_the_default_is_a_file_in_the_working_folder():
    init_db().dispose()
    assert Path("llmopt_stage1.sqlite").is_file()


def test_the_variable_names_the_db_and_an_argument_wins(monkeypatch):
    monkeypatch.setenv("LLMOPT_DB_URL", "sqlite:///from_variable.sqlite")
    assert db_url().database == "from_variable.sqlite"
    assert db_url("sqlite:///given.sqlite").database == "given.sqlite"


def test_plain_postgresql_urls_mean_the_driver_of_the_extra():
    assert db_url("postgres://u@h/d").drivername == "postgresql+psycopg"
    assert db_url("postgresql://u@h/d").drivername == "postgresql+psycopg"


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("not a database, but long enough to have a header " * 10)
    with pytest.raises(MetricsDBError, match="file is not a database"):
        init_db(f"sqlite:///{tmp_path}/notes.txt")


def test_a_missing_folder_is_named():
    with pytest.raises(MetricsDBError, match="the folder .*/no/such does not exist"):
        init_db("sqlite:///no/such/file.sqlite")


def test_a_folder_that_cannot_be_written_is_named(monkeypatch):
    monkeypatch.setattr("gencost.metrics_db.store.os.access", lambda *_: False)
    with pytest.raises(
        MetricsDBError, match="its folder .* cannot be written, as SQLite does: copy it to one that can"
    ):
        init_db("sqlite:///file.sqlite")


def test_a_missing_driver_says_what_to_install():
    with pytest.raises(
        MetricsDBError, match="needs a driver that is not here .*: write postgresql://, and pip install"
    ):
        init_db("postgresql+pg8000://u@h/d")


@pytest.mark.parametrize("url", ["oracle://u:canary@h/d", "mysql+pymysql://u:canary@h/d", "foo://x"])
def test_a_database_of_another_kind_is_refused(url):
    with pytest.raises(MetricsDBError, match="records into SQLite or PostgreSQL; write sqlite:///") as refused:
        init_db(url)
    assert "canary" not in str(refused.value)


def test_a_text_that_is_no_url_is_refused():
    with pytest.raises(MetricsDBError, match="is not a database URL"):
        init_db("metrics.sqlite")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql://u:canary@h:abc/d", "is not a database URL"),
        ("postgresql://u:canary@[::1/d", "is not a database URL"),
        ("sqlite:///x.sqlite?mode=ro", "write sqlite:///x.sqlite without \\?mode"),
        ("sqlite:///x.sqlite?timeout=5&timeout=6", "write sqlite:///x.sqlite without \\?timeout"),
        ("sqlite+aiosqlite:///x.sqlite", "write sqlite:///x.sqlite without \\+aiosqlite"),
        ("sqlite:///x.sqlite?timeout=soon", "could not convert string to float"),
        ("sqlite://", "is gone when the program ends"),
    ],
)
def test_an_odd_url_is_refused_in_one_line(url, why, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.sqlite").touch()
    for opened in (init_db, existing_db):
        with pytest.raises(MetricsDBError, match=why) as refused:
            opened(url)
        assert "canary" not in str(refused.value)


def test_a_file_in_sqlite_s_own_form_is_read_again(tmp_path):
    url = f"sqlite:///file:{tmp_path}/x.sqlite?uri=true"
    init_db(url).dispose()
    existing_db(url).dispose()


def test_an_unreachable_server_is_one_line_without_its_password():
    with pytest.raises(MetricsDBError) as caught:
        init_db("postgresql://user:canary@127.0.0.1:9/nowhere?connect_timeout=2")
    assert "canary" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_read_only_file_is_refused(tmp_path):
    init_db(f"sqlite:///{tmp_path}/locked.sqlite").dispose()
    with pytest.raises(MetricsDBError, match="readonly"):
        init_db(f"sqlite:///file:{tmp_path}/locked.sqlite?mode=ro&immutable=1&uri=true")


def run_row(**changes):
    row = {"run_id": "r", "name": "n", "cell": "c", "config_json": "{}", "cell_key": "k", "seed": 0}
    return {**row, "versions_json": "{}", "status": "running", "started_at": datetime.now(UTC), **changes}


def test_times_come_back_in_utc_as_they_went_in(engine):
    started = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    with engine.begin() as connection:
        connection.execute(insert(runs), run_row(started_at=started))
        assert connection.scalar(select(runs.c.started_at)) == started


def test_times_come_back_in_utc_whatever_the_zone_of_this_machine(engine, monkeypatch):
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "EST5")
        time.tzset()
        test_times_come_back_in_utc_as_they_went_in(engine)
    time.tzset()


def test_a_time_without_a_zone_is_refused(engine):
    with engine.connect() as connection, pytest.raises(Exception, match="has no time zone"):
        connection.execute(insert(runs), run_row(started_at=datetime(2026, 1, 2)))  # noqa: DTZ001


def test_a_file_that_another_process_turns_to_the_write_ahead_log_is_waited_for(tmp_path, monkeypatch):
    """SQLite answers SQLITE_BUSY at once, whatever the busy timeout, while the journal's mode is changed elsewhere."""
    waits = []
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY

    class Connection:
        def execute(self, _statement):
            if len(waits) < 3:
                raise busy

    monkeypatch.setattr("gencost.metrics_db.store.time.sleep", waits.append)
    _write_ahead(Connection())
    assert len(waits) == 3
