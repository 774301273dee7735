"""A key that only a swept choice has: every cell is composed with its own choices, and a wrong key is still refused."""

from __future__ import annotations

import sqlite3
import subprocess

import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl

JUDGES = "quality=[proxy,judge],[judge]"


@pytest.mark.parametrize(
    "arguments",
    [
        "-m model=gpt_4o_mini,gpt_5_mini provider.stream=true",
        "-m model=gpt_4o_mini,gpt_5_mini provider.stream=true hydra/launcher=basic",
        "-m model=gpt_4o_mini,claude_haiku_4_5 provider.stream=true,false provider.connect_s=3",
        "-m model=gpt_4o_mini,gpt_5_mini +provider.headers.X-Team=a ~provider.name=openai +provider.name=openai",
        "-m provider=openai,google model.name=gpt-4o-mini provider.first_token_s=9",
        "-m model=gpt_5_mini,gpt_5 model.params.max_completion_tokens=50",
        f"-m {JUDGES} quality.judge.model.name=large-latest quality.judge.highest=10",
        f"-m {JUDGES} provider@quality.judge.provider=openai quality.judge.model.name=gpt-4o-mini",
        "-m load=poisson,constant load.rate_per_s=50",
        "-m prompts=lines,others prompts.columns.reference=truth",
        "-m pricing=mine,openai_2023 +pricing.fallback=none",
        "-m experiment=ours provider.stream=true",
        "experiment=ours provider.stream=true",
        "model=gpt_4o_mini provider.stream=true",
    ],
)
def test_it_composes_with_each_cells_own_choices(gencost_run, tmp_path, arguments):
    menu(tmp_path / "mine")
    done = gencost_run("--config-dir", "mine", *arguments.split(), "n=1", "dry_run=true")
    assert (done.returncode, done.stderr) == (0, "")


def menu(folder):
    """Prompt sets with a column of their own, a price list without a fallback, an experiment that sweeps."""
    prompts = "_target_: gencost.prompts.PromptSet\nname: {name}\npath: mine.csv\ncolumns: {{text: question, {more}}}\n"
    files = {
        "prompts/lines.yaml": prompts.format(name="lines", more="reference: answer"),
        "prompts/others.yaml": prompts.format(name="others", more="reference: answer"),
        "pricing/mine.yaml": 'models: {"mock:small-latest": {free: true, source: own}}\n',
        "experiment/ours.yaml": "# @package _global_\nhydra: {sweeper: {params: {model: 'gpt_4o_mini,gpt_5_mini'}}}\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder.parent / "mine.csv").write_text("question,answer,truth\nWhat is 1 + 1?,2,2\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            "-m model=gpt_4o_mini,gpt_5_mini provider.strem=true",
            "provider.strem: there is no such key (did you mean 's",
        ),
        ("-m model=gpt_4o_mini,gpt_5_mini +provider.strem=true", "provider.strem: there is no such key (did you mean"),
        ("-m model=small,gpt_4o_mini provider.stream=true", "(in the cell model=small,provider.stream=True"),
        ("-m model=gpt_5,gpt_5_mini model.max_tokns=9", "model.max_tokns: there is no such key (did you mean 'max_to"),
        (
            "-m model=gpt_5,gpt_5_mini model.params.max_tokens=9 model.max_tokens=9",
            "which mean the same: leave one out",
        ),
        ("-m model=small,large provider.strem=true hydra/launcher=basic", "provider.strem: there is no such key"),
        ("-m quality=[proxy],[judge] quality.judge.model.name=large-latest", "quality.judge: there is no such key"),
        ("-m model=gpt_4o_mini,gpt_5_mini provider.stream=often", "provider.stream='often': give true or false"),
        ("-m model=gpt_4o_mini,gpt_5_mini provider.stream=true nn=3", "nn: there is no such key (did you mean 'n'?)"),
        ("-m model=gpt_4o_mini,gpt_6 provider.stream=true", "model=gpt_6 does not exist"),
        ("model=gpt_4o_mini provider.strem=true", "provider.strem: there is no such key (did you mean 'stream'?)"),
    ],
)
def test_a_wrong_key_is_one_line_before_any_call(gencost_run, tmp_path, arguments, said):
    done = gencost_run(*arguments.split())
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("gencost: ")
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_each_cell_is_recorded_with_the_overrides_as_they_were_typed(gencost_run, tmp_path):
    (tmp_path / "mine" / "provider").mkdir(parents=True)
    profiles = "{small-latest: {median_ms: 1}, spare: {median_ms: 1}}"  # the menu's mock has no spare one
    for name in ("here", "there"):
        text = f"_target_: gencost.providers.mock.MockProvider\nname: {name}\nprofiles: {profiles}\n"
        (tmp_path / "mine" / "provider" / f"{name}.yaml").write_text(text)
    more = ("provider.profiles.spare.median_ms=2", "n=2", "tracking=none", "report=none")
    assert gencost_run("--config-dir", "mine", "-m", "provider=here,there", *more).returncode == 0
    with sqlite3.connect("llmopt_stage1.sqlite") as connection:
        rows = connection.execute("SELECT overrides FROM runs ORDER BY overrides").fetchall()
    connection.close()
    assert rows == [(f"provider={name} {' '.join(more)}",) for name in ("here", "there")]


