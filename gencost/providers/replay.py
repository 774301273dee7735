"""A provider that answers from recorded calls: their texts, tokens and latencies again, at no cost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from gencost.errors import ConfigError, ProviderError, nearest
from gencost.roles import Provider
from gencost.tabular import Row, TabularError, read_rows, text_of
from gencost.types import Request, Response, Usage

_PICO_USD = Decimal("1e-12")
_PER_MTOK = Decimal(10) ** 6

_REQUIRED = ("prompt", "model", "response")
_OPTIONAL = ("tokens_in", "tokens_out", "latency_s", "latency_ms", "cost_usd", "finish_reason")

_Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class ReplayProvider(Provider):
    """Answers with what was recorded for the same model and prompt; several records of one are its repeats, in order.

    A prompt that was not recorded is an error of that request (``not_recorded``), never a made-up answer.

    Attributes:
        path: a CSV, JSONL or Parquet file; relative to the working folder.
        columns: what the file calls ``prompt``, ``model``, ``response`` (all three needed), ``tokens_in``,
            ``tokens_out``, ``latency_s`` or ``latency_ms``, ``cost_usd``, ``finish_reason``; one not given another
            name here may be missing.
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

    @property
    def _renamed(self) -> set[str]:
        return {key for key, column in self.columns.items() if column != key}

    @cached_property
    def _recorded(self) -> dict[_Key, list[Response]]:
        try:
            rows = read_rows(self.path)
        except TabularError as error:
            raise ConfigError(f"provider.path: {error}") from None
        for key in (*_REQUIRED, *sorted(self._renamed)):
            if (column := self._column(key)) not in rows[0]:
                raise ConfigError(
                    f"provider.path: {self.path} has no column {column!r} for {key}{nearest(column, rows[0])}; "
                    f"it has {', '.join(map(str, rows[0]))}"
                )
        recorded: dict[_Key, list[Response]] = {}
        for number, row in enumerate(rows, start=1):
            model = str(row[self._column("model")]).removeprefix(self.model_prefix)
            prompt = str(row[self._column("prompt")])
            recorded.setdefault((model, prompt), []).append(self._response(row, model, number))
        return recorded

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
        found = self._recorded.get((request.model, request.sample.messages[-1].content), [])
        if request.repeat >= len(found):
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
        raise ConfigError(
            f"provider.path: {self.path} row {number} has no latency; name its column with "
            "provider.columns.latency_s=... or provider.columns.latency_ms=..."
        )

    def _number(self, row: Row, key: str, number: int) -> Decimal | None:
        text = text_of(row.get(self._column(key)))
        if text is None or not text.strip():
            return None
        try:
            return Decimal(text)
        except InvalidOperation:
            column = self._column(key)
            raise ConfigError(
                f"provider.path: {self.path} row {number}, column {column!r}: {text!r} is no number"
            ) from None

    def _usage(self, row: Row, model: str, cost: Decimal | None, number: int) -> Usage | None:
        tokens_out = self._number(row, "tokens_out", number)
        tokens_in = self._number(row, "tokens_in", number)
        rates = self.derive_tokens_in.get(model)
        if tokens_in is None and rates is not None and cost is not None and tokens_out is not None:
            tokens_in = _derived(cost, tokens_out, rates)
        if tokens_in is None or tokens_out is None:
            return None
        if tokens_in != int(tokens_in) or tokens_out != int(tokens_out) or tokens_in < 0:
            raise ConfigError(
                f"provider.path: {self.path} row {number}: tokens in {tokens_in}, out {tokens_out}: no whole numbers "
                ">= 0; mend the column map or the rates of provider.derive_tokens_in"
            )
        return Usage(tokens_in=int(tokens_in), tokens_out=int(tokens_out))


def _derived(cost: Decimal, tokens_out: Decimal, rates: Mapping[str, Any]) -> Decimal:
    rate_in, rate_out = (Decimal(str(rates[f"{side}_usd_per_mtok"])) for side in ("input", "output"))
    return (cost * _PER_MTOK - rate_out * tokens_out) / rate_in
