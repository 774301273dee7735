"""Prompts drawn from recorded traffic, stratified, each with the weight by which it stands for the others."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from gencost.errors import ConfigError, PromptError, nearest
from gencost.messages import blobs_of, messages_of
from gencost.metrics_db import Engine, init_db
from gencost.metrics_db.recorded_requests import WantedRequests, candidates, how_many, recorded_rows, sites
from gencost.text.counted import counted
from gencost.text.moments import moment
from gencost.types import CallSite, Sample
from gencost.values.call_site import DAYS, SAMPLED, STRATUM, WEIGHT

Stratum = tuple[str | None, str, int]
_ALL: Stratum = ("all", "all", 0)

# What of a recorded request defines its task; what else was sent along belongs to the model that was asked.
_OF_THE_TASK = (
    *("tools", "tool_choice", "parallel_tool_calls", "response_format", "stop"),
    *("max_tokens", "max_completion_tokens", "max_output_tokens", "temperature", "top_p"),
)


@dataclass(frozen=True, kw_only=True)
class RecordedPrompts:
    """A stratified sample of recorded requests that were answered and whose texts were kept.

    Strata are the site, the model and the size (digits of all tokens) of a call; each gets its share of ``n``, at least
    one; where ``n`` is below their number all are one. The same seed draws the same requests from the same traffic.

    Attributes:
        name: shown in MLflow.
        site: only calls made there; null takes all.
        since: only later calls: ``30d`` or ``12h`` before ``until``, a day, a time; null takes all.
        until: only calls that were recorded by then; null is now, and of a sweep that is resumed when it began.
        model: only calls that asked this model; null takes all.
        source: only calls of this log, ``application`` for those of ``UnifiedLLM``; null takes all.
        reference: ``recorded`` makes the recorded answer the reference of scorers; null keeps the recorded reference.
        n: how many are drawn; null takes all.
        seed: of the draw.
        url: of the metrics DB; null is the usual one.
        remarks: what ``load`` found that is good to know; a line each.
    """

    name: str = "traffic"
    site: str | None = None
    since: str | None = "30d"
    until: str | None = None
    model: str | None = None
    source: str | None = None
    reference: str | None = None
    n: int | None = None
    seed: int = 0
    url: str | None = None
    remarks: list[str] = field(default_factory=list, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a time that cannot be read, and a reference that does not exist."""
        _ = self._wanted
        if self.reference not in (None, "recorded"):
            raise ConfigError(f"prompts.reference={self.reference!r}: write recorded, or null")
        if self.n is not None and self.n < 1:
            raise ConfigError(f"n={self.n}: draw at least 1 request, or n=null for every one")

    @property
    def _wanted(self) -> WantedRequests:
        until = None if self.until is None else moment(str(self.until), "prompts.until")
        since = None if self.since is None else moment(str(self.since), "prompts.since", until)
        return WantedRequests(since=since, until=until, site=self.site, model=self.model, source=self.source)

    def load(self) -> list[Sample]:
        """Draw the sample.

        Raises:
            PromptError: no such request was recorded, or none with its text.
        """
        engine = init_db(self.url)
        try:
            drawn = self._drawn(engine)
            samples = [self._sample(row, drawn) for row in recorded_rows(engine, list(drawn.weights))]
        finally:
            engine.dispose()
        kept = [sample for sample in samples if not any(blob.data is None for blob in blobs_of(sample.messages))]
        if not kept:
            raise PromptError(
                f"prompts: the {len(samples)} drawn requests all have images or files, which are not drawn"
            )
        if len(kept) < len(samples):
            self.remarks.append(
                f"prompts: {len(samples) - len(kept)} drawn requests have images or files and are left out"
            )
        self.remarks.append(
            f"prompts: {len(kept):,} of {counted(drawn.population, 'recorded request')} of {drawn.days:.1f} days, "
            f"drawn from {len(set(drawn.strata.values()))} strata of site, model and size"
        )
        return kept

    def _drawn(self, engine: Engine) -> Draw:
        """Keep, of each stratum, the requests of the smallest digests: a random order that the seed decides."""
        wanted, sizes = self._wanted, Counter[Stratum]()
        first: dict[Stratum, list[tuple[int, str]]] = {}
        times: list[datetime] = []
        for request_id, stratum, ts in candidates(engine, wanted):
            times = [min([ts, *times[:1]]), max([ts, *times[1:]])]
            sizes[stratum] += 1
            heap, entry = first.setdefault(stratum, []), (-_order(self.seed, request_id), request_id)
            if self.n is None or len(heap) < self.n:
                heapq.heappush(heap, entry)
            elif entry > heap[0]:
                heapq.heapreplace(heap, entry)
        if not sizes:
            raise self._nothing(engine, wanted)
        if self.n is not None and self.n < len(sizes):
            sizes, first = Counter({_ALL: sizes.total()}), {_ALL: [entry for heap in first.values() for entry in heap]}
        days = max(1.0, (times[1] - times[0]) / timedelta(days=1))
        return Draw.of({name: sorted(heap, reverse=True) for name, heap in first.items()}, sizes, self.n, days)

    def _nothing(self, engine: Engine, wanted: WantedRequests) -> PromptError:
        keys = ("site", "since", "until", "model", "source")
        asked = ", ".join(f"{key}={value}" for key in keys if (value := getattr(self, key)) is not None)
        if count := how_many(engine, wanted):
            return PromptError(
                f"prompts: {counted(count, 'request')} of {asked}, none with its text: import with texts=keep"
            )
        known = sites(engine)
        hint = nearest(self.site, known) if self.site is not None else ""
        return PromptError(
            f"prompts: no recorded request of {asked}{hint}; sites: {', '.join(known[:9]) or 'none'}; "
            "see gencost bill --by site,source"
        )

    def _sample(self, row: Mapping[str, Any], drawn: Draw) -> Sample:
        at = row["request_id"]
        params = json.loads(row["params_json"] or "{}")
        stratum = "/".join(map(str, drawn.strata[at]))
        draw_tags = {WEIGHT: repr(drawn.weights[at]), STRATUM: stratum, DAYS: repr(drawn.days)}
        tags = {str(name): str(value) for name, value in json.loads(row["tags_json"] or "{}").items()}
        return Sample(
            id=at,
            messages=messages_of(row["kind"], row["text"]),
            reference=row["response"] if self.reference == "recorded" else row["reference"],
            category=row["category"] or row["site"],
            metadata=draw_tags,
            params={name: params[name] for name in _OF_THE_TASK if params.get(name) is not None},
            call_site=CallSite(
                site=row["site"],
                tags={**tags, **draw_tags},
                session=row["session"],
                user_hash=row["user_hash"],
                source=SAMPLED,
            ),
        )


