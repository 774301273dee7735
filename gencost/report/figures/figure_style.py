"""Seaborn's colours for colour-blind people and its style with a white grid, for which it need not be imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# As of seaborn 0.13: color_palette("colorblind") and axes_style("whitegrid"), of which Matplotlib's own are left out.
COLOUR_BLIND = (
    *("#0173b2", "#de8f05", "#029e73", "#d55e00", "#cc78bc"),
    *("#ca9161", "#fbafe4", "#949494", "#ece133", "#56b4e9"),
)
WHITE_GRID: Mapping[str, Any] = {
    "axes.labelcolor": ".15",
    "xtick.color": ".15",
    "ytick.color": ".15",
    "axes.axisbelow": True,
    "text.color": ".15",
    "font.sans-serif": ["Arial", "DejaVu Sans", "Liberation Sans", "Bitstream Vera Sans", "sans-serif"],
    "lines.solid_capstyle": "round",
    "patch.edgecolor": "w",
    "patch.force_edgecolor": True,
    "axes.grid": True,
    "axes.edgecolor": ".8",
    "xtick.bottom": False,
    "ytick.left": False,
}