def test_a_launcher_whose_package_is_missing_is_one_line_with_its_remedy(gencost_run, tmp_path):
    (tmp_path / "mine" / "hydra" / "launcher").mkdir(parents=True)
    engine = "hydra_plugins.hydra_nowhere_launcher.ray.Nobody"
    node = f"_target_: hydra_plugins.gencost_launcher.JobsLauncher\nengine: {engine}\n"
    (tmp_path / "mine" / "hydra" / "launcher" / "nowhere.yaml").write_text(node)
    done = gencost_run("--config-dir", "mine", "-m", "n=1,2", "hydra/launcher=nowhere")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"{engine} is not here" in done.stderr
    assert "pip install 'gencost[ray]'" in done.stderr


def composed(monkeypatch, gencost_run, *words: str) -> tuple[int, subprocess.CompletedProcess[str]]:
    """How often a command has a config composed, and how it ended."""
    times, compose = [], ConfigLoaderImpl._load_configuration_impl
    with monkeypatch.context() as patch:
        patch.setattr(
            ConfigLoaderImpl, "_load_configuration_impl", lambda *a, **more: times.append(1) or compose(*a, **more)
        )
        done = gencost_run(*words, "dry_run=true", "tracking=none")
    return len(times), done


def test_a_single_run_is_composed_once(monkeypatch, gencost_run):
    times, done = composed(monkeypatch, gencost_run, "n=1")
    assert (times, done.returncode) == (1, 0), done.stderr


def test_cells_of_the_same_choices_are_put_together_once_whatever_their_values(monkeypatch, gencost_run):
    swept = ("-m", "model=small,large", "n=1,2,3", "model.temperature=0,1")
    times, done = composed(monkeypatch, gencost_run, *swept)
    assert (times, done.returncode) == (1 + 2, 0), done.stderr  # what all have in common, and each of two models
    names = [line.partition(": ")[0] for line in done.stdout.splitlines() if "output length" in line]
    values = [f", n {n}, temperature {heat}" for n in (1, 2, 3) for heat in (0, 1)]
    assert names == [model + value for model in ("small", "large") for value in values]


def test_what_is_wrong_with_some_cells_alone_names_one(gencost_run):
    done = gencost_run("-m", "model=small,local", "n=1", "tracking=none")
    told = "gencost: model.name is not set: give model.name=... (in the cell model=local,n=1)\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)
    done = gencost_run("-m", "model=small,large", "n=1", "tracking=none", "quality=[length]")
    told = "gencost: quality.length: give a limit: min_words, max_words, min_chars or max_chars\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)


def test_a_sweep_that_cannot_go_on_says_nothing_of_its_prompts(gencost_run):
    swept = ("-m", "model=small,large", "tracking=none", "report=none")
    done = gencost_run(*swept, "n=1", "resume=true")
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot show that a cheaper model" in gencost_run(*swept, "n=1").stdout
    assert "cannot show that a cheaper model" in gencost_run(*swept, "n=1", "dry_run=true").stdout


def test_a_config_may_ask_for_a_multirun(monkeypatch, gencost_run):
    _, done = composed(monkeypatch, gencost_run, "hydra.mode=MULTIRUN", "model=small,large", "n=1")
    assert done.returncode == 0, done.stderr
    assert "large" in done.stdout
