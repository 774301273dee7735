from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from asked import scored

from gencost.errors import ConfigError
from gencost.quality.code import PythonTests
from gencost.quality.programs import sandbox
from gencost.quality.programs.checked_tests import checked
from gencost.quality.programs.code_blocks import code_of
from gencost.quality.programs.plain_value import digest

INSIDE = ("LC_CTYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
TESTS = "assert add(2, 3) == 5"
GOOD = "def add(a, b):\n    return a + b"
FAST = PythonTests(allow_execution=True, time_s=20, memory_mb=200, output_kb=8)
HURRIED = PythonTests(allow_execution=True, time_s=0.3, memory_mb=200, output_kb=8)


@pytest.mark.parametrize("answer", [GOOD, f"Here:\n```python\n{GOOD}\n```\nDone.", f"```\n{GOOD}"])
def test_code_that_passes(answer):
    score = scored(FAST, answer, TESTS)
    assert (score.value, score.explanation) == (1.0, None)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("def add(a, b):\n    return a - b", "assertion 1 of 1 failed, expected 5"),
        ("def add(a, b)\n    return", "SyntaxError"),
        ("I would rather not.", "SyntaxError"),
        ("import sys\nsys.exit(0)", "it ended before its tests did (exit code 0)"),
        ("import os\nos._exit(0)", "it ended before its tests did (exit code 0)"),
        ("x = bytearray(10**9)", "MemoryError"),
        ("while True: print('x' * 1000)", "it printed more than 8 KiB"),
        ("open('big', 'wb').write(b'x' * 10**6)", "File too large"),
        (f"import os\nassert not {{*os.environ}} - set({sorted(INSIDE)})\n1 / 0", "ZeroDivisionError"),
    ],
)
def test_code_that_does_not_pass_says_why(answer, said):
    score = scored(FAST, answer, TESTS)
    assert score.value == 0.0
    assert said in score.explanation


@pytest.mark.parametrize("answer", ["while True: pass", "import time\ntime.sleep(60)"])
def test_an_endless_program_is_ended(answer):
    score = scored(HURRIED, answer, TESTS)
    assert (score.value, score.explanation) == (0.0, "it ran longer than 0.3 s")


def test_what_it_left_running_is_ended_with_it(tmp_path):
    if not sandbox.can_isolate():
        pytest.skip("this system has no user namespaces")
    beat = tmp_path / "beat"
    child = f"import time\nwhile True:\n open({str(beat)!r}, 'a').write('x')\n time.sleep(0.02)"
    started = (
        f"import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True)"
    )
    answer = f"{started}\nwhile not __import__('os').path.exists({str(beat)!r}): time.sleep(0.02)\n{GOOD}"
    assert scored(FAST, answer, TESTS).value == 1.0
    length = beat.stat().st_size
    threading.Event().wait(0.2)
    assert beat.stat().st_size == length


@pytest.mark.parametrize("isolated", [True, False])
def test_it_reaches_no_network(isolated, monkeypatch):
    if isolated and not sandbox.can_isolate():
        pytest.skip("this system has no user namespaces")
    monkeypatch.setattr(sandbox, "can_isolate", lambda: isolated)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answer = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=2)\n{GOOD}"
        score = scored(FAST, answer, TESTS)
        server.settimeout(0.01)
        with pytest.raises(TimeoutError):
            server.accept()
    assert score.value == 0.0


def test_its_folder_is_removed_and_is_not_this_one():
    answer = f"import os, tempfile\nopen('here', 'w').write('x')\nassert os.getcwd() != {str(Path.cwd())!r}\n{GOOD}"
    assert scored(FAST, answer, TESTS).value == 1.0
    assert not Path("here").exists()


def test_the_tests_may_stand_in_a_column_and_code_before_the_code():
    own = PythonTests(allow_execution=True, tests="checks", before="import math")
    answer = "def area(r):\n    return math.pi * r * r"
    assert scored(own, answer, None, checks="assert round(area(1), 2) == 3.14").value == 1.0
    assert scored(own, answer, TESTS).explanation == "the sample has no tests in its column 'checks'"
    assert scored(FAST, GOOD).value is None


