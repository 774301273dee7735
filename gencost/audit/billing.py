"""Recompute what one answer was billed: its tokens, whose rates, the sum, and what the provider said it charged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any

from gencost.analysis.recorded.request_facts import Evidence, Facts
from gencost.audit.coverage import uncovered
from gencost.audit.figure_check import FigureCheck, compared
from gencost.audit.origin import Origin, read_json
from gencost.errors import PricingError, UsageError
from gencost.metrics_db.recorded_usage import recorded_usage
from gencost.pricing import ModelPricing, cost_of
from gencost.pricing.cost import machine_cost
from gencost.types import PICO_PER_USD, Cost, Response, Usage
from gencost.usage import READER, UsageReading, read_usage
from gencost.usage.charged import charged_usd
from gencost.values.token_counts import more_facts, usage_facts, usage_from

_TOKENS = (
    "tokens_in",
    "tokens_out",
    "tokens_cached",
    "tokens_cache_write",
    "tokens_cache_write_1h",
    "tokens_reasoning",
)
_COUNTS = (*_TOKENS, "web_searches")
_DAMAGED = "is not JSON; it was damaged or edited"
_GENAI = "genai-prices=="
_SERVED = ("response_model", "service_tier", "region")
_MOST_RATES = 10_000  # remembered for one run


def billing(seen: Evidence, response: Facts, origin: Origin) -> Iterator[FigureCheck]:
    """Check every figure of one answer's bill.

    Args:
        seen: what is recorded of the call.
        response: its answer.
        origin: of its run.
    """
    try:
        usage = recorded_usage(response)
    except UsageError as error:
        yield FigureCheck(figure="tokens", holds=False, recorded="impossible", recomputed=str(error))
        return
    yield from _usage(seen, response, usage)
    if response["raw_usage_json"] is not None:
        yield from _provider_cost(response)
    if response["price_id"] is not None:
        yield compared("rates", response["price_id"], None if seen.price is None else price_id(seen.price["block"]))
    if origin.tracker is not None:
        yield _whose_rates(seen, response, usage, origin)
    yield from _cost(seen, response, usage)
    if seen.correction is not None:
        yield _corrected_cost(seen, seen.correction)


def _corrected_cost(seen: Evidence, correction: Facts) -> FigureCheck:
    """The bill of a correction, made again from its counts and the rates that it names."""
    recorded, figure = correction["cost_pico_usd"], "corrected cost"
    if not seen.corrected_blocks or correction["usage_json"] is None:
        return _sum(figure, recorded, None)
    try:
        pricing, *others = [_pricing(block) for block in seen.corrected_blocks]
        if pricing.gpu_hour is not None:
            return FigureCheck(
                figure=figure, holds=None, recorded=usd_exactly(recorded), recomputed="by the machine's time"
            )
        return _sum(figure, recorded, cost_of(corrected_usage(correction), pricing, others).pico_usd)
    except (PricingError, UsageError) as error:
        return FigureCheck(figure=figure, holds=False, recorded=usd_exactly(recorded), recomputed=str(error))


def corrected_usage(correction: Facts) -> Usage | None:
    """The counts of a correction; None if it has none, or impossible ones.

    Raises:
        UsageError: they are damaged.
    """
    text = correction["usage_json"]
    facts = read_json(text)
    if text is not None and not isinstance(facts, Mapping):
        raise UsageError(f"usage_json of the correction {_DAMAGED}")
    return None if facts is None else usage_from(facts)


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
    return _billed(seen, None if seen.response is None else recorded_usage(seen.response))


def _billed(seen: Evidence, usage: Usage | None) -> Cost:
    if seen.response is None or seen.price is None:
        return Cost(pico_usd=None, status="unpriced", reason="no rates are recorded")
    pricing = _pricing(seen.price["block"])
    if pricing.gpu_hour is not None:
        last = seen.attempts[-1] if seen.attempts else {"machine_ms": 0.0 if seen.request["from_cache"] else None}
        return machine_cost(pricing, last["machine_ms"], _latency_ms(seen))
    others = [_pricing(block) for block in seen.other_blocks]
    return cost_of(usage, pricing, others)


def _latency_ms(seen: Evidence) -> float | None:
    """The time that ``gpu_hour`` bills; nobody waited for an answer from the cache."""
    latency_ms: float | None = 0.0 if seen.request["from_cache"] else seen.request["latency_ms"]
    return latency_ms


def _usage(seen: Evidence, response: Facts, usage: Usage | None) -> Iterator[FigureCheck]:
    counted = None if usage is None else {name: getattr(usage, name) for name in _COUNTS}
    if seen.attempts:
        text = seen.attempts[-1]["usage_json"]
        last = read_json(text)
        if text is not None and not isinstance(last, Mapping):
            yield FigureCheck(figure="tokens", holds=False, recorded=text, recomputed=_DAMAGED)
        else:
            yield _tokens("tokens", counted, last, _COUNTS)
            yield compared(
                "usage_source", response["usage_source"], "missing" if last is None else last.get("source", "provider")
            )
    if response["raw_usage_json"] is None:
        return
    sent = read_json(response["raw_usage_json"])
    if not isinstance(sent, Mapping):
        yield FigureCheck(figure="usage as sent", holds=False, recorded=response["raw_usage_json"], recomputed=_DAMAGED)
        return
    if seen.correction is not None:  # the counts that hold now, corrected
        usage = corrected_usage(seen.correction)
    again, _ = reading_of(response, sent)
    if again.usage is not None or response["usage_reader"] is not None:
        yield from _read_again(usage, again.usage, response)
    if usage is not None:
        missing = uncovered(sent, usage)
        recorded = "every number is in the counts"
        yield FigureCheck(
            figure="usage as sent", holds=not missing, recorded=recorded, recomputed="; ".join(missing) or recorded
        )


def _read_again(usage: Usage | None, again: Usage | None, response: Facts) -> Iterator[FigureCheck]:
    figure = "tokens as the provider sent them"
    if usage is None or again is None:
        yield compared(figure, None if usage is None else "counts", None if again is None else "counts")
        return
    names = _COUNTS if again.web_searches else _TOKENS  # before items were recorded, searches were not in it
    yield _tokens(figure, usage_facts(usage), usage_facts(again), names)
    if response["usage_reader"] is not None:
        yield compared("other counts", more_facts(usage), more_facts(again))


def reading_of(response: Facts, raw: Mapping[str, Any]) -> tuple[UsageReading, str]:
    """Read the recorded usage of an answer as today's adapters would, and say by which protocol."""
    named = str(response["usage_reader"] or "").partition(" ")[2]
    protocol = named or _protocol_of(raw)
    items = read_json(response["billed_items_json"])
    wrote = any(response[column] for column in ("response", "tool_calls_json", "reasoning"))
    tier = response["service_tier"]
    reading = read_usage(raw, protocol, text=wrote, items=items if isinstance(items, dict) else None, service_tier=tier)
    return reading, protocol


