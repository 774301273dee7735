"""A model's keys on the command line: one name for all providers, old spellings go on, slips are told the right one."""

from __future__ import annotations

import hashlib
import json
import sqlite3

import pytest
from test_conf import composed

from gencost.cli import main
from gencost.config.cell import compose_cell
from gencost.errors import ConfigError
from gencost.runner.cell_key import cell_key, earlier_keys
from gencost.runner.plan import make_plans
from gencost.sending.budget import Budget


@pytest.mark.parametrize(
    ("overrides", "params", "name"),
    [
        ("model.temperature=0", {"temperature": 0, "max_tokens": 400}, "model.temperature=0"),
        ("+model.params.temperature=0", {"temperature": 0, "max_tokens": 400}, "model.temperature=0"),
        ("model.params.temperature=0", {"temperature": 0, "max_tokens": 400}, "model.temperature=0"),
        ("model.params.max_tokens=7", {"max_tokens": 7}, "model.max_tokens=7"),
        ("model.params.max_tokens=null", {}, "model.max_tokens=null"),
        ("model.max_tokens=null", {}, "model.max_tokens=null"),
        ("model.params.top_k=5", {"top_k": 5, "max_tokens": 400}, "model.params.top_k=5"),
        ("+model.params.top_k=5", {"top_k": 5, "max_tokens": 400}, "model.params.top_k=5"),
        ("model=gpt_5 model.params.max_completion_tokens=9", {"max_completion_tokens": 9}, None),
        ("model.reasoning=2000", {"reasoning": 2000, "max_tokens": 400}, "model.reasoning=2000"),
        ("model.cache=off", {"cache": "off", "max_tokens": 400}, "model.cache=off"),
        ("model.stop=[a,b]", {"stop": ["a", "b"], "max_tokens": 400}, "model.stop=[a,b]"),
    ],
)
def test_a_key_has_one_meaning_and_one_name(overrides, params, name):
    cell = composed(*overrides.split())
    assert cell.params == params
    assert name is None or cell.cell == name


@pytest.mark.parametrize(
    "overrides",
    [
        "model.max_tokens=5 model.params.max_tokens=5",
        "model.temperature=0 +model.params.temperature=0",
        "model.reasoning=low model.params.reasoning_effort=low",
        "model.params.max_tokens=5 model.params.max_completion_tokens=6",
    ],
)
def test_two_spellings_of_one_meaning_are_refused(overrides):
    with pytest.raises(ConfigError, match="are given, which mean the same: leave one out"):
        composed(*overrides.split())


@pytest.mark.parametrize(
    ("slip", "right"),
    [
        ("temperature=0", "'model.temperature'"),
        ("+temperature=0", "'model.temperature'"),
        ("max_tokens=5", "'model.max_tokens'"),
        ("provider.temperature=0", "'model.temperature'"),
        ("prompts.stop=x", "'model.stop'"),
        ("model.reasoning_effort=low", "'model.reasoning'"),
        ("model.max_completion_tokens=5", "'model.max_tokens'"),
        ("model.stop_sequences=[x]", "'model.stop'"),
        ("model.temprature=0", "'temperature'"),
        ("model.top_k=5", "'model.params.top_k'"),
        ("model.params.temprature=0", "'temperature'"),
        ("quality=[judge] quality.judge.model.max_tokens=9", "'quality.judge.model.params.max_tokens'"),
    ],
)
def test_a_slip_is_told_the_right_key(slip, right):
    with pytest.raises(ConfigError, match="did you mean") as raised:
        compose_cell(slip.split())
    assert f"did you mean {right}" in str(raised.value)


def test_a_plus_sends_a_word_that_looks_like_a_slip():
    assert composed("+model.params.temprature=0").params["temprature"] == 0
    assert composed("model.params.min_tokens=3").params["min_tokens"] == 3  # near max_tokens, and vLLM's own


def test_the_seed_of_the_experiment_is_not_the_models():
    assert "seed" not in composed("seed=7").params
    assert composed("model.seed=7").params["seed"] == 7


def test_a_line_break_is_typed_as_backslash_n():
    cell = composed(r"prompts.template='Q: {text}\nA: \\n'", r"prompts.system='a\nb'", r"model.stop=['\n',END]")
    assert (cell.prompts.template, cell.prompts.system) == ("Q: {text}\nA: \\n", "a\nb")
    assert cell.params["stop"] == ["\n", "END"]


DEFINES = {"provider": {"name": "p"}, "model": "m", "prompts": "d", "n": None, "repeats": 1, "seed": 0}


@pytest.mark.parametrize(
    ("today", "then"),
    [
        ({"max_tokens": 400}, {"max_tokens": 400, "temperature": None}),
        ({"max_tokens": 1024}, {"max_completion_tokens": 1024, "temperature": None}),
        ({"max_output_tokens": 5}, {"max_completion_tokens": None, "max_output_tokens": 5, "temperature": None}),
        ({"max_tokens": 400, "temperature": 0}, {"max_tokens": 400, "temperature": 0}),
        ({"max_tokens": 9, "reasoning": "low"}, {"max_tokens": 9, "temperature": None, "reasoning_effort": "low"}),
        ({}, {}),
        ({}, {"max_tokens": None, "temperature": None}),
    ],
)
def test_a_run_of_the_first_rule_is_found_by_each_way_its_parameters_were_written(today, then):
    """Rule 1 hashed the node ``model``, its open map with the nulls of the menu in it."""
    old = {**DEFINES, "model": {"name": "m", "params": then}}
    key = hashlib.sha256(json.dumps(old, sort_keys=True).encode()).hexdigest()
    assert key in earlier_keys({**DEFINES, "params": today})
    assert cell_key({**DEFINES, "params": today}) not in earlier_keys({**DEFINES, "params": today})


