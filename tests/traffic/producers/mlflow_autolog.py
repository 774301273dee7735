"""MLflow's traces of OpenAI's SDK, a line of ``trace.to_dict()`` each: python mlflow_autolog.py URL LOG."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import by_openai
import mlflow


def main(url: str, log: str) -> None:
    """Make the calls."""
    mlflow.set_tracking_uri(f"sqlite:///{Path(log).with_suffix('.db')}")
    mlflow.openai.autolog()
    by_openai.make(url)
    mlflow.flush_trace_async_logging()
    traces = mlflow.search_traces(return_type="list")
    Path(log).write_text("".join(json.dumps(trace.to_dict()) + "\n" for trace in traces), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
