"""Connections are open files: what one process may not open, several may."""

from __future__ import annotations

import pytest

from gencost.config.cell import compose_cell
from gencost.errors import ConfigError
from gencost.runner import open_files
from gencost.runner.plan import make_plans
from gencost.sending.budget import Budget

LOCAL = ("model=local", "model.name=m", "provider.base_url=http://127.0.0.1:9/v1", "report=none")


@pytest.mark.parametrize(("processes", "fits"), [(1, False), (2, False), (3, True)])
def test_each_process_opens_files_for_its_own_calls(monkeypatch, processes, fits):
    """900 places; 450 + 100 of a process's own are more than 500, 300 + 100 are not."""
    monkeypatch.setattr(open_files, "raise_limit", lambda: 500)
    load = ("n=5", "repeats=200", "load.concurrency=900", f"load.processes={processes}")
    plans = make_plans([compose_cell([*LOCAL, *load])], Budget(None))
    if fits:
        open_files.check_open_files(plans)
        return
    with pytest.raises(
        ConfigError, match=r"calls at once need as many open files, and 500 are allowed: .*load.processes"
    ):
        open_files.check_open_files(plans)


def test_few_calls_open_few_files_however_many_places_there_are(monkeypatch):
    monkeypatch.setattr(open_files, "raise_limit", lambda: 500)
    plans = make_plans([compose_cell([*LOCAL, "n=5", "load.concurrency=900"])], Budget(None))
    open_files.check_open_files(plans)  # five, and a hundred of the process's own
