"""Canary keys in every place where a key may stand appear in no table, file, artifact or output."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytestmark = pytest.mark.cli

CANARY = "canary"
KEY, HEADER, PARAM, PASSWORD = f"sk-{CANARY}-1", f"{CANARY}-two", f"{CANARY}-three", f"{CANARY}-four"


class Echo(BaseHTTPRequestHandler):
    """Refuses every call and says back whatever it was sent, as careless servers do."""

    heard: str = ""

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        heard = f"{self.path} {dict(self.headers)} {sent}"
        Echo.heard += heard
        body = f'{{"error": {{"message": "wrong: {heard!r}"}}}}'.encode()
        self.send_response(401)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("WWW-Authenticate", heard.replace("\n", " "))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def echo() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LOCAL_API_KEY": KEY, "OPENAI_API_KEY": KEY}
    return subprocess.run(
        [sys.executable, "-m", "gencost.run", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


def found_in(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]


def test_no_output_holds_a_key(echo, tmp_path):
    done = run(
        tmp_path,
        "-m",
        "model=gpt_4o_mini",
        f"provider.base_url='{echo}/v1?api_key={PARAM}'",
        f"+provider.headers.x-api-key={HEADER}",
        "n=2,3",
        "retry.tries=2",
    )
    assert KEY in Echo.heard  # the canaries were sent ...
    assert HEADER in Echo.heard
    assert "wrong" in done.stdout + done.stderr or found_errors(tmp_path)  # ... and said back
    assert CANARY not in done.stdout + done.stderr
    assert found_in(tmp_path) == []


def found_errors(folder: Path) -> int:
    import sqlite3

    connection = sqlite3.connect(folder / "llmopt_stage1.sqlite")
    count = connection.execute("SELECT count(*) FROM requests WHERE error_message LIKE '%wrong%***%'").fetchone()[0]
    connection.close()
    return int(count)


@pytest.mark.parametrize(
    "words",
    [
        (f"metrics_db.url='postgresql://u:{PASSWORD}@127.0.0.1:9/d?connect_timeout=2'",),
        ("model=gpt_4o_mini", f"provider.base_url=https://u:{PASSWORD}@host/v1"),
        (f"provider.base_url=http://host/v1?token={PASSWORD}",),
        (f"tracking.uri=http://u:{PASSWORD}@127.0.0.1:9", "n=1"),
    ],
)
def test_a_mistake_is_told_without_its_password(tmp_path, words):
    done = run(tmp_path, *words)
    assert done.returncode in {1, 2}
    assert CANARY not in done.stdout + done.stderr
    assert found_in(tmp_path) == []
