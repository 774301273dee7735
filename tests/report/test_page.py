from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from made import compared, failed, record, store, two

from gencost.analysis.results import read_results
from gencost.decision.compare import compare
from gencost.decision.decide import Criteria
from gencost.errors import ReportError
from gencost.report.html.page import colours, page, write_page
from gencost.report.html.report_data import background

CANARY = "<script>alert('x')</script><img src=x onerror=alert(1)>\"' {{ 7 * 7 }}"


def html(engine, ids, **criteria) -> str:
    comparison = compare(read_results(engine, ids), Criteria(**criteria))
    return page(comparison, background(engine, comparison))


def html_of_two(two_cells) -> str:
    engine, comparison = two_cells
    return page(comparison, background(engine, comparison))


class Read(HTMLParser):
    """The tags and attributes of a page, and its text without tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


def words(text: str) -> str:
    return " ".join(Read(text.replace("<", " <")).text.split())


def test_the_decision_comes_first_then_the_table_and_the_figures(two_cells):
    html = html_of_two(two_cells)
    text = words(html)
    titles = [words(title) for title in re.findall(r"<h[23][^>]*>(.*?)</h[23]>", html)]
    figures = ["Cost against latency", "Quality against cost", "Latency", "Quality", "What a call is paid for"]
    assert titles[0].startswith("Undecided: m b costs 50 % less")
    assert titles[1:9] == ["Model by model", "Against m a", "Money", *figures]
    assert "Keep m a for now" in text
    assert "Every call was answered." in text


def test_figures_have_their_intervals_and_the_prompts_a_margin_takes(two_cells):
    text = words(html_of_two(two_cells))
    # one of 40 is wrong, half the cost
    assert re.search(r"m b 40 -0\.025 -0\.129 \u2013 \+0\.0\d\d 1\.000 0\.500", text)
    assert "prompts for ±0.02" in text


def test_whatever_was_recorded_is_text(engine):
    cells = {
        f"m {CANARY}": [record("a", i, text=CANARY, prompt=CANARY, latency_ms=1.0 + i) for i in range(6)],
        "m b": [record("b", i, prompt=CANARY) for i in range(5)] + [failed("b", 5, CANARY, CANARY)],
    }
    ids = store(engine, cells, name=CANARY, command=CANARY, host=CANARY, versions_json='{"<script>": "<script>"}')
    shown_page = html(engine, ids)
    read = Read(shown_page)
    assert not read.tags & {"script", "img", "iframe", "link", "object"}
    assert not {name for name in read.attributes if name.startswith("on")} | read.attributes & {"src", "href"}
    assert read.text.count(CANARY) >= 10
    assert "49" not in re.findall(r"\b49\b", read.text)


def test_nothing_is_asked_of_the_network_and_no_script_can_run(two_cells):
    html = html_of_two(two_cells)
    assert "default-src 'none'" in html
    assert not re.search(r"https?://|@import|url\(", html)


def test_a_single_run_has_no_decision(engine):
    text = words(html(engine, two(engine)[:1]))
    assert "Decision" not in text
    assert "Against" not in text
    assert "mean cost of a call" in text


def test_no_qualifying_cell_says_what_would_be_needed(engine):
    text = words(html(engine, two(engine, n=80), max_p95_ms=1.0))
    assert "No model qualifies: m a: p95 95.0" in text  # 95 % of the way from 20 to 99 ms
    assert "needs decision.max_p95_ms >= 99" in text  # the end of its interval


@pytest.mark.parametrize("calls", [[], [failed("a", i) for i in range(3)]])
def test_a_run_without_an_answer_gives_a_page(engine, calls):
    text = words(html(engine, store(engine, {"a": calls}, status="failed")))
    assert "n/a" in text
    assert "failed" in text
    assert "Cost against latency" not in text


def test_cells_without_price_or_score_are_said_to_have_none(engine):
    cells = {"a": [record("a", i, pico=None) for i in range(5)], "b": [record("b", i) for i in range(5)]}
    text = words(html(engine, store(engine, cells)))
    assert "5 unpriced" in text
    assert "5 of 5 answers have no known cost" in text


def test_a_grid_over_two_keys_shows_what_each_does(engine):
    cells = {
        f"m={m},n={n}": [record(f"{m}{n}", i, pico=10 * (m + 1) * 10**6) for i in range(5)]
        for m in range(2)
        for n in range(2)
    }
    ids = store(engine, cells, ids=["00", "01", "10", "11"])
    text = words(html(engine, ids))
    assert "Effect of each key" in text
    # m=0 costs 10, m=1 costs 20 millionths of a dollar: 5 on either side of 15
    assert "0 $0.00001000 -$0.000005000 1 $0.00002000 +$0.000005000" in text


def test_of_many_cells_those_that_stand_out_have_a_colour(engine):
    cells = {f"m {k}": [record(chr(97 + k), i, pico=10 + k) for i in range(5)] for k in range(12)}
    classes = colours(compared(engine, store(engine, cells)))
    assert classes["m 0"] == "c0"  # the decision: all are as good, it is the cheapest
    assert [classes[f"m {k}"] for k in range(1, 12)] == ["grey"] * 11


def test_long_texts_are_cut_and_said_to_be(engine):
    cells = {"a": [record("a", i, text="w" * 5000, latency_ms=1.0 + i) for i in range(5)]}
    assert "and 1,000 more characters" in html(engine, store(engine, cells))


def test_an_earlier_page_is_replaced_and_a_folder_that_is_not_there_is_said(two_cells, tmp_path):
    engine, comparison = two_cells
    beside = background(engine, comparison)
    path = write_page(comparison, beside, tmp_path / "r.html")
    path.write_text("old")
    assert write_page(comparison, beside, path).read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [one.name for one in tmp_path.iterdir() if "html" in one.name] == ["r.html"]
    with pytest.raises(ReportError, match="cannot be written"):
        write_page(comparison, beside, tmp_path / "nowhere" / "r.html")
