"""``gencost judge``: whether a judge tells anything, and how far it agrees with people."""

from __future__ import annotations

import argparse
from typing import Any

from gencost.analysis.recorded.judged import judged
from gencost.analysis.recorded.labels import read_labels
from gencost.analysis.recorded.request_facts import recorded_config
from gencost.commands.selection import chosen_runs, opened_db
from gencost.errors import ConfigError
from gencost.process.exit_codes import OK
from gencost.report.console import make_console
from gencost.report.judged import against, alone


def run(given: argparse.Namespace) -> int:
    """Print what the recorded scores say of each judge, and how they agree with labels."""
    labels = None if given.labels is None else read_labels(given.labels, given.raters, given.levels)
    with opened_db(given) as engine:
        run_ids = chosen_runs(engine, given)
        frame = judged(engine, run_ids, given.scorer)
        quality = recorded_config(engine, run_ids[0]).get("quality") or {}
    if frame.empty:
        named = f"by {given.scorer}" if given.scorer else "by a judge"
        raise ConfigError(f"no answer of these runs is scored {named}: gencost rescore quality=[judge]")
    console = make_console()
    for scorer, scores in frame.groupby("scorer"):
        console.print(str(scorer), style="bold", highlight=False, markup=False)
        held = () if labels is None else against(scores, labels, given.scale, _scale(quality.get(scorer)))
        for line in [*alone(scores), *held]:
            console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)
    return OK


def _scale(judge: Any) -> tuple[float, float] | None:
    """The scale on which a judge grades; None if its config names none."""
    if not isinstance(judge, dict) or "lowest" not in judge or "highest" not in judge:
        return None
    return float(judge["lowest"]), float(judge["highest"])
