"""What tests of pages and tables look at alike: two compared cells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from made import compared, two
from sqlalchemy import Engine

from gencost.decision.compare import Comparison
from gencost.metrics_db import init_db


@pytest.fixture(scope="session")
def two_cells(tmp_path_factory) -> Iterator[tuple[Engine, Comparison]]:
    """The metrics DB of the two cells of ``made.two``, and their comparison; who changes either makes their own."""
    engine = init_db(f"sqlite:///{tmp_path_factory.mktemp('two')}/metrics.sqlite")
    yield engine, compared(engine, two(engine))
    engine.dispose()


@pytest.fixture(scope="session")
def comparison_of_two(two_cells) -> Comparison:
    return two_cells[1]
