"""Tests in the styles of pytest and unittest as plain asserts and calls, so that they can be checked like any.

Functions named ``test...`` without arguments and methods of ``unittest.TestCase`` are called behind the tests;
``self.assertEqual(f(1), 2)`` becomes ``assert f(1) == 2``. ``unittest.main()`` and what stands under
``if __name__ == "__main__"`` is left out.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

_EQUAL = "Equal Equals ListEqual DictEqual TupleEqual SetEqual MultiLineEqual SequenceEqual"
_COMPARED: Mapping[str, ast.cmpop] = {f"assert{kind}": ast.Eq() for kind in _EQUAL.split()} | {
    "assertNotEqual": ast.NotEq(),
    "assertIn": ast.In(),
    "assertNotIn": ast.NotIn(),
    "assertIs": ast.Is(),
    "assertIsNot": ast.IsNot(),
    "assertGreater": ast.Gt(),
    "assertGreaterEqual": ast.GtE(),
    "assertLess": ast.Lt(),
    "assertLessEqual": ast.LtE(),
}
_JUDGED: Mapping[str, Callable[[ast.expr], ast.expr]] = {
    "assertTrue": lambda value: value,
    "assertFalse": lambda value: ast.UnaryOp(op=ast.Not(), operand=value),
    "assertIsNone": lambda value: ast.Compare(left=value, ops=[ast.Is()], comparators=[ast.Constant(None)]),
    "assertIsNotNone": lambda value: ast.Compare(left=value, ops=[ast.IsNot()], comparators=[ast.Constant(None)]),
}
_RUN_CASE = """
for __name in __import__("unittest").defaultTestLoader.getTestCaseNames({name}):
    __case = {name}(__name)
    __case.setUpClass()
    __case.setUp()
    getattr(__case, __name)()
    __case.tearDown()
"""


def plain_tests(tree: ast.Module) -> ast.Module:
    """Rewrite tests, see the module; plain asserts stay as they are."""
    tree.body = [node for node in tree.body if not _is_main(node)]
    called = {part.func.id for part in ast.walk(tree) if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)}
    calls: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test") and node.name not in called:
            calls += [] if node.args.args or node.decorator_list else ast.parse(f"{node.name}()").body
        elif isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("TestCase") for base in node.bases):
            calls += ast.parse(_RUN_CASE.format(name=node.name)).body
    tree.body += calls
    _Asserts().visit(tree)
    return ast.fix_missing_locations(tree)


def _is_main(node: ast.stmt) -> bool:
    text = ast.unparse(node)
    return text.startswith(("unittest.main(", "pytest.main(", "if __name__ == '__main__':"))


class _Asserts(ast.NodeTransformer):
    """Turns methods of ``unittest`` that assert into asserts."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        call = node.value
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)) or call.keywords:
            return node
        name, values = call.func.attr, call.args
        if name in _COMPARED and len(values) > 1:
            test: ast.expr = ast.Compare(left=values[0], ops=[_COMPARED[name]], comparators=[values[1]])
        elif name in _JUDGED and values:
            test = _JUDGED[name](values[0])
        else:
            return node
        return ast.copy_location(ast.Assert(test=test, msg=None), node)
