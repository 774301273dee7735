"""Recompute every figure of one request from what it was made of; pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from gencost.analysis.evidence import Evidence, Facts
from gencost.errors import PricingError, UsageError
from gencost.pricing import ModelPricing, cost_of
from gencost.providers.raw_usage import usage_again
from gencost.quality.proxy import quality_proxy
from gencost.roles import Scorer
from gencost.types import PICO_PER_USD, Cost, Message, Response, Sample, Usage

_TOKENS = (
    "tokens_in",
    "tokens_out",
    "tokens_cached",
    "tokens_cache_write",
    "tokens_cache_write_1h",
    "tokens_reasoning",
)
_SAME = 1e-9


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether one figure could be reproduced.

    Attributes:
        figure: what was checked.
        holds: whether it was reproduced; None if it cannot be recomputed.
        recorded: what the metrics DB says.
        recomputed: what comes out, or why nothing does.
    """

    figure: str
    holds: bool | None
    recorded: Any = None
    recomputed: Any = None


def verdicts(seen: Evidence, scorers: Mapping[str, Scorer]) -> list[Verdict]:
    """Check every figure of one request.

    Args:
        seen: what is recorded of it.
        scorers: by name; only those that need nothing but text and reference.
    """
    found = [_prompt(seen), _attempts(seen)]
    if seen.response is not None:
        found += [_text(seen.response), *_latency(seen), *_usage(seen, seen.response)]
        found += [*_price(seen, seen.response), *_cost(seen, seen.response), *_scores(seen, seen.response, scorers)]
    return found


def recorded_usage(response: Facts) -> Usage | None:
    """The recorded counts; None if the provider gave none.

    Raises:
        UsageError: they cannot be true.
    """
    if response["usage_tokens_in"] is None:
        return None
    counts = {name: response[f"usage_{name}"] or 0 for name in _TOKENS}
    return Usage(**counts, web_searches=response["usage_web_searches"] or 0, source=response["usage_source"])


def bill(seen: Evidence) -> Cost:
    """The bill of an answer, made again from its tokens and the rates it names.

    Raises:
        PricingError: the rates are damaged.
        UsageError: the counts cannot be true.
    """
    if seen.response is None or seen.price is None:
        return Cost(pico_usd=None, status="unpriced", reason="no rates are recorded")
    latency_ms = None if seen.request["from_cache"] else seen.request["latency_ms"]
    return cost_of(recorded_usage(seen.response), ModelPricing.from_block(seen.price["block"]), latency_ms)


def sample_of(seen: Evidence) -> Sample:
    """The sample as it was asked, without its other columns."""
    text = seen.prompt or ""
    messages = [Message(role="user", content=text)]
    if text.startswith("[{"):
        try:
            messages = [Message(role=turn["role"], content=turn["content"]) for turn in json.loads(text)]
        except (ValueError, KeyError, TypeError):
            messages = [Message(role="user", content=text)]
    return Sample(
        id=seen.request["prompt_id"],
        messages=tuple(messages),
        reference=seen.request["reference"],
        category=seen.request["category"],
    )


def _prompt(seen: Evidence) -> Verdict:
    said = seen.request["prompt_sha256"]
    again = None if seen.prompt is None else sha256(seen.prompt.encode()).hexdigest()
    return Verdict(figure="prompt text", holds=said == again, recorded=said, recomputed=again)


def _attempts(seen: Evidence) -> Verdict:
    said, counted = seen.request["attempts"], len(seen.attempts)
    return Verdict(figure="attempts", holds=said == counted, recorded=said, recomputed=counted)


def _text(response: Facts) -> Verdict:
    said = response["response_sha256"]
    again = sha256(response["response"].encode()).hexdigest()
    holds = None if said is None else said == again
    return Verdict(figure="response text", holds=holds, recorded=said, recomputed=again)


def _latency(seen: Evidence) -> Iterator[Verdict]:
    if seen.attempts:
        said, again = seen.request["latency_ms"], seen.attempts[-1]["service_ms"]
        yield Verdict(figure="latency_ms", holds=said == again, recorded=said, recomputed=again)


