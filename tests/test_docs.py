"""What the READMEs say can be run, runs; what they name, exists."""

from __future__ import annotations

import argparse
import pkgutil
import re
import sqlite3
import tomllib
from pathlib import Path

import pytest
import yaml

from gencost import UnifiedLLM
from gencost.commands.parsers import parser
from gencost.commands.words import leaves
from gencost.config.cell import Config
from gencost.metrics_db import init_db
from gencost.metrics_db.tables import metadata
from gencost.pricing.catalogue import load_pricing
from gencost.pricing.parse import _KEYS as BLOCK_KEYS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROOMS = sorted(ROOT.glob("gencost/*/README.md"))
PAGES = "".join(path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *ROOMS])


def page(of: str) -> str:
    return (ROOT / "gencost" / of / "README.md").read_text(encoding="utf-8")


def blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_readme_is_short_and_names_every_page():
    assert len(README.splitlines()) <= 250
    for path in [*ROOMS, *ROOT.glob("experiments/*/README.md")]:
        assert re.search(rf"[(/]{path.parent.name}(/README\.md)?\)", README), path


def test_the_python_blocks_run(tmp_path):
    assert blocks("python", README)
    for block in blocks("python", README):
        exec(compile(block, "README.md", "exec"), {})


def test_the_sql_blocks_run_on_a_real_db():
    with UnifiedLLM(provider="mock", model="small-latest") as llm:
        llm.complete("What is a pico-dollar?")
    init_db().dispose()
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    assert len(blocks("sql", page("metrics_db"))) == 3
    for block in blocks("sql", page("metrics_db")):
        connection.execute(block)
    connection.close()


def test_every_column_in_the_schema_table_exists_and_every_table_is_there():
    rows = re.findall(r"^\| (`.*?) \| .*? \| (.*) \|$", page("metrics_db"), re.MULTILINE)
    named = {name for tables, _ in rows for name in re.findall(r"`(\w+)`", tables)}
    assert named == set(metadata.tables) - {"schema_version", "gencost_alembic_version"}
    columns = {column.name for table in metadata.tables.values() for column in table.columns}
    for _, listed in rows:
        assert set(re.split(r"[,;] ", listed)) <= columns


def test_every_link_in_the_readmes_leads_somewhere():
    for readme in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
        *ROOT.glob("experiments/**/README.md"),
        *ROOT.glob("gencost/**/README.md"),
    ):
        for target in re.findall(r"\]\(([^)#]+)\)", readme.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (readme.parent / target).exists(), f"{readme}: {target}"


def test_every_experiment_found_something():
    for path in (ROOT / "conf" / "experiment").glob("*.yaml"):
        text = (ROOT / "experiments" / path.stem / "README.md").read_text(encoding="utf-8")
        assert "**Question.**" in text
        assert "**Answer.**" in text
        assert f"experiment={path.stem}" in text


def test_every_top_level_key_is_documented_where_it_is_defined():
    for key in ("name", "n", "repeats", "seed", "score"):
        assert f"    {key}: " in (Config.__doc__ or "")
        assert re.search(rf"^{key}: .*# ", (ROOT / "conf" / "config.yaml").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_two_commands_are_those_that_ci_runs():
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("python -m gencost.run -m model=small,large n=50", "&& pytest"):
        assert command in README
        assert command in ci


def test_every_step_of_ci_and_every_marker_is_explained():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for step in " ".join(re.findall(r"^(?:steps|by_name)=\((.*)\)$", ci, re.MULTILINE)).split():
        assert f"`{step}`" in text, step
        assert f"\n{step}() {{" in ci, step
    markers = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    for marker in (line.partition(":")[0] for line in markers["markers"]):
        assert re.search(rf"pytest -m '?[a-z ]*\b{marker}\b", text), marker
        assert marker == "model" or re.search(rf"pytest -n 0 -m '?[a-z ]*\b{marker}\b", ci), marker


def test_contributing_names_what_exists():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for path in re.findall(r"`((?:gencost|conf|tests)/[\w./]+)`", text):
        assert "NAME" in path or "FAMILY" in path or (ROOT / path).exists(), path
    for dotted in re.findall(r"`(gencost(?:\.\w+)+)`", text):
        assert pkgutil.resolve_name(dotted), dotted


PROVIDERS = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "conf" / "provider").glob("*.yaml"))
KEYS = set(re.findall(r"\w+_API_KEY", PROVIDERS))


@pytest.mark.parametrize("name", ["LLMOPT_DB_URL", "MLFLOW_TRACKING_URI", *sorted(KEYS)])
def test_every_variable_is_in_the_example_environment(name):
    assert name in (ROOT / ".env.example").read_text(encoding="utf-8")


def test_every_command_is_on_a_page():
    (actions,) = [it for it in parser()._actions if isinstance(it, argparse._SubParsersAction)]
    for name in actions.choices:
        missing = f"gencost {name}" not in PAGES
        assert not missing, f"no page of gencost/*/README.md names the command gencost {name}"


def test_every_option_of_every_command_is_on_a_page():
    for words, command in leaves(parser()):
        for action in command._actions:
            options = action.option_strings or ["-h"]
            missing = "-h" not in options and not any(option in PAGES for option in options)
            assert not missing, f"no page of gencost/*/README.md names {options} of gencost {words}"


def test_every_scorer_is_on_its_page():
    for path in (ROOT / "conf" / "quality").glob("*.yaml"):
        missing = f"`{path.stem}`" not in page("quality")
        assert not missing, f"the table in gencost/quality/README.md has no row of `{path.stem}`"


def test_every_key_of_a_price_is_on_its_page():
    for key in {*BLOCK_KEYS} - {"force", "note"}:
        assert f"`{key}" in page("pricing") or f"`{key}: " in page("pricing"), key


def test_the_block_of_rates_on_its_page_is_read():
    (block,) = blocks("yaml", page("pricing"))
    assert list(load_pricing(yaml.safe_load(block))) == ["openai:my-model"]
