"""A log of any length and form is read record by record, and what was stored stays stored."""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import signal
import struct
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from types import SimpleNamespace

import pytest
from traffic.imports import PICO_USD, SAMPLES, calls, everything, gencost, query, sample, write

from gencost.config.source import compose_source
from gencost.metrics_db import init_db
from gencost.metrics_db.tables import requests, traffic
from gencost.traffic.batches import batches
from gencost.traffic.hidden import _NAMESPACE, Hiding, request_id_of
from gencost.traffic.logged import BadRecord, LoggedCall
from gencost.traffic.privacy import Privacy
from gencost.traffic.read_ahead import ReaderDiedError, _next, _read, read_apart
from gencost.traffic.records import records
from gencost.traffic.source import LogSource

PAYLOADS = "litellm_standard_logging_payload.jsonl"


def many(n: int) -> list[dict]:
    first = sample(PAYLOADS)[0]
    return [{**first, "litellm_call_id": f"c-{i}", "startTime": first["startTime"] + i} for i in range(n)]


@pytest.mark.parametrize("form", ["lines", "array", "pretty array", "document", "documents", "gzip", "bom", "no end"])
def test_every_form_of_json_gives_the_same_records(form):
    rows = [{"n": i, "text": "ä" * i} for i in range(1, 40)]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    texts = {
        "array": json.dumps(rows, ensure_ascii=False),
        "pretty array": json.dumps(rows, indent=2, ensure_ascii=False),
        "document": json.dumps(rows[0], indent=2),
        "documents": "\n".join(json.dumps(row, indent=2) for row in rows),
        "bom": f"\ufeff{lines}\n",
        "no end": lines,
    }
    data = texts.get(form, f"{lines}\n\n").encode()
    Path("log.json").write_bytes(gzip.compress(data) if form == "gzip" else data)
    read = list(records(Path("log.json")))
    assert [row for _, row in read] == (rows[:1] if form == "document" else rows)


def test_an_array_larger_than_what_is_read_at_once_is_whole(monkeypatch):
    monkeypatch.setattr("gencost.traffic.records._CHUNK", 7)
    rows = [{"n": i, "text": "ä€𝄞" * i} for i in range(30)]
    Path("log.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    assert [row for _, row in records(Path("log.json"))] == rows


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ('{"a": 1}\n{"a": \n{"a": 3}\n', 2, 1),
        ('{"a": \n{"a": 2}\n', 1, 1),
        ('[{"a": 1}, {"a": 2}, {"a"', 2, 1),
        ("[1, 2]", 0, 2),
        ('{"a": 1}\n[1]\n"x"\nNaN\n', 1, 3),
        ("not json at all\n", 0, 1),
        ("", 0, 0),
        ("\n\n", 0, 0),
    ],
)
def test_what_cannot_be_read_is_told_and_the_rest_is_read(text, good, bad):
    Path("log.json").write_text(text, encoding="utf-8")
    told = [isinstance(it, BadRecord) for it in records(Path("log.json"))]
    assert (told.count(False), told.count(True)) == (good, bad)


def test_a_folder_is_all_of_its_logs(capsys):
    Path("day/1").mkdir(parents=True)
    write("day/1/a.jsonl", many(3)[:2])
    Path("day/b.json").write_text(json.dumps(many(3)[2]), encoding="utf-8")
    assert "3 calls imported" in gencost(capsys, "import", "litellm", "day")
    config = json.loads(query("SELECT config_json FROM runs")[0][0])
    assert [Path(it["path"]).name for it in config["imported"]["files"]] == ["a.jsonl", "b.json"]
    assert config["imported"]["span"] == ["2026-11-26T06:53:23.247300+00:00", "2026-11-26T06:53:25.247300+00:00"]


def test_an_import_that_a_bad_record_ended_goes_on(capsys, monkeypatch):
    monkeypatch.setattr("gencost.traffic.importing._BATCH", (1000, 2**24))
    lines = many(2500)
    path = write("log.jsonl", [*lines[:2100], "{", *lines[2100:]])
    output = gencost(capsys, "import", "litellm", path, "on_bad_line=fail", code=2)
    assert "log.jsonl:2101: not JSON" in output
    assert query("SELECT status FROM runs") == [("failed",)]
    assert query("SELECT count(*) FROM requests") == [(2000,)]  # whole batches of 1,000
    printed = gencost(capsys, "import", "litellm", path)
    assert "500 calls imported; 2,000 were there already" in printed
    assert query("SELECT count(*), sum(cost_pico_usd) FROM responses") == [(2500, 2500 * PICO_USD)]


# Of each call 4 letters of its prompt and 64 of the digest of no answer.
@pytest.mark.parametrize(("letters", "sizes"), [(1, [1, 1, 1, 1, 1]), (136, [2, 2, 1]), (10**6, [3, 2])])
def test_a_batch_is_full_of_calls_or_of_kept_letters(letters, sizes):
    hiding = Hiding("table", Privacy(texts="keep"))
    entries = [hiding.hidden(LoggedCall(known_as=it, provider="a", model="b", messages="1234")) for it in "abcde"]
    assert [len(batch) for batch in batches(entries, 3, letters)] == sizes


