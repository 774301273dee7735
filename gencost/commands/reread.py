"""``gencost reread``: recorded usage read again with today's reader."""

from __future__ import annotations

import argparse

from gencost.audit.billing import usd_exactly
from gencost.audit.reread import ChangedAnswer, reread
from gencost.commands.selection import chosen_runs, opened_db
from gencost.process.exit_codes import OK
from gencost.report.console import make_console
from gencost.text.counted import counted
from gencost.values.token_counts import Usage, usage_facts

_SHOWN = 50


def run(given: argparse.Namespace) -> int:
    """Print what changes; with ``--apply`` store it as corrections."""
    console = make_console()
    with opened_db(given) as engine:
        changes = list(reread(engine, None if given.all else chosen_runs(engine, given), apply=given.apply))
    for change in changes[:_SHOWN]:
        console.print(_line(change), markup=False, highlight=False, soft_wrap=True)
    if len(changes) > _SHOWN:
        console.print(f"... and {len(changes) - _SHOWN:,} more")
    done = "written to corrections" if given.apply else "nothing was written: add --apply to keep them"
    otherwise = counted(len(changes), "answer is", "answers are")
    console.print(f"{otherwise} read otherwise; {done if changes else 'nothing to correct'}")
    return OK


def _line(change: ChangedAnswer) -> str:
    counts = ", ".join(_differences(change.before, change.after)) or "the same counts"
    why = f" ({change.cost.reason})" if change.cost.reason else ""
    cost = f"{usd_exactly(change.before_pico_usd)} -> {usd_exactly(change.cost.pico_usd)}{why}"
    return f"{change.request_id}  {change.model}: {counts}; {cost}"


def _differences(before: Usage | None, after: Usage | None) -> list[str]:
    if before is None or after is None:
        return ["no counts -> counts" if before is None else "counts -> none that can be true"]
    old, new = usage_facts(before), usage_facts(after)
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return [f"{name} {old.get(name, 0)} -> {new.get(name, 0)}" for name in names]
