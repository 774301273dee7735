"""The page in a real browser: nothing is loaded, nothing complains, nothing overflows, both colour schemes differ."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from made import compared, failed, record, store, two
from sqlalchemy import Engine

from gencost.report.html.page import write_page
from gencost.report.html.report_data import background

pytestmark = pytest.mark.browser

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
HOSTILE = "<script>document.title = 'canary'</script>" + "x" * 300


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="install playwright: pip install playwright")
    binary = shutil.which("chromium") or shutil.which("google-chrome")
    if binary is None:
        pytest.skip("Chromium is not here: install it, e.g. apt-get install chromium")
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=binary, args=ARGUMENTS)
        yield opened
        opened.close()


def hostile(engine: Engine) -> list[str]:
    cells = {
        f"m={HOSTILE},n={k}": [
            record(f"{k}", i, text=HOSTILE, prompt=HOSTILE, latency_ms=10.0**k + i, pico=10 ** (6 + k))
            for i in range(6)
        ]
        + [failed(f"{k}", 6, HOSTILE, HOSTILE)]
        for k in range(9)
    }
    return list(store(engine, cells, ids=[str(k) for k in range(9)], name=HOSTILE, command=HOSTILE))


@pytest.mark.parametrize("make", [two, hostile])
def test_a_page_is_whole_at_any_width_and_in_both_schemes(engine, tmp_path: Path, make):
    comparison = compared(engine, make(engine))
    path = write_page(comparison, background(engine, comparison), tmp_path / "page.html")
    with chromium() as browser:
        shots = {seen(browser, path, scheme, width) for scheme in ("light", "dark") for width in (1280, 400)}
    assert len(shots) == 4  # a scheme or a width that changed nothing would be the same picture


def seen(browser: Any, path: Path, scheme: str, width: int) -> bytes:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page, said, asked = context.new_page(), [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert (said, asked) == ([], [path.as_uri()])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.title() != "canary"
    red, green, blue = background_of(page)
    assert (red + green + blue < 3 * 128) == (scheme == "dark")
    shot = page.screenshot()
    context.close()
    return bytes(shot)


def background_of(page: Any) -> list[int]:
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return [int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
