"""Recompute what one answer was billed: its tokens, whose rates, the sum, and what the provider said it charged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any

from gencost.analysis.request_facts import Evidence, Facts
from gencost.audit.origin import Origin, read_json
from gencost.audit.verdict import Verdict, compared
from gencost.errors import PricingError, UsageError
from gencost.pricing import ModelPricing, cost_of
from gencost.pricing.cost import machine_cost
from gencost.providers.raw_usage import cost_again, usage_again
from gencost.token_counts import usage_from
from gencost.types import PICO_PER_USD, Cost, Response, Usage

_TOKENS = (
    "tokens_in",
    "tokens_out",
    "tokens_cached",
    "tokens_cache_write",
    "tokens_cache_write_1h",
    "tokens_reasoning",
)
_COUNTS = (*_TOKENS, "web_searches")
_DAMAGED = "is no JSON; it was damaged or edited"
_GENAI = "genai-prices=="


def billing(seen: Evidence, response: Facts, origin: Origin) -> Iterator[Verdict]:
    """Check every figure of one answer's bill.

    Args:
        seen: what is recorded of the call.
        response: its answer.
        origin: of its run.
    """
    try:
        usage = recorded_usage(response)
    except UsageError as error:
        yield Verdict(figure="tokens", holds=False, recorded="impossible", recomputed=str(error))
        return
    yield from _usage(seen, response, usage)
    if response["raw_usage_json"] is not None:
        yield from _provider_cost(response)
    if response["price_id"] is not None:
        yield compared("rates", response["price_id"], None if seen.price is None else price_id(seen.price["block"]))
    if origin.tracker is not None:
        yield _whose_rates(seen, response, usage, origin)
    yield from _cost(seen, response)


def recorded_usage(response: Facts) -> Usage | None:
    """The recorded counts; None if the provider gave none.

    Raises:
        UsageError: they cannot be true.
    """
    if response["usage_tokens_in"] is None:
        return None
    counts = {name: response[f"usage_{name}"] or 0 for name in _COUNTS}
    more = read_json(response["usage_more_json"])
    if response["usage_more_json"] is not None and not isinstance(more, Mapping):
        raise UsageError(f"usage_more_json {_DAMAGED}")
    return usage_from({**(more or {}), **counts, "source": response["usage_source"]})


@lru_cache(maxsize=1024)
def price_id(block: str) -> str:
    """SHA-256 (hex) of a rate block."""
    return sha256(block.encode()).hexdigest()


@lru_cache(maxsize=1024)
def _pricing(block: str) -> ModelPricing:
    return ModelPricing.from_block(block)


def bill(seen: Evidence) -> Cost:
    """The bill of an answer, made again from its tokens and the rates it names.

    Raises:
        PricingError: the rates are damaged.
        UsageError: the counts cannot be true.
    """
    if seen.response is None or seen.price is None:
        return Cost(pico_usd=None, status="unpriced", reason="no rates are recorded")
    pricing = _pricing(seen.price["block"])
    if pricing.gpu_hour is not None:
        last = seen.attempts[-1] if seen.attempts else {"machine_ms": 0.0 if seen.request["from_cache"] else None}
        return machine_cost(pricing, last["machine_ms"], _latency_ms(seen))
    others = [_pricing(block) for block in seen.other_blocks]
    return cost_of(recorded_usage(seen.response), pricing, others)


def _latency_ms(seen: Evidence) -> float | None:
    """What ``gpu_hour`` bills; nobody waited for an answer from the cache."""
    latency_ms: float | None = 0.0 if seen.request["from_cache"] else seen.request["latency_ms"]
    return latency_ms


def _usage(seen: Evidence, response: Facts, usage: Usage | None) -> Iterator[Verdict]:
    counted = None if usage is None else {name: getattr(usage, name) for name in _COUNTS}
    if seen.attempts:
        text = seen.attempts[-1]["usage_json"]
        last = read_json(text)
        if text is not None and not isinstance(last, Mapping):
            yield Verdict(figure="tokens", holds=False, recorded=text, recomputed=_DAMAGED)
        else:
            yield _tokens("tokens", counted, last, _COUNTS)
            yield compared("usage_source", response["usage_source"], "missing" if last is None else last.get("source"))
    if response["raw_usage_json"] is None:
        return
    sent = read_json(response["raw_usage_json"])
    if not isinstance(sent, Mapping):
        yield Verdict(figure="usage as sent", holds=False, recorded=response["raw_usage_json"], recomputed=_DAMAGED)
        return
    raw = usage_again(sent)
    if raw is not None:
        names = _COUNTS if raw.web_searches else _TOKENS  # not all vendors count searches in it
        yield _tokens("tokens as the provider sent them", counted, vars(raw), names)


def _tokens(
    figure: str, said: Mapping[str, Any] | None, again: Mapping[str, Any] | None, names: Sequence[str]
) -> Verdict:
    if said is None or again is None:
        return compared(figure, said, again)
    differ = [name for name in names if said[name] != again.get(name)]
    shown = differ or ["tokens_in", "tokens_out"]
    recorded, recomputed = (", ".join(f"{name}={counts.get(name)}" for name in shown) for counts in (said, again))
    return Verdict(figure=figure, holds=not differ, recorded=recorded, recomputed=recomputed)


def _provider_cost(response: Facts) -> Iterator[Verdict]:
    sent = read_json(response["raw_usage_json"])
    again = cost_again(sent) if isinstance(sent, Mapping) else None
    if again is not None:
        yield compared("provider_cost_usd", response["provider_cost_usd"], float(again))


def _whose_rates(seen: Evidence, response: Facts, usage: Usage | None, origin: Origin) -> Verdict:
    """Which rates the recorded price list gives for the model, tier, day and length that are recorded."""
    request, figure = seen.request, "rates of this model and day"
    answer = Response(
        text="",
        usage=usage,
        latency_ms=_latency_ms(seen) or 0.0,
        response_model=response["response_model"],
        service_tier=response["service_tier"],
        region=response["region"],
        machine_ms=0.0,
    )
    assert origin.tracker is not None
    cost = origin.tracker.price(provider=request["provider"], model=request["model"], response=answer, at=request["ts"])
    said = _rates_said(response["price_id"], response["cost_basis"])
    again = _rates_said(cost.price_id, cost.basis)
    source = "" if seen.price is None else seen.price["source"]
    holds: bool | None = said == again
    if not holds and _of_another_version(source, origin):
        holds, again = None, f"{source} is not installed"
    return Verdict(figure=figure, holds=holds, recorded=said, recomputed=again)


def _rates_said(found: str | None, basis: str | None) -> str:
    return "none" if found is None else f"{found[:12]} as {basis}"


def _of_another_version(source: str, origin: Origin) -> bool:
    from gencost.pricing.genai import source_name  # noqa: PLC0415 - only where rates are of another version

    return source.startswith(_GENAI) and source == origin.genai_prices and source != source_name()


def _cost(seen: Evidence, response: Facts) -> Iterator[Verdict]:
    cached = response["cost_status"] == "cached"
    said = response["saved_pico_usd"] if cached else response["cost_pico_usd"]
    try:
        again = bill(seen)
    except (PricingError, UsageError) as error:
        yield Verdict(figure="cost", holds=False, recorded=usd_exactly(said), recomputed=str(error))
        return
    if cached:
        yield _sum("cost from the cache", response["cost_pico_usd"], 0)
    else:
        status = response["cost_status"]
        # Rates that name no price for the served tier are no rates to bill by, so "partial" may have none recorded.
        same = again.status == status or {again.status, status} == {"unpriced", "partial"}
        yield Verdict(figure="cost status", holds=same, recorded=status, recomputed=again.status)
    yield _sum("cost that the cache saved" if cached else "cost", said, again.pico_usd)
    if seen.attempts and not cached:
        yield _sum("cost of the last attempt", seen.attempts[-1]["cost_pico_usd"], again.pico_usd)


def _sum(figure: str, said: int | None, again: int | None) -> Verdict:
    return Verdict(figure=figure, holds=said == again, recorded=usd_exactly(said), recomputed=usd_exactly(again))


def usd_exactly(pico_usd: int | None) -> str:
    """Write an amount to the last pico-dollar."""
    if pico_usd is None:
        return "unknown"
    whole, rest = divmod(abs(pico_usd), PICO_PER_USD)
    return f"{'-' if pico_usd < 0 else ''}${whole}.{rest:012}"
