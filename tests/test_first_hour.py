"""The commands of two pages of experiments run in their order, and the README's queries count results alone."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from gencost.cli import main

ROOT = Path(__file__).parent.parent


@pytest.mark.cli
@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("first_hour", [0, 3, 0, 0, 0, 0, 0, 0, 0]),  # the second reaches its budget
        ("ci_gate", [0, 0, 0, 0]),
    ],
)
def test_every_command_of_a_page_runs_in_its_order(gencost_run, capfd, page, expected):
    text = (ROOT / "experiments" / page / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    codes = []
    for line in (line for block in blocks for line in block.splitlines()):
        command, *words = shlex.split(line.replace("python -m gencost.run", "gencost run"))[1:]
        if command == "run":
            codes.append(gencost_run(*words).returncode)
            continue
        with pytest.raises(SystemExit) as end:
            main([command, *words])
        codes.append(end.value.code)
    assert codes == expected


def test_every_query_of_the_metrics_dbs_page_filters_the_role():
    page = (ROOT / "gencost" / "metrics_db" / "README.md").read_text(encoding="utf-8")
    queries = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    assert queries
    assert [query for query in queries if "role = 'sample'" not in query] == []
