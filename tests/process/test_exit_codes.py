"""Exit codes have one home."""

from __future__ import annotations

import re
from pathlib import Path

from gencost.process import exit_codes

ROOT = Path(__file__).parent.parent.parent


def test_the_exit_codes_are_those_of_the_readme():
    codes = {name: value for name, value in vars(exit_codes).items() if name.isupper()}
    assert codes == {"OK": 0, "FAILED": 1, "USER_ERROR": 2, "OVER_BUDGET": 3, "INTERRUPTED": 130}
    said = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split()).partition("Exit codes: ")[2]
    sentence = said.partition("(")[0]
    assert [int(code) for code in re.findall(r"\d+", sentence)] == sorted(codes.values())


def test_no_command_returns_a_number_of_its_own():
    for path in (ROOT / "gencost" / "commands").glob("*.py"):
        assert not re.search(r"return \d+$", path.read_text(encoding="utf-8"), re.MULTILINE), path