def test_the_block_that_defines_what_the_tests_need_is_the_code():
    usage = "```py\na = 1\n```\ntext\n```py\nprint(a)\n```"
    assert code_of(usage, "assert a == 1") == "a = 1"
    draft = "```py\na = 2\n```\nNo:\n```py\na = 1\n```"
    assert code_of(draft, "assert a == 1") == "a = 1"
    parts = "```py\nb = 1\n```\nand\n```py\na = b\n```"
    assert code_of(parts, "assert a == 1") == "b = 1\n\na = b"


def test_an_object_that_equals_everything_equals_no_plain_value():
    liar = "class E:\n    def __eq__(self, other): return True\ndef add(a, b): return E()"
    score = scored(FAST, liar, TESTS)
    assert (score.value, score.explanation) == (0.0, "assertion 1 of 1 failed, expected 5: an object of class E")


def test_what_is_expected_never_enters_the_process():
    checks = checked("assert add(2, 3) == 5, 'five'\nassert 7 == add(3, 4) and add(0, 1) > 0")
    assert "5" not in checks.source
    assert "five" not in checks.source
    assert "7" not in checks.source
    assert checks.places == 3
    assert checks.why_not(["0 " + digest(5), "1 " + digest(7), "2 ok", "end"]) is None
    assert checks.why_not(["0 " + digest(5), "1 " + digest(7), "end"]).endswith("an assertion was not reached")
    assert (
        checks.why_not(["0 ok", "1 ok", "2 ok", "end"]) == "assertion 1 of 3 failed, expected 5: an object of class ok"
    )


def test_tests_that_are_no_python_give_no_score():
    assert scored(FAST, GOOD, "assert (").value is None


def test_a_system_without_namespaces_says_so(monkeypatch):
    monkeypatch.setattr("gencost.quality.code.can_isolate", lambda: False)
    assert scored(FAST, GOOD, TESTS).explanation == sandbox.NOT_APART


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (True, 1, True),
        ([1], (1,), False),
        ({1: 2, 3: 4}, {3: 4, 1: 2}, True),
        ({1, 2}, {2, 1}, True),
        ("1", 1, False),
        (b"a", "a", False),
        ([[1.5]], [[1.5]], True),
        (0.1 + 0.2, 0.3, False),
        (1 + 0j, 1, True),
    ],
)
def test_plain_values_are_equal_as_python_has_it(one, other, same):
    assert (digest(one) == digest(other)) is same is (one == other)


def test_nothing_runs_that_nobody_allowed():
    with pytest.raises(ConfigError, match="^quality.python_tests runs code that a model wrote.*allow_execution=true$"):
        PythonTests()


@pytest.mark.parametrize("key", ["time_s", "memory_mb", "output_kb", "in_flight"])
def test_bounds_that_are_none_are_refused(key):
    with pytest.raises(ConfigError, match=f"{key}=0: give a number > 0"):
        PythonTests(allow_execution=True, **{key: 0})


def test_code_is_found_among_many_lines_that_begin_as_code_does():
    """Each line of prose is looked at once, not once for every line behind it: 100 x 200 tries were too many."""
    prose = "for each of the numbers, add it\nif you want to, import more\n" * 50
    code = "def add(a, b):\n    return a + b"
    assert code_of(f"{prose}{code}\n{prose}", "assert add(1, 2) == 3") == code


def test_a_header_whose_body_comes_after_an_empty_line_does_not_end_the_code():
    steps = "\n".join(f"    n += {step}" for step in range(16))  # the header is line 19 of the 20 looked at
    code = f"def total(n=0):\n{steps}\n    return n\ndef twice():\n\n    return 2 * total()"
    assert code_of(f"Here it is.\n{code}\nIt adds up.", "assert twice() == 240") == code
