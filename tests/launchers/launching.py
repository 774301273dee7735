"""Which launchers there are, a provider that goes wrong, and what a command left in both stores."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

PLUGINS = {"joblib": "hydra_joblib_launcher", "ray": "hydra_ray_launcher", "submitit_local": "hydra_submitit_launcher"}
ELSEWHERE = [pytest.param(name, marks=pytest.mark.ray if name == "ray" else pytest.mark.launcher) for name in PLUGINS]


def skip_without(launcher: str) -> None:
    """Skip where a launcher's plugin is not installed, saying what to install."""
    if launcher in PLUGINS:
        extra = launcher.partition("_")[0]
        pytest.importorskip(f"hydra_plugins.{PLUGINS[launcher]}", reason=f"pip install 'gencost[{extra}]'")


ALL_MARKED = [pytest.param(name, marks=pytest.mark.launcher) for name in ("interleaved", "basic")] + ELSEWHERE
ALL = ["interleaved", pytest.param("basic", marks=pytest.mark.launcher), *ELSEWHERE]

# A provider that goes wrong where its config says.
FLAKY = """
import os
from dataclasses import dataclass
from gencost.errors import ConfigError
from gencost.providers.mock import MockProvider
from gencost.types import Response

class Unkept(str):
    def __conform__(self, protocol):
        raise ValueError("kept by no database")

@dataclass(frozen=True, kw_only=True)
class Flaky(MockProvider):
    mode: str = "ok"

    def check(self, model):
        super().check(model)
        if self.mode == "at_once" or (self.mode == "in_its_job" and "GENCOST_SWEEP_ID" in os.environ):
            raise ConfigError(f"provider.mode={self.mode}: no")

    async def complete(self, request):
        if self.mode == "late" and request.sample.id == "long_form":
            # It is a text, so the call is good; SQLite asks it for a value of its own, and the cell fails.
            return Response(text="yes", usage=None, finish_reason=Unkept("stop"), latency_ms=1.0)
        if self.mode == "dies" and request.sample.id == "long_form":
            os._exit(7)
        return await super().complete(request)
"""


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    folder: Path
    code: int
    stdout: str
    stderr: str

    def query(self, text: str, file: str = "llmopt_stage1.sqlite") -> list[tuple]:
        connection = sqlite3.connect(self.folder / file)
        try:
            return connection.execute(text).fetchall()
        finally:
            connection.close()

    @property
    def mlflow(self) -> dict[str, list[str]]:
        """Status of the parent and of the children, by its name."""
        of = "EXISTS (SELECT 1 FROM tags t WHERE t.run_uuid = r.run_uuid AND t.key = 'mlflow.parentRunId')"
        found: dict[str, list[str]] = {"parent": [], "children": []}
        for child, status in self.query(f"SELECT {of}, status FROM runs r ORDER BY status", "mlflow.db"):
            found["children" if child else "parent"].append(status)
        return found


Launch = Callable[..., Done]
