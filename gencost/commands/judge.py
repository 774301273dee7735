"""``gencost judge``: whether a judge tells anything, and how far it agrees with people."""

from __future__ import annotations

import argparse

from gencost.analysis.judged import judged
from gencost.commands.selection import chosen_runs, opened_db
from gencost.errors import ConfigError
from gencost.process.exit_codes import OK
from gencost.report.console import make_console
from gencost.report.judged import against, alone, read_labels


def run(given: argparse.Namespace) -> int:
    """Print what the recorded scores say of each judge, and how they agree with labels."""
    labels = None if given.labels is None else read_labels(given.labels)
    with opened_db(given) as engine:
        frame = judged(engine, chosen_runs(engine, given), given.scorer)
    if frame.empty:
        named = f"by {given.scorer}" if given.scorer else "by a judge"
        raise ConfigError(f"no answer of these runs is scored {named}: gencost rescore quality=[judge]")
    console = make_console()
    for scorer, scores in frame.groupby("scorer"):
        console.print(str(scorer), style="bold", highlight=False, markup=False)
        for line in [*alone(scores), *(against(scores, labels, given.scale) if labels is not None else ())]:
            console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)
    return OK
