"""A provider that answers from recorded calls: their texts, tokens and latencies again, at no cost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, cast

from gencost.errors import ConfigError, PromptError, ProviderError, UsageError, nearest
from gencost.messages import Message
from gencost.messages.read import read_messages
from gencost.messages.request_rows import lesson, own_params
from gencost.protocols import Provider
from gencost.providers.recorded import COLUMNS, RecordFile, Records, request_key
from gencost.tabular import Row, text_of
from gencost.types import Request, Response, Usage

_PER_MTOK = Decimal(10) ** 6
_RATES = ("input_usd_per_mtok", "output_usd_per_mtok")
_LARGEST = 10**12

_Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class ReplayProvider(Provider):
    """Answers with what was recorded for the same model and the same request.

    A record is found by its id among those of the whole request: all messages and what the sample sends along. Several
    records of one request and id are its repeats. A request that was not recorded is an error of that call
    (``not_recorded``), never a made-up answer; a row without a response recorded none.

    Attributes:
        path: a CSV, JSONL or Parquet file; relative to the working folder.
        columns: what the file calls ``prompt``, ``messages`` or ``text`` (one is needed), ``model`` and ``response``
            (needed), ``id``, ``tokens_in``, ``tokens_out``, ``tokens_cached``, ``tokens_cache_write``,
            ``tokens_reasoning``, ``latency_s`` or ``latency_ms``, ``ttft_ms``, ``cost_usd``, ``finish_reason``,
            ``service_tier``, ``repeat`` (0, 1, ...; without it, repeats are in the order of the file); one not given
            another name here may be missing. ``a.b`` is ``b`` inside ``a``.
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

    gives_times: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Refuse a column map that cannot answer."""
        for key in self.columns:
            if key not in COLUMNS:
                raise ConfigError(
                    f"provider.columns.{key}: there is no such key{nearest(key, COLUMNS)}; here are {COLUMNS}"
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
    def _recorded(self) -> dict[_Key, Records]:
        file = RecordFile(path=self.path, columns=self.columns, model_prefix=self.model_prefix)
        recorded: dict[_Key, Records] = {}
        for number, row in enumerate(file.rows(), start=1):
            if text_of(file.value(row, "response")) is None:
                continue
            model = file.text(row, "model", number).removeprefix(self.model_prefix)
            key = model, file.key(row, number, self._read)
            repeats = recorded.setdefault(key, Records()).by_id.setdefault(text_of(file.value(row, "id")), {})
            given = file.number(row, "repeat", number)
            repeat = Decimal(len(repeats)) if given is None else given
            if repeat in repeats or repeat != int(repeat):
                raise file.wrong(number, f"repeat {repeat}: number the records of one request and model 0, 1, ...")
            repeats[int(repeat)] = number, file.response(row, number, self._usage(file, row, model, number), model)
        return recorded

    def _read(self, row: Row, turns: Any) -> tuple[tuple[Message, ...], dict[str, Any]]:
        """Read the conversation of a record, and what it sent along."""
        try:
            turns = json.loads(turns) if isinstance(turns, str) else turns
        except ValueError:
            raise PromptError(f"messages is {turns[:60]!r}: give JSON") from None
        messages, _ = lesson(read_messages(turns, Path(self.path).parent), "")
        return messages, own_params(row, self.columns)

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
        key = request.model, request_key(request.sample.messages, request.sample.params)
        records = self._recorded.get(key, Records())
        repeats = records.of(request.sample.id)
        if repeats is None or request.repeat not in repeats:
            raise ProviderError(
                f"{self._missing(request, records)} was not recorded for {request.model}",
                error_type="not_recorded",
                service_ms=0.0,
            )
        _, response = repeats[request.repeat]
        await asyncio.sleep((response.latency_ms or 0.0) / 1e3 if self.sleep else 0)
        return response

    def _missing(self, request: Request, records: Records) -> str:
        prompt = f"prompt {request.sample.id!r}"
        if not records.by_id:
            return prompt
        if records.of(request.sample.id) is None:
            ids = ", ".join(map(repr, records.by_id))
            return f"{prompt}, whose request stands under other ids ({ids}),"
        return f"repeat {request.repeat} of {prompt}"

    def _usage(self, file: RecordFile, row: Row, model: str, number: int) -> Usage | None:
        tokens = file.counts(row, number)
        cost, rates = file.cost(row, number), self._rates.get(model)
        if "tokens_in" not in tokens and rates is not None and cost is not None and "tokens_out" in tokens:
            derived = _derived(cost, Decimal(tokens["tokens_out"]), rates)
            if derived != int(derived) or derived < 0:
                raise file.wrong(
                    number,
                    f"tokens in {derived}, out {tokens['tokens_out']}: not whole numbers >= 0; fix the column map or "
                    "the rates of provider.derive_tokens_in",
                )
            tokens["tokens_in"] = int(derived)
        if not {"tokens_in", "tokens_out"} <= tokens.keys():
            return None
        try:
            return Usage(**cast("dict[str, Any]", tokens))
        except UsageError as error:
            raise file.wrong(number, str(error)) from None


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
