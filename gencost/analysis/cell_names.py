"""Names of cells, which are their overrides: ``model=small,n=50``."""

from __future__ import annotations

from collections.abc import Sequence

from gencost.errors import ConfigError, nearest

_NAMED = 8


def split_name(cell: str) -> list[str]:
    """Split a cell's name at the commas that stand in no bracket: ``a=1,b=[x,y]`` -> a=1 and b=[x,y]."""
    parts, depth = [""], 0
    for char in cell:
        depth += (char in "[{(") - (char in "]})")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def overrides(cell: str) -> dict[str, str]:
    """Split a cell's name into keys and values: ``a=1,b=[x,y]`` -> {a: 1, b: [x,y]}."""
    return dict(part.partition("=")[::2] for part in split_name(cell) if "=" in part)


def short_names(cells: Sequence[str]) -> list[str]:
    """Leave out of each name what all of them share: of model=small,n=50 and model=large,n=50, the n=50.

    Args:
        cells: different names.
    """
    parts = [split_name(cell) for cell in cells]
    shared = set(parts[0]).intersection(*parts[1:]) if len(cells) > 1 else set()
    short = [",".join(part for part in name_parts if part not in shared) for name_parts in parts]
    return short if all(short) and len(set(short)) == len(short) else list(cells)


def find_cell(asked: str, cells: Sequence[str], place: str) -> str:
    """Find the cell that is meant by its name, by overrides or by a value that it alone has.

    Args:
        asked: what was written: ``small`` or ``model=small`` for ``model=small,n=50``; what is the same for all cells,
            and so not in their names, may stand beside it.
        cells: names, which are overrides.
        place: where it was written, for the error.

    Raises:
        ConfigError: no cell or several are meant.
    """
    given = set(split_name(asked))
    ways = (
        [cell for cell in cells if cell == asked],
        [cell for cell in cells if given <= set(split_name(cell))],
        [cell for cell in cells if set(split_name(cell)) <= given],
        [cell for cell in cells if asked in overrides(cell).values()],
    )
    meant = next((way for way in ways if way), [])
    if len(meant) != 1:
        wrong = f"means {len(meant)} cells" if meant else f"is not a cell{nearest(asked, cells)}"
        more = f" and {len(cells) - _NAMED:,} more" if len(cells) > _NAMED else ""
        raise ConfigError(f"{place}={asked!r} {wrong}: choose from {', '.join(cells[:_NAMED])}{more}")
    return meant[0]
