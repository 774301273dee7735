"""What several test files share: a metrics DB in a temporary folder, and a private PostgreSQL."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import collecting
import pytest
from compiling import compile_once
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from sqlalchemy import Engine

from gencost.metrics_db import init_db

collecting.wait()

# Two processes run the tests: threads of BLAS would only wait for each other. It reads this when numpy is imported.
assert "numpy" not in sys.modules
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

# What is compiled is kept even if the environment says otherwise: tests start GenCost in dozens of processes.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.pop("COLUMNS", None)  # pytest-xdist says how wide a terminal is that is not there

# A busy machine generates slowly; pytest's own limit ends what hangs. Every run tries the same examples; .ci/run's step
# examples tries twenty times as many.
_same = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("tests", _same, max_examples=50)
settings.register_profile("many", _same, max_examples=1000)
settings.load_profile("tests")


compile_once()


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a script starts what it puts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Three processes for everything: on two cores one goes on while others wait; this one alone for what was named."""
    return 3 if config.args_source is pytest.Config.ArgsSource.TESTPATHS else 0


def pytest_configure(config: pytest.Config) -> None:
    """Read no constants out of GenCost's files for examples: which are known depends on what was imported by then."""
    if config.getoption("hypothesis_profile", None) is None:  # the step examples has them
        providers.is_local_module_file = lambda _path: False


def pytest_collection_finish() -> None:
    """Prepare what costs every test a little."""
    collecting.begin()
    if "hydra" in sys.modules:
        from composing import compose_once

        compose_once()


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test works in its own folder, and sees none of the user's settings."""
    monkeypatch.chdir(tmp_path)
    for variable in ("LLMOPT_DB_URL", "MLFLOW_TRACKING_URI", "GENCOST_SWEEP_ID"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(scope="session")
def empty_db(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A new metrics DB as it is on the disk: making its tables takes longer than most tests."""
    file = tmp_path_factory.mktemp("empty") / "metrics.sqlite"
    init_db(f"sqlite:///{file}").dispose()
    return file.read_bytes()


@pytest.fixture
def engine(tmp_path: Path, empty_db: bytes) -> Iterator[Engine]:
    file = tmp_path / "metrics.sqlite"
    file.write_bytes(empty_db)
    opened = init_db(f"sqlite:///{file}")
    yield opened
    opened.dispose()


def _postgres_binary(name: str) -> str:
    program = shutil.which(name) or next(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None)
    if program is None:
        pytest.skip(f"{name} is not here: install PostgreSQL's server, e.g. apt-get install postgresql")
    return program


class PostgresServer:
    """A private PostgreSQL server in a temporary folder.

    Attributes:
        url: of its database ``postgres``.
    """

    def __init__(self) -> None:
        initdb, self._pg_ctl = _postgres_binary("initdb"), _postgres_binary("pg_ctl")
        self._user = "postgres" if os.geteuid() == 0 else None  # initdb refuses root
        self.folder = Path(tempfile.mkdtemp(prefix="gencost-postgres-"))
        if self._user is not None:
            shutil.chown(self.folder, self._user, self._user)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._data = str(self.folder / "data")
        self._run(initdb, "-D", self._data, "-U", "gencost", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.url = f"postgresql://gencost@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        options = f"-p {self._port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=60"
        self._run(self._pg_ctl, "-D", self._data, "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        self._run(self._pg_ctl, "-D", self._data, "-w", "-m", "immediate", "stop")

    def _run(self, *command: str) -> None:
        user = self._user
        subprocess.run(command, check=True, user=user, group=user, cwd=self.folder, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running server; a test that stops it starts it again."""
    server = PostgresServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.folder)


@pytest.fixture(scope="session")
def postgres(postgres_server: PostgresServer) -> str:
    """URL of a private PostgreSQL server, started for the tests and stopped after them."""
    return postgres_server.url


@pytest.fixture
def postgres_database(postgres: str) -> str:
    """URL of an empty database of its own."""
    import uuid

    from sqlalchemy import create_engine, text

    name = f"t{uuid.uuid4().hex}"
    admin = create_engine(postgres.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return postgres.removesuffix("/postgres") + f"/{name}"


@pytest.fixture
def foreground() -> Iterator[None]:
    """Signals as in a terminal: a script's job in the background ignores Ctrl-C, one under nohup a closed terminal."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def gencost_process(tmp_path: Path, foreground: None) -> Run:
    """Run ``python -m gencost.run``, or another module, in the test's folder and a process of its own."""

    def run(
        *arguments: str, module: str = "gencost.run", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", module, *arguments]
        return subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True)

    return run


@pytest.fixture
def gencost_run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run ``gencost-run`` in this process, where a test can replace its parts; what is heavy is imported once."""
    from in_process import run_in

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        capfd.readouterr()
        code = run_in(Path.cwd(), *arguments)
        shown = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, code, shown.out, shown.err)

    return run
