"""A score column of a replayed file, or a score that came with an imported call, is a score."""

from __future__ import annotations

import json
import sqlite3

import pytest

from gencost.audit.check import audit
from gencost.cli import main
from gencost.errors import ConfigError
from gencost.metrics_db import init_db
from gencost.quality.recorded import Recorded
from gencost.types import Message, Response, Sample

REPLAY = ("provider=replay", "model=recorded", "model.name=m", "n=null", "tracking=none", "report=none")
FILES = ("provider.path=calls.jsonl", "prompts.path=calls.jsonl")
SAMPLE = Sample(id="a", messages=(Message(role="user", content="Hi"),))


def score(recorded: dict, **keys):
    return Recorded(**keys).score(SAMPLE, Response(text="", usage=None, latency_ms=None, recorded=recorded))


def scores() -> dict[str, float | None]:
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    query = "SELECT prompt_id, value FROM scores JOIN requests USING (request_id) WHERE scorer = 'recorded'"
    values = dict(connection.execute(query).fetchall())
    connection.close()
    return values


@pytest.mark.parametrize(
    ("recorded", "keys", "value"),
    [
        ({"score": 0.75}, {}, 0.75),
        ({"human": 1.0}, {"column": "human"}, 1.0),
        ({"scores.human": 0.5}, {"column": "human"}, 0.5),
        ({"score_human": 0.5}, {"column": "human"}, 0.5),
        ({"score": 4}, {"lowest": 1, "highest": 5}, 0.75),
        ({}, {}, None),
        ({"score": 4}, {}, None),
    ],
)
def test_the_number_is_found_and_put_on_the_scale(recorded, keys, value):
    assert score(recorded, **keys).value == value


def test_no_number_says_what_there_is():
    assert score({"human": 1, "ts": "2026-01-01"}).explanation == "no number in column 'score'; the record has human"
    assert score({"score": 4}).explanation == "4 is outside [0, 1]: give lowest and highest"
    with pytest.raises(ConfigError, match="lowest=5 must be below highest=1"):
        Recorded(lowest=5, highest=1)


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_a_column_of_the_replayed_file_is_a_score_which_is_audited(tmp_path, gencost_run, capfd, kind):
    rows = [("a", 0.25), ("b", 1), ("c", None)]
    lines = [{"id": at, "text": at, "model": "m", "response": "x", "human": value} for at, value in rows]
    text = "\n".join(map(json.dumps, lines))
    if kind == "csv":
        text = "id,text,model,response,human\n" + "\n".join(f"{at},{at},m,x,{'' if v is None else v}" for at, v in rows)
    (tmp_path / f"calls.{kind}").write_text(text + "\n")
    files = [name.replace("jsonl", kind) for name in FILES]
    done = gencost_run(*REPLAY, *files, "quality=[recorded]", "quality.recorded.column=human")
    assert scores() == {"a": 0.25, "b": 1.0, "c": None}
    assert "recorded could not score 1 of 3 (1: no number in column 'human'; the record has none)" in done.stdout
    assert "unscored" in done.stdout
    engine = init_db(None)
    assert audit(engine, None).failures == []
    engine.dispose()
    with pytest.raises(SystemExit):
        main(["rescore", "quality=[recorded]", "quality.recorded.column=human", "quality.recorded.highest=2"])
    assert "recorded 1." in capfd.readouterr().out


def test_a_score_that_came_with_an_imported_call_is_one(tmp_path, capsys):
    result = {"promptIdx": 0, "testIdx": 0, "provider": {"id": "openai:m"}, "prompt": {"raw": "Hi"}, "vars": {}}
    result |= {"response": {"output": "Hello", "tokenUsage": {"prompt": 3, "completion": 2, "total": 5}}, "score": 0.5}
    result |= {"success": True, "latencyMs": 9, "namedScores": {}, "failureReason": 0, "testCase": {}}
    (tmp_path / "out.json").write_text(json.dumps({"evalId": "e", "results": {"version": 3, "results": [result]}}))
    with pytest.raises(SystemExit) as ended:
        main(["import", "promptfoo", "out.json", "texts=keep"])
    assert not ended.value.code, capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["rescore", "quality=[recorded]", "quality.recorded.column=promptfoo"])
    assert list(scores().values()) == [0.5]
