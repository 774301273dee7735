"""The process that began others to make calls adds up what they say, and ends all when one fails."""

from __future__ import annotations

from types import SimpleNamespace

from gencost.runner.workers import _Worker, _Workers


def began(processes: int = 2) -> _Workers:
    count = SimpleNamespace(done=0, errors=0, skipped=0, unpriced=0, pico_usd=0)
    kept = SimpleNamespace(cells=[SimpleNamespace(count=count, error=None)], budget=None, limits={})
    workers = _Workers("module", [], kept)
    workers._workers = [
        _Worker(part=SimpleNamespace(cells={0}), process=SimpleNamespace(stdin=None, pid=pid))
        for pid in range(processes)
    ]
    return workers


def test_the_counts_of_a_cell_are_those_of_all_processes():
    workers = began()
    (cell,), (first, second) = workers._kept.cells, workers._workers
    workers._told(first, "count", [0, [1, 0, 0, 0, 2], None])
    workers._told(first, "count", [0, [3, 1, 0, 0, 5], None])  # instead of what it said before
    workers._told(second, "count", [0, [4, 0, 2, 1, 7], None])
    assert vars(cell.count) == {"done": 7, "errors": 1, "skipped": 2, "unpriced": 1, "pico_usd": 12}
    assert cell.error is None


def test_what_stopped_a_cell_first_is_what_is_said_of_it():
    workers = began()
    (cell,), (first, second) = workers._kept.cells, workers._workers
    workers._told(first, "count", [0, [1, 1, 0, 0, 0], "no key"])
    workers._told(second, "count", [0, [1, 1, 0, 0, 0], "another"])
    assert str(cell.error) == "no key"


def test_a_process_that_fails_has_said_its_last_word_and_stops_the_others():
    workers = began()
    workers._told(workers._workers[0], "failed", ["broken"])
    assert workers._workers[0].done
    assert workers._stop.is_set()
    assert workers._lost.startswith("a process that made a part of the calls failed: broken; what is recorded is kept")


def test_the_event_loop_ran_as_late_as_that_of_the_latest_process():
    workers = began()
    for worker, lag_ms in zip(workers._workers, (5.0, 3.0), strict=True):
        workers._told(worker, "done", [{"g": lag_ms}, None, False])
        assert worker.done
    assert (workers._lag_p99_ms, workers._lost) == ({"g": 5.0}, None)
