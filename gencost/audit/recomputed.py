"""Recompute every figure of one request from what it was made of; pure."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from gencost.analysis.recorded.request_facts import Evidence, Facts
from gencost.audit.billing import billing
from gencost.audit.figure_check import FigureCheck, compared
from gencost.audit.origin import Origin
from gencost.audit.outcome import outcome
from gencost.audit.tries import failed_tries
from gencost.messages import prompt_sha256
from gencost.metrics_db.answer_parts import answer_sha256
from gencost.metrics_db.answers import request_of, whole_answer
from gencost.quality.deadline import OUT_OF_TIME
from gencost.quality.proxy import quality_proxy
from gencost.quality.reading import NoAnswerError
from gencost.quality.score import score_now
from gencost.types import Request, Response, Sample

_SAME = 1e-9
_PROXY = "proxy"
_WITHOUT_TEXT = ("hashed", "absent")


def checked_figures(seen: Evidence, origin: Origin) -> list[FigureCheck]:
    """Check every figure of one request.

    Args:
        seen: what is recorded of it.
        origin: of its run.
    """
    checks = [_prompt(seen), *outcome(seen, origin)]
    if origin.damage is not None:
        checks.append(
            FigureCheck(figure="config of its run", holds=False, recorded="damaged", recomputed=origin.damage)
        )
    checks += failed_tries(seen)
    if seen.response is not None:
        checks += [
            _text(seen, seen.response),
            *billing(seen, seen.response, origin),
            *_scores(seen, seen.response, origin),
        ]
    return checks


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _sample_of(seen: Evidence) -> Sample:
    """The sample as it was asked, with other columns that say whether they were looked at."""
    return Sample(
        id=seen.request["prompt_id"],
        messages=seen.messages,
        reference=seen.request["reference"],
        category=seen.request["category"],
        metadata=_NotRecorded(),
    )


def _prompt(seen: Evidence) -> FigureCheck:
    recorded = seen.request["prompt_sha256"]
    if seen.prompt_kind in _WITHOUT_TEXT:
        return FigureCheck(figure="prompt text", holds=None, recorded=recorded, recomputed="the text was not stored")
    return compared(
        "prompt text", recorded, None if seen.prompt is None else prompt_sha256(seen.prompt_kind, seen.prompt)
    )


def _text(seen: Evidence, response: Facts) -> FigureCheck:
    recorded, again = response["response_sha256"], answer_sha256(response["response"], response["tool_calls_json"])
    hidden = seen.prompt_kind in _WITHOUT_TEXT and response["response"] == ""
    holds = None if recorded is None or hidden else recorded == again
    return FigureCheck(figure="response text", holds=holds, recorded=recorded, recomputed=again)


def _scores(seen: Evidence, response: Facts, origin: Origin) -> Iterator[FigureCheck]:
    text, judged = str(response["response"]), {row["scorer"] for row in seen.scores}
    answer = whole_answer({**seen.request, **response})
    seed = None if origin.run is None else origin.run["seed"]
    request = request_of({**seen.request, "seed": seed}, _sample_of(seen))
    checks = [(row, _score(row, origin, request, answer)) for row in seen.scores]
    if response["quality_proxy"] is not None or _PROXY in judged:
        again = [row["value"] for row, check in checks if row["scorer"] == _PROXY and check.holds]
        yield _same_score("quality_proxy", response["quality_proxy"], again[0] if again else _proxy_of(text, origin))
    for _, check in checks:
        yield check
    if seen.request["role"] == "sample":
        for name in origin.scorers.keys() - judged:
            why = "its run scored every answer"
            yield FigureCheck(figure=f"score {name}", holds=False, recorded="no row", recomputed=why)


class _NotRecorded(dict[str, str]):
    """The columns of a sample that nobody recorded.

    Attributes:
        looked_at: whether a scorer asked for one.
    """

    looked_at = False

    def __getattribute__(self, name: str) -> Any:
        if name in ("get", "keys", "values", "items"):
            self.looked_at = True
        return super().__getattribute__(name)

    def __missing__(self, key: str) -> str:
        self.looked_at = True
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        self.looked_at = True
        return False


def _proxy_of(text: str, origin: Origin) -> float | None:
    try:
        return quality_proxy(origin.rules.reading.read(text))
    except NoAnswerError:
        return None


def _score(row: Facts, origin: Origin, request: Request, answer: Response) -> FigureCheck:
    figure, scorer = f"score {row['scorer']}", origin.scorers.get(row["scorer"])
    version = None if scorer is None else origin.rules.version_of(scorer)
    if scorer is None or version != row["version"]:
        why = "needs more than the text" if scorer is None else f"this GenCost has version {version}"
        return FigureCheck(figure=figure, holds=None, recorded=row["value"], recomputed=why)
    if row["value"] is None and OUT_OF_TIME in str(row["explanation"]):  # it would only run into its time limit again
        return FigureCheck(figure=figure, holds=None, recorded=None, recomputed="took too long then")
    columns = request.sample.metadata
    if isinstance(columns, _NotRecorded):
        columns.looked_at = False
    again = score_now(scorer, request.sample, answer, origin.rules, request)
    open_ended = again.value is None or (again.explanation or "").startswith("no ")
    looked = isinstance(columns, _NotRecorded) and columns.looked_at
    if again.value != row["value"] and (looked or (open_ended and getattr(scorer, "reads_columns", ()))):
        return FigureCheck(
            figure=figure, holds=None, recorded=row["value"], recomputed="needs a column of the prompt file"
        )
    if again.value is None and row["value"] is not None:
        return compared(figure, row["value"], again.explanation)
    return _same_score(figure, row["value"], again.value)


def _same_score(figure: str, recorded: float | None, again: float | None) -> FigureCheck:
    same = recorded == again or (recorded is not None and again is not None and abs(recorded - again) <= _SAME)
    return FigureCheck(figure=figure, holds=same, recorded=recorded, recomputed=again)
