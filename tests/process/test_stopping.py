"""A signal that ends a command waits for the end of an import."""

from __future__ import annotations

import signal

import pytest

from gencost.process.stopping import held_back


def test_a_signal_inside_comes_once_at_the_end():
    before, done = signal.signal(signal.SIGINT, signal.default_int_handler), []

    def interrupted() -> None:
        with held_back():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            done.append("the import")

    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert done == ["the import"]
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with held_back():
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
