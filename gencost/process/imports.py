"""Imports for less: without the parts of a package that nobody needs here, and without collecting garbage meanwhile."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_BLAS_THREADS = "OPENBLAS_NUM_THREADS"  # read when NumPy is imported


@contextlib.contextmanager
def absent(*names: str) -> Iterator[None]:
    """Let packages that nobody has imported yet seem not to be installed.

    Args:
        names: optional dependencies of what is imported inside, which does without them.
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None is how Python marks it
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


@contextlib.contextmanager
def light(*, arrow: bool = False) -> Iterator[None]:
    """Import what reads recorded calls: nothing is collected, and pandas does without pyarrow, which takes 36 MB.

    Of SciPy's special functions, and of the linear algebra that they need, the compiled ones are imported; what gives
    them to other array libraries, half of the import, comes when it is asked for. NumPy has one thread unless the
    environment says otherwise: of matrices as small as these a second one doubles the CPU and shortens nothing, and
    figures are the same to the last digit whatever the number of cores. For commands alone: who imports GenCost
    into a program has all of them as they are.

    Args:
        arrow: pandas has pyarrow, as scorers and policies of the user's own may need it to have.
    """
    given = _BLAS_THREADS in os.environ
    os.environ.setdefault(_BLAS_THREADS, "1")
    try:
        with uncollected(), absent(*([] if arrow else ["pyarrow"])), postponed("scipy.special", "scipy.linalg"):
            yield
    finally:
        if not given:
            os.environ.pop(_BLAS_THREADS, None)


@contextlib.contextmanager
def postponed(*names: str) -> Iterator[None]:
    """Import some packages lazily inside: the code of each runs when one of its names is first used.

    ``importlib.util.LazyLoader`` does so for modules; a package of its runs as soon as a submodule is imported, which
    asks for its ``__path__``.

    Args:
        names: packages of which the imports inside need only some submodules.
    """
    finder = _Postponing(names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def forget(package: str) -> None:
    """Forget a package whose import failed half way, so that the next import starts afresh."""
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]


class _Postponing(MetaPathFinder):
    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name in self._names else None
        if spec is not None and spec.loader is not None:
            spec.loader = _PostponedLoader(spec.loader)
        return spec


class _PostponedLoader(Loader):
    def __init__(self, real: Loader) -> None:
        self._real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _PostponedPackage(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(_run_by=self._real, _running=threading.RLock())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)  # e.g. the reader of the package's files


class _PostponedPackage(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if (name == "__all__" or not name.startswith("__")) and self._runs():
            return getattr(self, name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def _runs(self) -> bool:
        """Run the code of the package, or wait until another thread has; False if it had run, or asks itself."""
        attributes = vars(self)
        running = attributes.get("_running")
        if running is None:
            return False
        with running:
            loader = attributes.get("_run_by")
            if loader is None:
                return "_running" not in attributes
            attributes["_run_by"] = None
            try:
                loader.exec_module(self)
            except BaseException:
                attributes["_run_by"] = loader  # so that a second access fails with the same error
                raise
            del attributes["_run_by"], attributes["_running"]
            return True


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Collect no garbage inside: an import leaves little, and looking for it takes a seventh of its time.

    What is there afterwards stays for good, so that no later collection looks at it again.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.freeze()
            gc.enable()
