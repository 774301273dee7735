"""Recompute every figure of one request from what it was made of; pure."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from gencost.analysis.request_facts import Evidence, Facts
from gencost.audit.billing import billing
from gencost.audit.origin import Origin
from gencost.audit.outcome import outcome
from gencost.audit.verdict import Verdict, compared
from gencost.metrics_db.unscored import messages_of
from gencost.protocols import Scorer
from gencost.quality.proxy import quality_proxy
from gencost.types import Response, Sample, Score

_SAME = 1e-9
_PROXY = "proxy"


def verdicts(seen: Evidence, origin: Origin) -> list[Verdict]:
    """Check every figure of one request.

    Args:
        seen: what is recorded of it.
        origin: of its run.
    """
    prompt = None if seen.prompt is None else _sha256(seen.prompt)
    found = [compared("prompt text", seen.request["prompt_sha256"], prompt), *outcome(seen, origin)]
    if origin.damage is not None:
        found.append(Verdict(figure="config of its run", holds=False, recorded="damaged", recomputed=origin.damage))
    if seen.response is not None:
        found += [_text(seen.response), *billing(seen, seen.response, origin), *_scores(seen, seen.response, origin)]
    return found


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def sample_of(seen: Evidence) -> Sample:
    """The sample as it was asked, without its other columns."""
    return Sample(
        id=seen.request["prompt_id"],
        messages=messages_of(seen.prompt or ""),
        reference=seen.request["reference"],
        category=seen.request["category"],
    )


def _text(response: Facts) -> Verdict:
    said, again = response["response_sha256"], _sha256(response["response"])
    holds = None if said is None else said == again
    return Verdict(figure="response text", holds=holds, recorded=said, recomputed=again)


def _scores(seen: Evidence, response: Facts, origin: Origin) -> Iterator[Verdict]:
    text, judged = str(response["response"]), {row["scorer"] for row in seen.scores}
    if response["quality_proxy"] is not None or _PROXY in judged:
        yield _same_score("quality_proxy", response["quality_proxy"], quality_proxy(text))
    answer = Response(text=text, usage=None, latency_ms=0.0, finish_reason=response["finish_reason"])
    for row in seen.scores:
        yield _score(row, origin.scorers.get(row["scorer"]), sample_of(seen), answer)
    if seen.request["role"] == "sample":
        for name in origin.scorers.keys() - judged:
            why = "its run scored every answer"
            yield Verdict(figure=f"score {name}", holds=False, recorded="no row", recomputed=why)


def _score(row: Facts, scorer: Scorer | None, sample: Sample, answer: Response) -> Verdict:
    figure = f"score {row['scorer']}"
    if scorer is None or scorer.version != row["version"]:
        why = "needs more than the text" if scorer is None else f"this GenCost has version {scorer.version}"
        return Verdict(figure=figure, holds=None, recorded=row["value"], recomputed=why)
    try:
        again = scorer.score(sample, answer)
    except Exception as error:  # noqa: BLE001 - a door: a scorer that fails gave no value when the call was made, too
        value = None if row["value"] is None else f"{type(error).__name__}: {error}"
        return compared(figure, row["value"], value)
    if not isinstance(again, Score):
        return Verdict(figure=figure, holds=None, recorded=row["value"], recomputed="needs more than the text")
    return _same_score(figure, row["value"], again.value)


def _same_score(figure: str, said: float | None, again: float | None) -> Verdict:
    same = said == again or (said is not None and again is not None and abs(said - again) <= _SAME)
    return Verdict(figure=figure, holds=same, recorded=said, recomputed=again)
