"""What tests of scorers ask: one answer, one reference."""

from __future__ import annotations

from gencost.types import Message, Response, Sample, Score


def sample(reference: str | None = None, **metadata: str) -> Sample:
    return Sample(id="1", messages=(Message(role="user", content="?"),), reference=reference, metadata=metadata)


def scored(scorer, answer: str, reference: str | None = None, **metadata: str) -> Score:
    return scorer.score(sample(reference, **metadata), Response(text=answer, usage=None, latency_ms=1.0))


def value(scorer, answer: str, reference: str | None = None) -> float | None:
    return scored(scorer, answer, reference).value
