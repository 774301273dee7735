"""Figures are drawn by a process of their own: what becomes of it costs no call, and it outlives no command."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gencost.report import drawing, figure_style
from gencost.report.figure_numbers import FigureOrder
from gencost.report.say import collected
from gencost.report.seaborn_alone import sns

RUN = ("-m", "model=small,large", "n=5", "tracking=none", "provider.sleep=false", "report.html=false")
STARTS_IT = """
import os
from gencost.report.drawing import Drawing
drawing = Drawing()
drawing.start()
print(drawing._process.pid, flush=True)
os._exit(9)
"""


def test_figures_of_a_process_that_breaks_are_named_with_the_command_that_shows_them(gencost_run, monkeypatch):
    monkeypatch.setattr(drawing, "_PROGRAM", "raise SystemExit(3)")
    done = gencost_run(*RUN)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line for line in done.stdout.splitlines() if ".png failed" in line]
    sweep_id = next(line for line in done.stdout.splitlines() if line.startswith("sweep ")).split()[1].rstrip(":")
    why = f"the process that draws ended with 3; gencost report {sweep_id} shows what it would have shown"
    whole = [
        f"baseline_{name}.png failed: {why}; the metrics DB has every call" for name in ("cost_vs_latency", "quality")
    ]
    assert sorted(lines) == sorted(whole * 3)  # of each cell and of the sweep
    assert "mean cost" in done.stdout
    assert not list(Path("outputs").rglob("*.png"))


def test_a_figure_that_cannot_be_written_is_missing_alone(gencost_run):
    Path("there", "baseline_quality.png").mkdir(parents=True)  # a folder is in the way
    done = gencost_run("n=5", "tracking=none", "provider.sleep=false", "hydra.run.dir=there")
    reason = f"{Path('there', 'baseline_quality.png').absolute()} cannot be used: Is a directory; gencost report "
    assert f"baseline_quality.png failed: {reason}" in done.stdout
    assert Path("there", "baseline_cost_vs_latency.png").read_bytes().startswith(b"\x89PNG")
    (files,) = [line for line in done.stdout.splitlines() if line.startswith("files ")]
    assert "baseline_cost_vs_latency.png" in files
    assert "baseline_quality.png" not in files


class Interrupted(threading.Condition):
    """Ctrl-C comes while somebody waits."""

    def wait(self, timeout=None):
        raise KeyboardInterrupt


def test_ctrl_c_waits_for_no_figure(monkeypatch, tmp_path):
    monkeypatch.setattr(drawing, "_PROGRAM", "import time; time.sleep(600)")
    figures, drawn = drawing.Drawing(), []
    figures._changed = Interrupted()
    order = FigureOrder(kind="quality", path=tmp_path / "q.png", numbers={})
    figures.draw([order], drawn.append)
    with collected() as lines:
        figures.wait("gencost report shows it")
    assert lines == ["q.png failed: interrupted; gencost report shows it"]
    assert drawn == [[]]
    figures.stop()


def test_the_process_sees_no_key(monkeypatch):
    for name in ("OPENAI_API_KEY", "LLMOPT_DB_URL", "MLFLOW_TRACKING_PASSWORD", "MY_TOKEN"):
        monkeypatch.setenv(name, "canary")
    assert "canary" not in drawing._environment().values()
    assert drawing._environment()["PATH"] == os.environ["PATH"]


def test_the_process_ends_with_the_one_that_started_it():
    done = subprocess.run([sys.executable, "-c", STARTS_IT], capture_output=True, text=True)
    assert done.returncode == 9
    pid, deadline = int(done.stdout), time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail(f"process {pid} lives on")


def test_colours_and_style_are_those_of_seaborn():
    assert list(figure_style.COLOUR_BLIND) == sns.color_palette("colorblind").as_hex()
    style = sns.axes_style("whitegrid")
    assert {key: style[key] for key in figure_style.WHITE_GRID} == figure_style.WHITE_GRID
