"""Import a log into a metrics DB in the test's folder, and look at the rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from gencost.cli import main

SAMPLES = Path(__file__).parent / "samples"
DB = "llmopt_stage1.sqlite"
# gpt-4o-mini, USD per 1e6 tokens: 0.15 in, 0.075 cached, 0.60 out. The server said 120 in, 64 of them cached, 30 out:
# 56 * 0.15 + 64 * 0.075 + 30 * 0.60 = 31.2 USD per 1e6 calls, which is 31,200,000e-12 USD a call.
PICO_USD = 31_200_000


def gencost(capsys, *words: str, code: int = 0) -> str:
    """Run a command; give what it printed, stderr behind it."""
    with pytest.raises(SystemExit) as ended:
        main([*words])
    printed = capsys.readouterr()
    assert ended.value.code in ((code,) if code else (0, None)), printed.out + printed.err
    return printed.out + printed.err


def query(statement: str, *values: object) -> list[tuple]:
    connection = sqlite3.connect(DB)
    try:
        return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def calls(columns: str) -> list[tuple]:
    """Columns of all imported calls, oldest first."""
    return query(
        f"""SELECT {columns} FROM requests AS q JOIN traffic AS t USING (request_id) LEFT JOIN responses AS a
        USING (request_id) JOIN runs AS r USING (run_id) JOIN prompts AS p ON p.sha256 = q.prompt_sha256
        WHERE r.kind = 'imported' ORDER BY q.ts, q.request_id"""
    )


def everything() -> dict[str, list[tuple]]:
    """All rows that an import writes."""
    names = ("runs", "requests", "responses", "attempts", "traffic", "prompts", "prices", "scores", "blobs")
    return {name: sorted(query(f"SELECT * FROM {name}"), key=repr) for name in names}


def as_stored() -> str:
    """Everything in the metrics DB as one text."""
    return "\n".join(repr(row) for rows in everything().values() for row in rows)


def write(path: str, records: Sequence[Mapping[str, Any] | str]) -> str:
    """Write JSON lines; a text is a line as it is."""
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    Path(path).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def sample(name: str) -> list[dict]:
    return [json.loads(line) for line in (SAMPLES / name).read_text(encoding="utf-8").splitlines()]
