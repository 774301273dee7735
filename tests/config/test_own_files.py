"""Files of a folder of one's own that would be passed over, or read otherwise than they are written, are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from gencost.config.cell import composed
from gencost.errors import ConfigError
from gencost.paths import conf_dir

RATES = "models: {'mock:small-latest': {input_usd_per_mtok: %s, output_usd_per_mtok: 1, source: me}}\n"


def own(group: str, name: str, text: str) -> Path:
    folder = Path("mine") / group
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yaml").write_text(text)
    return folder / f"{name}.yaml"


@pytest.mark.parametrize("many", [[], ["-m"]])
def test_a_file_with_the_name_of_a_shipped_one_is_refused(gencost_run, many):
    file = own("pricing", "default", RATES % 500)
    done = gencost_run("--config-dir", "mine", *many, "model=small", "n=1", "tracking=none")
    told = f"gencost: {file} would not be used, as the shipped menu has a file of this name: give it another one\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)
    with pytest.raises(ConfigError, match="would not be used"):
        composed([], "mine")


def test_so_is_a_config_of_ones_own(gencost_run):
    own("", "config", "n: 7\n")
    done = gencost_run("--config-dir", "mine", "model=small", "tracking=none")
    assert done.returncode == 2
    assert "give its keys in experiment/NAME.yaml" in done.stderr


def test_a_copy_of_a_shipped_file_changes_nothing(gencost_run):
    own("model", "small", (conf_dir() / "model" / "small.yaml").read_text())
    assert gencost_run("--config-dir", "mine", "model=small", "n=1", "tracking=none", "report=none").returncode == 0


@pytest.mark.parametrize("many", [[], ["-m"]])
def test_prices_are_read_as_they_are_written_in_sweeps_too(gencost_run, many):
    """YAML reads 010 as 8."""
    own("pricing", "octal", RATES % "010")
    done = gencost_run("--config-dir", "mine", *many, "pricing=octal", "model=small", "n=1", "tracking=none")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "010" in done.stderr
