"""A real MLflow tracking server in a process of its own; the commands, and what they left in a store."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

RUN = [sys.executable, "-m", "gencost.run"]
GENCOST = [sys.executable, "-m", "gencost"]


def query(file: Path, text: str) -> list[tuple]:
    connection = sqlite3.connect(file, timeout=30)
    try:
        return connection.execute(text).fetchall()
    finally:
        connection.close()


def wait_until(true: Callable[[], bool]) -> None:
    """Wait as long as it takes: pytest's own limit ends what hangs, and no machine is too slow."""
    while not true():
        time.sleep(0.05)


SETTINGS = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
SETTINGS |= {"MLFLOW_MODEL_CATALOG_URI": ""}


class MlflowServer:
    """Started at once, stopped by ``stop``.

    Args:
        folder: where its store and log are.
        store: its database; None makes one there.

    Attributes:
        url: where it listens.
    """

    def __init__(self, folder: Path, store: str | None = None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._folder = folder
        self._store = store or f"sqlite:///{folder}/server.db"
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--port", str(self._port)]
        command += ["--backend-store-uri", self._store, "--artifacts-destination", str(self._folder / "artifacts")]
        with (self._folder / "server.log").open("a") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self._folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **SETTINGS},
            )
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "server.log").read_text()
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=1):
                return True
        except OSError:
            return False

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the server and its workers."""
        os.killpg(self._process.pid, number)

    def stop(self) -> None:
        self.signal(signal.SIGKILL)
        self._process.wait()
