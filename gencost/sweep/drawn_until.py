"""The moment up to which recorded traffic is drawn from: of all cells of a command, and of those that resume them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from gencost.config.cell import Cell
from gencost.metrics_db import init_db
from gencost.metrics_db.resume import last_config
from gencost.traffic import RecordedPrompts


def drawn_at_one_moment(cells: Sequence[Cell], until: str | None = None) -> list[Cell]:
    """Let cells draw from the traffic recorded when the command began, or the resumed one.

    Traffic goes on while cells are made, by other processes or by a later command; their prompts stay the same.

    Args:
        cells: of one command line; one that names a moment itself, or draws nothing, is as it was.
        until: of cells before them; None without any.
    """
    open_ended = [cell for cell in cells if isinstance(cell.prompts, RecordedPrompts) and cell.prompts.until is None]
    if not open_ended:
        return list(cells)
    moments = [until, *(_earlier(cell) for cell in open_ended if cell.config.resume and until is None)]
    chosen = next(filter(None, moments), None) or datetime.now(UTC).isoformat()
    return [_until(cell, chosen) if cell in open_ended else cell for cell in cells]


def until_of(cells: Sequence[Cell]) -> str | None:
    """Return the moment that the first cell draws up to; None if none draws from traffic."""
    return next((cell.prompts.until for cell in cells if isinstance(cell.prompts, RecordedPrompts)), None)


def _earlier(cell: Cell) -> str | None:
    """The moment of the last run of a cell; None if there is no run, or it recorded no moment."""
    engine = init_db(cell.config.metrics_db.url)
    try:
        config = json.loads(last_config(engine, cell.config.name, cell.cell) or "{}")
    finally:
        engine.dispose()
    noted = config.get("prompts", {}).get("until")
    return noted if isinstance(noted, str) else None


def _until(cell: Cell, until: str) -> Cell:
    noted: dict[str, Any] = {"until": until}
    prompts: Any = cell.prompts
    return replace(
        cell,
        prompts=replace(prompts, **noted),
        config=replace(cell.config, prompts={**cell.config.prompts, **noted}),
        resolved={**cell.resolved, "prompts": {**cell.resolved["prompts"], **noted}},
    )
