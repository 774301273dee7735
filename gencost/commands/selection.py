"""The metrics DB, runs and prices that a command line names."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path

from gencost.analysis.recorded.corrections import as_recorded
from gencost.analysis.recorded.references import last_command, named_runs
from gencost.errors import MetricsDBError, PricingError
from gencost.metrics_db import Engine
from gencost.metrics_db.store import existing_db
from gencost.paths import conf_dir
from gencost.pricing import Registry, load_pricing

_NO_RUN = "the metrics DB has no run yet: make one with gencost run"


@contextlib.contextmanager
def opened_db(given: argparse.Namespace) -> Iterator[Engine]:
    """Open a metrics DB that is there, and close its connections at the end.

    Raises:
        MetricsDBError: it cannot be opened, or its file does not exist.
    """
    engine = existing_db(given.db)
    try:
        yield as_recorded(engine) if getattr(given, "as_recorded", False) else engine
    finally:
        engine.dispose()


def named_ids(engine: Engine, given: argparse.Namespace) -> list[str]:
    """Find the run ids of the chosen cells.

    Raises:
        MetricsDBError: nothing is recorded, or an id is not unique.
    """
    run_ids = named_runs(engine, given.ids) if given.ids else last_command(engine)
    if not run_ids:
        raise MetricsDBError(_NO_RUN)
    return run_ids


def chosen_runs(engine: Engine, given: argparse.Namespace) -> list[str]:
    """Find the ids of the chosen runs.

    Raises:
        MetricsDBError: nothing is recorded, or an id is not unique.
    """
    if given.run:
        return named_runs(engine, given.run, "run")
    run_ids = last_command(engine) if given.sweep is None else named_runs(engine, [given.sweep], "sweep")
    if not run_ids:
        raise MetricsDBError(_NO_RUN)
    return run_ids


def chosen_prices(given: argparse.Namespace) -> Registry:
    """Read the price registry: a file, or the name of one in ``conf/pricing``.

    Raises:
        PricingError: it cannot be read.
    """
    if given.pricing is None or Path(given.pricing).exists():
        return load_pricing(given.pricing)
    choice = conf_dir() / "pricing" / f"{given.pricing}.yaml"
    if choice.exists() or Path(given.pricing).suffix:
        return load_pricing(choice if choice.exists() else given.pricing)
    choices = ", ".join(sorted(path.stem for path in choice.parent.glob("*.yaml")))
    raise PricingError(f"--pricing {given.pricing}: there is no such file and no such registry: there are {choices}")


def price_key(text: str, place: str) -> tuple[str, str]:
    """Split a price key at its first colon.

    Args:
        text: ``provider:model``.
        place: where it was written, for the error.

    Raises:
        PricingError: it is not of that form.
    """
    provider, _, model = text.partition(":")
    if not provider or not model:
        raise PricingError(f'{place} {text!r}: write "provider:model", e.g. openai:gpt-5-mini')
    return provider, model
