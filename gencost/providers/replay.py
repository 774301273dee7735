"""A provider that answers from recorded calls: their texts, tokens and latencies again, at no cost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from gencost.errors import ConfigError, ProviderError, nearest
from gencost.protocols import Provider
from gencost.tabular import Row, TabularError, columns_of, read_rows, text_of
from gencost.types import Request, Response, Usage

_PICO_USD = Decimal("1e-12")
_PER_MTOK = Decimal(10) ** 6

_REQUIRED = ("prompt", "model", "response")
_OPTIONAL = ("tokens_in", "tokens_out", "latency_s", "latency_ms", "cost_usd", "finish_reason", "repeat")
_RATES = ("input_usd_per_mtok", "output_usd_per_mtok")
_LARGEST = 10**12  # no token count, latency or price is larger; it keeps sums within Decimal's 28 digits

_Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class ReplayProvider(Provider):
    """Answers with what was recorded for the same model and prompt; several records of one are its repeats.

    A prompt that was not recorded is an error of that request (``not_recorded``), never a made-up answer; a row
    without a response recorded none. A conversation is found by its last message.

    Attributes:
        path: a CSV, JSONL or Parquet file; relative to the working folder.
        columns: what the file calls ``prompt``, ``model``, ``response`` (all three needed), ``tokens_in``,
            ``tokens_out``, ``latency_s`` or ``latency_ms``, ``cost_usd``, ``finish_reason``, ``repeat`` (0, 1, ...;
            without it, repeats are in the order of the file); one not given another name here may be missing.
        name: the provider that was recorded: the part of a price key before the colon.
        model_prefix: cut off the recorded model names, e.g. ``openaichat/``.
        derive_tokens_in: model -> ``{input_usd_per_mtok, output_usd_per_mtok}``: where the input tokens were not
            recorded, they follow from the recorded cost: (cost * 1e6 - output rate * output tokens) / input rate. The
            recorded cost, a float, is first rounded to 1e-12 USD; the result must be a whole number in every row.
        sleep: live the recorded latency; false reports it without waiting.
    """

    path: str
    columns: dict[str, str] = field(default_factory=dict)
    name: str = "replay"
    model_prefix: str = ""
    derive_tokens_in: dict[str, Any] = field(default_factory=dict)
    sleep: bool = False

    def __post_init__(self) -> None:
        """Refuse a column map that cannot answer."""
        known = (*_REQUIRED, *_OPTIONAL)
        for key in self.columns:
            if key not in known:
                raise ConfigError(
                    f"provider.columns.{key}: there is no such key{nearest(key, known)}; here are {known}"
                )
        if len({"latency_s", "latency_ms"} & self._renamed) == 2:
            raise ConfigError("provider.columns: give latency_s or latency_ms, not both")
        _ = self._rates  # a wrong rate is found now

    @property
    def _renamed(self) -> set[str]:
        return {key for key, column in self.columns.items() if column != key}

    @cached_property
    def _rates(self) -> dict[str, tuple[Decimal, Decimal]]:
        return {model: _rates_of(model, rates) for model, rates in self.derive_tokens_in.items()}

    @cached_property
    def _recorded(self) -> dict[_Key, dict[int, Response]]:
        try:
            rows = read_rows(self.path)
        except TabularError as error:
            raise ConfigError(f"provider.path: {error}") from None
        self._check_columns(columns_of(rows))
        recorded: dict[_Key, dict[int, Response]] = {}
        for number, row in enumerate(rows, start=1):
            if text_of(row.get(self._column("response"))) is None:
                continue
            model = self._text(row, "model", number).removeprefix(self.model_prefix)
            repeats = recorded.setdefault((model, self._text(row, "prompt", number)), {})
            given = self._number(row, "repeat", number)
            repeat = Decimal(len(repeats)) if given is None else given
            if repeat in repeats or repeat != int(repeat):
                raise self._wrong(number, f"repeat {repeat}: number the records of one prompt and model 0, 1, ...")
            repeats[int(repeat)] = self._response(row, model, number)
        return recorded

    def _check_columns(self, present: Sequence[str]) -> None:
        for key in (*_REQUIRED, *sorted(self._renamed)):
            if (column := self._column(key)) not in present:
                raise ConfigError(
                    f"provider.path: {self.path} has no column {column!r} for {key}{nearest(column, present)}; "
                    f"it has {', '.join(present)}; name yours with provider.columns.{key}=..."
                )

    def check(self, model: str) -> None:
        """Read the file, and know the model.

        Raises:
            ConfigError: the file cannot be read or lacks a column, or the model was not recorded.
        """
        models = sorted({recorded for recorded, _ in self._recorded})
        if model not in models:
            hint = nearest(model, models)
            raise ConfigError(f"model.name={model!r} is not in {self.path}{hint}: it has {', '.join(models)}")

    async def complete(self, request: Request) -> Response:
        """Give the recorded answer of this repeat; repeats beyond the recorded ones are not recorded.

        Raises:
            ProviderError: there is none.
        """
        found = self._recorded.get((request.model, request.sample.messages[-1].content), {})
        if request.repeat not in found:
            what = f"repeat {request.repeat} of prompt" if found else "prompt"
            raise ProviderError(
                f"{what} {request.sample.id!r} was not recorded for {request.model}",
                error_type="not_recorded",
                service_ms=0.0,
            )
        response = found[request.repeat]
        await asyncio.sleep(response.latency_ms / 1e3 if self.sleep else 0)
        return response

    def _column(self, key: str) -> str:
        return self.columns.get(key, key)

    def _wrong(self, number: int, what: str) -> ConfigError:
        return ConfigError(f"provider.path: {self.path} row {number}: {what}")

    def _text(self, row: Row, key: str, number: int) -> str:
        text = text_of(row.get(self._column(key)))
        if text is None:
            raise self._wrong(number, f"no value in column {self._column(key)!r}")
        return text

    def _response(self, row: Row, model: str, number: int) -> Response:
        cost = self._number(row, "cost_usd", number)
        recorded = None if cost is None else cost.quantize(_PICO_USD)
        return Response(
            text=text_of(row[self._column("response")]) or "",
            usage=self._usage(row, model, recorded, number),
            latency_ms=self._latency_ms(row, number),
            finish_reason=text_of(row.get(self._column("finish_reason"))),
            response_model=model,
            provider_cost_usd=recorded,
        )

    def _latency_ms(self, row: Row, number: int) -> float:
        for key, in_ms in (("latency_ms", 1), ("latency_s", 1000)):
            if (value := self._number(row, key, number)) is not None:
                return float(value * in_ms)
        raise self._wrong(
            number, "no latency; name its column with provider.columns.latency_s=... or provider.columns.latency_ms=..."
        )

    def _number(self, row: Row, key: str, number: int) -> Decimal | None:
        text = text_of(row.get(self._column(key)))
        if text is None or not text.strip():
            return None
        try:
            value = Decimal(text)
            in_range = 0 <= value <= _LARGEST
        except InvalidOperation:  # not a number, or NaN, which cannot be compared
            in_range = False
        if not in_range:
            raise self._wrong(number, f"column {self._column(key)!r}: {text!r} is no number from 0 to 1e12")
        return value

    def _usage(self, row: Row, model: str, cost: Decimal | None, number: int) -> Usage | None:
        tokens_out = self._number(row, "tokens_out", number)
        tokens_in = self._number(row, "tokens_in", number)
        rates = self._rates.get(model)
        if tokens_in is None and rates is not None and cost is not None and tokens_out is not None:
            tokens_in = _derived(cost, tokens_out, rates)
        if tokens_in is None or tokens_out is None:
            return None
        if tokens_in != int(tokens_in) or tokens_out != int(tokens_out) or tokens_in < 0:
            raise self._wrong(
                number,
                f"tokens in {tokens_in}, out {tokens_out}: no whole numbers >= 0; mend the column map or the rates of "
                "provider.derive_tokens_in",
            )
        return Usage(tokens_in=int(tokens_in), tokens_out=int(tokens_out))


def _derived(cost: Decimal, tokens_out: Decimal, rates: tuple[Decimal, Decimal]) -> Decimal:
    rate_in, rate_out = rates
    return (cost * _PER_MTOK - rate_out * tokens_out) / rate_in


def _rates_of(model: str, given: Any) -> tuple[Decimal, Decimal]:
    numbers = list(given.values()) if isinstance(given, Mapping) and set(given) == set(_RATES) else [None]
    if any(isinstance(n, bool) or not isinstance(n, int | float) or not 0 <= n <= _LARGEST for n in numbers):
        raise ConfigError(f"provider.derive_tokens_in.{model}={given!r}: give {' and '.join(_RATES)}, numbers >= 0")
    rate_in, rate_out = (Decimal(str(given[key])) for key in _RATES)
    if rate_in == 0:
        raise ConfigError(f"provider.derive_tokens_in.{model}.{_RATES[0]}=0: no tokens follow from what costs nothing")
    return rate_in, rate_out
