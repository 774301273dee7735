"""Of MLflow is imported what writes into a store, also by an MLflow whose parts need each other otherwise."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from gencost.tracking import Tracking, store, tracking_uri
store._POSTPONED = {postponed} or store._POSTPONED
tracking = Tracking(tracking_uri("sqlite:///mlflow.db"), "one")
run = tracking.client.create_run(tracking.experiment_id)
tracking.client.log_dict(run.info.run_id, {{"a": 1}}, "table.json")
print([name for name in ("fastapi", "pandas") if name in sys.modules])
import mlflow
print(mlflow.gateway.get_gateway_uri.__module__)
"""
# MLflow's judges need its scorers, and these its judges: in this order neither can be imported.
CIRCLE = '("mlflow.genai",)'


@pytest.mark.server
@pytest.mark.parametrize(("postponed", "imported"), [("()", "[]"), (CIRCLE, "['fastapi']")], ids=["as it is", "circle"])
def test_mlflow_is_imported_without_what_a_store_does_not_need_if_that_can_be(tmp_path, postponed, imported):
    program = PROGRAM.format(postponed=postponed)
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.splitlines() == [imported, "mlflow.gateway.utils"], done.stderr
