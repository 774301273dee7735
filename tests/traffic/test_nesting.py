"""Each call is told once, however many there are, and what was passed on is held no longer."""

from __future__ import annotations

from dataclasses import replace

from traffic.imports import PICO_USD, calls, gencost, write
from traffic.test_otlp import NEW, line, span

from gencost.traffic.nesting import Nesting
from gencost.traffic.spans import Span

ANSWERS = 3000
CHUNK = 500


def call(at: str, parent: str, answer: str | None, scope: str = "one") -> Span:
    return Span(trace="t", id=at, parent=parent, facts={"answer": answer, "scope": scope})


def nesting(compared: list | None = None) -> Nesting:
    """Spans of one answer are one call: those inside each other, and those of two scopes beside each other."""

    def twins(first: Span, second: Span) -> bool:
        if compared is not None:
            compared.append(second.id)
        return first.facts["scope"] != second.facts["scope"]

    return Nesting(
        same=lambda outer, inner: outer.facts["answer"] in (None, inner.facts["answer"]),
        twins=twins,
        answer_id=lambda it: it.facts["answer"],
        joined=lambda outer, inner: replace(outer, facts={**outer.facts, "answer": inner.facts["answer"]}),
    )


def chunks(make) -> list:
    """What two instrumentations tell of all answers, each exporting 500 at a time."""
    starts = range(0, ANSWERS, CHUNK)
    return [make(n, scope) for at in starts for scope in ("one", "two") for n in range(at, at + CHUNK)]


def test_each_of_thousands_of_answers_inside_one_span_is_one_call_and_none_is_held():
    compared: list = []
    joined = nesting(compared)
    spans = chunks(lambda n, scope: call(f"{scope}{n}", "root", f"a{n}", scope))
    given = list(joined.through((it, True) for it in spans))
    assert (len(given), joined.repeats) == (ANSWERS, ANSWERS)
    assert len(compared) == ANSWERS  # each with its twin alone
    assert not joined._calls
    assert not joined._beside


def test_two_instrumentations_of_one_large_span_are_billed_once(capsys):
    def exported(n: int, scope: str) -> dict:
        attributes = {**NEW, "gen_ai.response.id": f"chatcmpl-{n}"}
        return line(span(attributes, at=f"{scope == 'two':x}{n:05}", parent="f" * 16), scope=scope)

    path = write("t.jsonl", [*chunks(exported), line(span({"x": "y"}, at="f" * 16))])
    assert "3,000 calls imported; 3,000 left out" in gencost(capsys, "import", "otlp", path)
    assert calls("sum(a.cost_pico_usd)") == [(ANSWERS * PICO_USD,)]


def test_a_call_joined_into_the_one_around_it_is_not_remembered():
    joined = nesting()
    pairs = [(call(f"i{n}", f"o{n}", f"a{n}"), call(f"o{n}", "root", None)) for n in range(100)]
    through = joined.through((it, True) for pair in pairs for it in (*pair, call(f"x{pair[0].id}", "", None)))
    assert len(list(through)) == 200
    assert joined.repeats == 100
    assert not joined._beside


def test_a_call_that_has_its_answer_s_id_of_an_inner_one_has_a_twin():
    joined = nesting()
    spans = [call("i", "o", "a"), call("o", "root", None), call("twin", "root", "a", "two")]
    assert [it.id for it in joined.through((it, True) for it in spans)] == ["o"]


def test_calls_without_an_id_of_a_span_are_all_told(capsys):
    plain = [{**span({**NEW, "gen_ai.response.id": f"chatcmpl-{n}"}), "spanId": ""} for n in range(3)]
    assert "3 calls imported" in gencost(capsys, "import", "otlp", write("t.jsonl", [line(*plain)]))
