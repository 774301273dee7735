"""Inspect's log of an evaluation whose samples are the prompts: python inspect_eval.py URL FOLDER."""

from __future__ import annotations

import os
import sys

import asked
from inspect_ai import Task, eval  # noqa: A004 - its name
from inspect_ai.dataset import Sample
from inspect_ai.model import get_model
from inspect_ai.scorer import includes


def main(url: str, folder: str) -> None:
    """Make the calls."""
    os.environ["OPENAI_API_KEY"] = "local"
    model = get_model(f"openai/{asked.OPENAI}", base_url=f"{url}/v1", responses_api=False)
    task = Task(dataset=[Sample(input=prompt, target="Paris") for prompt in asked.PROMPTS], scorer=includes())
    (log,) = eval(task, model=model, log_dir=folder, log_format="json", display="none", score=True)
    assert log.status == "success", log.error


if __name__ == "__main__":
    main(*sys.argv[1:])
