"""How a command line is read before Hydra sees it."""

from __future__ import annotations

import pytest

from gencost.config.errors import one_line
from gencost.errors import ConfigError
from gencost.run import with_multirun


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", ""),
        ("model=small", "model=small"),
        ("-m", "-m"),
        ("model=small,large -m n=2", "-m model=small,large n=2"),
        ("model=small --config-dir mine n=2", "--config-dir mine model=small n=2"),
        ("n=2 -cd mine", "-cd mine n=2"),
        ("--config-dir=mine n=2 n=2", "--config-dir=mine n=2 n=2"),
        ("experiment=nope", "experiment=nope"),
        ("experiment=baseline", "-m experiment=baseline"),
        ("+experiment=baseline n=2", "-m +experiment=baseline n=2"),
        ("n=2 --multi experiment=baseline", "--multi n=2 experiment=baseline"),
        ("--run experiment=baseline", "--run experiment=baseline"),
        ("--help experiment=baseline", "--help experiment=baseline"),
        ("experiment=baseline --cfg job", "--cfg job experiment=baseline"),
        ("experiment=baseline -i", "-i experiment=baseline"),
        ("~policy quality=['nan'] model=1b", "~policy quality=['nan'] model=1b"),
    ],
)
def test_options_come_first_and_a_declared_sweep_needs_no_flag(typed, read):
    assert with_multirun(typed.split()) == read.split()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--config-dir", "--config-dir/-cd: expected one argument"),
        ("n=2 -cd", "--config-dir/-cd: expected one argument"),
        ("-m --config-dir", "--config-dir/-cd: expected one argument"),
        ("--confg-dir mine", "there is no such option .did you mean '--config-dir'"),
        ("-m --run", "--run and --multirun exclude each other"),
        ("--cfg all -m", "--multirun and --cfg exclude each other"),
        ("--cfg", "--cfg/-c: expected one argument"),
        ("quality=[nan]", "nan is read as a value, not as the name of a choice: write 'nan'"),
        ("-m model=small,1", "1 is read as a value"),
        ("quality=[exact_match,null]", "null is read as a value"),
        ("+policy=True", "True is read as a value"),
    ],
)
def test_options_that_cannot_be_read_are_one_line(typed, said):
    with pytest.raises(ConfigError, match=said) as error:
        with_multirun(typed.split())
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("option", ["--config-dir mine", "-cd mine", "--config-dir=mine", "--config-di mine"])
def test_a_users_own_experiment_may_declare_a_sweep_too(tmp_path, monkeypatch, option):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine" / "experiment").mkdir(parents=True)
    (tmp_path / "mine" / "experiment" / "grid.yaml").write_text("hydra: {sweeper: {params: {n: '1,2'}}}")
    arguments = [*option.split(), "experiment=grid"]
    assert with_multirun(arguments) == ["-m", *arguments]


@pytest.mark.parametrize("content", ["", "7", "hydra: text", "hydra: {sweeper: [1]}", "hydra: {sweeper: {params: {}}}"])
def test_a_file_without_a_sweep_is_a_single_run(tmp_path, content):
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "odd.yaml").write_text(content)
    arguments = ["--config-dir", str(tmp_path), "experiment=odd"]
    assert with_multirun(arguments) == arguments


@pytest.mark.parametrize(("file", "place"), [("outputs", "outputs"), (None, "the output folder")])
def test_a_folder_that_cannot_be_written_names_the_key_of_a_run_and_of_a_sweep(file, place):
    error = OSError(28, "No space left on device", file)
    remedy = "choose another folder with hydra.run.dir=..., of a sweep hydra.sweep.dir=..."
    assert one_line(error) == f"{place} cannot be used: No space left on device; {remedy}"
