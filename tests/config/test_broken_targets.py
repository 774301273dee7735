"""A `_target_` that cannot be imported is one line with the innermost reason, whatever the user's module raises."""

from __future__ import annotations

import pytest

from gencost.config.building import build
from gencost.errors import ConfigError
from gencost.protocols import Scorer

MODULES = {
    "broken_syntax": ("def f(:\n", r"SyntaxError: invalid syntax \(broken_syntax.py, line 1\)"),
    "broken_inside": ("from gencost.types import Nothing\n", "cannot import name 'Nothing' from 'gencost.types'"),
    "broken_need": ("import a_package_that_is_not_there\n", "No module named 'a_package_that_is_not_there'"),
    "broken_line": ("x = 1\nx / 0\n", r"ZeroDivisionError: division by zero \(broken_line.py, line 2\)"),
    "broken_nothing": ("", "has no attribute 'Mine'"),
}


@pytest.mark.parametrize("package", ["", "broken_package."])
@pytest.mark.parametrize("module", MODULES)
def test_the_reason_is_told(tmp_path, monkeypatch, module, package):
    text, reason = MODULES[module]
    folder = tmp_path / package.rstrip(".")
    folder.mkdir(exist_ok=True)
    (folder / f"{module}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=reason) as refused:
        build({"_target_": f"{package}{module}.Mine"}, "quality.mine", Scorer)
    assert str(refused.value).startswith(f"quality.mine._target_='{package}{module}.Mine' cannot be imported: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("target", ["nowhere.Mine", "gencost.nowhere.Mine", "gencost.quality.text.Mine"])
def test_a_name_that_does_not_exist_is_said(target):
    with pytest.raises(ConfigError, match="cannot be imported: .*(No module named|no attribute)"):
        build({"_target_": target}, "quality.mine", Scorer)


def test_a_key_that_yaml_reads_as_a_truth_is_told_to_be_quoted(gencost_run, tmp_path):
    """Before YAML 1.2 `yes` is true, and so it is for PyYAML."""
    (tmp_path / "conf" / "quality").mkdir(parents=True)
    (tmp_path / "conf" / "quality" / "mine.yaml").write_text("yes: {_target_: my.function}\n")
    done = gencost_run("--config-dir", str(tmp_path / "conf"), "quality=[mine]")
    told = "gencost: quality/mine.yaml: YAML reads a key as True, not as a name: quote it, as in 'yes': ...\n"
    assert (done.returncode, done.stderr) == (2, told)


@pytest.mark.parametrize(
    ("text", "has"), [("", "no _target_"), ("a: 1", "no _target_"), ("_target_: 5", "_target_: 5")]
)
def test_a_file_without_a_target_is_told_to_name_one(gencost_run, tmp_path, text, has):
    (tmp_path / "conf" / "provider").mkdir(parents=True)
    (tmp_path / "conf" / "provider" / "mine.yaml").write_text(text)
    done = gencost_run("--config-dir", str(tmp_path / "conf"), "provider=mine", "model.name=m")
    told = f"gencost: provider has {has}: name a class or function of a module there, e.g. _target_: my_package.Mine\n"
    assert (done.returncode, done.stderr) == (2, told)


def test_a_file_that_is_a_list_is_named(gencost_run, tmp_path):
    (tmp_path / "conf" / "provider").mkdir(parents=True)
    (file := tmp_path / "conf" / "provider" / "mine.yaml").write_text("- a\n")
    done = gencost_run("--config-dir", str(tmp_path / "conf"), "provider=mine", "model.name=m")
    told = f"gencost: {file}: it holds a list: write keys with their values, key: value\n"
    assert (done.returncode, done.stderr) == (2, told)


def test_a_scorer_without_a_name_is_told_to_have_one(gencost_run, tmp_path):
    (tmp_path / "conf" / "quality").mkdir(parents=True)
    (tmp_path / "conf" / "quality" / "mine.yaml").write_text("_target_: my_package.score\n")
    done = gencost_run("--config-dir", str(tmp_path / "conf"), "quality=[mine]")
    remedy = "name the scorer in its file: mine: {_target_: my_package.score}"
    assert (done.returncode, done.stderr) == (2, f"gencost: quality._target_='my_package.score': {remedy}\n")
