from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree as ET

from made import compared, record, store

from gencost.decision.gate import GateResult
from gencost.report.structured import as_json, comparison_frame, junit


def test_json_has_everything_and_no_nan(engine):
    cells = {"m a": [record("a", i, pico=0) for i in range(8)], "m b": [record("b", i, score=None) for i in range(8)]}
    parsed = json.loads(as_json(compared(engine, store(engine, cells))))  # a ratio to 0, and no score
    assert set(parsed) == {"cells", "pairs", "effects", "decision", "criteria", "seed"}
    assert parsed["pairs"][0]["cost"]["ratio"] is None
    assert parsed["pairs"][0]["quality"] is None
    assert parsed["cells"][1]["intervals"]["quality_mean"] is None
    assert parsed["decision"]["cell"] == "m a"


def test_json_names_what_failed_a_condition(comparison_of_two):
    verdict = GateResult(cell="m b", fails=True, why="w")
    parsed = json.loads(as_json(comparison_of_two, "m a", [verdict]))
    assert (parsed["baseline"], parsed["verdicts"]) == ("m a", [{"cell": "m b", "fails": True, "why": "w"}])


def test_the_frame_has_a_row_a_cell(comparison_of_two):
    text = comparison_frame(comparison_of_two, "m a").to_csv(index=False)
    a, b = csv.DictReader(io.StringIO(text))
    assert (a["cell"], a["decision"], a["reference"], a["against"]) == ("m a", "True", "True", "")
    assert (b["cost_ratio"], b["cost_ratio_low"]) == ("0.5", "")  # 5 / 10 in each; an interval needs 50 prompts
    assert float(b["quality_delta"]) == -1 / 40
    assert (b["quality_p_holm"], b["quality_prompts"], b["n"]) == ("1.0", "40", "40")  # McNemar: 1 against 0


def test_junit_is_xml_whatever_a_cell_is_called():
    verdicts = [GateResult(cell='a<b>&\x00\x1b"', fails=True, why="x < 1"), GateResult(cell="c", fails=False, why="")]
    suite = ET.fromstring(junit(verdicts, "x < 1", "base"))
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    bad, good = suite
    assert bad.get("name") == 'a<b>&"'
    assert bad.find("failure").get("message") == "x < 1"
    assert good.find("failure") is None


def test_counts_are_whole_numbers_and_the_overrides_are_beside_the_name(engine):
    cells = {"model=small": [record("a", i) for i in range(3)], "model=large": [record("b", i) for i in range(3)]}
    first = json.loads(as_json(compared(engine, store(engine, cells))))["cells"][0]
    assert (first["cell"], first["overrides"]) == ("small", "model=small")
    assert all(type(first[name]) is int for name in ("calls", "ok", "errors", "tokens_in_total"))
