"""Rows of a table that are left out: spans around calls, which repeat what is inside of them, and calls under way.

Sources, read 2026-11-27: the exports of LangSmith (``run_type``), Braintrust (``span_attributes.type``), Datadog
(``span_kind``), MLflow (``span_type``), OpenAI's Agents SDK (``span_data.type``), OpenInference
and OpenLLMetry (``span.kind``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from gencost.text.inside import inside
from gencost.traffic.values import is_empty

AROUND = "a span around calls, such as a chain, a tool or an agent"
OWN = "a row of GenCost's own results, whose calls are in its metrics DB"
UNDER_WAY = "under way when the log was written"
# Kinds of what is not a call of a model; of a name that is not here a row stays.
_NO_CALL = frozenset(
    """chain tool retriever retrieval parser prompt span event trace agent workflow task function score eval evaluator
    guardrail handoff experiment step invoke_agent create_agent execute_tool invoke_workflow""".split()  # noqa: SIM905 - a list to read
)
_KINDS = (
    *("run_type", "runType", "span_type", "spanType", "span_kind", "spanKind", "observation_type"),
    *(
        "span_data.type",
        "span_attributes.type",
        "attributes.span_kind",
        "meta.span.kind",
        "meta.kind",
        "openinference.span.kind",
    ),
    *("attributes.openinference.span.kind", "attributes.traceloop.span.kind", "traceloop.span.kind"),
    *("gen_ai.operation.name", "attributes.gen_ai.operation.name"),
)
_ANY = ("type", "kind")  # names of everybody's: they count in a row of a trace, and fewer kinds
_OF_ANY = frozenset("chain tool retriever span trace agent workflow task general".split())  # noqa: SIM905
_OF_TRACES = frozenset(
    """trace_id traceId parent_id parentId parent_run_id parent_span_id parentSpanId parent_observation_id span_parents
    parentObservationId root_span_id""".split()  # noqa: SIM905 - a list to read
)
# Columns of the results that a command writes, one row a call, and of what ``reprice`` and ``whatif`` write with -o.
_OWN = (
    frozenset({"request_id", "cell", "usage_tokens_in", "cost_pico_usd"}),
    frozenset({"request_id", "cell", "billed_pico_usd", "repriced_pico_usd"}),
)
_BEGUN = frozenset("pending running in_progress in-progress queued started processing".split())  # noqa: SIM905


def is_around_calls(row: Mapping[str, Any], asked_for: Collection[str]) -> bool:
    """Whether a row is a span of another kind than a call of a model.

    Args:
        row: as written, JSON in it read.
        asked_for: columns by which the user chose rows himself.
    """
    if not (paths := _kinds_in(tuple(row))):
        return False
    kinds = ((path, inside(row, path)) for path in paths if path not in asked_for)
    return any(
        isinstance(kind, str) and kind.lower() in (_OF_ANY if path in _ANY else _NO_CALL) for path, kind in kinds
    )


@lru_cache(maxsize=64)
def _kinds_in(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The paths that may say of what kind rows with such columns are."""
    paths = (*_KINDS, *_ANY) if _OF_TRACES.intersection(columns) else _KINDS
    return tuple(path for path in paths if path in columns or path.partition(".")[0] in columns)


def is_own(row: Mapping[str, Any], read: frozenset[str]) -> bool:
    """Whether a row is of a table that GenCost wrote about calls of its own.

    Args:
        row: as written.
        read: columns that the map reads; where it names those of GenCost, the user asks for these calls.
    """
    return _is_own(tuple(row)) and "usage_tokens_in" not in read


@lru_cache(maxsize=64)
def _is_own(columns: tuple[str, ...]) -> bool:
    return any(names.issubset(columns) for names in _OWN)


def is_under_way(facts: Mapping[str, Any], counts: Collection[str]) -> bool:
    """Whether a call was still under way: its status says so, and it has neither an answer nor tokens.

    Args:
        facts: of the row.
        counts: names of facts that are counts.
    """
    if str(facts.get("status")).lower() not in _BEGUN or not is_empty(facts.get("answer")):
        return False
    return is_empty(facts.get("usage")) and not any(facts.get(name) for name in counts)
