"""The part of an answer that is its Python code. Several blocks, drafts, usage, prose around it, fences left out."""

from __future__ import annotations

import ast
import builtins
import html
import json
import re
import textwrap
import warnings
from collections.abc import Iterator, Sequence

from gencost.quality.fences import Block, blocks

_PYTHON = re.compile(r"(?:python|py|ipython|pycon|sage)[\d.]*(?:\s[\d.]+)?", re.IGNORECASE)
_STARTS = re.compile(
    r"^(?:async def |def |class |import |from \w[\w.]* import |@\w|if |for |while |try:|with |"
    r"[A-Za-z_]\w*\s*(?::[^=\n]+)?=[^=])"
)
_FENCE_LINE = re.compile(r"[ \t]*(?:`{3,}|~{3,})[ \t]*\w*[ \t]*")
_HTML = re.compile(r"<pre[^>]*>(?P<code>.*?)</pre>", re.IGNORECASE | re.DOTALL)
_TAGS = re.compile(r"^[ \t]*<(?:code|python|solution|answer)>|</(?:code|python|solution|answer)>[ \t]*$", re.MULTILINE)
_INDENTED = re.compile(
    r"(?:^(?: {2,}|\t)[ \t]*\S.*\n?|^[ \t]*\n)+", re.MULTILINE
)  # a block of Markdown without a fence
_NAMED = re.compile(r"\A\s*(?:python3?|py)[ \t]*\n", re.IGNORECASE)
_SENTINEL = re.compile(r"^[ \t]*\[/?(?:BEGIN|DONE|END|PYTHON|CODE|ANSWER|SOLUTION)\][ \t]*$", re.MULTILINE)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_PROMPT = re.compile(r"^[ \t]*(?:>>>|\.\.\.)(?:[ \t]*$| (?P<code>.*)$)", re.MULTILINE)
_MISTAKE = re.compile(
    r"\A\W*(?:wrong|incorrect|buggy|bad|don['\u2019]t (?:do|use|write)|do not (?:do|use|write))\b"
    r"|\b(?:common|frequent|typical) (?:mistakes?|errors?|pitfalls?)\b"
    r"|\b(?:your|the) (?:original|old|previous|buggy|initial) (?:code|version|function|implementation|attempt)\b",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"\b(?:instead|right|correct(?:ed)?|fixed|better|fix(?:es)?|avoids?|avoiding|improv\w+|updat\w+|refactor\w+|optimi\w+)\b",
    re.IGNORECASE,
)
_QUOTES = re.compile(r"\s*(?P<mark>'{3}|\"{3})(?:python|py)[ \t]*\n(?P<code>.*?)\n[ \t]*(?P=mark)\s*", re.DOTALL)
_MOST_TRIES = 200
_FEW_LINES = 20
_SILENT = re.compile(r"\s*(?:#|\Z)")  # an error at the end of a text is reported of the line before
_STILL_OPEN = re.compile(r"never closed|unterminated triple|EOF|f-string")  # errors that a further line may resolve
_FIELDS = ("code", "solution", "answer", "python")
_OTHERS = {"bash", "sh", "shell", "console", "json", "text", "output"}


def code_of(text: str, tests: str = "") -> str:
    """Find the code of an answer.

    Of fenced blocks that are Python or name no language, the last one that defines what the tests need counts, with
    the other blocks that define what it, or the tests, need besides. Without such a block the answer is code itself, or
    the longest run of its lines that is.

    Args:
        text: the answer.
        tests: Python that names what it needs.
    """
    if quoted := _QUOTES.fullmatch(text):  # for a fence
        text = quoted["code"]
    fenced = [block.content for block in blocks(text)]
    text = _from_html(_from_json(fenced[0] if len(fenced) == 1 else text) or _from_json(text) or text)
    python = [block.content for block in _meant(_python(blocks(text)), _needed(tests))]
    pieces = [_dedented(piece) for piece in python if piece.strip()][-_MOST_TRIES:]
    if not pieces:
        return _bare(text)
    code = _chosen(pieces, _needed(tests)) if len(pieces) > 1 else _bare_end(pieces[0])
    bare = _bare(text) if _tree(code) is None else code
    return bare if _tree(bare) is not None else code


def _from_json(text: str) -> str | None:
    """The code of an answer that is a JSON object with a field for it; None for any other."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    fields = value if isinstance(value, dict) else {}
    return next((fields[key] for key in _FIELDS if isinstance(fields.get(key), str)), None)


def _from_html(text: str) -> str:
    """The code of an answer in HTML, or between tags such as <solution>."""
    match = _HTML.search(text)
    return _TAGS.sub("", text) if match is None else html.unescape(re.sub(r"</?code[^>]*>", "", match["code"]))


def _python(blocks: Sequence[Block]) -> list[Block]:
    """The blocks marked as Python; else those of no language; else those of any that are Python all the same."""
    named = [block for block in blocks if _PYTHON.fullmatch(block.language)]
    plain = [block for block in blocks if not block.language]
    others = (block for block in blocks if block.language not in _OTHERS)
    return named or plain or [block for block in others if _tree(_dedented(block.content)) is not None]


def _meant(blocks: Sequence[Block], needed: set[str]) -> Sequence[Block]:
    """Leave out blocks that show a mistake or earlier code, where another one defines what is needed."""
    shown = [block for block in blocks if not _MISTAKE.search(block.lead) or _INSTEAD.search(block.lead)]
    return shown if len(shown) < len(blocks) and any(_makes(block, needed) for block in shown) else blocks


def _makes(block: Block, needed: set[str]) -> bool:
    tree = _tree(_dedented(block.content))
    return tree is not None and bool(_defined(tree, imports=False) & needed)


def _dedented(piece: str) -> str:
    piece = _NAMED.sub("", textwrap.dedent(piece))
    return _typed(piece) if re.match(r"\s*>>>", piece) else piece


def _typed(session: str) -> str:
    """The lines that were typed in a session of the interpreter."""
    return "\n".join(line["code"] or "" for line in _PROMPT.finditer(session))


def _tree(code: str) -> ast.Module | None:
    return _parsed(code)[0]


def _parsed(code: str) -> tuple[ast.Module | None, int]:
    """The tree of a text, None if it is not Python, and the line at which it is not, from 1; 0 if that is not known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(code), 0
        except SyntaxError as error:
            return None, error.lineno or 0
        except (ValueError, RecursionError, MemoryError):
            return None, 0


