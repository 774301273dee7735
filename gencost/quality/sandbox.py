"""Run a Python program that nobody vouches for: bounded in time, memory and output, without network where possible.

It is no wall: the program runs as this user, who can read and change files. Run it in a container that may be lost.
"""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

# User, network and process namespaces of its own: no interface but a dead loopback, and when the first process ends,
# all end. Source: unshare(1), Linux.
_APART = ("--user", "--map-root-user", "--net", "--pid", "--fork", "--kill-child")

# Runs inside; what it reads is gone when the program starts, so a program that ends early cannot say that it passed.
_BOOTSTRAP = """
import os, resource, runpy, sys
mark, memory, seconds, output, alone = sys.stdin.readline().split()
def bound(what, most):
    resource.setrlimit(what, (int(most), int(most)))
bound(resource.RLIMIT_AS, memory)
bound(resource.RLIMIT_CPU, seconds)
bound(resource.RLIMIT_FSIZE, output)
bound(resource.RLIMIT_CORE, 0)
if alone == "0":  # best effort: what has no namespace of its own has no socket module
    sys.modules["socket"] = sys.modules["_socket"] = None
runpy.run_path("program.py", run_name="program")
sys.stdout.flush()
os.write(1, ("\\n" + mark).encode())
"""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a program may take.

    Attributes:
        time_s: wall clock and processor time.
        memory_mb: address space, MiB.
        output_kb: what it prints, and each file it writes, KiB.
    """

    time_s: float
    memory_mb: int
    output_kb: int


def supported() -> bool:
    """Whether this system can bound a program at all."""
    return os.name == "posix"


@functools.cache
def can_isolate() -> bool:
    """Whether a program can have a network of its own, which is none."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    tried = subprocess.run([unshare, *_APART, "true"], capture_output=True, check=False)  # noqa: S603 - fixed words
    return tried.returncode == 0


def run_program(source: str, bounds: Bounds) -> str | None:
    """Run a program to its end, in an empty environment and a folder that is removed after it.

    Args:
        source: Python.
        bounds: what it may take.

    Returns:
        None if it came to its end; else why it did not, in one line.
    """
    with tempfile.TemporaryDirectory(prefix="gencost-code-", ignore_cleanup_errors=True) as folder:
        (Path(folder) / "program.py").write_text(source, encoding="utf-8", errors="replace")
        return _run(Path(folder), bounds)


def _run(folder: Path, bounds: Bounds) -> str | None:
    mark, alone = secrets.token_hex(16), can_isolate()
    seconds, limit = int(bounds.time_s) + 1, bounds.output_kb * 1024
    words = f"{mark} {bounds.memory_mb * 2**20} {seconds} {limit} {int(alone)}\n"
    unshare = [str(shutil.which("unshare")), *_APART] if alone else []
    with (folder / "output").open("w+b") as output:
        process = subprocess.Popen(  # noqa: S603 - that is what it is for; no shell
            [*unshare, sys.executable, "-I", "-B", "-c", _BOOTSTRAP],
            cwd=folder,
            env={},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        in_time = _ended(process, words, bounds.time_s)
        output.seek(0)
        said = output.read(limit)
    if not in_time:
        return f"it ran longer than {bounds.time_s:g} s"
    if said.endswith(mark.encode()):
        return None
    if len(said) >= limit:
        return f"it printed more than {bounds.output_kb} KiB"
    return _why(said, process.returncode)


def _ended(process: subprocess.Popen[bytes], words: str, time_s: float) -> bool:
    """Wait for a process, and end it with all of its group; False if it had not ended by itself."""
    try:
        process.communicate(words.encode(), timeout=time_s)
    except subprocess.TimeoutExpired:
        return False
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return True


def _why(said: bytes, exit_code: int) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    last = lines[-1] if lines and exit_code else "it ended before its tests did"
    return f"{last} (exit code {exit_code})"[:300]
