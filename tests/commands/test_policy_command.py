"""gencost policy, as typed, on recorded calls."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from command_line import gencost
from made import failed, record, store

from gencost.analysis.recorded.grid_reader import read_grid
from gencost.config.policy import compose_policies
from gencost.config.policy_file import PolicyFile
from gencost.errors import ConfigError
from gencost.metrics_db import init_db
from gencost.types import Message, Sample, Score

N = 400
JSON_VALID = {"json_valid": {"_target_": "gencost.quality.structure.JsonValid"}}
CONFIG = {"quality": JSON_VALID, "provider": {"_target_": "x"}, "model": {"name": "m"}}


def made(run_id: str, number: int, score: float | None, pico: int, valid: float) -> object:
    """An answer and its two scores; long prompts are the hard ones."""
    prompt = f"question {number}" + " that is long" * (number % 2)
    facts = {"pico": pico * 10**6, "prompt": prompt, "latency_ms": 1000.0 * pico}
    scores = (
        Score(scorer="right", version="1", value=score),
        Score(scorer="json_valid", version="1", value=valid),
    )
    return replace(record(run_id, number, **facts), scores=scores)


@pytest.fixture(scope="module")
def swept(tmp_path_factory) -> Path:
    """Small fails every second question, and then its answer is not JSON; large fails none at ten times the cost."""
    path = tmp_path_factory.mktemp("swept") / "llmopt_stage1.sqlite"
    engine = init_db(f"sqlite:///{path}")
    small = [made("a", i, float(i % 2 == 0), 1, float(i % 2 == 0)) for i in range(N)]
    large = [made("b", i, 1.0, 10, 1.0) for i in range(N)]
    cells = {"model=small": small, "model=large": large}
    store(engine, cells, sweep_id="sweep1", config_json=json.dumps(CONFIG))
    engine.dispose()
    return path


@pytest.fixture
def recorded(swept):
    shutil.copy(swept, ".")
    engine = init_db()
    yield engine
    engine.dispose()


def test_json_has_the_pinned_keys(recorded, capsys):
    code, out, _ = gencost(capsys, "policy", "sweep1", "policy=cascade,length", "--format", "json")
    parsed = json.loads(out)
    assert code == 0
    assert set(parsed) == {"verdict", "singles", "hull", "policies"}
    assert parsed["singles"]["small"] == {"quality": 0.5, "cost_usd": pytest.approx(1e-6)}
    assert parsed["hull"] == ["small", "large"]
    keys = {"quality", "cost_usd", "quality_ci", "cost_ci", "shares", "apgr", "cpt20", "cpt50", "cpt80", "aiq"}
    assert all(set(policy) == keys for policy in parsed["policies"].values())
    assert set(parsed["policies"]) == {"cascade", "length", "zero_router", "random", "oracle"}
    cascade = parsed["policies"]["cascade"]
    assert (cascade["quality"], cascade["cost_usd"]) == (1.0, pytest.approx(6e-6))  # 1, and half of the time 10 more
    assert cascade["shares"] == {"small": pytest.approx(2 / 3), "large": pytest.approx(1 / 3)}
    oracle = parsed["policies"]["oracle"]
    assert (oracle["quality"], oracle["cost_usd"]) == (1.0, pytest.approx(5.5e-6))
    assert parsed["policies"]["zero_router"]["quality"] is None
    assert parsed["policies"]["zero_router"]["aiq"] == pytest.approx(0.75)  # the line from .5 to 1
    assert parsed["policies"]["random"]["apgr"] == pytest.approx(0.5)


def test_the_verdict_comes_first_in_words(recorded, capsys):
    code, out, _ = gencost(capsys, "policy", "policy=cascade")
    assert code == 0
    first = out.splitlines()[0]
    assert first.startswith("Use cascade small -> large, gate json_valid >= 1: 40 % less [")
    assert "than large, quality 0.0 points [-1.0, +1.0], p95 +1.0 s." in first
    # Never different in 400 prompts: Tango's limit is 1.96^2 / (400 + 1.96^2) = .95 points; 11 s instead of 10.


def test_no_policy_wins_where_nothing_can_be_known(capsys):
    engine, rng = init_db(), np.random.default_rng(0)
    small = [made("a", i, float(rng.random() < 0.6), 1, float(rng.random() < 0.5)) for i in range(N)]
    large = [made("b", i, float(rng.random() < 0.9), 10, 1.0) for i in range(N)]
    cells = {"model=small": small, "model=large": large}
    store(engine, cells, sweep_id="sweep1", config_json=json.dumps(CONFIG))
    engine.dispose()
    _, out, _ = gencost(capsys, "policy", "policy=cascade,length")
    assert out.startswith("No policy beats large-only at the margin of 2 points.")


def test_the_exported_policy_is_readable_and_chooses(recorded, capsys, tmp_path):
    path = tmp_path / "policy.yaml"
    code, _, _ = gencost(capsys, "policy", "policy=cascade", "--export", str(path))
    assert code == 0
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert content["gencost_policy"] == 1
    assert content["evidence"]["sweep_ids"] == ["sweep1"]
    assert sorted(content["evidence"]["run_ids"]) == ["a", "b"]
    assert content["cells"]["large"]["model"] == {"name": "m"}
    assert content["policy"]["cells"] == ["small", "large"]
    asked = Sample(id="1", messages=(Message(role="user", content="new"),))
    assert PolicyFile(path=str(path)).choose(asked, ()) == "small"


def test_a_missing_score_is_unknown_and_the_table_counts_it(capsys):
    engine = init_db()
    small = [made("a", i, None if i < 3 else 1.0, 1, 1.0) for i in range(N)]
    large = [made("b", i, 1.0, 10, 1.0) for i in range(N)]
    store(engine, {"m a": small, "m b": large}, config_json=json.dumps(CONFIG))
    engine.dispose()
    _, out, _ = gencost(capsys, "policy", "policy=length", "--format", "json")
    assert json.loads(out)["singles"]["m a"]["quality"] == 1.0
    assert json.loads(out)["policies"]["oracle"]["quality"] == 1.0
    _, out, _ = gencost(capsys, "policy", "policy=length")
    assert "3 answers without a score are unknown, not 0" in out


def test_a_failed_call_is_wrong_and_billed_as_its_tries_were(engine):
    answers = [record("a", i) for i in range(3)]
    store(engine, {"m a": [*answers, failed("a", 3, "rate_limit"), failed("a", 4, "timeout")]})
    grid = read_grid(engine, ["a"])
    assert grid.quality[:, 0].tolist() == [1.0, 1.0, 1.0, 0.0, 0.0]
    assert grid.cost[3, 0] == 0.0  # without a try
    assert grid.answered[:, 0].tolist() == [True, True, True, False, False]


def test_a_cell_of_unknown_cost_is_asked_by_no_policy_and_named(capsys):
    engine = init_db()
    cells = {f"m {name}": [made(name, i, 1.0, 1 + k, 1.0) for i in range(N)] for k, name in enumerate("abc")}
    cells["m b"][7] = replace(cells["m b"][7], cost=replace(cells["m b"][7].cost, pico_usd=None, status="unpriced"))
    store(engine, cells, config_json=json.dumps(CONFIG))
    engine.dispose()
    _, out, _ = gencost(capsys, "policy", "policy=length")
    assert "m b may be asked by no policy: the cost of 1 of 400 answers is unknown." in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("policy=cascad",), "policy=cascad does not exist (did you mean 'cascade'?): choose from"),
        (("policy=cascade", "policy.gate=right"), "not recorded: here are"),
        (("policy.gate=x",), "name the policy that it is for"),
        (("n=5",), "gencost policy asks no model"),
        (("policy=cascade", "policy.gat=x"), "gat"),
        (("nope",), "no run begins like this"),
        (("a",), "needs two cells"),
        (("--seed", "-1"), "'-1': give a whole number from 0 to 4294967295"),
        (("--seed", "4294967296"), "'4294967296': give a whole number from 0 to 4294967295"),
        (("--plot", "curves.docx"), "--plot curves.docx: name a file that ends in .png"),
        (("--export", "none/policy.yaml"), "--export none/policy.yaml: its folder does not exist"),
        (("--export", "."), "--export .: is a folder"),
        (("-o", "policies.csv"), "-o policies.csv: there is no such form here: choose from .json, .md"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_remedy(recorded, capsys, arguments, said):
    if "policy.gate=right" in arguments:
        arguments = ("policy=cascade", "policy.gate=wrong")
    code, _, err = gencost(capsys, "policy", *arguments)
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1


def test_a_gate_that_compares_with_the_reference_is_refused(capsys):
    engine = init_db()
    exact = {"right": {"_target_": "gencost.quality.text.ExactMatch", "name": "right"}}
    cells = {f"m {name}": [made(name, i, 1.0, 1, 1.0) for i in range(40)] for name in "ab"}
    store(engine, cells, config_json=json.dumps({"quality": exact}))
    engine.dispose()
    code, _, err = gencost(capsys, "policy", "policy=cascade", "policy.gate=right")
    assert code == 2
    assert "compares with the reference" in err


def test_every_policy_of_the_menu_composes():
    from gencost.paths import conf_dir

    names = sorted(path.stem for path in (conf_dir() / "policy").glob("*.yaml") if path.stem != "file")
    made_of = compose_policies([f"policy={','.join(names)}"])
    assert made_of is not None
    assert len(made_of) == len(names) == 8


def test_a_policy_file_of_another_version_is_refused(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text("gencost_policy: 99\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="gencost_policy is 99, this GenCost reads 1"):
        PolicyFile(path=str(path))


def test_the_report_has_a_section_on_policies(recorded, capsys, tmp_path):
    path = tmp_path / "report.html"
    code, out, _ = gencost(capsys, "policy", "policy=cascade", "--report", str(path))
    assert code == 0
    text = path.read_text(encoding="utf-8")
    assert "<h2>Policies</h2>" in text
    assert out.splitlines()[0].replace(">", "&gt;") in text
    assert "Quality over cost" in text
    rows = re.search(r"<h2>Policies</h2>.*?</section>", text, re.DOTALL)[0]
    assert re.search(r'<td class="n" data-t="cost of a decision">\$', rows)  # its title on a narrow screen
    assert not re.search(r'<td class="n">[^<w]', rows)  # but the verdict, wins


def test_a_saving_of_nothing_is_not_known(capsys):
    """Both cells are free, so that there is no share of a cost to save."""
    engine = init_db()
    cells = {f"model={name}": [made(name, i, 1.0, 0, 1.0) for i in range(40)] for name in "ab"}
    store(engine, cells, sweep_id="sweep1", config_json=json.dumps(CONFIG))
    engine.dispose()
    _, out, _ = gencost(capsys, "policy", "policy=length")
    assert "nan" not in out


def test_an_exported_policy_is_judged_on_other_recorded_calls(recorded, capsys, tmp_path):
    path = tmp_path / "policy.yaml"
    gencost(capsys, "policy", "sweep1", "policy=cascade", "--export", str(path))
    small = [made("c", i, float(i % 4 == 0), 1, float(i % 4 == 0)) for i in range(N)]
    large = [made("d", i, 1.0, 10, 1.0) for i in range(N)]
    cells = {"model=small": small, "model=large": large}
    store(recorded, cells, ids=["c", "d"], sweep_id="tuesday", config_json=json.dumps(CONFIG))
    code, out, _ = gencost(capsys, "policy", "tuesday", "policy=file", f"policy.path={path}", "--format", "json")
    assert code == 0
    judged = json.loads(out)["policies"]["file"]
    assert (judged["quality"], judged["cost_usd"]) == (1.0, pytest.approx(8.5e-6))  # 1, and of three in four 10 more
    assert json.loads(out)["verdict"].startswith("Use file")
    code, out, _ = gencost(capsys, "policy", "sweep1", "policy=file", f"policy.path={path}")
    assert "not shown on other calls than it was fitted to" in out.splitlines()[0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--uri", "sqlite:///m.db"), "--uri sqlite:///m.db: says where --mlflow logs the policies"),
        (("--margin", "2"), "--margin 2: the scores lie between 0 and 1"),
        (("--report", "page.pdf"), "--report page.pdf: cannot be written as .pdf; name a file that ends in .html"),
        (("--export", "policy.json"), "--export policy.json: cannot be written as .json"),
    ],
)
def test_words_that_would_do_nothing_or_something_else_are_one_line(recorded, capsys, words, told):
    code, out, error = gencost(capsys, "policy", "sweep1", *words)
    assert (code, out, error.count("\n")) == (2, "", 1)
    assert told in error


def test_a_file_that_is_no_policy_is_told_to_be_made(tmp_path):
    (tmp_path / "q.csv").write_text("text\nhi\n")
    with pytest.raises(ConfigError, match=r"q\.csv is not a policy: gencost policy --export FILE writes one"):
        _ = PolicyFile(path=str(tmp_path / "q.csv")).asked
