"""Metrics DBs as earlier versions of GenCost made them: the tables of each numbered schema, as SQL, and some rows."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, text

from gencost.metrics_db import db_url

SCHEMAS = Path(__file__).parent / "schemas"
NUMBERS = (1, 2, 3, 4, 5)
TURNS = '[{"role":"system","content":"Be brief."},{"role":"user","content":"Why?"}]'
PROMPTS = {"a": "Why?", "b": TURNS, "c": '[{"no": "turns"}]', "d": "[{", "e": '[{"role":"user","content":5}]'}

_POSTGRES = {"DATETIME": "TIMESTAMP WITH TIME ZONE", "DOUBLE": "DOUBLE PRECISION"}
_RUN = {"run_id": "r", "name": "n", "cell": "c", "config_json": "{}", "cell_key": "k", "seed": 0, "versions_json": "{}"}
_CALL = {"request_id": "q", "run_id": "r", "provider": "p", "model": "m", "prompt_id": "1", "repeat": 0}


def make_old(url: str, number: int) -> None:
    """Create the tables of a numbered schema, with a run, a call and the prompts of ``PROMPTS``."""
    engine = create_engine(db_url(url))
    with engine.begin() as connection:
        for statement in _statements(number, engine):
            connection.exec_driver_sql(statement)
        _insert(connection, "runs", **_RUN, status="finished", started_at="2026-01-01 00:00:00.000000")
        for sha256, prompt in PROMPTS.items():
            _insert(connection, "prompts", sha256=sha256, text=prompt)
        role = {} if number == 1 else {"role": "sample"}
        ended = {"attempts": 1, "status": "ok", "from_cache": False, "ts": "2026-01-01 00:00:00.000000"}
        _insert(connection, "requests", **_CALL, prompt_sha256="a", params_json="{}", **ended, **role)
    engine.dispose()


def _statements(number: int, engine: Engine) -> list[str]:
    sql = (SCHEMAS / f"v{number}.sql").read_text(encoding="utf-8")
    if engine.dialect.name == "postgresql":
        for here, there in _POSTGRES.items():
            sql = re.sub(rf"\b{here}\b", there, sql)
    return [statement for statement in sql.split(";\n") if statement.strip()]


def _insert(connection: Connection, table: str, **row: object) -> None:
    names = ", ".join(row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{n}' for n in row)})"), row)