def _usage(seen: Evidence, response: Facts) -> Iterator[Verdict]:
    try:
        said = recorded_usage(response)
    except UsageError as error:
        yield Verdict(figure="tokens", holds=False, recorded="impossible", recomputed=str(error))
        return
    if said is None:
        return
    last = json.loads(seen.attempts[-1]["usage_json"] or "null") if seen.attempts else None
    if last is not None:
        yield _tokens("tokens", said, {name: last[name] for name in _TOKENS})
    raw = usage_again(json.loads(response["raw_usage_json"])) if response["raw_usage_json"] else None
    if raw is not None:
        yield _tokens("tokens as the provider sent them", said, {name: getattr(raw, name) for name in _TOKENS})


def _tokens(figure: str, usage: Usage, again: Mapping[str, int]) -> Verdict:
    said = {name: getattr(usage, name) for name in _TOKENS}
    differ = [name for name in _TOKENS if said[name] != again[name]] or ["tokens_in", "tokens_out"]
    return Verdict(
        figure=figure,
        holds=said == again,
        recorded=", ".join(f"{name}={said[name]}" for name in differ),
        recomputed=", ".join(f"{name}={again[name]}" for name in differ),
    )


def _price(seen: Evidence, response: Facts) -> Iterator[Verdict]:
    said = response["price_id"]
    if said is not None:
        again = None if seen.price is None else sha256(seen.price["block"].encode()).hexdigest()
        yield Verdict(figure="rates", holds=said == again, recorded=said, recomputed=again)


def _cost(seen: Evidence, response: Facts) -> Iterator[Verdict]:
    cached = response["cost_status"] == "cached"
    said = response["saved_pico_usd"] if cached else response["cost_pico_usd"]
    try:
        again = bill(seen)
    except (PricingError, UsageError) as error:
        yield Verdict(figure="cost", holds=False, recorded=_usd(said), recomputed=str(error))
        return
    if cached:
        billed = response["cost_pico_usd"]
        yield Verdict(figure="cost from the cache", holds=billed == 0, recorded=_usd(billed), recomputed=_usd(0))
    else:
        status = response["cost_status"]
        # Rates that name no price for the served tier are no rates to bill by, so "partial" may have none recorded.
        same = again.status == status or {again.status, status} == {"unpriced", "partial"}
        yield Verdict(figure="cost status", holds=same, recorded=status, recomputed=again.status)
    figure = "cost that the cache saved" if cached else "cost"
    yield Verdict(figure=figure, holds=said == again.pico_usd, recorded=_usd(said), recomputed=_usd(again.pico_usd))


def _usd(pico_usd: int | None) -> str:
    return "unknown" if pico_usd is None else f"${pico_usd / PICO_PER_USD:.12f}"


def _scores(seen: Evidence, response: Facts, scorers: Mapping[str, Scorer]) -> Iterator[Verdict]:
    text = str(response["response"])
    if response["quality_proxy"] is not None:
        yield _same_score("quality_proxy", response["quality_proxy"], quality_proxy(text))
    answer = Response(text=text, usage=None, latency_ms=0.0, finish_reason=response["finish_reason"])
    for row in seen.scores:
        yield _score(row, scorers.get(row["scorer"]), sample_of(seen), answer)


def _score(row: Facts, scorer: Scorer | None, sample: Sample, answer: Response) -> Verdict:
    figure = f"score {row['scorer']}"
    if scorer is None or scorer.version != row["version"]:
        why = "needs more than the text" if scorer is None else f"this GenCost has version {scorer.version}"
        return Verdict(figure=figure, holds=None, recorded=row["value"], recomputed=why)
    again = scorer.score(sample, answer)
    if not hasattr(again, "value"):
        return Verdict(figure=figure, holds=None, recorded=row["value"], recomputed="needs more than the text")
    return _same_score(figure, row["value"], again.value)


def _same_score(figure: str, said: float | None, again: float | None) -> Verdict:
    same = said == again or (said is not None and again is not None and abs(said - again) <= _SAME)
    return Verdict(figure=figure, holds=same, recorded=said, recomputed=again)


def failed(found: Sequence[Verdict]) -> list[Verdict]:
    """Those that could not be reproduced."""
    return [verdict for verdict in found if verdict.holds is False]
