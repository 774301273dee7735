"""Statements about judges: by their scores alone, and held against labels of people."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gencost.analysis.agreement import Agreement, AgreementFigure, agreement, ceiling, constant, kappa, rank_correlation
from gencost.analysis.judged import places
from gencost.errors import ConfigError
from gencost.tabular import TabularError, read_rows, text_of

_KEYS = ("request_id", "prompt_id", "id", "run_id", "repeat", "scorer")
_FEW = 5

Numbers = NDArray[np.float64]


def alone(scores: pd.DataFrame) -> Iterator[str]:
    """Say what the scores of one judge show by themselves: is it constant, does it follow place or length?"""
    known = scores.dropna(subset=["value"])
    yield f"{len(known):,} of {len(scores):,} answers have a value, mean {known['value'].mean():.4f}"
    if len(known) >= _FEW and known["value"].nunique() == 1:
        yield f"it gave {known['value'].iloc[0]:g} to all {len(known):,} answers: it tells nothing"
    if (pairs := places(list(known["explanation"]))) is not None:
        count, changed, first = pairs
        yield (
            f"place: in {changed:,} of {count:,} pairs its verdict changed with the place; the first place got "
            f"{first:.2f} points, 0.5 without a preference"
        )
    length = rank_correlation(known["length"].tolist(), known["value"].tolist())
    if length is not None:
        yield f"length: rank correlation of its values with the length of the answers {length:+.2f}"


def read_labels(path: str) -> pd.DataFrame:
    """Read a file of labels: a column that names the answer, and one of numbers for each person.

    Args:
        path: as ``gencost.tabular`` reads them.

    Raises:
        ConfigError: it cannot be read, names no answers, or has no labels.
    """
    try:
        rows = read_rows(path)
    except TabularError as error:
        raise ConfigError(f"--labels: {error}") from None
    frame = pd.DataFrame([{str(key): text_of(value) for key, value in row.items()} for row in rows])
    frame = frame.rename(columns={"id": "prompt_id"})
    if not {"request_id", "prompt_id"} & set(frame.columns):
        have = ", ".join(frame)
        raise ConfigError(f"--labels {path}: it needs a column request_id or id (of the prompt); it has {have}")
    people = [column for column in frame if column not in _KEYS]
    if not people:
        raise ConfigError(f"--labels {path}: no column with labels beside {', '.join(frame)}")
    for column in people:
        numbers = pd.to_numeric(frame[column], errors="coerce")
        bad = frame[column].notna() & (frame[column] != "") & numbers.isna()
        if bad.any():
            raise ConfigError(f"--labels {path}: {column} has {frame[column][bad].iloc[0]!r}, no number")
        frame[column] = numbers
    return frame


def against(scores: pd.DataFrame, labels: pd.DataFrame, scale: list[float] | None) -> Iterator[str]:
    """Say how far one judge agrees with people, beside a constant judge and people with each other."""
    keys = [key for key in ("request_id", "prompt_id", "run_id", "repeat", "scorer") if key in labels]
    keys = ["request_id"] if "request_id" in keys else keys
    known = scores.dropna(subset=["value"]).astype(dict.fromkeys(keys, str))
    both = known.merge(labels, on=keys, suffixes=("", "_label"))
    people = [column for column in labels if column not in _KEYS]
    both = both[both[people].notna().any(axis=1)]
    if both.empty:
        yield "labels: none of them is of an answer with a value"
        return
    steps = _steps(both[people].to_numpy(dtype=float), scale)
    rated = [_nearest(both[column].to_numpy(dtype=float), steps) for column in people]
    truth = _majority(rated)
    nearest = _nearest(both["value"].to_numpy(dtype=float) * (steps[-1] - steps[0]) + steps[0], steps).astype(np.int64)
    prompts = both["prompt_id"].astype(str).tolist()
    yield _line("judge and people", agreement(nearest, truth, prompts))
    yield _line("constant judge", agreement(constant(truth), truth, prompts))
    if (share := ceiling(rated)) is not None:
        chance = ceiling(rated, kappa)
        known = "n/a" if chance is None or np.isnan(chance) else f"{chance:.3f}"
        yield f"people and people: agreement {share:.3f}, kappa {known}, the ceiling of any judge"


def _steps(labels: Numbers, scale: list[float] | None) -> Numbers:
    """The scale of the labels: every whole step between its ends, else the values that were given."""
    low, high = scale or (np.nanmin(labels), np.nanmax(labels))
    whole = np.all(np.mod(labels[~np.isnan(labels)], 1) == 0)
    return np.arange(low, high + 1) if whole and high > low else np.unique(labels[~np.isnan(labels)])


def _nearest(values: Numbers, steps: Numbers) -> Numbers:
    """The number of the nearest step, NaN for NaN."""
    places_of = np.abs(values[:, None] - steps[None, :])
    places_of[np.isnan(places_of)] = np.inf
    return np.where(np.isnan(values), np.nan, places_of.argmin(axis=1).astype(float))


def _majority(rated: list[Numbers]) -> NDArray[np.int64]:
    """The label that most people gave; of several the middle one."""
    chosen = []
    for labels in zip(*rated, strict=True):
        known = sorted(label for label in labels if not np.isnan(label))
        counts = {label: known.count(label) for label in known}
        top = [label for label in known if counts[label] == max(counts.values())]
        chosen.append(int(top[(len(top) - 1) // 2]))
    return np.array(chosen, dtype=np.int64)


def _line(who: str, held: Agreement) -> str:
    chance = "n/a" if held.kappa is None else _figure(held.kappa)
    return (
        f"{who}: agreement {_figure(held.share)}, kappa {chance}, macro-F1 {_figure(held.macro_f1)} "
        f"({held.items:,} answers to {held.prompts:,} prompts)"
    )


def _figure(figure: AgreementFigure) -> str:
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
