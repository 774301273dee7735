"""The reason that stopped an exchange before its answer was there: its type, in words."""

from __future__ import annotations

import time

import aiohttp

from gencost.errors import ProviderError
from gencost.providers.failures import error_type
from gencost.providers.transport import Clock
from gencost.values.error_types import STALE


def broken(error: Exception, clock: Clock) -> ProviderError:
    """Name what stopped an exchange.

    Args:
        error: of aiohttp or a deadline.
        clock: of the exchange.
    """
    if isinstance(error, TimeoutError):
        return _timed_out(error, clock)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return ProviderError(
            f"the proxy refused: HTTP {error.status} {error.message}", error_type=error_type(error.status)
        )
    for classes, kind, text in _CAUSES:
        if isinstance(error, classes):
            return ProviderError(f"{text}: {error}", error_type=kind)
    if clock.stale:
        return ProviderError("the server had closed the connection that was kept", error_type=STALE)
    kind = "connection" if clock.sent_ns is not None else "connect"
    return ProviderError(f"connection lost: {type(error).__name__} {error}", error_type=kind)


# The first that fits: aiohttp's classes inherit from each other.
_CAUSES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str, str], ...] = (
    (aiohttp.ClientConnectorCertificateError, "tls", "not trusted; see provider.ca_file and SSL_CERT_FILE"),
    (aiohttp.ClientSSLError, "tls", "no TLS with this server"),
    (aiohttp.ClientConnectorError, "connect", "cannot connect"),
    (aiohttp.ClientPayloadError, "truncated", "the answer broke off"),
    ((aiohttp.ClientResponseError, aiohttp.InvalidURL), "invalid_body", "not an answer: no HTTP"),
)


def _timed_out(error: TimeoutError, clock: Clock) -> ProviderError:
    if clock.sent_ns is None or isinstance(error, aiohttp.ConnectionTimeoutError):
        return ProviderError("no connection in time", error_type="connect")
    missing = "answer" if clock.first_ns is None else "end of the stream"
    silent_s = (time.perf_counter_ns() - (clock.received_ns or clock.sent_ns)) / 1e9
    text = f"no {missing} after {clock.failed_ms() / 1e3:.1f} s, the last {silent_s:.1f} s of them silent"
    return ProviderError(text, error_type="timeout")
