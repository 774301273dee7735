"""Every command is described without being imported, and its name is its file's."""

from __future__ import annotations

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import gencost
from gencost.cli import main
from gencost.commands import parsers
from gencost.commands.words import leaves

COMMANDS = Path(parsers.__file__).parent


LEAVES = dict(leaves(parsers.parser()))


def test_the_commands_are_seen():
    assert {"compare", "prices list", "mlflow sync"} <= set(LEAVES)


@pytest.mark.parametrize("words", LEAVES)
def test_a_command_has_a_function_in_the_file_of_its_name(words):
    handler = pkgutil.resolve_name(LEAVES[words].get_default("command"))
    assert callable(handler)
    assert handler.__module__.removeprefix("gencost.").removeprefix("commands.").removesuffix("_") == words.split()[0]


@pytest.mark.parametrize("words", LEAVES)
def test_every_argument_says_what_it_is_for(words):
    assert [action.dest for action in LEAVES[words]._actions if not (action.help or action.metavar)] == []


def test_no_command_imports_inside_a_function():
    for path in COMMANDS.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inside = [n for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for n in ast.walk(f)]
        assert not [n for n in inside if isinstance(n, ast.Import | ast.ImportFrom)], path


def test_help_imports_no_command():
    program = (
        "import sys\nfrom gencost.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted(name for name in sys.modules if name.startswith('gencost.')), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = ast.literal_eval(done.stderr)
    commands = ("commands", "commands.options", "commands.parsers", "commands.traffic_parsers", "commands.words")
    process = ("process", "process.exit_codes", "process.imports", "process.stopping", "process.waiting")
    light = ("errors", *process, "text", "text.safe")
    assert loaded == [f"gencost.{name}" for name in ("cli", *commands, "config", "config.working_folder", *light)]


def test_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert (end.value.code, capsys.readouterr().out) == (0, f"gencost {gencost.__version__}\n")
