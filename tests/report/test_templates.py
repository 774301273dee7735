"""The templates of the report are compiled once on a machine, and each time where nothing can be kept."""

from __future__ import annotations

import pytest
from jinja2 import Environment

from gencost.report.html.templates import environment

FILTERS = dict.fromkeys(("usd", "ms", "number", "parts", "cut"), str)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "gencost"


@pytest.fixture
def compiled(monkeypatch) -> list[str]:
    """The names of templates that are compiled."""
    names: list[str] = []
    compile_ = Environment.compile

    def counted(self, source, name=None, filename=None, **rest):
        names.append(name)
        return compile_(self, source, name, filename, **rest)

    monkeypatch.setattr(Environment, "compile", counted)
    return names


def test_a_template_is_compiled_once(cache, compiled):
    for _ in range(2):
        assert environment(FILTERS).get_template("figures.html") is not None
    assert compiled == ["figures.html"]
    assert len(list(cache.rglob("*.cache"))) == 1


def test_what_is_kept_may_be_damaged(cache, compiled):
    environment(FILTERS).get_template("figures.html")
    (kept,) = cache.rglob("*.cache")
    kept.write_bytes(b"no code")
    environment(FILTERS).get_template("figures.html")
    assert compiled == ["figures.html"] * 2


@pytest.mark.parametrize("begun", [True, False], ids=["the folder is a file", "the folder is lost"])
def test_nothing_need_be_kept(cache, compiled, begun):
    if begun:
        cache.write_text("a file where the folder would be")
    made = environment(FILTERS)
    if not begun:
        next(cache.iterdir()).rmdir()
    assert made.get_template("figures.html") is not None
    assert compiled == ["figures.html"]
