"""A text that looks like JSON turns and the conversation of these turns are two prompts for every reader."""

from __future__ import annotations

from dataclasses import replace

import pytest
import rows
from sqlalchemy import select

from gencost.analysis.recorded.request_facts import evidence_of
from gencost.audit.recomputed import _sample_of
from gencost.metrics_db import insert_runs
from gencost.metrics_db.tables import prompts
from gencost.metrics_db.unscored import answers
from gencost.prompts import PromptSet
from gencost.tracking.traces import _llm
from gencost.types import Message, Sample

TURNS = '[{"role":"system","content":"Be brief."},{"role":"user","content":"Why?"}]'
CONVERSATION = (Message(role="system", content="Be brief."), Message(role="user", content="Why?"))
TEXT = (Message(role="user", content=TURNS),)


@pytest.fixture
def ids(engine) -> list[str]:
    """Two calls: one asked the text of a CSV file, one the conversation that the text looks like."""
    insert_runs(engine, [rows.run_row("r", "c")])
    records = [rows.record("r", name) for name in ("text", "turns")]
    samples = [Sample(id="text", messages=TEXT), Sample(id="turns", messages=CONVERSATION)]
    asked = [replace(r, request=replace(r.request, sample=s)) for r, s in zip(records, samples, strict=True)]
    rows.store(engine, *asked)
    return [record.request.request_id for record in asked]


def test_both_are_stored_under_keys_of_their_own(engine, ids):
    with engine.connect() as connection:
        stored = connection.execute(select(prompts.c.kind, prompts.c.text).order_by(prompts.c.kind)).all()
    assert stored == [("conversation", TURNS), ("text", TURNS)]


def test_a_judge_that_scores_recorded_answers_sees_each_as_it_was_asked(engine, ids):
    assert [answer.request.sample.messages for answer in answers(engine, ids)] == [TEXT, CONVERSATION]


def test_so_does_an_audit(engine, ids):
    assert [_sample_of(seen).messages for seen in evidence_of(engine, ids)] == [TEXT, CONVERSATION]


def test_so_does_a_trace(engine, ids):
    shown = [_llm(seen, None, None)["mlflow.spanInputs"]["messages"] for seen in evidence_of(engine, ids)]
    assert shown[0] == [{"role": "user", "content": TURNS}]
    assert shown[1] == [{"role": m.role, "content": m.content} for m in CONVERSATION]


def test_a_csv_file_holds_texts(tmp_path):
    quoted = TURNS.replace('"', '""')
    (tmp_path / "p.csv").write_text(f'id,text\n1,"{quoted}"\n')
    (sample,) = PromptSet(path=str(tmp_path / "p.csv")).load()
    assert (sample.kind, sample.messages) == ("text", TEXT)
