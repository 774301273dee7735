"""Which small faults in the code its package's tests find: ``python tests/benchmarks/mutants.py 200 [--seed 0]``.

Each mutant is one change of one expression, drawn at random and put into a copy of the tree. It is killed if a test
fails, or if the tests take more than a minute of the processor. What survives is printed with its place: either a test
is missing, or the change means the same.

Only the package's tests run, and of these the ones that called the changed function when all ran once: no other can
notice. For code outside of functions, and for what no test called in its own process, all run. Each mutant has a fork
of a process that has imported the libraries.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import compileall
import contextlib
import importlib
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
os.environ.update(ONE_THREAD)
ROOT = Path(__file__).parent.parent.parent
PACKAGES = {
    "pricing": (["pricing"], ["tests/pricing"]),
    "decision": (["decision"], ["tests/decision"]),
    "runner": (
        ["runner", "sending"],
        ["tests/runner", "tests/sending", "tests/sweep/test_processes.py", "tests/test_machine_time.py"],
    ),
    "metrics_db": (["metrics_db"], ["tests/metrics_db"]),
}
COPIED = ("gencost", "conf", "hydra_plugins", "tests", "pyproject.toml", "README.md")
LIBRARIES = (
    *("pytest", "numpy", "pandas", "pyarrow", "scipy.stats", "scipy.optimize", "sqlalchemy.ext.asyncio", "aiohttp"),
    *("sqlalchemy.orm", "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql", "hydra", "omegaconf", "yaml"),
    *("hydra._internal.hydra", "hydra._internal.utils", "hydra.core.plugins", "jinja2", "rich.progress", "rich.live"),
)
IMPORTED = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
CPU_S = 60
TEST_S, RUN_S = 150, 400  # of one test, and of all, by the clock: what waits for ever is killed, too
PAIRS = (
    *((ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.Eq, ast.NotEq), (ast.Is, ast.IsNot), (ast.In, ast.NotIn)),
    *((ast.And, ast.Or), (ast.Add, ast.Sub), (ast.Mult, ast.Div), ("min", "max"), ("any", "all")),
)
SWAPS = {**dict(PAIRS), **{second: first for first, second in PAIRS}}


def mutated(node: ast.AST) -> bool:
    """Change a node, if it is of a kind that is changed."""
    match node:
        case ast.Compare(ops=[first, *others]) if type(first) in SWAPS:
            node.ops = [SWAPS[type(first)](), *others]
        case ast.BoolOp(op=operator) | ast.BinOp(op=operator) if type(operator) in SWAPS:
            node.op = SWAPS[type(operator)]()
        case ast.Constant(value=bool()):
            node.value = not node.value
        case ast.Constant(value=int()):
            node.value += 1
        case ast.IfExp() | ast.If() | ast.While():
            node.test = ast.UnaryOp(op=ast.Not(), operand=node.test)
        case ast.Return(value=value) if value is not None and not isinstance(value, ast.Constant):
            node.value = ast.Constant(value=None)
        case ast.Name(id=name) if name in SWAPS:
            node.id = SWAPS[name]
        case _:
            return False
    return True


class Mutant(NamedTuple):
    """One change: in which package, file and line, from what to what, and the file's new text."""

    package: str
    file: str
    line: int
    change: str
    text: str


def mutant_of(package: str, path: Path, draw: random.Random) -> Mutant:
    """One mutant of a file.

    Raises:
        IndexError: nothing in it can be changed.
    """
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    decorators = {
        id(node) for of in ast.walk(tree) for it in getattr(of, "decorator_list", ()) for node in ast.walk(it)
    }
    places = [number for number, node in enumerate(ast.walk(tree)) if id(node) not in decorators and mutated(node)]
    tree = ast.parse(text)
    node = list(ast.walk(tree))[draw.choice(places)]
    before = ast.unparse(getattr(node, "test", node))
    mutated(node)
    change = " ".join(f"{before}  ->  {ast.unparse(getattr(node, 'test', node))}".split())
    text = ast.unparse(ast.fix_missing_locations(tree))
    return Mutant(package, str(path.relative_to(ROOT)), node.lineno, change[:200], text)


def mutants(count: int, seed: int) -> list[Mutant]:
    """Draw from the packages in turn, none twice."""
    draw, drawn = random.Random(seed), {}
    while len(drawn) < count:
        package = list(PACKAGES)[len(drawn) % len(PACKAGES)]
        files = sorted(path for of in PACKAGES[package][0] for path in (ROOT / "gencost" / of).glob("[!_]*.py"))
        (path,) = draw.choices(files, [file.stat().st_size for file in files])
        with contextlib.suppress(IndexError):
            mutant = mutant_of(package, path, draw)
            drawn[mutant.text] = mutant
    return list(drawn.values())


