"""Figures are drawn by a process of their own: what becomes of it costs no call, and it outlives no command."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gencost.report.figures import drawing, figure_style
from gencost.report.figures.figure_numbers import FigureOrder
from gencost.report.say import collected

RUN = ("-m", "model=small,large", "n=5", "tracking=none", "provider.sleep=false", "report.html=false")
STARTS_IT = """
import os
from gencost.report.figures.drawing import Drawing
drawing = Drawing()
drawing.start()
print(drawing._process.pid, flush=True)
os._exit(9)
"""
ECHO = """
import json, sys
for line in sys.stdin:
    print(json.dumps({"path": json.loads(line)["path"], "why": None}), flush=True)
"""
BREAKS = "import sys; print('first', 'cannot open libpython3.so', sep=chr(10), file=sys.stderr); sys.exit(127)"


def drawn_by(figures: drawing.Drawing, order: FigureOrder, then=lambda _: None) -> list[str]:
    """Have one figure drawn; what is said to be missing."""
    figures.draw([order], then)
    with collected() as lines:
        figures.wait("R")
    return lines


@pytest.fixture
def figures():
    figures = drawing.Drawing()
    yield figures
    figures.stop()


@pytest.fixture
def order(tmp_path):
    return FigureOrder(kind="quality", path=tmp_path / "q.png", numbers={})


def test_figures_of_a_process_that_breaks_are_named_with_the_command_that_shows_them(gencost_run, monkeypatch):
    monkeypatch.setattr(drawing, "_PROGRAM", "raise SystemExit(3)")
    done = gencost_run(*RUN)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line for line in done.stdout.splitlines() if ".png failed" in line]
    sweep_id = next(line for line in done.stdout.splitlines() if line.startswith("sweep ")).split()[1].rstrip(":")
    why = f"the process that draws ended with 3; gencost report {sweep_id} shows what it would have shown"
    whole = [
        f"baseline_{name}.png failed: {why}; no recorded call is lost with it"
        for name in ("cost_vs_latency", "quality")
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


def test_ctrl_c_waits_for_no_figure(monkeypatch, figures, order):
    monkeypatch.setattr(drawing, "_PROGRAM", "import time; time.sleep(600)")
    drawn = []
    figures._changed = Interrupted()
    assert drawn_by(figures, order, drawn.append) == ["q.png failed: interrupted; R"]
    assert drawn == [[]]
    assert drawn_by(figures, order, drawn.append) == ["q.png failed: interrupted; R"]  # nothing starts it again


def test_where_no_process_can_be_started_figures_alone_are_missing(gencost_run, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/gone/python")
    done = gencost_run(*RUN)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count(".png failed: /gone/python cannot be used: No such file or directory; ") == 2 * 3
    assert len(list(Path("outputs").rglob("*.csv"))) == 3  # of each cell and of the sweep
    assert "mean cost" in done.stdout


def test_where_no_thread_can_be_started_the_process_is_ended(monkeypatch, figures, order):
    processes, started = [], drawing._started
    monkeypatch.setattr(drawing, "_started", lambda errors: processes.append(started(errors)) or processes[-1])

    def refused(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    (line,) = drawn_by(figures, order)
    assert line.startswith("q.png failed: RuntimeError: can't start new thread (")
    assert [process.returncode for process in processes] == [-9]


def test_what_an_interpreter_says_at_its_start_is_passed_over(monkeypatch, figures, order):
    monkeypatch.setattr(drawing, "_PROGRAM", f"print('hello', 3, sep=chr(10) * 2, end=''); {drawing._PROGRAM}")
    (line,) = drawn_by(figures, order)
    assert line.startswith("q.png failed: KeyError: ")  # told by ``plots``, of numbers that are none


def test_what_follows_figures_fails_alone(monkeypatch, figures, order):
    monkeypatch.setattr(drawing, "_PROGRAM", ECHO)
    assert drawn_by(figures, order, lambda paths: paths[7])[0].startswith(
        "what follows the figures failed: IndexError: list index out of range ("
    )
    drawn = []
    assert (drawn_by(figures, order, drawn.append), drawn) == ([], [[order.path]])


def test_numbers_that_cannot_be_sent_are_one_figure(monkeypatch, figures, tmp_path):
    monkeypatch.setattr(drawing, "_PROGRAM", ECHO)
    (line,) = drawn_by(figures, FigureOrder(kind="quality", path=tmp_path / "q.png", numbers={"points": object()}))
    assert line.startswith("q.png failed: TypeError: Object of type object is not JSON serializable (")


def test_a_process_that_is_gone_is_named_by_its_last_line_and_started_again(monkeypatch, figures, order):
    monkeypatch.setattr(drawing, "_PROGRAM", BREAKS)
    why = "the process that draws ended with 127: cannot open libpython3.so"
    assert drawn_by(figures, order) == [f"q.png failed: {why}; R"]
    monkeypatch.setattr(drawing, "_PROGRAM", ECHO)
    assert drawn_by(figures, order) == []


def test_an_order_to_a_process_that_is_closed_takes_no_later_figure_of_that_name_with_it(monkeypatch, figures, order):
    monkeypatch.setattr(drawing, "_PROGRAM", BREAKS)
    gone, listener = figures._running()
    listener.join()
    monkeypatch.setattr(drawing, "_PROGRAM", ECHO)
    send = figures._tell
    monkeypatch.setattr(figures, "_tell", lambda process, order: (send(gone, order), send(process, order)))
    assert drawn_by(figures, order) == []


def test_nobody_waits_for_a_listener_that_is_dead(monkeypatch, figures, order):
    monkeypatch.setattr(drawing, "_PROGRAM", ECHO)
    listened = []
    monkeypatch.setattr(figures, "_listen", lambda *process: listened.append(process))
    assert drawn_by(figures, order) == ["q.png failed: nothing is heard of the process that draws; R"]
    drawing._close(*listened[0])


def test_calls_come_before_figures(monkeypatch):
    from gencost.report.figures import figure_process

    by = []
    monkeypatch.setattr(os, "nice", by.append)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    figure_process.main()
    sys.stdout.close()
    assert by == [10]


def test_the_process_sees_no_key(monkeypatch):
    for name in ("OPENAI_API_KEY", "LLMOPT_DB_URL", "MLFLOW_TRACKING_PASSWORD", "MY_TOKEN"):
        monkeypatch.setenv(name, "canary")
    assert "canary" not in drawing._environment().values()
    assert drawing._environment()["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize(
    "name",
    ["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "APPDATA", "LOCALAPPDATA", "MATPLOTLIBRC", "FONTCONFIG_FILE"],
)
def test_the_process_sees_where_its_libraries_and_fonts_are(monkeypatch, name):
    monkeypatch.setenv(name, "there")
    assert drawing._environment()[name] == "there"


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
    from gencost.report.figures.seaborn_alone import sns

    assert list(figure_style.COLOUR_BLIND) == sns.color_palette("colorblind").as_hex()
    style = sns.axes_style("whitegrid")
    assert {key: style[key] for key in figure_style.WHITE_GRID} == figure_style.WHITE_GRID
