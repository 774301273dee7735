"""The reason why a command goes on with no earlier run: other keys, or other prompts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gencost.metrics_db import Engine
from gencost.metrics_db.resume import LastCell, last_cell
from gencost.runner.cell_key import NO_PART_OF_A_CALL
from gencost.runner.plan import Plan

_SHOWN = 5
_DEFINING = ("n", "repeats", "seed", "shards", "shard", "provider", "model", "policy", "prompts")
_NO_PART = frozenset({*(f"provider.{key}" for key in NO_PART_OF_A_CALL), "prompts.name"})
_BEGIN = "leave resume out to begin"
_REMEDY = f"restore the file to go on, or {_BEGIN} anew"


def why_none(plans: Sequence[Plan], engine: Engine) -> str:
    """Say what is other than in the last run of the same cells, or that there is none."""
    for plan in plans:
        last = last_cell(engine, plan.cell.config.name, plan.cell.cell, plan.cell.config.model.name)
        if last is None:
            continue
        run = f"({last.run_id[:8]})"
        same = last.prompts_digest == plan.digest
        defining = _DEFINING[: -1 if same else None]
        if keys := list(_other_keys(json.loads(last.config_json), plan.cell.resolved, defining)):
            more = f", and {len(keys) - _SHOWN:,} more" if len(keys) > _SHOWN else ""
            return (
                f"the metrics DB has no run of this command: the last one {run} had {', '.join(keys[:_SHOWN])}{more}; "
                f"give the same to go on, or {_BEGIN} anew"
            )
        if not same:
            changed = _other_prompts(last, plan)
            return f"the prompt set changed since the last run of {plan.label} {run}: {changed}; {_REMEDY}"
        made = "without -m" if last.sweep_id is None else "by a command with -m"
        return f"the metrics DB has no run of this command: the last one {run} was made {made}; {_BEGIN} anew"
    return f"the metrics DB has no run of this command; {_BEGIN} one"


def _other_keys(then: Mapping[str, Any], now: Mapping[str, Any], defining: Sequence[str]) -> Iterator[str]:
    before, after = (dict(_flat("", {key: node.get(key) for key in defining})) for node in (then, now))
    for key in dict.fromkeys((*before, *after)):
        if before.get(key) != after.get(key) and key not in _NO_PART:
            yield f"{key}={_short(before.get(key))} (now {_short(after.get(key))})"


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{path}.{key}" if path else str(key), inner)
    else:
        yield path, value


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return f"{text[:40]}..." if len(text) > 43 else text


def _other_prompts(last: LastCell, plan: Plan) -> str:
    """Say which of the prompts that were asked are others now; nothing is kept of those that were not asked."""
    now = {sample.id: (sample.prompt_sha256, sample.reference) for sample in plan.samples}
    there = {at: (facts, now[at]) for at, facts in last.asked.items() if at in now}
    kinds = {
        "changed": [at for at, (before, after) in there.items() if before[0] != after[0]],
        "have another reference": [
            at for at, (before, after) in there.items() if before[0] == after[0] and before != after
        ],
        "are gone": [at for at in last.asked if at not in now],
        "are new": [at for at in now if at not in last.asked] if plan.cell.config.n is None else [],
    }
    parts = [f"{len(ids):,} {what} ({_named(ids)})" for what, ids in kinds.items() if ids]
    return f"{len(last.asked):,} prompts were asked; {', '.join(parts) or 'of the others some changed'}"


def _named(ids: Sequence[str]) -> str:
    return ", ".join([*map(repr, ids[:_SHOWN]), *(["..."] if len(ids) > _SHOWN else [])])
