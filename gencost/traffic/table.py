"""A table of calls, of whatever tool: CSV, TSV, JSON lines or Parquet, by a map of its columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

from gencost.errors import ConfigError
from gencost.providers.answer import Answer
from gencost.text.delimiters import is_delimiter, written_delimiter
from gencost.traffic.bodies import answer_of, with_usage
from gencost.traffic.equal_rows import told_apart
from gencost.traffic.fact_map import Facts
from gencost.traffic.logged import LeftOut, LoggedCall, UnreadableRecordError
from gencost.traffic.other_counters import is_counter, uncounted
from gencost.traffic.other_usage import protocol_of, usages_in, with_fuller, with_numbers
from gencost.traffic.records import Placed, files_of
from gencost.traffic.row_kinds import AROUND, OWN, UNDER_WAY, is_around_calls, is_own, is_under_way
from gencost.traffic.rows_within import is_plain, rows_within
from gencost.traffic.source import Item, LogSource, digest_of
from gencost.traffic.spellings import Spellings
from gencost.traffic.sums import refuse_sums, refuse_total
from gencost.traffic.table_facts import COSTS, TableClock, asked, cost_of, failure_of, place_of, whole_number
from gencost.traffic.table_files import rows_of
from gencost.traffic.values import (
    as_python_writes,
    parsed,
    text,
)
from gencost.traffic.vendors import vendor
from gencost.values.altered import altered

_COUNTS = (
    *("tokens_in", "tokens_out", "tokens_total", "tokens_cached", "tokens_cache_write", "tokens_cache_write_1h"),
    *("tokens_reasoning", "web_searches"),
)
_FACTS = (
    *(
        "id",
        "response_id",
        "time",
        "ended",
        "latency_ms",
        "latency_s",
        "latency_us",
        "latency_ns",
        "ttft_ms",
        "ttft_s",
        "first_token",
    ),
    *("provider", "model", "model_served", *_COUNTS, "usage", "service_tier", "region", "finish_reason"),
    *(
        "prompt",
        "system",
        "answer",
        "params",
        *COSTS,
        "currency",
        "status",
        "error",
        "why_failed",
        "http_status",
        "attempts",
    ),
    *("site", "tags", "session", "user", "internal", "from_cache", "prompt_id", "repeat", "category", "reference"),
)
_MOST_KINDS = 64  # of rows: those of one log have few sets of columns
_PROTOCOLS = ("chat", "messages", "responses", "gemini", "ollama", "converse", "cohere", "langfuse")
_OF_COLUMNS = ("table", "table_beside")
_JSON_BEGINS = ("{", "[")
# Words for nothing, as pandas reads and SQL and spreadsheets write them; in a text they are words.
_NOTHING = frozenset(
    [
        *(
            "null",
            "(null)",
            "<null>",
            "none",
            "(none)",
            "nil",
            "nan",
            "nat",
            "n/a",
            "#n/a",
            "n.a.",
            "na",
            "<na>",
            "\\n",
        ),
        *("undefined", "(blank)", "-", "--", "\u2013", "\u2014"),
    ]
)
_LONGEST_NOTHING = 9
_TEXTS = frozenset({"prompt", "system", "answer", "reference"})


@dataclass(frozen=True, kw_only=True)
class CallTable(LogSource):
    """A table whose rows are calls.

    Attributes:
        provider: of every row that names none; null takes it from a model written ``provider:model`` or with a slash.
        cached: ``inside`` the input tokens are those read from and written to the cache, or ``beside`` them.
        protocol: whose names a column ``usage`` has: ``chat``, ``messages``, ``responses`` or ``langfuse``.
        only: column -> value or values: other rows are left out.
        delimiter: of a CSV file; null takes the one of comma, semicolon, tab and | that its first line has most.
        not_billed: columns that count something else than what the provider bills, though their names look so.
        time_format: of times that are not ISO 8601, as ``datetime.strptime`` has it; null for those that are.
        time_zone: of times that name none, ``Europe/Berlin``; null is UTC.
    """

    provider: str | None = None
    cached: str = "inside"
    protocol: str = "chat"
    only: dict[str, Any] = field(default_factory=dict)
    delimiter: str | None = None
    not_billed: list[str] = field(default_factory=list)
    time_format: str | None = None
    time_zone: str | None = None

    name: ClassVar[str] = "table"
    tool: ClassVar[str] = "The table"
    facts: ClassVar[tuple[str, ...]] = _FACTS

    def __post_init__(self) -> None:
        """Refuse a value that does not exist."""
        super().__post_init__()
        if self.cached not in ("inside", "beside"):
            raise ConfigError(f"source.cached={self.cached!r}: choose inside or beside")
        if self.protocol not in _PROTOCOLS:
            choices = ", ".join(_PROTOCOLS)
            raise ConfigError(f"source.protocol={self.protocol!r}: choose from {choices}")
        if self.delimiter is not None and not is_delimiter(self.delimiter):
            raise ConfigError(f"source.delimiter={self.delimiter!r}: give one sign, e.g. ';' or \\t for a tab")
        _ = self._clock  # a zone that nobody knows is refused now

    @cached_property
    def _clock(self) -> TableClock:
        return TableClock(self.time_format, self.time_zone)

    def read(self, file: str) -> Iterator[Item]:
        """Read a file by its ending."""
        (path,) = files_of(file)
        yield from told_apart(self.items(rows_of(path, self.delimiter and written_delimiter(self.delimiter))))

    def calls(self, record: Mapping[str, Any]) -> Iterator[LoggedCall | LeftOut]:
        """Read one row."""
        texts = {name: it for name, it in record.items() if type(it) is str and it[:1] in _JSON_BEGINS}
        row = {**record, **{name: parsed(it) for name, it in texts.items()}} if texts else record
        facts = self._said(row)
        refuse_sums(row, facts, self.facts_of.read)
        if (why := self._why_not(row, facts)) is not None:
            yield LeftOut(why=why)
            return
        provider, model = self._model(facts, row)
        named = text(facts.get("id"))
        cost, lost = cost_of(facts)
        yield LoggedCall(
            known_as=named or digest_of(record),
            source_id=named,
            provider=provider,
            model=model,
            response_id=text(facts.get("response_id")),
            answer=self._answer(facts, row),
            source_cost_usd=cost,
            lost=lost,
            attempts=max(1, whole_number(facts, "attempts") or 1),
            repeat=whole_number(facts, "repeat") or 0,
            **self._clock.times(facts),
            **asked(facts),
            **place_of(facts),
            **failure_of(facts),
        )

    def unfolded(self, place: str, record: Mapping[str, Any]) -> Iterable[Placed]:
        """Return the rows inside the answer of an API, by the map's names."""
        record = self._spellings.read(record)
        if is_plain(record, self.facts_of):
            return ((place, record),)
        rows = rows_within(place, record, self.facts_of)
        return ((at, self._spellings.read(row) if isinstance(row, dict) else row) for at, row in rows)

    @cached_property
    def _spellings(self) -> Spellings:
        return Spellings(self.facts_of, self.facts, {*self.only, *self.not_billed})

    def _said(self, row: Mapping[str, Any]) -> Facts:
        """The facts of a row, without words for nothing."""
        facts = self.facts_of.all(row)
        words = {
            fact: it
            for fact, it in facts.items()
            if type(it) is str
            and len(it) <= _LONGEST_NOTHING
            and not it.isdecimal()
            and it.strip().lower() in _NOTHING
            and fact not in _TEXTS
        }
        return {fact: it for fact, it in facts.items() if fact not in words} if words else facts

    def _why_not(self, row: Mapping[str, Any], facts: Facts) -> str | None:
        """The reason why a row is not one call; None if it is."""
        if not self._wanted(row):
            missing = next((column for column in self.only if column not in row), None)
            return "not a row of the kind asked for" if missing is None else f"no column {missing}, which says the kind"
        if is_own(row, self.facts_of.read):
            return OWN
        if is_around_calls(row, self.only):
            return AROUND
        return UNDER_WAY if is_under_way(facts, _COUNTS) else None

    def _wanted(self, row: Mapping[str, Any]) -> bool:
        for column, wanted in self.only.items():
            values = wanted if isinstance(wanted, list) else [wanted]
            if str(row.get(column)) not in map(str, values):
                return False
        return True

    def _model(self, facts: Facts, row: Mapping[str, Any]) -> tuple[str, str]:
        model = text(facts.get("model")) or text(facts.get("model_served"))
        if model is None:
            raise UnreadableRecordError(
                f"no model; name its column with map.model=...; here are {', '.join(row)}"[:300]
            )
        provider = text(facts.get("provider")) or self.provider
        model = model.strip()
        refuse_total(model)
        if provider is not None:
            provider = vendor(provider)
            return provider, model.removeprefix(f"{provider}/").removeprefix(f"{provider}:")
        sign = next((it for it in (":", "/") if it in model), None)
        if sign is None:
            raise UnreadableRecordError(f"no provider of model {model!r}: give provider=NAME or map.provider=COLUMN")
        provider, _, model = model.partition(sign)
        return vendor(provider), model

    def _answer(self, facts: Facts, row: Facts) -> Answer:
        plain, tier = answer_of(facts.get("answer")), text(facts.get("service_tier"))
        usage, protocol = self._usage(facts)
        if not usage and plain.reading.raw is None:
            usage, protocol = dict(next(usages_in(facts.get("answer")), {})), "chat"
        told = self._others(tuple(row), whole="usage" in facts)
        answer = with_usage(plain, usage, protocol, tier)
        inside = usages_in(facts.get("answer")) if plain.reading.raw is None else (plain.reading.raw,)
        if usage:
            answer = with_fuller(answer, inside, tier)
        if told and (more := uncounted({name: row[name] for name in told}, answer)):
            answer = with_usage(plain, {**(answer.reading.raw or {}), "other columns": more}, protocol_of(answer), tier)
        region = text(facts.get("region"))
        return altered(
            answer,
            reading=answer.reading if region is None else replace(answer.reading, region=region),
            finish_reason=answer.finish_reason or text(facts.get("finish_reason")),
            response_model=text(facts.get("model_served")) or answer.response_model,
        )

    def _usage(self, facts: Facts) -> tuple[dict[str, Any], str]:
        """The counts of a row, and whose names they have."""
        usage = facts.get("usage")
        if isinstance(usage, str):
            usage = as_python_writes(usage)
        if isinstance(usage, dict):
            return with_numbers(usage), self.protocol
        counts = {
            fact: number for fact in _COUNTS if fact in facts and (number := whole_number(facts, fact)) is not None
        }
        if "tokens_out" not in counts and counts and "embed" in str(facts.get("model")).lower():
            counts["tokens_out"] = 0
        return counts, _OF_COLUMNS[self.cached == "beside"]

    @cached_property
    def _known(self) -> dict[tuple[Any, ...], tuple[str, ...]]:
        """The answers of ``_others`` so far."""
        return {}

    def _others(self, columns: tuple[str, ...], *, whole: bool) -> tuple[str, ...]:
        """The columns whose names are those of counters and that the map does not read.

        Args:
            columns: of a row; they are looked up once for all rows that have the same.
            whole: the counts are read from one column of them all.
        """
        told = self._known.get((columns, whole))
        if told is None:
            if len(self._known) >= _MOST_KINDS:
                self._known.clear()
            read = {self._first_place(fact, columns) for fact in (("usage",) if whole else _COUNTS)}
            around = {path.partition(".")[0] for path in read if path and "." in path and not whole}
            counters = [name for name in columns if name in around or (is_counter(name) and name not in read)]
            told = tuple(name for name in counters if {name, name.partition(".")[0]}.isdisjoint(self.not_billed))
            self._known[columns, whole] = told
        return told

    def _first_place(self, fact: str, columns: tuple[str, ...]) -> str | None:
        """The place of a fact in rows that have such columns; None if there is none."""
        paths = self.facts_of.paths(fact)
        return next((it for it in paths if it in columns or it.partition(".")[0] in columns), None)
