"""Retries: only what is worth trying again, every try a row, the server's own wish to wait obeyed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gencost.errors import ConfigError, ProviderError
from gencost.values.error_types import error_type_of


@dataclass(frozen=True, kw_only=True)
class Retry:
    """A policy: how often and how long a request is tried.

    The wait before try k + 1 is drawn evenly from [0, min(cap_s, base_s * 2^k)] ("full jitter", Brooker, AWS
    Architecture Blog, 2015), and never shorter than the server asked for.

    Attributes:
        tries: the most tries on the wire; 1 never retries.
        base_s: the longest first wait.
        cap_s: the longest wait of our own choice.
        max_s: the longest that the tries and the waits between them may take together; what was waited for our own
            limits does not count.
        longest_wait_s: a server that asks to wait longer is not asked again.
        give_up_after: a cell ends if as many first calls all fail for good; None goes on.
    """

    tries: int = 4
    base_s: float = 0.5
    cap_s: float = 30.0
    max_s: float = 1500.0
    longest_wait_s: float = 120.0
    give_up_after: int | None = 20
    jitter: Callable[[float, float], float] = field(default=random.uniform, repr=False)

    def __post_init__(self) -> None:
        """Refuse a policy that would never send, or never wait."""
        if self.tries < 1:
            raise ConfigError(f"retry.tries={self.tries}: at least 1 try must be made")
        if self.give_up_after is not None and self.give_up_after < 1:
            raise ConfigError(f"retry.give_up_after={self.give_up_after}: give at least 1, or null to go on")
        if min(self.base_s, self.cap_s, self.longest_wait_s) < 0 or not self.max_s > 0:
            raise ConfigError("retry: base_s, cap_s and longest_wait_s are seconds >= 0, max_s is > 0")

    def hopeless(self, failed: Sequence[str]) -> bool:
        """Whether a cell is to end.

        Args:
            failed: the error types of its first calls; empty once one of them was answered.
        """
        enough = self.give_up_after is not None and len(failed) >= self.give_up_after
        return enough and all(error_type_of(name).hopeless for name in failed)

    def wait_s(self, error: ProviderError, tried: int, since_s: float) -> float | None:
        """Say how long to wait before the next try.

        Args:
            error: why the last try failed.
            tried: tries made so far.
            since_s: seconds that tries and waits took so far.

        Returns:
            Seconds; None if no further try is to be made.
        """
        if not error_type_of(error.error_type).retried or tried >= self.tries or self.too_long(error):
            return None
        wait_s = self.jitter(0.0, min(self.cap_s, self.base_s * 2 ** (tried - 1)))
        if error.retry_after_s is not None:
            wait_s = max(wait_s, error.retry_after_s)
        return wait_s if since_s + wait_s <= self.max_s else None

    def too_long(self, error: ProviderError) -> bool:
        """Whether the server asks to wait longer than anybody would."""
        return error.retry_after_s is not None and error.retry_after_s > self.longest_wait_s
