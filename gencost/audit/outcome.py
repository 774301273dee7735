"""Whether what is recorded about how a call went fits together: status, tries, times, and what its run asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from gencost.analysis.recorded.request_facts import Evidence
from gencost.audit.figure_check import FigureCheck, compared
from gencost.audit.origin import Origin, read_json
from gencost.masking import masked
from gencost.values.portable import merged, sent_by

_OPEN_RUN = ("running", "interrupted", "failed")
_OF_ROWS = ("tools", "tool_choice", "response_format")  # in a table; a row of other files may be a whole request
_MOST_PARAMETERS = 256  # results that are remembered for a run, since many calls share their parameters
_ASKED_BY_THE_RUN = ("sample", "step", "warmup", "superseded")

# Two clocks are compared, and one of them may have been set between the readings.
_CLOCK = timedelta(seconds=60)


def outcome(seen: Evidence, origin: Origin) -> Iterator[FigureCheck]:
    """Check how one call went.

    Args:
        seen: what is recorded of it.
        origin: of its run.
    """
    yield _status(seen, origin)
    if not origin.imported:  # a log has the last try at most
        yield _attempts(seen)
    if seen.response is not None and not seen.request["from_cache"] and seen.attempts:
        last = seen.attempts[-1]
        untimed = seen.request["latency_ms"] is None  # its process stood still, or nobody recorded it
        if not untimed:
            yield compared("latency_ms", seen.request["latency_ms"], last["service_ms"])
        if not untimed and (seen.response["ttft_ms"] is not None or last["ttft_ms"] is not None):
            yield compared("ttft_ms", seen.response["ttft_ms"], last["ttft_ms"])
    yield from _time(seen, origin)
    if origin.config and seen.request["role"] in _ASKED_BY_THE_RUN and not origin.imported:
        yield from _asked(seen, origin)


def _status(seen: Evidence, origin: Origin) -> FigureCheck:
    recorded, role = seen.request["status"], seen.request["role"]
    if seen.response is not None:
        again = "ok" if role != "superseded" else "ok, which is never superseded"
    elif recorded == "ok":
        again = "no answer is recorded"
    elif recorded == "pending" and origin.run is not None and origin.run["status"] not in _OPEN_RUN:
        again = f"its run is {origin.run['status']}"
    else:
        again = recorded
    return compared("status", recorded, again)


def _attempts(seen: Evidence) -> FigureCheck:
    """As many rows as the request says, in order, and only the last of an answered request without an error."""
    recorded, rows = seen.request["attempts"], seen.attempts
    again: Any = len(rows)
    if [row["attempt"] for row in rows] != list(range(1, len(rows) + 1)):
        again = f"numbered {', '.join(str(row['attempt']) for row in rows)}"
    answered = seen.request["status"] == "ok" and not seen.request["from_cache"]
    succeeded = [row["attempt"] for row in rows if row["error_type"] is None]
    if succeeded != ([len(rows)] if answered else []):
        again = f"{again}, answered: {', '.join(map(str, succeeded)) or 'none'}"
    return compared("attempts", recorded, again)


def _time(seen: Evidence, origin: Origin) -> Iterator[FigureCheck]:
    """Check when the call was made: within its run, and as long before the first try as it waited."""
    recorded = seen.request["ts"]
    bounds = [recorded, recorded]
    if origin.run is not None:
        bounds = _span(origin) if origin.imported else [origin.run["started_at"], origin.run["ended_at"] or recorded]
    inside = bounds[0] - _CLOCK <= recorded <= bounds[1] + _CLOCK
    again: Any = "within its run" if inside else f"its run was from {bounds[0]} to {bounds[1]}"
    if inside and seen.attempts:
        sent = seen.attempts[0]["ts"] - timedelta(milliseconds=seen.request["queue_ms"] or 0.0)
        inside, again = abs(sent - recorded) <= _CLOCK, sent
    yield FigureCheck(figure="time", holds=inside, recorded=recorded, recomputed=again)


def _span(origin: Origin) -> list[Any]:
    """The time of the first and of the last call of an import, as its run recorded them."""
    assert origin.run is not None
    imported = origin.config.get("imported")
    span = imported.get("span") if isinstance(imported, Mapping) else None
    known = [datetime.fromisoformat(it) for it in span or () if isinstance(it, str)]
    return known if len(known) == 2 else [datetime.min.replace(tzinfo=UTC), origin.run["ended_at"] or datetime.now(UTC)]


def _cell_of(seen: Evidence, origin: Origin) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The nodes ``model`` and ``provider`` that a call was to be made with: its run's, or those of a policy's cell."""
    name, config = seen.request["policy_cell"], origin.config
    if name is not None:
        config = ((config.get("policy") or {}).get("cells") or {}).get(name) or {}
    return config.get("model") or {}, config.get("provider") or {}


def _asked(seen: Evidence, origin: Origin) -> Iterator[FigureCheck]:
    model, provider = _cell_of(seen, origin)
    yield compared("model", seen.request["model"], model.get("name"))
    if "name" in provider:
        yield compared("provider", seen.request["provider"], provider["name"])
    parameters = (seen.request["params_json"], seen.request["policy_cell"])
    if parameters not in origin.parameters and len(origin.parameters) < _MOST_PARAMETERS:
        origin.parameters[parameters] = _parameters(parameters[0], model, origin)
    yield origin.parameters.get(parameters) or _parameters(parameters[0], model, origin)


def _parameters(params_json: str, model: Mapping[str, Any], origin: Origin) -> FigureCheck:
    recorded = masked(read_json(params_json))
    given = sent_by(model)
    others = {word: value for word, value in recorded.items() if given.get(word) != value}
    by_row = {word: value for word, value in others.items() if _rows_may_send(word, origin)}
    return compared("parameters", recorded, merged(given, by_row))


def _rows_may_send(word: str, origin: Origin) -> bool:
    """Whether a row of its prompt file may have sent parameters of its own, which only the request records."""
    prompts = origin.config.get("prompts") or {}
    return word in _OF_ROWS or not str(prompts.get("path", "")).endswith((".csv", ".tsv", ".xlsx"))