def test_a_large_file_is_read_by_another_process_alike(capsys, monkeypatch):
    path = write("log.jsonl", [*many(600), "{", *many(3)])
    monkeypatch.setattr("gencost.traffic.read_ahead.LARGE", 1)
    printed = gencost(capsys, "import", "litellm", path)
    assert "600 calls imported; 3 told twice" in printed
    assert "1 record cannot be read" in printed
    before = everything()
    monkeypatch.setattr("gencost.traffic.read_ahead.LARGE", 2**40)
    assert "0 calls imported; 600 were there already; 3 told twice" in gencost(capsys, "import", "litellm", path)
    assert everything() == before


KILLED = """
import os
import time
from gencost.config.source import compose_source
from gencost.traffic.read_ahead import read_apart
from gencost.traffic.source import LogSource

class Stuck:
    def __init__(self, source):
        self.name, self.privacy, self.source = source.name, source.privacy, source

    def read(self, file):
        yield from self.source.read(file)
        time.sleep(600)

if __name__ == "__main__":
    source, _ = compose_source("litellm", [], LogSource, None)
    items = read_apart(Stuck(source), "log.jsonl")
    next(items)
    os._exit(9)
"""


def test_the_process_that_reads_ends_with_a_killed_one_that_stores():
    write("log.jsonl", many(300))  # one batch and some more
    Path("killed.py").write_text(KILLED, encoding="utf-8")
    # It has the pipe of the output, too, which is at its end when both processes are.
    done = subprocess.run([sys.executable, "killed.py"], capture_output=True, timeout=60, check=False)
    assert done.returncode == 9, done.stderr


def test_a_reader_that_is_killed_while_it_sends_is_told_at_once():
    source, _ = compose_source("litellm", [], LogSource, None)
    items = read_apart(source, write("log.jsonl", many(1500)))  # six batches, each larger than a pipe
    next(items)
    (reader,) = multiprocessing.active_children()
    os.kill(reader.pid, signal.SIGKILL)
    with pytest.raises(ReaderDiedError, match="exit code -9"):
        list(items)


@pytest.mark.parametrize("sent", [b"", struct.pack("!i", 1000) + b"part of it"], ids=["between", "within"])
def test_a_reader_that_is_gone_is_told_between_two_messages_and_within_one(sent):
    receiver, sender = multiprocessing.Pipe(duplex=False)
    os.write(sender.fileno(), sent)
    sender.close()
    with receiver, pytest.raises(ReaderDiedError, match="exit code -9"):
        _next(receiver, SimpleNamespace(join=lambda: None, exitcode=-9))


def test_a_file_whose_name_is_not_utf_8_is_imported(capsys):
    path = write(os.fsdecode(b"log\xff.jsonl"), many(1))
    assert "1 call imported" in gencost(capsys, "import", "litellm", path)
    assert query("SELECT cell FROM runs") == [("litellm log\ufffd.jsonl",)]


class UnsendableError(Exception):
    """Holds what no other process can have."""

    lock = threading.Lock()

    def __reduce__(self):
        return (UnsendableError, (self.lock,))


class Broken:
    """A source that fails so."""

    name, privacy = "litellm", None

    def read(self, _file):
        raise UnsendableError
        yield


def test_an_error_that_cannot_be_sent_ends_the_process_that_reads(monkeypatch):
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(sys, "setswitchinterval", lambda _: None)
    receiver, sender = multiprocessing.Pipe(duplex=False)
    with receiver, sender, pytest.raises(TypeError, match="pickle"):
        _read(Broken(), "log.jsonl", sender)


def test_a_file_that_another_process_cannot_read_is_one_line(capsys, monkeypatch):
    Path("log.jsonl.gz").write_bytes(gzip.compress(b'{"a": 1}\n' * 100)[:-20])
    monkeypatch.setattr("gencost.traffic.read_ahead.LARGE", 1)
    assert "log.jsonl.gz: " in gencost(capsys, "import", "litellm", "log.jsonl.gz", code=2)


PRICES = """models:
  "openai:gpt-4o-mini":
    - {from: 2026-01-01, input_usd_per_mtok: 1, output_usd_per_mtok: 1, source: here, checked: 2026-11-26}
    - {from: 2026-06-01, input_usd_per_mtok: 2, output_usd_per_mtok: 2, source: here, checked: 2026-11-26}
"""


def test_calls_are_billed_at_the_price_of_their_day(capsys):
    Path("mine/pricing").mkdir(parents=True)
    Path("mine/pricing/ours.yaml").write_text(PRICES, encoding="utf-8")
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


@pytest.mark.parametrize("known_as", ["req_1", "", "ä€𝄞", "half \ud800", "a\0b", *map(str, range(20))])
def test_a_request_id_is_the_uuid5_of_what_a_call_is_known_as(known_as):
    name = f"table\0{known_as}".encode("utf-8", "backslashreplace").decode()
    assert request_id_of("table", known_as) == str(uuid.uuid5(uuid.UUID(bytes=_NAMESPACE), name))
