"""The rules by which the answers of a cell are read and scored, from its config."""

from __future__ import annotations

from dataclasses import asdict

from gencost.config.schema import Config
from gencost.quality.reading import Reading
from gencost.quality.score import Rules


def rules_of(config: Config) -> Rules:
    """Make the rules of a cell's scorers.

    Args:
        config: of the cell.

    Raises:
        ConfigError: a way to read that does not exist, or a limit that leaves no time.
    """
    return Rules(reading=Reading(**asdict(config.reading)), timeout_s=config.scoring.timeout_s)
