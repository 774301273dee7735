"""Each cell held against its own predecessor: last night's run of the same cell, or the baseline that was saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gencost.analysis.measures import MEASURES
from gencost.analysis.recorded.runs import Run
from gencost.analysis.results import Results
from gencost.decision.compare import Compared, Comparison, compare
from gencost.decision.criteria import Criteria
from gencost.decision.difference import Pair
from gencost.decision.gate import Facts, facts
from gencost.decision.holm import holm
from gencost.values.cell_names import name_cells


@dataclass(frozen=True, kw_only=True)
class Predecessor:
    """A cell and the run before it.

    Attributes:
        cell: its name.
        old: the run before it.
        new: the cell.
        pair: their differences, new - old, paired by prompt.
        facts: the values that a condition may name; p-values are adjusted over all cells that have a predecessor.
    """

    cell: str
    old: Compared
    new: Compared
    pair: Pair
    facts: Facts


@dataclass(frozen=True, kw_only=True)
class MatchedCells:
    """Cells and the runs before them.

    Attributes:
        pairs: name of the cell, its run id, and the run id before it.
        without: cells that have none.
        unused: names of earlier cells that no cell follows.
    """

    pairs: tuple[tuple[str, str, str], ...]
    without: tuple[str, ...]
    unused: tuple[str, ...]


def match(cells: Sequence[Run], names: Sequence[str], earlier: Sequence[Run]) -> MatchedCells:
    """Find the run before each cell: of the same overrides, else of the same calls, else of the same shown name.

    A single cell beside a single earlier run needs none of these.

    Args:
        cells: that are looked at.
        names: of them, as they are shown.
        earlier: runs to choose from; of several the newest.
    """
    newest = sorted(earlier, key=lambda run: run.started_at, reverse=True)
    recorded = [replace(run.recorded, identity=_overrides(run)) for run in newest]  # those of another day are one cell
    shown = dict(zip((run.run_id for run in newest), name_cells(recorded), strict=True))
    pairs, without = [], []
    for cell, name in zip(cells, names, strict=True):
        alike = [run for run in newest if _overrides(run) == _overrides(cell)]
        same_calls = [run for run in newest if run.cell_key == cell.cell_key]
        named = [run for run in newest if shown[run.run_id] == name]
        only = newest if len(newest) == 1 and len(cells) == 1 else []
        before = next(iter([*alike, *same_calls, *named, *only]), None)
        if before is None:
            without.append(name)
        else:
            pairs.append((name, cell.run_id, before.run_id))
    used = {before for _, _, before in pairs}
    left = [shown[run.run_id] for run in newest if run.run_id not in used]
    superseded = {shown[run.run_id] for run in newest if run.run_id in used}
    unused = tuple(dict.fromkeys(cell for cell in left if cell not in superseded))
    return MatchedCells(pairs=tuple(pairs), without=tuple(without), unused=unused)


def _overrides(run: Run) -> str:
    return run.recorded.overrides


def against_predecessors(
    read: Callable[[Sequence[str]], Results], matched: MatchedCells, criteria: Criteria, seed: int
) -> list[Predecessor]:
    """Compare each cell with the run before it.

    Args:
        read: gives the results of two runs.
        matched: which run is before which.
        criteria: how failed calls count, and the margin.
        seed: of every bootstrap and permutation.
    """
    comparisons = [compare(read([old, new]), criteria, seed) for _, new, old in matched.pairs]
    p_values = {measure: _adjusted(comparisons, measure) for measure in MEASURES}
    predecessors = []
    for place, ((name, _, _), comparison) in enumerate(zip(matched.pairs, comparisons, strict=True)):
        old, new = comparison.cells
        adjusted = {f"{measure}.p_holm": p_values[measure][place] for measure in MEASURES}
        values = {**facts(comparison, old.cell, new), **adjusted}
        pair = comparison.pair(old.cell, new.cell)
        predecessors.append(Predecessor(cell=name, old=old, new=new, pair=pair, facts=values))
    return predecessors


def _adjusted(comparisons: Sequence[Comparison], measure: str) -> list[float | None]:
    """Adjust the p-values of a measure over all cells; unknown ones stay unknown."""
    differences = [getattr(comparison.pairs[0], measure) for comparison in comparisons]
    p_values = [None if difference is None else difference.p_value for difference in differences]
    known = [p for p in p_values if p is not None]
    adjusted = iter(holm(np.array(known)).tolist() if known else [])
    return [None if p is None else next(adjusted) for p in p_values]
