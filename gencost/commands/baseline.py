"""The baseline that a command line names: a cell, earlier runs, or a file of figures."""

from __future__ import annotations

import argparse
import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gencost.analysis.recorded.corrections import as_recorded
from gencost.analysis.recorded.references import named_runs
from gencost.analysis.recorded.runs import runs
from gencost.analysis.results import Results, read_results
from gencost.commands.output import write_text
from gencost.decision.criteria import Criteria
from gencost.decision.predecessors import MatchedCells, Predecessor, against_predecessors, match
from gencost.errors import ConfigError, MetricsDBError, nearest
from gencost.metrics_db import Engine, init_db
from gencost.metrics_db.excerpt import excerpt, load_excerpt

_PREFIX = "baseline-"
_NAMED = 8


@dataclass(frozen=True, kw_only=True)
class EarlierCells:
    """Cells, and the runs before them that they are compared with.

    Attributes:
        matched: which run is before which.
        found: the comparison of each that has one.
    """

    matched: MatchedCells
    found: tuple[Predecessor, ...]


def is_cell(results: Results, asked: str) -> bool:
    """Whether a baseline names one of the compared cells; the name of an existing file does not."""
    if Path(asked).is_file():
        return False
    try:
        results.cell_named(asked, "--baseline")
    except ConfigError:
        return False
    return True


def earlier(engine: Engine, results: Results, criteria: Criteria, given: argparse.Namespace) -> EarlierCells:
    """Compare each cell with the run before it.

    Args:
        engine: the metrics DB.
        results: the cells.
        criteria: how failed calls count.
        given: the command line; its ``baseline`` is a file, or names runs.

    Raises:
        UserError: the baseline cannot be read, or is these cells themselves.
    """
    with _with_both(engine, results, given) as (both, old_ids):
        old = runs(both, run_ids=old_ids)
        cells = runs(engine, run_ids=_parts(results))
        matched = match(cells, [run.cell for run in results.runs], old)
        parts = {run.run_id: run.parts for run in [*old, *cells]}

        def read(run_ids: Sequence[str]) -> Results:
            return read_results(both, [part for run_id in run_ids for part in parts[run_id]], given.score)

        predecessors = against_predecessors(read, matched, criteria, results.runs[0].seed)
    return EarlierCells(matched=matched, found=tuple(predecessors))


@contextlib.contextmanager
def _with_both(engine: Engine, results: Results, given: argparse.Namespace) -> Iterator[tuple[Engine, Sequence[str]]]:
    """Yield a DB with the cells and the runs before them, and the ids of those runs."""
    path = Path(given.baseline)
    if not (path.suffix == ".json" or path.is_file()):
        yield engine, _named(engine, results, given.baseline)
        return
    content = _content(path)
    with tempfile.TemporaryDirectory() as folder:
        both = init_db(f"sqlite:///{folder}/baseline.sqlite")
        try:
            load_excerpt(both, excerpt(engine, _parts(results)), "the metrics DB")
            old_ids = load_excerpt(both, content, f"--baseline {path}", _PREFIX)
            yield (as_recorded(both) if given.as_recorded else both), old_ids
        finally:
            both.dispose()


def _named(engine: Engine, results: Results, asked: str) -> list[str]:
    try:
        run_ids = named_runs(engine, [asked])
    except MetricsDBError:
        cells = [run.cell for run in results.runs]
        raise ConfigError(
            f"--baseline {asked!r} is not a cell{nearest(asked, cells)}, a file or a recorded run: cells are "
            f"{', '.join(cells[:_NAMED])}; see gencost list"
        ) from None
    if set(run_ids) & set(_parts(results)):
        raise ConfigError(f"--baseline {asked}: these are the cells themselves; name earlier ones, e.g. last~1")
    return run_ids


def _content(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"--baseline {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"--baseline {path} is not JSON: {error}") from None


def _parts(results: Results) -> list[str]:
    return [part for run in results.runs for part in run.parts]


def save_baseline(engine: Engine, results: Results, path: str) -> None:
    """Write the figures of the cells, without a text or a key, for another day's ``--baseline``.

    Raises:
        ReportError: the file cannot be written.
    """
    text = json.dumps(excerpt(engine, _parts(results)), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    write_text(path, text + "\n", "--save-baseline")
