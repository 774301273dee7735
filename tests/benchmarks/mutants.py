"""Which small faults in the code its package's tests find: ``python tests/benchmarks/mutants.py 60 [seed]``.

Each mutant is one change of one expression, drawn at random and put into a copy of the tree. It is killed if a test
fails, or if the tests take more than a minute of the processor. What survives is printed with its place: either a test
is missing, or the change means the same.
"""

from __future__ import annotations

import ast
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
TESTS = {
    "pricing": ["tests/pricing"],
    "decision": ["tests/decision"],
    "runner": ["tests/runner", "tests/sending", "tests/sweep/test_processes.py", "tests/test_machine_time.py"],
    "metrics_db": ["tests/metrics_db"],
}
COPIED = ("gencost", "conf", "hydra_plugins", "tests", "pyproject.toml", "README.md")
CPU_S = 60
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


def mutant_of(path: Path, draw: random.Random) -> tuple[str, str]:
    """One mutant of a file: its place and change, and its text."""
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
    return f"{path.relative_to(ROOT)}:{node.lineno}  {change[:200]}", ast.unparse(ast.fix_missing_locations(tree))


def killed(folder: Path, file: Path, text: str) -> bool:
    """Whether a test of the package fails with another text of one of its files."""
    whole, tests = file.read_text(encoding="utf-8"), TESTS[file.parent.name]
    file.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S)),
    )
    file.write_text(whole, encoding="utf-8")
    return done.returncode != 0


def main() -> None:
    count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    draw, dead = random.Random(seed), 0
    folder = Path(tempfile.mkdtemp(prefix="gencost-mutants-"))
    for name in COPIED:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, folder / name)
    for number in range(count):
        files = sorted((ROOT / "gencost" / list(TESTS)[number % len(TESTS)]).glob("[!_]*.py"))
        (path,) = draw.choices(files, [file.stat().st_size for file in files])
        place, text = mutant_of(path, draw)
        dies = killed(folder, folder / path.relative_to(ROOT), text)
        dead += dies
        print(f"{number + 1}/{count} {'killed  ' if dies else 'survived'} {place}", flush=True)  # noqa: T201
    print(f"{dead} of {count} killed, seed {seed}")  # noqa: T201
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
