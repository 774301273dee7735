"""GenCost's errors: every one a user can meet, with a text that names the value, the place and the remedy.

::

    GenCostError
    ├── UserError              a mistake to fix before anything is paid for: one line, exit code 2
    │   ├── ConfigError        a key, choice or value in the configuration
    │   ├── PromptError        a prompt set
    │   ├── PricingError       a price or the price registry
    │   ├── MetricsDBError     the metrics DB cannot be opened, written or understood
    │   ├── TrackingError      the MLflow tracking store cannot be reached
    │   └── ReportError        an output folder or file
    ├── ObjectiveError         a cell has no value for an optimiser: its trial failed
    ├── UsageError             token counts that cannot be true
    └── ProviderError          one try of one call failed: recorded, the cell goes on
        └── CallError          a whole call failed; only where ``UnifiedLLM(raises=True)`` asks for it
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gencost.types import Record, Response


class GenCostError(Exception):
    """Root of every error GenCost raises on purpose."""


class UserError(GenCostError):
    """A mistake that the user can fix; shown as one line, exit code 2."""


class ConfigError(UserError):
    """A key, choice or value in the configuration is wrong."""


class PromptError(UserError):
    """A prompt set cannot be read or used."""


class PricingError(UserError):
    """A price, or the registry of prices, is wrong."""


class MetricsDBError(UserError):
    """The metrics DB cannot be opened, written or understood."""


class TrackingError(UserError):
    """The MLflow tracking store cannot be reached or written."""


class ReportError(UserError):
    """An output folder or file cannot be written."""


class ObjectiveError(GenCostError):
    """A cell has no value for what an optimising sweeper asks of it."""


class UsageError(GenCostError):
    """Token counts that cannot be true."""


class ProviderError(GenCostError):
    """One try of one call failed.

    Attributes:
        error_type: a name of the table in ``gencost.values.error_types``, or one of the provider's own.
        http_status: None where there is no HTTP or no answer came.
        retry_after_s: how long the provider asked to wait, seconds; None if it did not.
        service_ms: sent -> failed; None if the caller is to measure it.
        sent_ns: see ``Response.sent_ns``.
        ttft_ms: sent -> first content token, which may be billed whatever went wrong after it; None before it.
        billed: what the failed try was billed by, an answer without a text; None if nothing is known of it.
        text: of an answer that broke off, as far as it came; None if nothing came.
    """

    def __init__(  # noqa: PLR0913 - the facts of one failed try
        self,
        message: str,
        *,
        error_type: str,
        http_status: int | None = None,
        retry_after_s: float | None = None,
        service_ms: float | None = None,
        sent_ns: int | None = None,
        ttft_ms: float | None = None,
        billed: Response | None = None,
        text: str | None = None,
    ) -> None:
        """Keep the text and the facts of the failed try."""
        super().__init__(message)
        self.error_type = error_type
        self.http_status = http_status
        self.retry_after_s = retry_after_s
        self.service_ms = service_ms
        self.sent_ns = sent_ns
        self.ttft_ms = ttft_ms
        self.billed = billed
        self.text = text


class CallError(ProviderError):
    """A call of an application failed, all of its tries included.

    Attributes:
        record: everything about it, already committed to the metrics DB.
    """

    def __init__(self, record: Record) -> None:
        """Say what was asked, and why it failed."""
        asked, tries = record.request, len(record.attempts)
        failure = f"{record.error_type} after {tries} {'try' if tries == 1 else 'tries'}: {record.error_message}"
        status = record.attempts[-1].http_status if record.attempts else None
        super().__init__(
            f"{asked.provider}:{asked.model}: {failure}", error_type=str(record.error_type), http_status=status
        )
        self.record = record


def nearest(word: str, choices: Iterable[str], cutoff: float = 0.6) -> str:
    """Name what the user may have meant.

    Args:
        word: what was written.
        choices: what exists.
        cutoff: how near they must be, from 0 to 1, as ``difflib`` has it.

    Returns:
        `` (did you mean 'small'?)`` with a leading space, or an empty text if nothing is near.
    """
    near = difflib.get_close_matches(word, list(dict.fromkeys(choices)), n=2, cutoff=cutoff)
    return f" (did you mean {' or '.join(map(repr, near))}?)" if near else ""