class Chosen:
    """Let only some tests run: those of the quickest files first."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds = seconds

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        of_file: dict[Path, float] = defaultdict(float)
        for item in items:
            of_file[item.path] += self.seconds.get(item.nodeid, 0.0)
        kept = [item for item in items if item.nodeid in self.seconds]
        items[:] = sorted(kept, key=lambda item: of_file[item.path])


class Calls:
    """Note which functions each test calls: copies of them say so to ``builtins.called``."""

    def __init__(self) -> None:
        self.tests: dict[str, tuple[float, list[list[Any]]]] = {}
        builtins.called = set()  # type: ignore[attr-defined]

    def _note(self, test: str, seconds: float) -> None:
        self.tests[test] = seconds, sorted(map(list, builtins.called))  # type: ignore[attr-defined]
        builtins.called.clear()  # type: ignore[attr-defined]

    def pytest_collection_finish(self) -> None:
        self._note("", 0.0)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        began_s = time.process_time()
        result = yield
        self._note(item.nodeid, time.process_time() - began_s)
        return result

    def pytest_sessionfinish(self) -> None:
        Path("calls.json").write_text(json.dumps(self.tests), encoding="utf-8")


def telling(file: str, text: str) -> str:
    """A file whose functions note when they are called: the file, and their first and last line."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(it.lineno for it in node.decorator_list)])
            place = (file, first, node.end_lineno)
            note = ast.parse(f"getattr(__import__('builtins'), 'called', set()).add({place})").body
            node.body[bool(ast.get_docstring(node)) : bool(ast.get_docstring(node))] = note
    return ast.unparse(ast.fix_missing_locations(tree))


def run(folder: Path, tests: list[str], plugin: object) -> int:
    """Run tests in a copy of the tree and a process of its own; its exit code."""
    child = os.fork()
    if not child:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S) if isinstance(plugin, Chosen) else (-1, -1))
        os.chdir(folder)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nowhere, number)
        os.environ.clear()
        os.environ.update(PATH="/usr/bin:/bin", PYTHONPATH=str(folder), PYTHONDONTWRITEBYTECODE="1", **ONE_THREAD)
        sys.path[0] = str(folder)
        options = ["-q", "-n", "0", "-p", "no:cacheprovider", f"--timeout={TEST_S}", "-W", IMPORTED]
        stop = ["-x"] if isinstance(plugin, Chosen) else []
        os._exit(int(pytest.main([*options, *stop, *tests], plugins=[plugin])))
    over_s = time.monotonic() + RUN_S
    while os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None and time.monotonic() < over_s:
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # and processes that a test left
    return os.waitpid(child, 0)[1]


def seconds_of(calls: dict[str, tuple[float, list[list[Any]]]], mutant: Mutant) -> dict[str, float]:
    """The tests to run, those that called the changed function or all, and the processor's seconds of each."""
    tests = {
        test: seconds
        for test, (seconds, ranges) in calls.items()
        if any(file == mutant.file and first <= mutant.line <= last for file, first, last in ranges)
    }
    return tests if tests and "" not in tests else {test: seconds for test, (seconds, _) in calls.items()}


FOLDER: list[Path] = []


def copy_tree(base: str) -> None:
    """Make this process's copy of the tree, compiled: a mutant compiles its one file."""
    folder = Path(tempfile.mkdtemp(dir=base))
    FOLDER[:] = [folder]
    for name in COPIED:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy2)(ROOT / name, folder / name)
    conftest = folder / "tests" / "conftest.py"  # numpy is here already, told to take one thread
    conftest.write_text(conftest.read_text(encoding="utf-8").replace('assert "numpy" not in', 'assert "" not in'))
    compileall.compile_dir(folder, quiet=1)


def is_killed(mutant: Mutant, seconds: dict[str, float]) -> bool:
    """Whether a test of the package fails with the mutant in the tree."""
    (folder,) = FOLDER
    (folder / mutant.file).write_text(mutant.text, encoding="utf-8")
    files = list(dict.fromkeys(test.partition("::")[0] for test in seconds if test))
    status = run(folder, files, Chosen(seconds))
    shutil.copy2(ROOT / mutant.file, folder / mutant.file)
    return status != 0


def calls_of(package: str) -> dict[str, tuple[float, list[list[Any]]]]:
    """Run all tests of a package: what each of them called."""
    (folder,) = FOLDER
    for path in [path for of in PACKAGES[package][0] for path in (ROOT / "gencost" / of).glob("*.py")]:
        file = str(path.relative_to(ROOT))
        (folder / file).write_text(telling(file, path.read_text(encoding="utf-8")), encoding="utf-8")
    if run(folder, PACKAGES[package][1], Calls()):
        sys.stdout.write(f"a test of {package} fails without a mutant\n")
    for of in PACKAGES[package][0]:
        shutil.copytree(ROOT / "gencost" / of, folder / "gencost" / of, dirs_exist_ok=True)
    return json.loads((folder / "calls.json").read_text(encoding="utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", help="numbers of mutants with commas between, e.g. those that survived")
    given = parser.parse_args()
    drawn = mutants(given.count, given.seed)
    numbers = [int(it) for it in given.only.split(",")] if given.only else range(1, given.count + 1)
    for library in LIBRARIES:
        importlib.import_module(library)
    chosen = [drawn[number - 1] for number in numbers]
    packages = list(dict.fromkeys(mutant.package for mutant in chosen))
    with (
        tempfile.TemporaryDirectory(prefix="gencost-mutants-", ignore_cleanup_errors=True) as base,
        ProcessPoolExecutor(given.jobs, get_context("fork"), copy_tree, (base,)) as pool,
    ):
        calls = dict(zip(packages, pool.map(calls_of, packages), strict=True))
        results = pool.map(is_killed, chosen, [seconds_of(calls[mutant.package], mutant) for mutant in chosen])
        dead: Counter[str] = Counter()
        for number, mutant, dies in zip(numbers, chosen, results, strict=True):
            dead[mutant.package] += dies
            verdict = "killed  " if dies else "survived"
            print(f"{number} {verdict} {mutant.file}:{mutant.line}  {mutant.change}", flush=True)  # noqa: T201
    print(f"{dead.total()} of {len(chosen)} killed, seed {given.seed}: {dict(dead)}")  # noqa: T201


if __name__ == "__main__":
    main()
