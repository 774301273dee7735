"""MLflow's pages in a real browser show what a user looks for; each is kept as a picture in ``screenshots/``.

The pages are MLflow's own: what is clicked here may be called otherwise in its next version.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow_server import RUN, MlflowServer, query

pytestmark = pytest.mark.browser

PICTURES = Path(__file__).parent.parent.parent / "screenshots"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
# Neither the assistant nor a hint hides the page.
QUIET = """localStorage.setItem('mlflow.assistant.panelOpen_v1', 'false');
localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true');
localStorage.setItem('mlflow.detectIssues.guidanceShown_v1', 'true');"""
WAIT_MS = 60_000


class Pages:
    """MLflow's pages of one sweep.

    Attributes:
        page: of the browser.
        folder: where the sweep was run.
        runs: name -> MLflow's id.
    """

    def __init__(self, page: Any, folder: Path, url: str) -> None:
        self.page = page
        self.folder = folder
        self._url = url
        self.runs = dict(query(folder / "server.db", "SELECT name, run_uuid FROM runs"))

    def open(self, path: str) -> None:
        self.page.goto("about:blank")
        self.page.goto(f"{self._url}/#/{path}")

    def see(self, *texts: str) -> None:
        """Wait until each text is on the page."""
        for text in texts:
            self.page.get_by_text(text, exact=True).first.wait_for(timeout=WAIT_MS)

    def see_element(self, selector: str) -> None:
        self.page.locator(selector).first.wait_for(timeout=WAIT_MS)

    def picture(self, name: str) -> None:
        PICTURES.mkdir(exist_ok=True)
        self.page.wait_for_timeout(1500)  # charts are drawn with an animation
        self.page.screenshot(path=PICTURES / f"{name}.png")


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Iterator[Pages]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is here: install it, e.g. apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    folder = tmp_path_factory.mktemp("pages")
    server = MlflowServer(folder)
    sweep = ["-m", "model=small,large", "load.concurrency=1,8", "n=50", f"tracking.uri={server.url}"]
    sweep += ["provider.error_rate=0.05", "retry.base_s=0.01"]
    done = subprocess.run([*RUN, *sweep], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1500, "height": 850}, locale="en-US")
        page.add_init_script(QUIET)
        yield Pages(page, folder, server.url)
        browser.close()
    server.stop()


def test_the_runs_list_nests_the_cells_and_begins_with_cost_latency_and_quality(pages):
    pages.open("experiments/1/evaluation-runs")
    pages.see("cost_usd_mean", "latency_p50_ms", "latency_p95_ms", "baseline")
    rows = pages.page.get_by_role("row")
    assert rows.count() >= 6  # a header, the parent, four cells
    headings = [text for text in rows.first.inner_text().splitlines() if text.strip()]
    metrics = headings[headings.index("Dataset") + 1 :]
    assert metrics[:4] == ["cost_usd_mean", "latency_p50_ms", "latency_p95_ms", "quality_mean"]
    pages.picture("mlflow_runs")


def test_cells_are_compared_in_a_scatter_of_cost_against_latency(pages):
    ids = [run_id for name, run_id in pages.runs.items() if name != "baseline"]
    listed = ",".join(f'"{run_id}"' for run_id in ids)
    pages.open(f'compare-runs?runs=[{listed}]&experiments=["1"]')
    pages.see("Comparing 4 Runs from 1 Experiment")
    pages.picture("mlflow_compare")
    pages.page.get_by_text("Scatter Plot").click()
    for axis, metric in (("X-axis:", "latency_p50_ms"), ("Y-axis:", "cost_usd_mean")):
        pages.page.get_by_label(axis).click()
        pages.page.get_by_role("option", name=metric).click()
    pages.see("latency_p50_ms", "cost_usd_mean")
    pages.picture("mlflow_scatter")


def test_a_figure_is_shown_among_the_artifacts(pages):
    pages.open(f"experiments/1/runs/{pages.runs['baseline']}/artifacts")
    pages.see("baseline_cost_vs_latency.png", "baseline_results.csv", "cells.json")
    pages.page.get_by_text("baseline_cost_vs_latency.png").click()
    pages.see_element("[class*=image], img[src^=blob]")
    pages.picture("mlflow_artifact")


def trace_of(pages: Pages, status: str) -> str:
    text = "SELECT request_id FROM trace_info WHERE status = '{}' ORDER BY total_cost DESC LIMIT 1"
    ((trace,),) = query(pages.folder / "server.db", text.format(status))
    return trace


def test_a_trace_shows_texts_tokens_cost_and_score(pages):
    trace = trace_of(pages, "OK")
    ((total, tokens),) = query(
        pages.folder / "llmopt_stage1.sqlite",
        f"""SELECT cost_usd, usage_tokens_in + usage_tokens_out FROM responses
        WHERE 'tr-' || replace(request_id, '-', '') = '{trace}'""",
    )
    pages.open(f"experiments/1/traces?selectedEvaluationId={trace}")
    pages.see("attempt 1", "proxy")
    pages.picture("mlflow_trace")
    shown = pages.page.inner_text("body")
    assert str(tokens) in shown
    assert f"${total:.6f}".rstrip("0") in shown


def test_a_trace_of_a_failed_call_shows_each_try_and_each_wait(pages):
    pages.open(f"experiments/1/traces?selectedEvaluationId={trace_of(pages, 'ERROR')}")
    pages.see("attempt 1", "backoff", "attempt 2", "attempt 4", "server_error")
    pages.picture("mlflow_failed_trace")


def test_the_overview_is_a_dashboard_of_our_cost(pages):
    pages.page.set_viewport_size({"width": 1500, "height": 1650})
    pages.open("experiments/1")
    ((total,),) = query(pages.folder / "llmopt_stage1.sqlite", "SELECT sum(cost_pico_usd) / 1e12 FROM responses")
    pages.see("Latency", "Errors", "Token Usage", "Cost Breakdown")
    pages.picture("mlflow_overview")
    shown = f"${total:.5f}"[:-1]  # MLflow rounds as it likes
    assert shown in pages.page.inner_text("body")
