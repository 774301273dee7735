"""Packages that cost nothing until something of their own is asked for."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from gencost.process.imports import forget, postponed


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package that knows whether its own code has run, with a submodule that needs nothing of it."""
    (tmp_path / "slow_package").mkdir()
    (tmp_path / "slow_package" / "__init__.py").write_text(
        "import slow_package.part\nvalue = slow_package.part.value + 1\n"
    )
    (tmp_path / "slow_package" / "part.py").write_text("value = 1")
    monkeypatch.syspath_prepend(tmp_path)
    yield "slow_package"
    forget("slow_package")


def test_a_postponed_package_runs_when_something_of_its_own_is_asked_for(package):
    before = list(sys.meta_path)
    with postponed(package):
        part = importlib.import_module(f"{package}.part")
    slow = sys.modules[package]
    assert (part.value, slow.part, sys.meta_path) == (1, part, before)
    assert "value" not in vars(slow)
    assert slow.value == 2
    with pytest.raises(AttributeError, match="module 'slow_package' has no attribute 'other'"):
        slow.other  # noqa: B018


def test_other_packages_and_those_imported_afterwards_run_at_once(package):
    with postponed("another"):
        assert vars(importlib.import_module(package))["value"] == 2
    forget(package)
    with postponed(package):
        pass
    assert vars(importlib.import_module(package))["value"] == 2


def test_the_special_functions_of_a_command_are_scipys_own():
    """Half of the import is what it needs for other array libraries, numpy.f2py among it."""
    program = """
import sys
from gencost.process.imports import light
with light():
    from gencost.analysis import special
assert "numpy.f2py" not in sys.modules
import scipy.special
assert all(getattr(scipy.special, name) is getattr(special, name) for name in special.__all__)
assert scipy.special.logsumexp([0.0]) == 0.0
"""
    subprocess.run([sys.executable, "-c", program], check=True)