def _tokens(
    figure: str, stored: Mapping[str, Any] | None, again: Mapping[str, Any] | None, names: Sequence[str]
) -> FigureCheck:
    if stored is None or again is None:
        return compared(figure, stored, again)
    differ = [name for name in names if stored[name] != again.get(name, 0)]
    shown = differ or ["tokens_in", "tokens_out"]
    recorded, recomputed = (", ".join(f"{name}={counts.get(name, 0)}" for name in shown) for counts in (stored, again))
    return FigureCheck(figure=figure, holds=not differ, recorded=recorded, recomputed=recomputed)


def _protocol_of(raw: Mapping[str, Any]) -> str:
    """Return the protocol whose names a recorded usage has."""
    if "prompt_tokens" in raw and "input_tokens" not in raw:
        return "chat"
    return "responses" if "input_tokens_details" in raw else "messages"


def _provider_cost(response: Facts) -> Iterator[FigureCheck]:
    sent = read_json(response["raw_usage_json"])
    again = charged_usd(sent) if isinstance(sent, Mapping) else None
    if again is not None:
        yield compared("provider_cost_usd", response["provider_cost_usd"], float(again))


def _whose_rates(seen: Evidence, response: Facts, usage: Usage | None, origin: Origin) -> FigureCheck:
    """Hold the rates that were taken against those that the recorded price list gives."""
    figure, basis = "rates of this model and day", _rates_said(response["price_id"], response["cost_basis"])
    again = _rates_again(seen.request, response, usage, origin)
    source = "" if seen.price is None else seen.price["source"]
    holds: bool | None = basis == again
    if not holds and _of_another_version(source, origin):
        holds, again = None, f"{source} is not installed"
    elif not holds and seen.correction is not None:
        holds, again = None, f"{again}, by a correction"
    elif not holds and str(response["usage_reader"]).partition(" ")[0] not in ("None", str(READER)):
        again = f"{again}, by later rules: gencost reread --apply corrects it"
    return FigureCheck(figure=figure, holds=holds, recorded=basis, recomputed=again)


