"""The layers of gencost/README.md hold: imports go strictly downwards, each third-party library has its owners."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

LAYERS = (
    {"errors", "masking", "paths", "process"},
    {"text", "values"},
    {"tabular"},
    {"messages"},
    {"types"},
    {"protocols", "usage"},
    {"prompts", "pricing", "providers", "quality", "metrics_db"},
    {"config", "cost_tracker"},
    {"accounting"},
    {"sending"},
    {"llm"},
    {"runner", "traffic", "analysis"},
    {"decision"},
    {"report", "audit", "policies", "selfcheck"},
    {"tracking"},
    {"sweep"},
    {"commands"},
    {"run", "cli", "roles"},
    {"__init__", "__main__", "hydra_plugins"},
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}

ROOMS = {  # rooms inside a package, and what else of the package they import
    "analysis.recorded": set(),
    "analysis.statistics": set(),
    "analysis.bills": {"recorded", "statistics"},
    "report.figures": {"reason", "say"},
    "report.html": {"columns", "comparison", "numbers", "policies", "say", "warnings"},
    "quality.refusals": set(),
    "quality.programs": {"fences"},
    "quality.numbers": {"answer_words", "marked"},
    "quality.letters": {"answer_words", "marked", "numbers", "reading"},
}

PACKAGES = {f"gencost.{room.split('.')[0]}" for room in ROOMS}

OWNERS = {
    "hydra": {"config", "sweep", "run"},
    "omegaconf": {"config", "sweep", "run"},
    "sqlalchemy": {"metrics_db", "analysis"},
    "alembic": {"metrics_db"},
    "mlflow": {"tracking"},
    "json_repair": {"quality"},
    "aiohttp": {"providers", "selfcheck"},
    "litellm": {"providers"},
    "pandas": {"analysis", "decision", "policies", "report", "selfcheck", "commands", "tracking"},
    "seaborn": {"report"},
    "matplotlib": {"report"},
    "scipy": {"analysis", "decision", "policies"},
    "numpy": {"analysis", "decision", "policies", "report", "selfcheck"},
    "sklearn": {"policies"},
    "genai_prices": {"pricing"},
    "yaml": {"config", "tabular", "text", "policies", "prompts", "pricing", "run"},
    "pyarrow": {"tabular", "text", "prompts", "providers"},
    "dotenv": {"config"},
    "jinja2": {"report", "prompts"},
    "rich": {"sweep", "runner", "report", "selfcheck", "audit"},
}

FILES = sorted([*(ROOT / "gencost").rglob("*.py"), *(ROOT / "hydra_plugins").rglob("*.py")])


def part(path: Path) -> str:
    """gencost/pricing/cost.py -> pricing; gencost/llm.py -> llm; hydra_plugins/... -> hydra_plugins."""
    top, *rest = path.relative_to(ROOT).with_suffix("").parts
    return top if top == "hydra_plugins" else rest[0]


@functools.cache
def nodes_of(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imported(path: Path) -> Iterator[str]:
    """Dotted names of every import of a file, those inside functions too, those for the type checker alone not."""
    for_types = {id(n) for node in nodes_of(path) if is_type_checking(node) for n in ast.walk(node)}
    for node in nodes_of(path):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield str(node.module)
            if node.module in {"gencost", *PACKAGES}:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


@pytest.fixture(scope="module")
def imports() -> list[tuple[str, str]]:
    """Every import of every file: where, e.g. ``gencost/llm.py``, and what."""
    return [(str(path.relative_to(ROOT)), name) for path in FILES for name in imported(path)]


def test_imports_go_strictly_downwards(imports):
    own = [(path, name) for path, name in imports if name.startswith("gencost.")]
    assert len(own) > 500
    assert [(path, name) for path, name in own if not is_below(name.split(".")[1], part(ROOT / path))] == []


def is_below(other: str, top: str) -> bool:
    return other == top or RANK[other] < RANK[top]


def test_rooms_of_a_package_import_no_more_of_it_than_is_listed(imports):
    for room, others in ROOMS.items():
        package, name = room.split(".")
        inside = f"gencost.{package}."
        names = [it for path, it in imports if path.startswith(f"gencost/{package}/{name}/") and it.startswith(inside)]
        assert {it.removeprefix(inside).split(".")[0] for it in names} - {name} == others, room


def test_each_library_is_imported_by_its_owners_only(imports):
    owned = [(path, name, OWNERS[library]) for path, name in imports if (library := name.split(".")[0]) in OWNERS]
    assert {name.split(".")[0] for _, name, _ in owned} == set(OWNERS)
    assert [(path, name) for path, name, owners in owned if part(ROOT / path) not in owners] == []


def test_files_are_at_most_300_lines_and_functions_30():
    texts = {path: path.read_text(encoding="utf-8") for path in FILES}
    assert {str(path): lines for path, text in texts.items() if (lines := len(text.splitlines())) > 300} == {}
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [(str(path), node) for path in FILES for node in nodes_of(path)]
    functions = [(path, node.name, body_lines(node)) for path, node in nodes if isinstance(node, kinds)]
    assert [it for it in functions if it[2] > 30] == []


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_the_walk_sees_an_import_inside_a_function(tmp_path):
    file = tmp_path / "f.py"
    file.write_text("def f():\n    import mlflow.entities\n    from gencost import run\n")
    assert list(imported(file)) == ["mlflow.entities", "gencost", "gencost.run"]


def test_files_of_tests_have_names_of_their_own():
    """Pytest imports them by their name alone."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
