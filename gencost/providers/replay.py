"""A provider that answers from recorded calls: their texts, tokens, costs and latencies again, and nothing is paid."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, cast

from gencost.errors import ConfigError, PromptError, ProviderError, UsageError, nearest
from gencost.messages import Message
from gencost.messages.read import read_messages
from gencost.messages.request_rows import lesson, own_params, unwrapped
from gencost.protocols import Provider
from gencost.providers.recorded import Recordings, request_key
from gencost.providers.recorded_columns import ASKED, COLUMNS, Columns, RowError
from gencost.providers.recorded_row import RecordedFailure, RowReader
from gencost.tabular import Row, TabularError, columns_of, read_rows, text_of
from gencost.types import Request, Response, Sample, Usage

_PER_MTOK = Decimal(10) ** 6
_RATES = ("input_usd_per_mtok", "output_usd_per_mtok")
_LARGEST = 10**12
_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class ReplayProvider(Provider):
    """Answers with what was recorded for the same model, under the sample's id or for the same request.

    A request is all of its messages and what the sample sends along. Several records of one id and request are its
    repeats; two without ids are refused. A request that was not recorded is an error of that call (``not_recorded``),
    never a made-up answer; a row without an answer and without an error recorded nothing.

    Attributes:
        path: a CSV, JSONL, Parquet, ... file; relative to the working folder.
        columns: what the file calls the keys of ``gencost.providers.recorded_columns``: ``model``, ``response`` or
            ``tool_calls`` (needed), ``id``, ``prompt``, ``messages`` or ``text`` (one is needed), ``tokens_in``, ...
            One that is not given another name here may be missing. ``a.b`` is ``b`` inside ``a``, also where a cell
            is JSON.
        name: the provider that was recorded: the part of a price key before the colon.
        model_prefix: cut off the recorded model names, e.g. ``openaichat/``.
        derive_tokens_in: model -> ``{input_usd_per_mtok, output_usd_per_mtok}``: where the input tokens were not
            recorded, they follow from the recorded cost: (cost * 1e6 - output rate * output tokens) / input rate. The
            recorded cost, a float, is first rounded to 1e-12 USD; the result must be a whole number in every row.
        empty: ``answer`` takes an empty response as an empty answer, ``failed`` as a failed call (``empty``).
        on_bad_row: ``fail`` refuses a file with rows that cannot be used, ``skip`` leaves them out.
        sleep: live the recorded latency; false reports it without waiting.
    """

    path: str
    columns: dict[str, str] = field(default_factory=dict)
    name: str = "replay"
    model_prefix: str = ""
    derive_tokens_in: dict[str, Any] = field(default_factory=dict)
    empty: str = "answer"
    on_bad_row: str = "fail"
    sleep: bool = False

    gives_times: ClassVar[bool] = True
    gives_again: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Refuse a column map that cannot answer."""
        for key in self.columns:
            if key not in COLUMNS:
                raise ConfigError(
                    f"provider.columns.{key}: there is no such key{nearest(key, COLUMNS)}; here are {COLUMNS}"
                )
        if len({"latency_s", "latency_ms"} & {key for key, name in self.columns.items() if name != key}) == 2:
            raise ConfigError("provider.columns: give latency_s or latency_ms, not both")
        for key, choices in (("empty", ("answer", "failed")), ("on_bad_row", ("fail", "skip"))):
            if (value := getattr(self, key)) not in choices:
                raise ConfigError(f"provider.{key}={value!r}: choose from {', '.join(choices)}")
        _ = self._rates  # checks the rates before the first call

    @property
    def account(self) -> str:
        """The file, so that calls to the recorded provider itself do not share its limits."""
        return f"{self.name} recorded in {self.path}"

    @cached_property
    def _rates(self) -> dict[str, tuple[Decimal, Decimal]]:
        return {model: _rates_of(model, rates) for model, rates in self.derive_tokens_in.items()}

    @cached_property
    def _recorded(self) -> Recordings:
        recording, unread = Recordings(), dict[int, str]()
        try:
            rows = [unwrapped(row) for row in read_rows(self.path, bad=unread)]
        except TabularError as error:
            raise ConfigError(f"provider.path: {error}") from None
        columns = Columns(renamed=self.columns, present=tuple(columns_of(rows)), path=self.path)
        if len(rows) > len(unread):
            columns.check()
        reader = RowReader(columns=columns, empty_fails=self.empty == "failed")
        for number, row in enumerate(rows, start=1):
            try:
                if number in unread:
                    recording.bad.append(unread[number])
                else:
                    self._add(recording, reader, row, number)
            except (RowError, PromptError, UsageError) as error:
                recording.bad.append(f"row {number}: {error}")
            rows[number - 1] = {}  # frees its memory for the records
        if recording.bad and (self.on_bad_row == "fail" or not recording.by_request):
            raise ConfigError(f"provider.path: {self._bad(recording.bad)}{self._remedy(recording)}")
        return recording

    def _bad(self, bad: Sequence[str]) -> str:
        listed = "; ".join(line.removeprefix(f"{self.path} ") for line in bad[:_SHOWN])
        more = f"; and {len(bad) - _SHOWN:,} more" if len(bad) > _SHOWN else ""
        return f"{self.path} {listed}" if len(bad) == 1 else f"{self.path}: {len(bad):,} bad rows: {listed}{more}"

    def _remedy(self, recording: Recordings) -> str:
        return (
            ""
            if self.on_bad_row == "skip" or not recording.by_request
            else "; provider.on_bad_row=skip leaves them out"
        )

    def _add(self, recording: Recordings, reader: RowReader, row: Row, number: int) -> None:
        columns = reader.columns
        if columns.stated(row, "model") is None:
            raise RowError(f"no value in column {columns.column('model')!r}")
        model = str(columns.text(row, "model")).removeprefix(self.model_prefix)
        record_id = columns.stated(row, "id")
        request = self._request(columns, row, record_id)
        outcome = reader.outcome(row, model, self._usage(reader, row, model))
        if outcome is None:
            return
        repeats = recording.repeats_to_add(model, request, record_id)
        repeat = columns.count(row, "repeat")
        if repeat is None and record_id is None and repeats:
            first = next(iter(repeats.values()))[0]
            raise RowError(
                f"it records the same request of {model} as row {first}, and neither has an id: give them ids, or "
                "number them in a column repeat"
            )
        repeat = len(repeats) if repeat is None else repeat
        if repeat in repeats:
            raise RowError(
                f"repeat {repeat} is recorded in row {repeats[repeat][0]}, too: number the records of one request and "
                "model 0, 1, ..."
            )
        repeats[repeat] = number, outcome

    def _request(self, columns: Columns, row: Row, record_id: str | None) -> str | None:
        """Make the key of the request that a row answers; None if its id alone says it."""
        named = next((key for key in ASKED if columns.is_mapped(key)), None)
        for key in ASKED if named is None else (named, *ASKED):
            value = columns.value(row, key)
            if value not in (None, "") and value == value:  # noqa: PLR0124 - NaN is not itself
                params = own_params({**row, **columns.nested(row)}, self.columns)
                return request_key(self._asked(key, value), params)
        if record_id is None:
            raise RowError(f"no value in column {columns.column(next(iter(self._there(columns)), 'prompt'))!r}")
        return None

    def _there(self, columns: Columns) -> Iterator[str]:
        return (key for key in ASKED if columns.column(key) in columns.present)

    def _asked(self, key: str, value: Any) -> tuple[Message, ...]:
        if key != "messages" and not isinstance(value, list):
            return (Message(role="user", content=text_of(value) or ""),)
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                raise RowError(f"messages is {value[:60]!r}: give JSON") from None
        messages, _ = lesson(read_messages(value, Path(self.path).parent), "")
        return messages

    def check(self, model: str) -> None:
        """Read the file, and know the model.

        Raises:
            ConfigError: the file cannot be read or lacks a column, or the model was not recorded.
        """
        models = sorted(self._recorded.by_request)
        if model not in models:
            hint = nearest(model, models)
            raise ConfigError(f"model.name={model!r} is not in {self.path}{hint}: it has {', '.join(models)}")

    def remarks(self, model: str, draws: Sequence[tuple[Sample, int]]) -> Iterator[str]:
        """Say what is good to know about the records before the calls.

        Args:
            model: that is asked.
            draws: sample and repeat of each call.
        """
        recording = self._recorded
        if recording.bad:
            yield f"provider.path: left out: {self._bad(recording.bad)}"
        samples = {sample.id: sample for sample, _ in draws}
        asked = {(sample.id, repeat) for sample, repeat in draws}
        left: dict[str, int] = {}
        for sample_id, sample in samples.items():
            repeats = recording.repeats_of(model, sample) or {}
            unasked = sum((sample_id, repeat) not in asked for repeat in repeats)
            left |= {sample_id: unasked} if unasked else {}
        if left:
            yield (
                f"{model}: {sum(left.values()):,} recorded repeats of {len(left):,} prompts are not asked, e.g. of "
                f"{next(iter(left))!r}; repeats=... asks for more"
            )
        others = [sample.id for sample in samples.values() if recording.is_by_id_alone(model, sample)]
        if others:
            yield (
                f"{model}: {len(others):,} of {len(samples):,} prompts have their answers by id alone, e.g. "
                f"{others[0]!r}: what was recorded under it is another request"
            )

    async def complete(self, request: Request) -> Response:
        """Return the recorded answer of this repeat; further repeats have no answer.

        Raises:
            ProviderError: no answer is recorded, or the call failed when it was recorded.
        """
        repeats = self._recorded.repeats_of(request.model, request.sample)
        if repeats is None or request.repeat not in repeats:
            raise ProviderError(
                f"{self._missing(request, repeats is None)} was not recorded for {request.model}",
                error_type="not_recorded",
                service_ms=0.0,
            )
        _, outcome = repeats[request.repeat]
        took_ms = outcome.service_ms if isinstance(outcome, RecordedFailure) else outcome.latency_ms
        await asyncio.sleep((took_ms or 0.0) / 1e3 if self.sleep else 0)
        if isinstance(outcome, RecordedFailure):
            raise outcome.raised()
        return outcome

    def _missing(self, request: Request, whole: bool) -> str:
        prompt = f"prompt {request.sample.id!r}"
        if not whole:
            return f"repeat {request.repeat} of {prompt}"
        ids = self._recorded.other_ids(request.model, request.sample)
        return f"{prompt}, whose request stands under other ids ({', '.join(map(repr, ids))})," if ids else prompt

    def _usage(self, reader: RowReader, row: Row, model: str) -> Usage | None:
        tokens = reader.counts(row)
        cost, rates = reader.cost_usd(row), self._rates.get(model)
        if "tokens_in" not in tokens and rates is not None and cost is not None and "tokens_out" in tokens:
            derived = _derived(cost, Decimal(tokens["tokens_out"]), rates)
            if derived != int(derived) or derived < 0:
                raise RowError(
                    f"tokens in {derived}, out {tokens['tokens_out']}: not whole numbers >= 0; fix the column map or "
                    "the rates of provider.derive_tokens_in"
                )
            tokens["tokens_in"] = int(derived)
        if not {"tokens_in", "tokens_out"} <= tokens.keys():
            return None
        return Usage(**cast("dict[str, Any]", tokens))


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
