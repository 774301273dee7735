"""The content that an MLflow run ends with: made where pandas is, logged where MLflow is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypedDict, TypeVar

from gencost.errors import TrackingError
from gencost.report.say import collected, explained

T = TypeVar("T")


class Table(TypedDict):
    """A table that MLflow's UI shows, plain values row by row."""

    columns: list[str]
    data: list[list[Any]]


class Series(TypedDict):
    """Per-call values of a cell.

    Attributes:
        every: one call in this many has its values here.
        calls: how many there are in all.
        points: metric, value, Unix ms, step.
    """

    every: int
    calls: int
    points: list[tuple[str, float, int, int]]


@dataclass(frozen=True, kw_only=True)
class RunEnd:
    """The functions that make its pieces, each of which may fail alone.

    Attributes:
        note: the Markdown of its description.
        errors: the error types of its calls.
        metrics: of its cell, or of all cells of its sweep.
        series: of each call of a cell; None if none is logged.
        tables: by name.
        lacks: sentences about what could not be made before.
    """

    note: Callable[[], str]
    errors: Callable[[], str]
    metrics: Callable[[], Mapping[str, float]]
    series: Callable[[], Series] | None
    tables: Mapping[str, Callable[[], Table]]
    lacks: tuple[str, ...] = ()


def as_values(end: RunEnd) -> dict[str, Any]:
    """Make every piece, for another process to log: plain values, or why one could not be made."""
    with collected() as lacks:
        pieces = {
            "note": _made(end.note),
            "errors": _made(end.errors),
            "metrics": _made(end.metrics),
            "series": None if end.series is None else _made(end.series),
            "tables": {name: _made(make) for name, make in end.tables.items()},
        }
    return {**pieces, "lacks": lacks}


def of_values(values: Mapping[str, Any]) -> RunEnd:
    """Restore what ``as_values`` made, after a round trip through JSON."""
    return RunEnd(
        note=_give(values["note"]),
        errors=_give(values["errors"]),
        metrics=_give(values["metrics"]),
        series=None if values["series"] is None else _give(values["series"]),
        tables={name: _give(made) for name, made in values["tables"].items()},
        lacks=tuple(values["lacks"]),
    )


def _made(make: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"value": make()}
    except Exception as error:  # noqa: BLE001 - a door: said where the piece would be logged
        return {"why": explained(error)}


def _give(made: Mapping[str, Any]) -> Callable[[], Any]:
    def give() -> Any:
        return _fail(made["why"]) if "why" in made else made["value"]

    return give


def _fail(why: str) -> NoReturn:
    raise TrackingError(why)