def _defined(tree: ast.Module, *, imports: bool = True) -> set[str]:
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names if imports}
        else:
            parts = (part for part in ast.walk(node) if isinstance(part, ast.Name))
            names |= {part.id for part in parts if isinstance(part.ctx, ast.Store)}
    return names


def _used(tree: ast.Module) -> set[str]:
    return {part.id for part in ast.walk(tree) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}


def _needed(tests: str) -> set[str]:
    tree = _tree(tests)
    return set() if tree is None else _used(tree) - _defined(tree) - set(dir(builtins))


def _chosen(pieces: Sequence[str], needed: set[str]) -> str:
    """The last piece that defines what is needed, behind those that define what it lacks."""
    trees = [_tree(piece) for piece in pieces]
    defines = [set() if tree is None else _defined(tree) for tree in trees]
    whole = [i for i, tree in enumerate(trees) if tree is not None]
    if not whole:
        return _bare_end(pieces[0])
    made = [
        set() if tree is None else _defined(tree, imports=False) for tree in trees
    ]  # "from add import add" belongs to a test
    main = max(whole, key=lambda i: (len(made[i] & needed), len(defines[i] & needed), i if defines[i] & needed else -i))
    kept, have = [main], set(defines[main])
    wanted = needed | _uses(trees[main])
    for i in reversed(whole):
        if (defines[i] & wanted) - have and not (defines[i] - made[i]) & made[main]:  # a test imports the solution
            kept.append(i)
            have |= defines[i]
            wanted |= _uses(trees[i])
    return "\n\n".join(pieces[i] for i in sorted(kept, key=lambda i: (i == main and _is_last(i, kept), i)))


def _is_last(main: int, kept: Sequence[int]) -> bool:
    return all(i <= main for i in kept)


def _uses(tree: ast.Module | None) -> set[str]:
    return set() if tree is None else _used(tree) - _bound(tree) - set(dir(builtins))


def _bound(tree: ast.Module) -> set[str]:
    """The names that a piece gives values to, its parameters, too."""
    nodes = list(ast.walk(tree))
    names = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return names | {node.arg for node in nodes if isinstance(node, ast.arg)}


def _bare(text: str) -> str:
    """The code of an answer without fences around it."""
    lines = _SENTINEL.sub("", _NAMED.sub("", text)).splitlines()
    while lines and _FENCE_LINE.fullmatch(lines[-1]):  # a closing fence that nothing opens
        lines.pop()
    text = textwrap.dedent("\n".join(line for line in lines if not _FENCE_LINE.fullmatch(line)))
    if _tree(text) is not None:
        return text
    indented = [textwrap.dedent(part.group()) for part in _INDENTED.finditer(text)]
    spans = _SPAN.findall(text)
    for piece in (text, *indented, *spans, _typed(text)):
        if (run := next(_runs(piece.splitlines()), None)) is not None:
            return run
    return text


def _bare_end(piece: str) -> str:
    """A block whose fence was left open: prose may follow the code."""
    return piece if _tree(piece) is not None else next(_runs(piece.splitlines()), piece)


def _breaks(lines: Sequence[str]) -> int:
    """The line, from 1, from which a few lines are not Python whatever follows them; 0 if none is known."""
    last = max((number for number, line in enumerate(lines, 1) if not _SILENT.match(line)), default=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse("\n".join(lines))
        except SyntaxError as error:
            wrong = error.lineno or 0
            return 0 if wrong >= last or _STILL_OPEN.search(error.msg) else wrong
        except (ValueError, RecursionError, MemoryError):
            pass
    return 0


def _runs(lines: Sequence[str]) -> Iterator[str]:
    """Runs of lines that are Python and define something, each from a line that looks like code.

    A line that is wrong is wrong in every run that it is in; of lines that define nothing, fewer define no more.
    """
    tries = 0
    for start, line in enumerate(lines):
        end = len(lines) if _STARTS.match(line) else start
        while end > start:
            tries += 1
            if tries > _MOST_TRIES:
                return
            tree, wrong = None, _breaks(lines[start : min(end, start + _FEW_LINES)])
            if not wrong:
                tree, wrong = _parsed(run := "\n".join(lines[start:end]))
            if tree is not None and _defined(tree):
                yield run
                return
            end = start if tree is not None else min(end - 1, start + wrong - 1 if wrong else end)
