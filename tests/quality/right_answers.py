"""How many answers, as people and models write them, each scorer gets right: python tests/quality/right_answers.py.

A line of ``answers/<scorer>.jsonl`` has an answer ``a``, a reference ``r``, the right value ``want`` (null: no score,
"?" is open: either is defensible), and where they matter the scorer's ``keys`` and the sample's ``columns``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent)]

from gencost.quality.choice import MultipleChoice  # noqa: E402
from gencost.quality.code import PythonTests  # noqa: E402
from gencost.quality.labels import Verdict  # noqa: E402
from gencost.quality.numeric import Numeric  # noqa: E402
from gencost.quality.refusal import NoRefusal  # noqa: E402
from gencost.quality.score import score_now  # noqa: E402
from gencost.quality.structure import JsonValid  # noqa: E402
from gencost.quality.text import Contains, ExactMatch, Regex  # noqa: E402
from gencost.types import Message, Response, Sample  # noqa: E402

MADE_BY = {
    "contains": Contains,
    "exact_match": ExactMatch,
    "json_valid": JsonValid,
    "multiple_choice": MultipleChoice,
    "no_refusal": NoRefusal,
    "numeric": Numeric,
    "python_tests": PythonTests,
    "regex": Regex,
    "yes_no": Verdict,
}
KEYS = {
    "json_valid": {"fences": True},
    "exact_match": {"ignore_case": True},
    "python_tests": {"allow_execution": True, "time_s": 4},
    "yes_no": {"name": "yes_no", "strict": True},
    "regex": {"pattern": "(a+)+$"},
}


def cases(name: str) -> Iterator[dict]:
    for path in sorted((HERE / "answers").glob(f"{name}*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def value_of(name: str, case: dict) -> float | None:
    """The value that a scorer gives to a case, read as in a run."""
    scorer = MADE_BY[name](**{**KEYS.get(name, {}), **case.get("keys", {})})
    columns = {key: json.dumps(column) for key, column in case.get("columns", {}).items()}
    asked = (Message(role="user", content="?"),)
    sample = Sample(id="1", messages=asked, reference=case.get("r"), metadata=columns)
    return score_now(scorer, sample, Response(text=case["a"], usage=None, latency_ms=1.0)).value


def wrong(name: str) -> tuple[int, list[tuple[dict, float | None]]]:
    """How many cases have a right value, and those where the scorer's is another."""
    judged = [case for case in cases(name) if case["want"] != "?"]
    values = [(case, value_of(name, case)) for case in judged]
    return len(judged), [(case, value) for case, value in values if value != case["want"]]


if __name__ == "__main__":
    say = sys.stdout.write
    say("| scorer | cases | right |\n|---|---|---|\n")
    for name in sys.argv[1:] or MADE_BY:
        judged, misses = wrong(name)
        say(f"| {name} | {judged} | {judged - len(misses)} |\n")
        for case, value in misses if len(sys.argv) > 1 else ():
            say(f"    {value} {json.dumps(case, ensure_ascii=False)}\n")
