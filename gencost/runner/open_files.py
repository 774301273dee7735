"""Connections are open files: as many as the system lets this process have."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Sequence

from gencost.errors import ConfigError
from gencost.runner.dealing import processes_of
from gencost.runner.plan import Plan

_OTHERS = 100  # databases, price files, MLflow, the interpreter's own


def raise_limit() -> int | None:
    """Raise the soft limit of open files to the hard one; None where there is no such limit."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return None
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None if soft == resource.RLIM_INFINITY else soft


def check_open_files(plans: Sequence[Plan]) -> None:
    """Refuse more connections at once than this process may open.

    Raises:
        ConfigError: before the first call.
    """
    limit, http = raise_limit(), sys.modules.get("gencost.providers.http")
    if http is None:  # aiohttp takes 0.1 s to import, and no provider here has asked for it
        return
    over_http = [
        plan for plan in plans if any(isinstance(sender.provider, http.HttpProvider) for sender in plan.senders)
    ]
    most = sum(_of_a_process(plan) for plan in over_http)
    if limit is not None and most + _OTHERS > limit:
        raise ConfigError(
            f"{most:,} calls at once need as many open files, and {limit:,} are allowed: lower load.concurrency, raise "
            "load.processes, or the limit (ulimit -n)"
        )


def _of_a_process(plan: Plan) -> int:
    """Return the most calls of a cell that one process has in flight."""
    load = plan.cell.load
    return math.ceil(min(load.concurrency, len(plan.left)) / processes_of(load))
