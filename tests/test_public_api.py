from __future__ import annotations

import subprocess
import sys

import gencost


def test_every_public_name_is_there_and_sorted():
    assert gencost.__all__ == sorted(gencost.__all__)
    for name in gencost.__all__:
        assert getattr(gencost, name).__name__ == name


def test_a_shell_completes_the_public_names_before_they_are_imported():
    assert set(gencost.__all__) <= set(dir(gencost))


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, gencost; print(*sorted(m for m in sys.modules if not m.startswith(('_', 'encodings'))))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {
        "aiohttp",
        "hydra",
        "matplotlib",
        "mlflow",
        "numpy",
        "omegaconf",
        "pandas",
        "seaborn",
        "scipy",
        "sqlalchemy",
    }
    assert not heavy & set(loaded)
    assert [name for name in loaded if name.startswith("gencost")] == ["gencost"]
