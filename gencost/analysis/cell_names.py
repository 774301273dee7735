"""Names of cells, which are their overrides: ``model=small,n=50``."""

from __future__ import annotations

from collections.abc import Sequence

from gencost.errors import ConfigError, nearest


def find_cell(asked: str, cells: Sequence[str], place: str) -> str:
    """Find the cell that is meant by its name, or by a value that it alone has: ``small`` for ``model=small,n=50``.

    Args:
        asked: what was written.
        cells: names, which are overrides.
        place: where it was written, for the error.

    Raises:
        ConfigError: no cell or several are meant.
    """
    meant = [cell for cell in cells if cell == asked] or [c for c in cells if asked in overrides(c).values()]
    if len(meant) != 1:
        wrong = f"means {len(meant)} cells" if meant else f"is no cell{nearest(asked, cells)}"
        raise ConfigError(f"{place}={asked!r} {wrong}: choose from {', '.join(cells)}, or a value that one alone has")
    return meant[0]


def overrides(cell: str) -> dict[str, str]:
    """Split a cell's name at the commas that stand in no bracket: ``a=1,b=[x,y]`` -> {a: 1, b: [x,y]}."""
    parts, depth = [""], 0
    for char in cell:
        depth += (char in "[{(") - (char in "]})")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return dict(part.partition("=")[::2] for part in parts if "=" in part)
