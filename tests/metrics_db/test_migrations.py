"""A metrics DB of any earlier version is opened, keeps its rows and has the tables of a new one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from metrics_db.old import NUMBERS, PROMPTS, make_old
from sqlalchemy import Engine, create_engine, inspect, select, text

from gencost.errors import MetricsDBError
from gencost.messages import Message, messages_of
from gencost.metrics_db import init_db
from gencost.metrics_db.migrations import FOLDER, VERSION_TABLE, revisions
from gencost.metrics_db.tables import metadata, prompts, requests, schema_version, stamp

KINDS = {"a": "text", "b": "conversation", "c": "text", "d": "text", "e": "conversation"}


def differences(engine: Engine) -> list:
    """What Alembic would change in a DB to make its tables those of ``tables.py``; comments aside."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "none"})
        entries = compare_metadata(context, metadata)
    flat = [change for entry in entries for change in (entry if isinstance(entry, list) else [entry])]
    return [change for change in flat if not str(change[0]).endswith("_comment")]


def check_migrated(url: str) -> None:
    engine = init_db(url)
    assert differences(engine) == []
    with engine.connect() as connection:
        assert dict(connection.execute(select(prompts.c.sha256, prompts.c.kind)).all()) == KINDS
        assert dict(connection.execute(select(prompts.c.sha256, prompts.c.text)).all()) == PROMPTS
        damaged = connection.execute(select(prompts.c.kind, prompts.c.text).where(prompts.c.sha256 == "e")).one()
        assert messages_of(*damaged) == (Message(role="user", content=PROMPTS["e"]),)
        assert connection.execute(select(requests.c.request_id, requests.c.role)).all() == [("q", "sample")]
        assert connection.scalar(select(stamp.c.version_num)) == revisions()[-1]
        names = {index["name"] for index in inspect(connection).get_indexes("requests")}
        assert {"ix_requests_run_id", "ix_requests_cache_key"} <= names
    engine.dispose()


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path}/old.sqlite"


def test_a_new_db_has_the_tables_of_the_contract(engine):
    assert differences(engine) == []


@pytest.mark.parametrize("number", NUMBERS)
def test_a_db_of_a_numbered_schema_is_migrated_and_keeps_its_rows(url, number):
    make_old(url, number)
    check_migrated(url)
    check_migrated(url)


def test_tables_that_are_written_again_keep_their_rows_and_what_others_added(url):
    make_old(url, 5)
    old = create_engine(url)
    with old.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO scores (request_id, scorer, version, value) VALUES ('q', 's', '1', 0.5)"
        )
        connection.exec_driver_sql("CREATE INDEX theirs ON scores (value)")
        connection.exec_driver_sql("CREATE VIEW best AS SELECT max(value) AS value FROM scores")
    old.dispose()
    init_db(url).dispose()
    with old.connect() as connection:
        assert connection.execute(text("SELECT request_id, value FROM scores")).all() == [("q", 0.5)]
        assert connection.scalar(text("SELECT value FROM best")) == 0.5
        sql = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'scores'"))
        assert "WITHOUT ROWID" in sql
        assert "theirs" in {index["name"] for index in inspect(connection).get_indexes("scores")}
    old.dispose()


@pytest.mark.parametrize("table", ["attempts", "scores"])
@pytest.mark.parametrize("number", [1, 5])
def test_rows_whose_call_somebody_deleted_are_kept(url, number, table):
    """Another tool deletes calls and leaves what refers to them, as SQLite checks it only where asked to."""
    columns = {
        "attempts": "request_id, attempt, ts, service_ms) VALUES ('gone', 1, '2026-01-01 00:00:00.000000', 5.0",
        "scores": "request_id, scorer, version, value) VALUES ('gone', 's', '1', 0.5",
    }[table]
    make_old(url, number)
    old = create_engine(url)
    with old.begin() as connection:
        connection.exec_driver_sql(f"INSERT INTO {table} ({columns})")
    old.dispose()
    check_migrated(url)
    engine = init_db(url)
    with engine.connect() as connection:
        assert connection.scalar(text(f"SELECT request_id FROM {table}")) == "gone"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("number", NUMBERS)
def test_postgresql_migrates_it_too(postgres_database, number):
    make_old(postgres_database, number)
    check_migrated(postgres_database)
    check_migrated(postgres_database)


