"""A log of any length and form is read record by record, and what was stored stays stored."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from traffic.imports import PICO_USD, SAMPLES, calls, everything, gencost, query, sample, write

from gencost.metrics_db import init_db
from gencost.metrics_db.tables import requests, traffic
from gencost.traffic.logged import BadRecord
from gencost.traffic.records import records

PAYLOADS = "litellm_standard_logging_payload.jsonl"


def many(n: int) -> list[dict]:
    first = sample(PAYLOADS)[0]
    return [{**first, "litellm_call_id": f"c-{i}", "startTime": first["startTime"] + i} for i in range(n)]


@pytest.mark.parametrize("form", ["lines", "array", "pretty array", "document", "documents", "gzip", "bom", "no end"])
def test_every_form_of_json_gives_the_same_records(form):
    row = {"model": "openai:gpt-4o-mini", "tokens_in": 100, "tokens_out": 10}
    rows = [{**row, "id": day, "ts": day} for day in ("2026-05-31", "2026-06-01")]
    gencost(capsys, "import", "table", write("calls.jsonl", rows), "pricing=ours", "--config-dir", "mine")
    assert calls("a.cost_pico_usd") == [(110_000_000,), (220_000_000,)]  # 110 tokens at 1 and at 2 USD per 1e6
    assert "0 not" in gencost(capsys, "audit", "--all")


@pytest.mark.postgres
def test_postgresql_takes_an_import_and_its_repetition(capsys, postgres_database):
    for expected in ("4 calls imported", "0 calls imported; 4 were there already"):
        path = str(SAMPLES / "otlp_genai_openai_1.3b0.jsonl")
        assert expected in gencost(capsys, "import", "otlp", path, "--db", postgres_database)
    engine = init_db(postgres_database)
    with engine.connect() as connection:
        assert len(connection.execute(requests.join(traffic).select()).all()) == 4
    engine.dispose()
