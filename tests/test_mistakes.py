"""The table of mistakes in gencost/commands/README.md is what happens: one line, exit code 2, nothing left behind."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from made import two

import gencost
from gencost.cli import main
from gencost.metrics_db import init_db

TABLE = Path(__file__).parent.parent / "gencost" / "commands" / "README.md"
ROWS = re.findall(r"^\| `(gencost .*)` \| (.*) \|$", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
MORE = [
    ("gencost run name=früh", """quote the value for Hydra too, and all of it for the shell: 'name="früh"'"""),
    ("gencost run 'prompts.template=Q: {text}'", """'prompts.template="Q: {text}"'"""),
    ("gencost run 'prompts.path=~/my.csv'", "write prompts.path=$HOME/my.csv"),
    ("gencost run -m model=small,", "leave out the comma that no value follows"),
    (
        "gencost run -m model=[small,large]",
        "a cell has one model: to sweep over several add -m and leave out the brackets",
    ),
    ("gencost run quality=[proxy", "write a list as quality=[a,b], with both brackets and no comma at its end"),
    ("gencost run quality=[proxy,]", "write a list as quality=[a,b]"),
    ("gencost run @n=5", "@n=5: a key begins with a letter"),
    ("gencost run n=[1,2]", "n=[1, 2]: give a whole number; to sweep over several, add -m and leave out the brackets"),
    ("gencost run n=1e9", "n=1000000000.0: give a whole number, e.g. 1000000000"),
    ("gencost run n=1000000000000", "n=1000000000000, repeats=1: give at most 100,000,000 requests a cell"),
    ("gencost run n=true", "n=True: give a whole number"),
    ("gencost run seed=-1", "seed=-1: give a whole number from 0 to 9223372036854775807"),
    ("gencost run seed=99999999999999999999", "seed=99999999999999999999: give a whole number"),
    ("gencost run 'budget.usd=$5'", "budget.usd='$5': give a number without a sign or unit: 5"),
    ("gencost run 'budget.usd=$.50'", "budget.usd='$.50': give a number without a sign or unit: .50\n"),
    ("gencost run budget.usd=10k", "budget.usd='10k': give a number without a sign or unit\n"),
    ("gencost run decision.margin=-5%", "decision.margin='-5%': give a number without a sign: -0.05"),
    ("gencost run budget.usd=abc", "budget.usd='abc': give a number"),
    ("gencost run decision.margin=5%", "decision.margin='5%': give a number without a sign: 0.05"),
    ("gencost run decision.max_p95_ms=0", "decision.max_p95_ms=0.0: give a number > 0, or null for no limit"),
    ("gencost run dry_run=maybe", "dry_run='maybe': give true or false"),
    ("gencost run name=null", "name: it needs a value, which null is not"),
    ("gencost run objective=cost", "objective: give a list in brackets"),
    ("gencost run prompts.columns=text", "prompts.columns: it takes keys, not one value"),
    ("gencost run prompts.path=[a.csv,b.csv]", "prompts.path=['a.csv', 'b.csv']: give one text; to sweep over several"),
    ("gencost run ~n", "~n: it cannot be taken away: leave it out for its default"),
    ("gencost run policy=null", "policy=null: leave it out, or write ~policy to take one away; there are cascade,"),
    ("gencost run experiment=", "experiment=: leave it out, or write ~experiment to take one away"),
    ("gencost run -m policy=null,file", "policy=null,file: leave it out, or write ~policy"),
    ("gencost run ~decision", "~decision: it cannot be taken away: leave it out for its default\n"),
    ("gencost run ~tracking", "leave it out for its default, or write tracking=none"),
    ("gencost run 'n=${nope}'", "n: ${nope} is not a key of the config"),
    ("gencost run 'n=${oc.env:NOT_SET}'", "n: the environment variable NOT_SET is not set: export it, or"),
    ("gencost run 'n=${foo:1}'", "n: ${foo:...} does not exist: write ${oc.env:NAME}"),
    ("gencost run -m 'seed=interval(0,2)'", "this sweeper takes single values, not an interval: write choice(0,1,2)"),
    ("gencost run \"'n=5'\"", "leave out the quotes around it, which this shell passes on: write n=5"),
    ("gencost run --experimental-rerun x.pickle", "type the command, with resume=true to go on"),
    ("gencost run source=litellm", "source=litellm: a source is whose log is imported: gencost import litellm FILE"),
    (
        "gencost run -m model=small,large 'cell_names={small: \"a\nb\", large: c}'",
        "cell_names: 'a\\nb' holds a line break or its like: write it on one line",
    ),
    ("gencost run model.name=null", "model.name: it needs a value, which null is not"),
    ("gencost run prompts.path=null", "prompts.path: it needs a value, which null is not"),
    ("gencost run ~quality", "~quality: it cannot be taken away"),
    ("gencost run ~decision.margin", "decision.margin: it cannot be taken away"),
    ("gencost run -m 'n=range(1,1)'", "n=range(1,1): this sweep has no cell: a range or glob of it has no value"),
    ("gencost run -m 'model=glob(zzz*)'", "this sweep has no cell"),
    ("gencost run --config-dir mine experiment=tabs", "tabs.yaml: not YAML: line 2, column 3: found character '\\t'"),
    ("gencost run --config-dir mine experiment=tabs", "; indent with spaces, not with tabs"),
    ("gencost run --config-dir mine experiment=twice", "twice.yaml: not YAML: line 3, column 1: found duplicate key n"),
    ("gencost run --config-dir mine experiment=latin", "latin.yaml: not UTF-8 at byte 9, line 1"),
    ("gencost run --config-dir mine experiment=nowhere", "nowhere.yaml: it does not say where its keys belong"),
    ("gencost run --config-dir mine experiment=typo", "typo.yaml: nn: there is no such key (did you mean 'n'?)"),
    ("gencost run --config-dir mine experiment=type", "type.yaml: n='many': give a whole number"),
    ("gencost run prompts.path=tabs.yaml", "tabs.yaml: not YAML: line 2, column 1"),
    ("gencost compare --fail-if ''", "compare: --fail-if is empty, as a variable that is not set: give it a value"),
    (
        "gencost compare --fail-if '1 > 0'",
        "condition '1 > 0' is the same of all cells: name a figure, e.g. cost.mean_ratio",
    ),
    ("gencost rescore --config-dir nope quality=[exact_match]", "--config-dir nope: there is no such folder"),
    ("gencost import mlflow http://127.0.0.1:9", "MLflow tracking server http://127.0.0.1:9 cannot be reached"),
    ("gencost compare --margin 5%", "compare: --margin: '5%': give a number without a sign: 0.05"),
    ("gencost compare -o page.html", "-o page.html: there is no such form here: choose from .csv, .json, .md"),
    (
        "gencost reprice --pricing nope",
        "--pricing nope: there is no such file and no such registry: there are default",
    ),
    ("gencost compare --max-p95-ms=-1", "compare: --max-p95-ms: '-1': give a number > 0"),
    ("gencost selfcheck -n 0", "selfcheck: -n: '0': give a whole number >= 1"),
    ("gencost selfcheck --service-ms nan", "selfcheck: --service-ms: 'nan': give a number > 0"),
]
FILES = {
    "tabs.yaml": b"- text: a\n\treference: b\n",
    "mine/experiment/tabs.yaml": b"# @package _global_\nn:\t5\nmodel:\n\tname: x\n",
    "mine/experiment/twice.yaml": b"# @package _global_\nn: 5\nn: 6\n",
    "mine/experiment/latin.yaml": b"name: caf\xe9\n",
    "mine/experiment/nowhere.yaml": b"n: 5\n",
    "mine/experiment/typo.yaml": b"# @package _global_\nnn: 5\n",
    "mine/experiment/type.yaml": b"# @package _global_\nn: many\n",
}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> bytes:
    """A metrics DB of two cells."""
    file = tmp_path_factory.mktemp("recorded") / "metrics.sqlite"
    engine = init_db(f"sqlite:///{file}")
    two(engine, n=3)
    engine.dispose()
    return file.read_bytes()


@pytest.fixture
def folder(tmp_path, monkeypatch, recorded):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (tmp_path / "questions.csv").write_text("question\nWhy?\n")
    (tmp_path / "llmopt_stage1.sqlite").write_bytes(recorded)
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_there_are_forty():
    assert len(dict(ROWS)) >= 40


@pytest.mark.parametrize(("typed", "happens"), ROWS + MORE)
def test_a_mistake_is_one_line_with_its_remedy(folder, gencost_run, capfd, typed, happens):
    before = {path for path in folder.rglob("*") if "sqlite-" not in path.name}
    _, command, *words = shlex.split(typed)
    if command == "run":
        done = gencost_run(*words)
        code, out, err = done.returncode, done.stdout, done.stderr
    else:
        with pytest.raises(SystemExit) as end:
            main([command, *words])
        code, (out, err) = end.value.code, capfd.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("gencost: ")
    assert happens in err
    assert {path for path in folder.rglob("*") if "sqlite-" not in path.name} == before


def test_the_missing_package_of_a_launcher_or_sweeper_is_named(gencost_run, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr("gencost.sweep.launchers.pkgutil.resolve_name", missing)
    for launcher, extra in (("ray", "ray"), ("joblib", "joblib"), ("submitit_local", "submitit")):
        done = gencost_run("-m", "model=small,large", f"hydra/launcher={launcher}")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert f"pip install 'gencost[{extra}]'" in done.stderr


def test_run_is_the_same_door(gencost_run, capfd, monkeypatch):
    monkeypatch.setattr("sys.argv", ["gencost"])
    with pytest.raises(SystemExit) as end:
        main(["run", "--help"])
    assert (end.value.code, capfd.readouterr().out) == (0, gencost_run("--help").stdout)


def test_the_version_is_that_of_gencost_beside_hydras(gencost_run):
    assert gencost_run("--version").stdout.startswith(f"gencost {gencost.__version__}, Hydra 1.")


def test_without_a_command_every_command_is_listed(capsys):
    with pytest.raises(SystemExit) as end:
        main([])
    out = capsys.readouterr().out
    assert end.value.code == 0
    assert re.search(r"^ +run +make calls", out, re.MULTILINE)
    assert re.search(r"^ +compare ", out, re.MULTILINE)
