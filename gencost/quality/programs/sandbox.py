"""Run a Python program that nobody vouches for: bounded in time, memory and output, without network where possible.

It is not a wall: the program runs as this user, who can read and change files. Run it in a container that may be lost.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from gencost.quality.programs import plain_value
from gencost.quality.programs.checked_tests import END, EQUAL, HOLDS, VALUE, CheckedTests

# User, network and process namespaces of its own: no interface but a dead loopback, and when the first process ends,
# all end. Source: unshare(1), Linux.
_APART = ("--user", "--map-root-user", "--net", "--pid", "--fork", "--kill-child")
NOT_APART = "it had no network namespace of its own (no unshare here): only Python's sockets were taken away"

# Runs inside. What it reports goes to a file of its own; it never knows which values would pass.
_BOOTSTRAP = f"""
import builtins, os, resource, sys, types
memory, seconds, output, alone, reports = (int(word) for word in sys.stdin.readline().split())
def bound(what, most):
    resource.setrlimit(what, (most, most))
bound(resource.RLIMIT_AS, memory)
bound(resource.RLIMIT_CPU, seconds)
bound(resource.RLIMIT_FSIZE, output)
bound(resource.RLIMIT_CORE, 0)
if not alone:  # best effort: what has no namespace of its own has no socket module
    sys.modules["socket"] = sys.modules["_socket"] = None
plain = types.ModuleType("plain")
exec(compile(open("plain.py", encoding="utf-8").read(), "plain.py", "exec"), plain.__dict__)
def scope(digest, canonical, write, told, bool=bool, str=str, type=type, isinstance=isinstance):
    def report(place, said):
        line = f"{{place}} {{said}}\\n"
        if line not in told:
            told.add(line)
            write(reports, line.encode("utf-8", "replace"))
    def value(place, given):
        report(place, digest(given) or type(given).__name__)
        return True
    def holds(place, given):
        if given:
            report(place, "ok")
        return given
    def equal(one, other):
        forms = canonical(one), canonical(other)
        if None not in forms:
            return forms[0] == forms[1]
        odd = one if forms[0] is None else other
        own = "program" in (type(odd).__module__, getattr(type(odd).__eq__, "__module__", ""))
        return False if own and forms != (None, None) else one == other
    return value, holds, equal
value, holds, equal = scope(plain.digest, plain.canonical, os.write, set())
tests = compile(open("tests.py", encoding="utf-8").read(), "tests.py", "exec")
for name in ("plain.py", "tests.py"):
    os.remove(name)
program = types.ModuleType("program")
sys.modules["program"] = program
finish, write = os._exit, os.write
exec(compile(open("program.py", encoding="utf-8").read(), "program.py", "exec"), program.__dict__)
program.__dict__.update({VALUE}=value, {HOLDS}=holds, {EQUAL}=equal)
exec(tests, program.__dict__)
sys.stdout.flush()
write(reports, b"{END}\\n")
finish(0)  # threads and children of its own are not waited for
"""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The resources that a program may take.

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
    """Whether a program can be given a network namespace of its own, which reaches nothing."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    tried = subprocess.run([unshare, *_APART, "true"], capture_output=True, check=False)  # noqa: S603 - fixed words
    return tried.returncode == 0


def run_tests(code: str, tests: CheckedTests, bounds: Bounds) -> str | None:
    """Run a program and its tests, in an empty environment and a folder that is removed after it.

    Args:
        code: Python.
        tests: of it.
        bounds: what it may take.

    Returns:
        None if it passed; else why it did not, in one line.
    """
    with (
        tempfile.TemporaryDirectory(prefix="gencost-code-", ignore_cleanup_errors=True) as folder,
        tempfile.TemporaryFile() as reports,
    ):
        plain = Path(plain_value.__file__).read_text(encoding="utf-8")
        files = {
            "program.py": code,
            "tests.py": tests.source,
            "plain.py": plain,
        }
        for name, source in files.items():
            (Path(folder) / name).write_text(source, encoding="utf-8", errors="replace")
        failed = _run(Path(folder), bounds, reports.fileno())
        reports.seek(0)
        why_not = tests.why_not(reports.read().decode("utf-8", "replace").splitlines())
    return why_not and (failed if failed and "expected" not in why_not else why_not)


def _run(folder: Path, bounds: Bounds, reports: int) -> str | None:
    alone = can_isolate()
    seconds, limit = int(bounds.time_s) + 1, bounds.output_kb * 1024
    words = f"{bounds.memory_mb * 2**20} {seconds} {limit} {int(alone)} {reports}\n"
    unshare = [str(shutil.which("unshare")), *_APART] if alone else []
    with (folder.parent / f"{folder.name}.out").open("w+b") as output:
        Path(output.name).unlink()  # it lives as long as it is open
        process = subprocess.Popen(  # noqa: S603 - that is what it is for; no shell
            [*unshare, sys.executable, "-I", "-B", "-c", _BOOTSTRAP],
            cwd=folder,
            env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_CTYPE": "C.UTF-8"},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(reports,),
            start_new_session=True,
        )
        in_time = _ended(process, words, bounds.time_s)
        output.seek(0)
        printed = output.read(limit)
    if not in_time:
        return f"it ran longer than {bounds.time_s:g} s"
    if len(printed) >= limit:
        return f"it printed more than {bounds.output_kb} KiB"
    return _why(printed, process.returncode)


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


def _why(printed: bytes, exit_code: int) -> str:
    lines = printed.decode("utf-8", "replace").strip().splitlines()
    last = lines[-1] if lines and exit_code else "it ended before its tests did"
    return f"{last} (exit code {exit_code})"[:300]