@dataclass(frozen=True, kw_only=True)
class Draw:
    """A draw.

    Attributes:
        weights: request id -> how many recorded requests it represents.
        strata: request id -> where it was drawn from.
        population: recorded requests that could have been drawn.
        days: that they cover, at least one.
    """

    weights: Mapping[str, float]
    strata: Mapping[str, Stratum]
    population: int
    days: float

    @classmethod
    def of(
        cls, ordered: Mapping[Stratum, Sequence[tuple[int, str]]], sizes: Counter[Stratum], n: int | None, days: float
    ) -> Self:
        """Take the first of each stratum, as many as it is allocated."""
        share = allocated(sizes, n)
        chosen = {name: [at for _, at in ordered[name][: share[name]]] for name in sorted(sizes, key=str)}
        return cls(
            weights={at: sizes[name] / len(ids) for name, ids in chosen.items() for at in ids},
            strata={at: name for name, ids in chosen.items() for at in ids},
            population=sizes.total(),
            days=days,
        )


def _order(seed: int, request_id: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}\0{request_id}".encode()).digest()[:8])


def allocated(sizes: Mapping[Stratum, int], n: int | None) -> dict[Stratum, int]:
    """Share a sample out: one of each stratum, then where most is missing to its proportion; none above its size.

    Args:
        sizes: of the strata.
        n: of the sample, not below their number; None takes all.
    """
    total = sum(sizes.values())
    if n is None or n >= total:
        return dict(sizes)
    share = dict.fromkeys(sizes, 1)
    missing = [(1 - n * size / total, str(name), name) for name, size in sizes.items() if size > 1]
    heapq.heapify(missing)
    for _ in range(n - len(sizes)):
        lacks, shown, name = heapq.heappop(missing)
        share[name] += 1
        if share[name] < sizes[name]:
            heapq.heappush(missing, (lacks + 1, shown, name))
    return share