def _rates_again(request: Facts, response: Facts, usage: Usage | None, origin: Origin) -> str:
    """Look up the rates of the model, tier, day and length that are recorded; once for calls that are alike in that."""
    at = request["ts"]
    if usage is None or usage.web_searches or usage.more or usage.calls or usage.unread:
        return _looked_up(request, response, usage, origin)
    asked = (request["provider"], request["model"], *(response[name] for name in _SERVED))
    key = (*asked, at.date(), at.hour, at.minute, usage.tokens_in)
    if key not in origin.rates and len(origin.rates) >= _MOST_RATES:
        origin.rates.clear()
    if key not in origin.rates:
        origin.rates[key] = _looked_up(request, response, usage, origin)
    return origin.rates[key]


def _looked_up(request: Facts, response: Facts, usage: Usage | None, origin: Origin) -> str:
    served = {name: response[name] for name in _SERVED}
    answer = Response(text="", usage=usage, latency_ms=0.0, machine_ms=0.0, **served)
    assert origin.tracker is not None
    cost = origin.tracker.price(provider=request["provider"], model=request["model"], response=answer, at=request["ts"])
    return _rates_said(cost.price_id, cost.basis)


def _rates_said(price_id: str | None, basis: str | None) -> str:
    return "none" if price_id is None else f"{price_id[:12]} as {basis}"


def _of_another_version(source: str, origin: Origin) -> bool:
    from gencost.pricing.genai import source_name  # noqa: PLC0415 - only where rates are of another version

    return source.startswith(_GENAI) and source == origin.genai_prices and source != source_name()


def _cost(seen: Evidence, response: Facts, usage: Usage | None) -> Iterator[FigureCheck]:
    if response["cost_basis"] == "recorded":
        yield _recorded_cost(response)
        return
    cached = response["cost_status"] == "cached"
    recorded = response["saved_pico_usd"] if cached else response["cost_pico_usd"]
    try:
        again = _billed(seen, usage)
    except (PricingError, UsageError) as error:
        yield FigureCheck(figure="cost", holds=False, recorded=usd_exactly(recorded), recomputed=str(error))
        return
    if cached:
        yield _sum("cost from the cache", response["cost_pico_usd"], 0)
    else:
        status = response["cost_status"]
        # Rates that name no price for the served tier are not rates to bill by, so "partial" may have none recorded.
        same = again.status == status or {again.status, status} == {"unpriced", "partial"}
        yield FigureCheck(figure="cost status", holds=same, recorded=status, recomputed=again.status)
    yield _sum("cost that the cache saved" if cached else "cost", recorded, again.pico_usd)
    if seen.attempts and not cached:
        yield _sum("cost of the last attempt", seen.attempts[-1]["cost_pico_usd"], again.pico_usd)


def _recorded_cost(response: Facts) -> FigureCheck:
    """The cost of an answer given again is what was recorded with it."""
    charged = response["provider_cost_usd"]
    again = None if charged is None else round(Decimal(repr(charged)) * PICO_PER_USD)
    return _sum("cost", response["cost_pico_usd"], again)


def _sum(figure: str, recorded: int | None, again: int | None) -> FigureCheck:
    return FigureCheck(
        figure=figure, holds=recorded == again, recorded=usd_exactly(recorded), recomputed=usd_exactly(again)
    )


def usd_exactly(pico_usd: int | None) -> str:
    """Write an amount to the last pico-dollar."""
    if pico_usd is None:
        return "unknown"
    whole, rest = divmod(abs(pico_usd), PICO_PER_USD)
    return f"{'-' if pico_usd < 0 else ''}${whole}.{rest:012}"
