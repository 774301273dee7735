"""Tests whose expected values never enter the process that runs the code.

``assert f(2) == 4`` becomes a report of what ``f(2)`` gave; the process outside knows the 4 and compares. A program
that ends early, walks frames, or gives an object that equals everything cannot pass, as it never sees what would. Other
asserts are carried out inside and reported. An object of a class of its own is never equal to a plain value.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field

from gencost.quality.programs.plain_value import digest
from gencost.quality.programs.styles_of_tests import plain_tests

VALUE, HOLDS, EQUAL = "__gencost_value__", "__gencost_holds__", "__gencost_equal__"
END = "end"


@dataclass(frozen=True, kw_only=True)
class CheckedTests:
    """Tests in two parts.

    Attributes:
        source: what runs beside the code.
        expected: digest of the value that each reported place must have, by its number.
        shown: the same values, for people.
        must_be_reached: places that a run of the tests passes.
        places: how many asserts there are.
    """

    source: str
    expected: dict[int, str]
    shown: dict[int, str]
    must_be_reached: frozenset[int]
    places: int

    def why_not(self, reports: Iterable[str]) -> str | None:
        """Judge what was reported.

        Args:
            reports: lines as ``programs.sandbox`` writes them: a place's number with a digest, ``ok`` or the class of
                an object that is not a plain value; last ``end``.

        Returns:
            None if the tests passed; else why not.
        """
        reached: set[int] = set()
        ended = False
        for report in reports:
            head, _, tail = report.partition(" ")
            if head == END:
                ended = True
            if not head.isdigit() or not tail:
                continue
            place = int(head)
            if place in self.expected and tail != self.expected[place]:
                kind = "" if len(tail) == 64 else f": an object of class {tail[:60]}"
                return f"assertion {place + 1} of {self.places} failed, expected {self.shown[place]}{kind}"
            reached.add(place)
        if not ended:
            return "it ended before its tests did"
        if not self.must_be_reached <= reached or (self.places and not reached):
            return "it ended before its tests did: an assertion was not reached"
        return None


def checked(tests: str) -> CheckedTests:
    """Take the expected values out of tests.

    Args:
        tests: Python.

    Raises:
        SyntaxError: they are not Python.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = plain_tests(ast.parse(tests))
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error)) from None
    top = {id(node) for node in tree.body}
    places = _Places(top=top)
    source = ast.unparse(ast.fix_missing_locations(places.visit(tree)))
    return CheckedTests(
        source=source,
        expected=places.expected,
        shown=places.shown,
        must_be_reached=frozenset(places.must_be_reached),
        places=places.count,
    )


@dataclass
class _Places(ast.NodeTransformer):
    """Rewrites every assert of a tree."""

    top: set[int]
    expected: dict[int, str] = field(default_factory=dict)
    shown: dict[int, str] = field(default_factory=dict)
    must_be_reached: set[int] = field(default_factory=set)
    count: int = 0

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        if isinstance(node.test, ast.Constant):
            return node  # a place that a right program never reaches: else: assert False
        first = self.count
        test = self._rewritten(node.test)
        if id(node) in self.top:
            self.must_be_reached |= set(range(first, self.count))
        return ast.copy_location(ast.Assert(test=test, msg=None), node)  # its message may hold what is expected

    def _rewritten(self, test: ast.expr) -> ast.expr:
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            return ast.BoolOp(op=ast.And(), values=[self._rewritten(part) for part in test.values])
        place = self.count
        self.count += 1
        if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)):
            return _call(HOLDS, ast.Constant(place), test)
        left, right = test.left, test.comparators[0]
        if _literal(right) is None and _literal(left) is not None:
            left, right = right, left
        wanted = _literal(right)
        if wanted is None or _literal(left) is not None:
            return _call(HOLDS, ast.Constant(place), _call(EQUAL, left, right))
        self.expected[place], self.shown[place] = wanted, ast.unparse(right)[:100]
        return _call(VALUE, ast.Constant(place), left)


def _literal(node: ast.expr) -> str | None:
    """The digest of a literal; None for any other expression."""
    try:
        return digest(ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(func=ast.Name(id=name, ctx=ast.Load()), args=list(arguments), keywords=[])
