"""Texts of the command line arrive as their escapes say: ``${x}``, line breaks, backslashes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from gencost.config.cell import Cell, register, to_cell
from gencost.paths import conf_dir


def composed(tmp_path, override: str) -> Cell:
    path = tmp_path / "p.csv"
    path.write_text("text,x\nWhy?,7\n")
    register()
    given = [override, f"prompts.path={path}"]
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return to_cell(compose("config", given), given, Path())


def first_prompt(tmp_path, override: str) -> str:
    return composed(tmp_path, override).prompts.load()[0].text


@pytest.mark.parametrize(
    ("template", "prompt"),
    [
        (r"\${{x}} {text}", "${x} Why?"),
        (r"\${{a.b}}\n\${{c:d}} {text}", "${a.b}\n${c:d} Why?"),
        (r"\${x}: {text}", "$7: Why?"),
        (r"{text}\nA:", "Why?\nA:"),
        (r"{text} \\n", r"Why? \n"),
        ("{{}} $ {text} $x", "{} $ Why? $x"),
        (r"C:\temp {text}", r"C:\temp Why?"),
    ],
)
def test_a_template_is_what_its_escapes_say(tmp_path, template, prompt):
    assert first_prompt(tmp_path, f"prompts.template='{template}'") == prompt


def test_a_system_message_has_the_same_escapes(tmp_path):
    assert "${x}\\nNow" in first_prompt(tmp_path, r"prompts.system='\${x}\nNow'")  # as JSON of a conversation


def test_the_config_that_is_kept_reads_back_as_the_same_text(tmp_path):
    kept = OmegaConf.create(composed(tmp_path, r"prompts.template='\${{x}} \${x} {text}'").yaml)
    assert kept.prompts.template == "${{x}} ${x} {text}"
