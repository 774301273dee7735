"""The criteria that a cell must meet to be chosen: the keys of ``decision`` in the config."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from gencost.errors import ConfigError

BEST = "best"
_TIMES = ("max_p95_ms", "max_ttft_p95_ms")


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """The criteria that a cell must meet.

    Attributes:
        reference: the cell that is kept unless another is shown to be as good: a name; None takes the one of highest
            list price (the first of equal ones), where none has one of highest mean cost; ``best`` takes that one, too,
            but asks of every cell to be not inferior to any other.
        margin: how much lower the mean score may be than the reference's.
        max_p95_ms: highest 95th percentile of latency; None means no limit.
        max_ttft_p95_ms: highest 95th percentile of the time to first token; None means no limit.
        min_quality: lowest mean score; None means no limit.
        errors: ``fail`` gives a failed call the score 0 and infinite latency; ``ignore`` leaves its prompt out.
        sequential: the cells were raced, so that only the race's own verdicts count.
        rare_cost: how many times the mean of its cell a call may cost that was not seen, at least 1; None allows
            for none; see ``unseen``.
        calls_per_month: of the application, for what a switch saves a month; None if unknown.
    """

    reference: str | None = None
    margin: float = 0.02
    max_p95_ms: float | None = None
    max_ttft_p95_ms: float | None = None
    min_quality: float | None = None
    errors: Literal["fail", "ignore"] = "fail"
    sequential: bool = False
    rare_cost: float | None = None
    calls_per_month: float | None = None

    @classmethod
    def of_config(cls, config: Mapping[str, Any]) -> Criteria:
        """Take them from a resolved config, see ``recorded_criteria``.

        Raises:
            ConfigError: a value is impossible.
        """
        return cls.of(recorded_criteria(config))

    @classmethod
    def of(cls, decision: Mapping[str, Any]) -> Criteria:
        """Take them from plain values, recorded by whatever version; other keys are left out.

        Raises:
            ConfigError: a value is impossible.
        """
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in decision.items() if key in known})

    def with_named(self, cell_named: Callable[[str, str], str]) -> Criteria:
        """The same with the name of the reference, however it was written.

        Args:
            cell_named: finds the name of a cell by a text and the place where it was written.

        Raises:
            ConfigError: it is not a cell.
        """
        if self.reference in {None, BEST}:
            return self
        return replace(self, reference=cell_named(str(self.reference), "decision.reference"))

    def __post_init__(self) -> None:
        """Refuse what no cell could be held to."""
        if not (math.isfinite(self.margin) and self.margin >= 0):
            raise ConfigError(f"decision.margin={self.margin}: give a number >= 0, e.g. 0.02")
        for name in _TIMES:
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise ConfigError(f"decision.{name}={value}: give a number > 0, or null for no limit")
        if self.min_quality is not None and not math.isfinite(self.min_quality):
            raise ConfigError(f"decision.min_quality={self.min_quality}: give a number, or null for no limit")
        if self.rare_cost is not None and not (math.isfinite(self.rare_cost) and self.rare_cost >= 1):
            raise ConfigError(f"decision.rare_cost={self.rare_cost}: give a number >= 1, or null to allow for none")
        calls = self.calls_per_month
        if calls is not None and not (math.isfinite(calls) and calls > 0):
            raise ConfigError(f"traffic.calls_per_month={calls}: give a number > 0, or null if it is not known")
        if self.errors not in {"fail", "ignore"}:
            raise ConfigError(f"decision.errors={self.errors}: write fail or ignore")


def check_margin(margin: float, lowest: float, highest: float) -> None:
    """Refuse a margin that no two scores are apart, as ``2`` for two points.

    Args:
        margin: as a command says it.
        lowest: of all scores; NaN if none is known.
        highest: of all scores.

    Raises:
        ConfigError: the scores lie between 0 and 1, and it is more than that.
    """
    if margin > 1 and lowest >= 0 and highest <= 1:
        raise ConfigError(
            f"--margin {margin:g}: the scores lie between 0 and 1, so that every cell is within it; 2 points are 0.02"
        )


def recorded_criteria(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys ``decision`` and ``traffic`` of a resolved config, as far as it has them, as plain values."""
    parts = (config.get(key) for key in ("decision", "traffic"))
    return {key: value for part in parts if isinstance(part, Mapping) for key, value in part.items()}
