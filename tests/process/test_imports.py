"""Packages that cost nothing until something of their own is asked for."""

from __future__ import annotations

import importlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from threading import Barrier

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


def test_threads_that_ask_at_once_wait_until_the_package_has_run(package, tmp_path):
    (tmp_path / package / "__init__.py").write_text("import time\ntime.sleep(0.05)\nvalue = 2\n")
    with postponed(package):
        slow = importlib.import_module(package)
    ready = Barrier(4)

    def ask(_: int) -> int:
        ready.wait()
        return slow.value

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ask, range(4))) == [2] * 4


def test_a_postponed_package_gives_all_its_names_and_files(package):
    with postponed(package):
        importlib.import_module(package)
    assert resources.files(package).joinpath("part.py").read_text() == "value = 1"
    names = {}
    exec(f"from {package} import *", names)
    assert names["value"] == 2


def test_a_postponed_package_that_fails_fails_each_time_it_is_asked(package, tmp_path):
    (tmp_path / package / "__init__.py").write_text("begun = 1\nimport no_such_module\n")
    with postponed(package):
        slow = importlib.import_module(package)
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="no_such_module"):
            slow.value  # noqa: B018


def test_special_functions_are_found_where_scipy_keeps_them_elsewhere():
    program = """
import sys
from unittest import mock
sys.modules["scipy.special._ufuncs"] = None
with mock.patch.dict(sys.modules, {"scipy.special": mock.Mock(ndtri=len)}):
    from gencost.analysis.statistics import special
assert special.ndtri is len
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_special_functions_of_a_command_are_scipys_own():
    """Half of the import is what it needs for other array libraries, numpy.f2py among it."""
    program = """
import sys
from gencost.process.imports import light
with light():
    from gencost.analysis.statistics import special
assert "numpy.f2py" not in sys.modules
import scipy.special
assert all(getattr(scipy.special, name) is getattr(special, name) for name in special.__all__)
assert scipy.special.logsumexp([0.0]) == 0.0
"""
    subprocess.run([sys.executable, "-c", program], check=True)
