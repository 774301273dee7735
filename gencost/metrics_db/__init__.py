"""The metrics DB: its tables, how it is opened, and its writer."""

from sqlalchemy import Engine

from gencost.metrics_db.run_rows import end_run, insert_runs
from gencost.metrics_db.store import DEFAULT_URL, URL_VARIABLE, db_url, init_db
from gencost.metrics_db.writer import Writer

__all__ = ["DEFAULT_URL", "URL_VARIABLE", "Engine", "Writer", "db_url", "end_run", "init_db", "insert_runs"]