@pytest.mark.postgres
def test_a_new_postgresql_db_has_the_tables_of_the_contract(postgres_database):
    engine = init_db(postgres_database)
    assert differences(engine) == []
    engine.dispose()


def test_a_failed_migration_leaves_the_db_as_it_was(url):
    make_old(url, 5)
    old = create_engine(url)
    with old.begin() as connection:  # what the second revision is going to add is there already
        connection.exec_driver_sql("ALTER TABLE prompts ADD COLUMN kind TEXT")
    with pytest.raises(MetricsDBError, match="duplicate column name: kind"):
        init_db(url)
    assert VERSION_TABLE not in inspect(old).get_table_names()
    old.dispose()


OPEN = "import sys; from gencost.metrics_db import init_db; init_db(sys.argv[1]).dispose()"


def open_at_once(url: str, processes: int = 3) -> None:
    running = [subprocess.Popen([sys.executable, "-c", OPEN, url], stderr=subprocess.PIPE) for _ in range(processes)]
    for process in running:
        _, errors = process.communicate()
        assert process.returncode == 0, errors.decode()


def test_processes_that_open_an_old_db_at_once_migrate_it_once(url):
    make_old(url, 1)
    open_at_once(url)
    check_migrated(url)


@pytest.mark.postgres
def test_processes_that_open_an_old_postgresql_db_at_once_migrate_it_once(postgres_database):
    make_old(postgres_database, 1)
    open_at_once(postgres_database)
    check_migrated(postgres_database)


@pytest.mark.parametrize("revision", ["9999", "another"])
def test_a_db_of_a_newer_version_is_refused_in_one_line_and_left_alone(url, revision):
    engine = init_db(url)
    with engine.begin() as connection:
        connection.execute(stamp.update().values(version_num=revision))
    with pytest.raises(
        MetricsDBError, match=f"has tables of version {revision}, this GenCost writes .*: upgrade"
    ) as told:
        init_db(url)
    assert "\n" not in str(told.value)
    with engine.connect() as connection:
        assert connection.scalar(select(stamp.c.version_num)) == revision
    engine.dispose()


def test_a_numbered_schema_that_is_newer_than_all_is_refused(url):
    make_old(url, 5)
    old = create_engine(url)
    with old.begin() as connection:
        connection.execute(schema_version.update().values(version=7))
    old.dispose()
    with pytest.raises(MetricsDBError, match="has tables of version 7"):
        init_db(url)


def test_code_from_before_there_were_migrations_refuses_a_db_of_today(url):
    make_old(url, 5)
    for engine in (init_db(url), init_db("sqlite:///new.sqlite")):
        with engine.connect() as connection:
            assert connection.scalar(select(schema_version.c.version)) == 6  # that code wrote 5, and refuses more
        engine.dispose()


def test_tables_of_another_program_are_left_alone(url):
    other = create_engine(url)
    with other.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE runs (run_uuid TEXT)")  # MLflow has a table of this name
    with pytest.raises(MetricsDBError, match=r"tables of another program \(runs\)"):
        init_db(url)
    assert inspect(other).get_table_names() == ["runs"]
    other.dispose()


def test_other_tables_beside_ours_are_no_obstacle(url):
    other = create_engine(url)
    with other.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT)")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('of another program')")
    init_db(url).dispose()
    with other.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "of another program"
    other.dispose()


def imports_alembic(*urls: str) -> bool:
    """Whether a process that opens these one after another does so in the end."""
    opening = "import sys; from gencost.metrics_db import init_db; [init_db(url).dispose() for url in sys.argv[1:]]"
    code = f"{opening}; print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, *urls], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "True"


def test_alembic_is_imported_for_an_older_db_alone(url):
    make_old(url, 5)
    assert imports_alembic(url)
    assert not imports_alembic("sqlite:///new.sqlite", "sqlite:///new.sqlite", url)


def test_the_revisions_are_one_line_and_named_as_their_files():
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(FOLDER))
    walked = [revision.revision for revision in script.walk_revisions()]
    assert sorted(walked) == revisions() == list(reversed(walked))
    for revision in script.walk_revisions():
        assert Path(revision.path).name.startswith(f"r{revision.revision}_")


def test_revisions_use_no_module_of_gencost():
    for path in (FOLDER / "versions").glob("*.py"):
        assert "import gencost" not in (code := path.read_text(encoding="utf-8"))
        assert "from gencost" not in code
