"""The words of the code: one name, one thing."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
Trees = dict[str, ast.Module]
Nodes = dict[str, list[ast.AST]]


@pytest.fixture(scope="module")
def trees() -> Trees:
    paths = sorted((ROOT / "gencost").rglob("*.py"))
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


@pytest.fixture(scope="module")
def nodes(trees) -> Nodes:
    return {path: list(ast.walk(tree)) for path, tree in trees.items()}


def test_no_two_classes_share_a_name(trees):
    names = Counter(node.name for tree in trees.values() for node in tree.body if isinstance(node, ast.ClassDef))
    assert len(names) > 100
    assert [name for name, times in names.items() if times > 1] == []


QUESTIONS = {"What", "How", "Why", "When", "Where", "Which", "Who", "Whose"}


def test_a_docstring_is_a_sentence_or_an_imperative_and_no_clause(nodes):
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    places = [(path, node) for path, walked in nodes.items() for node in walked if isinstance(node, documented)]
    texts = [(path, text) for path, node in places if (text := ast.get_docstring(node))]
    assert [(path, text) for path, text in texts if text.split()[0] in QUESTIONS] == []


def test_a_text_says_is_not_a_and_fix(nodes):
    constants = [(path, node) for path, walked in nodes.items() for node in walked if isinstance(node, ast.Constant)]
    odd = re.compile(r"(?<!there )(?<!answer )\b(is|are) no (?!longer|worse|better|such)\w+|\bmend\b")
    texts = [(path, " ".join(node.value.split())) for path, node in constants if type(node.value) is str]
    assert [(path, text) for path, text in texts if odd.search(text)] == []


SAY_NOTHING = {"one", "found", "own", "said"}


def bound_names(nodes: list[ast.AST]) -> set[str]:
    """The names of locals, parameters and variables of loops and comprehensions; not the fields of a class."""
    fields = {id(it.target) for of in nodes if isinstance(of, ast.ClassDef) for it in of.body if is_field(it)}
    stored = (it for it in nodes if isinstance(it, ast.Name) and isinstance(it.ctx, ast.Store))
    names = {it.id for it in stored if id(it) not in fields}
    return names | {it.arg for it in nodes if isinstance(it, ast.arg)}


def is_field(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.AnnAssign)


def test_a_local_says_what_it_holds(nodes):
    assert {path: names for path, walked in nodes.items() if (names := SAY_NOTHING & bound_names(walked))} == {}
