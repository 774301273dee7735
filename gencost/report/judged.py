"""Statements about judges: by their scores alone, and held against labels of people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gencost.analysis.recorded.judged import places
from gencost.analysis.recorded.labels import HumanLabels
from gencost.analysis.statistics.agreement import (
    Agreement,
    AgreementFigure,
    agreement,
    ceiling,
    constant,
    kappa,
    rank_correlation,
)
from gencost.errors import ConfigError

_FEW = 5

Numbers = NDArray[np.float64]


def alone(scores: pd.DataFrame) -> Iterator[str]:
    """Say what the scores of one judge show by themselves: whether it is constant, or follows place or length."""
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


def against(
    scores: pd.DataFrame, labels: HumanLabels, scale: Sequence[float] | None, judged_on: tuple[float, float] | None
) -> Iterator[str]:
    """Say how far one judge agrees with people, beside a constant judge and people with each other.

    Args:
        scores: of the judge.
        labels: of people.
        scale: its ends, as the user gives them; None takes those of the words, of the judge, or of the labels.
        judged_on: the scale of the judge; None if it is not known.

    Raises:
        ConfigError: all labels are the same, so that they have no scale.
    """
    models = "model" in labels.keys and not set(labels.frame["model"].dropna()) & set(scores["model"])
    keys = [key for key in labels.keys if key != "model" or not models]
    known = scores.dropna(subset=["value"]).astype(dict.fromkeys(keys, str))
    labelled = labels.frame[labels.frame[labels.people].notna().any(axis=1)]
    both = known.merge(labelled, on=keys, suffixes=("", "_label"))
    yield from labels.remarks
    if both.empty:
        yield "labels: none of them is of an answer with a value"
        return
    values = both[labels.people].to_numpy(dtype=float)
    steps = _steps(values, scale or labels.ends or _ends(values, judged_on))
    yield (
        f"labels: {len(both.drop_duplicates(keys)):,} of {len(labelled):,} are of an answer with a value; from "
        f"{steps[0]:g} to {steps[-1]:g}, other ends are given with --scale"
    )
    if both.duplicated(keys).any():
        yield (
            f"labels: they name {', '.join(keys)}, of which there are several answers, and count for each of these; "
            "name one by request_id, or by run_id, model or repeat beside it"
        )
    rated = [_nearest(column, steps) for column in values.T]
    truth = _majority(rated)
    nearest = _nearest(both["value"].to_numpy(dtype=float) * (steps[-1] - steps[0]) + steps[0], steps).astype(np.int64)
    prompts = both["prompt_id"].astype(str).tolist()
    yield _line("judge and people", agreement(nearest, truth, prompts))
    yield _line("constant judge", agreement(constant(truth), truth, prompts))
    if (share := ceiling(rated)) is not None:
        chance = ceiling(rated, kappa)
        shown = "n/a" if chance is None else f"{chance:.3f}"
        yield f"people and people: agreement {share:.3f}, kappa {shown}, the ceiling of any judge"


def _ends(labels: Numbers, judged_on: tuple[float, float] | None) -> tuple[float, float]:
    """The ends of a scale of numbers: those of the judge where more than two labels lie on it, else their own.

    Raises:
        ConfigError: there is one label alone.
    """
    given = np.unique(labels[~np.isnan(labels)])
    low, high = float(given[0]), float(given[-1])
    if judged_on is not None and judged_on[0] <= low and high <= judged_on[1] and len(given) != 2:
        return judged_on
    if low == high:
        raise ConfigError(f"--labels: all are {low:g}: say on which scale, e.g. --scale 1 5")
    return low, high


def _steps(labels: Numbers, ends: Sequence[float]) -> Numbers:
    """The scale of the labels: every whole step between its ends, else the values that were given and the ends."""
    given = np.unique(labels[~np.isnan(labels)])
    whole = np.all(np.mod([*given, *ends], 1) == 0)
    return np.arange(ends[0], ends[1] + 1) if whole else np.union1d(given, ends)


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