def test_the_key_of_a_cell_tells_parameters_apart_and_not_how_it_is_reached():
    first = {**DEFINES, "params": {"temperature": 0}}
    assert cell_key(first) != cell_key({**DEFINES, "params": {"temperature": 1}})
    assert cell_key(first) == cell_key({**first, "provider": {"name": "p", "proxy": "http://x:1"}})


@pytest.mark.cli
@pytest.mark.parametrize("again", ["+model.params.temperature=0.5", "model.temperature=0.5"])
def test_a_run_recorded_by_its_old_spelling_and_key_goes_on(gencost_run, again):
    words = ("n=3", "model=small", "tracking=none", "report=none")
    assert gencost_run(*words, "model.temperature=0.5").returncode == 0
    (plan,) = make_plans([composed(*words, "model.temperature=0.5")], Budget(None))
    (old, *_) = plan.earlier_keys
    db = sqlite3.connect("llmopt_stage1.sqlite")
    (today,) = db.execute("SELECT cell_key FROM runs").fetchone()
    assert today == plan.cell_key != old
    then = "n=3,model=small,+model.params.temperature=0.5"
    db.execute("UPDATE runs SET cell = ?, cell_key = ?, status = 'interrupted'", (then, old))
    db.execute("DELETE FROM scores")
    db.execute("DELETE FROM responses WHERE request_id = (SELECT min(request_id) FROM requests)")
    db.execute("UPDATE requests SET status = 'pending' WHERE request_id = (SELECT min(request_id) FROM requests)")
    db.commit()
    done = gencost_run(*words, again, "resume=true")
    assert done.returncode == 0, done.stderr
    counted = db.execute("SELECT role, status, count(*) FROM requests GROUP BY 1, 2 ORDER BY 1").fetchall()
    assert counted == [("sample", "ok", 3), ("superseded", "error", 1)]
    assert db.execute("SELECT count(*), min(cell_key) FROM runs").fetchone() == (1, old)
    db.close()


@pytest.mark.cli
def test_a_sweep_over_a_clean_name_names_its_cells_by_it(gencost_run):
    done = gencost_run("-m", "model.temperature=0,1", "model.params.top_k=3", "n=1", "tracking=none", "report=none")
    assert done.returncode == 0, done.stderr
    with sqlite3.connect("llmopt_stage1.sqlite") as db:
        cells = db.execute("SELECT cell FROM runs ORDER BY cell").fetchall()
        (params,) = db.execute("SELECT params_json FROM requests ORDER BY run_id, params_json").fetchone()
    db.close()
    assert cells == [
        ("model.temperature=0,model.params.top_k=3,n=1",),
        ("model.temperature=1,model.params.top_k=3,n=1",),
    ]
    assert json.loads(params)["top_k"] == 3


@pytest.mark.cli
@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("model=claude_haiku_4_5", "model.seed=1"), "model.seed=1: provider anthropic cannot be told"),
        (("model=gpt_4o", "model.cache=last"), "model.cache="),
        (("-m", "model=small,claude_haiku_4_5", "model.n=2"), "model.n=2: provider anthropic gives one answer"),
    ],
)
def test_a_key_without_words_ends_the_command_before_any_call(gencost_run, tmp_path, monkeypatch, words, text):
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "k" * 12)
    done = gencost_run(*words, "n=1")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert text in done.stderr


@pytest.mark.cli
def test_a_row_that_sends_what_cannot_be_sent_is_named_before_any_call(gencost_run, monkeypatch, tmp_path):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k" * 12)
    (tmp_path / "p.jsonl").write_text(
        '{"id": "q1", "messages": [{"role": "user", "content": "?"}], "logprobs": true}\n'
    )
    done = gencost_run("model=claude_haiku_4_5", "prompts.path=p.jsonl")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "prompt 'q1' sends along what cannot be sent: model.params.logprobs" in done.stderr


@pytest.mark.cli
def test_what_was_sent_is_recorded_and_audited_whatever_its_spelling(gencost_run, tmp_path, capfd):
    (tmp_path / "s.json").write_text('{"type": "object"}')
    (tmp_path / "p.jsonl").write_text(
        '{"id": "1", "messages": [{"role": "user", "content": "a"}], "max_completion_tokens": 5, "logprobs": true}\n'
        '{"id": "2", "messages": [{"role": "user", "content": "b"}]}\n'
    )
    words = ("+model.params.temperature=0.5", "model.response_format=s.json", "model.params.top_k=3")
    done = gencost_run("prompts.path=p.jsonl", *words, "tracking=none", "report=none")
    assert done.returncode == 0, done.stderr
    (tmp_path / "s.json").unlink()
    db = sqlite3.connect("llmopt_stage1.sqlite")
    (config,) = db.execute("SELECT config_json FROM runs").fetchone()
    sent = dict(db.execute("SELECT prompt_id, params_json FROM requests").fetchall())
    db.close()
    node = json.loads(config)["model"]
    assert (node["temperature"], node["max_tokens"], node["params"]) == (0.5, 400, {"top_k": 3})
    assert node["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert "max_tokens" in json.loads(sent["2"])
    assert json.loads(sent["1"])["max_completion_tokens"] == 5
    assert "max_tokens" not in json.loads(sent["1"])
    with pytest.raises(SystemExit):
        main(["audit", "--all"])
    assert ", 0 not" in capfd.readouterr().out
