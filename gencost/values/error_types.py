"""The types of failed and skipped calls: what the column ``error_type`` can say, and what follows from each.

Providers raise ``ProviderError`` with one of these names; those below ``lost`` are recorded without asking any. A
provider of the user's own may raise any other name, and a fault of its code is recorded under the exception's name.
"""

from __future__ import annotations

from dataclasses import dataclass

NOT_SENT = "not_sent"
LOST = "lost"
OVER_BUDGET = "budget"
DECIDED = "decided"
STALE = "stale_connection"
ABANDONED = "abandoned"


@dataclass(frozen=True, kw_only=True)
class ErrorType:
    """One way in which a try, or a whole call, ended without an answer.

    Attributes:
        name: as recorded.
        meaning: one sentence for a reader who did not write the provider.
        retried: the same try may succeed later.
        may_be_billed: a model may have worked on it; False where it was turned away before.
        hopeless: whatever is asked fails like this until somebody changes something.
        throttled: the provider asks for fewer calls, so every call of its account waits.
    """

    name: str
    meaning: str
    retried: bool = False
    may_be_billed: bool = True
    throttled: bool = False
    hopeless: bool = False


_HOPELESS = (
    "connect",
    "auth",
    "quota",
    "tls",
    "not_found",
    "redirect",
    "unsupported",
    "bad_request",
    "invalid_request",
)


def _turned_away(name: str, meaning: str, *, retried: bool = False, throttled: bool = False) -> ErrorType:
    facts = {"retried": retried, "throttled": throttled, "hopeless": name in _HOPELESS}
    return ErrorType(name=name, meaning=meaning, may_be_billed=False, **facts)


def _broken_off(name: str, meaning: str, *, retried: bool = True) -> ErrorType:
    return ErrorType(name=name, meaning=meaning, retried=retried)


ERROR_TYPES = {
    kind.name: kind
    for kind in (
        _turned_away("rate_limit", "The account's limit is reached (HTTP 429).", retried=True, throttled=True),
        _turned_away("overloaded", "The provider has too many calls (HTTP 529).", retried=True, throttled=True),
        _turned_away("server_error", "The provider failed (HTTP 5xx).", retried=True),
        _turned_away("request_timeout", "The provider waited too long for the request (HTTP 408).", retried=True),
        _turned_away("conflict", "The request met another one (HTTP 409).", retried=True),
        _turned_away("connect", "No connection to the provider could be made.", retried=True),
        _turned_away("auth", "The provider refused the key (HTTP 401 or 403)."),
        _turned_away("quota", "The account has no money or no quota left (HTTP 402, or 429 with that reason)."),
        _turned_away("tls", "The server's certificate is not trusted, or it speaks no TLS."),
        _turned_away("unsupported", "The server cannot do this (HTTP 501 or 505), or its status is none."),
        _turned_away("not_found", "The provider has no such model or address (HTTP 404)."),
        _turned_away("bad_request", "The provider refused the request (HTTP 4xx)."),
        _turned_away("invalid_request", "The provider refused a parameter before it called the model."),
        _turned_away("redirect", "The provider pointed to another address, where no key is sent (HTTP 3xx)."),
        _turned_away("not_recorded", "The recorded answers have none to this prompt and repeat."),
        _broken_off("connection", "The connection broke after the request was sent."),
        _broken_off(STALE, "A kept connection had been closed; asked again at once, beside the tries."),
        _broken_off("cancelled", "The provider cancelled the answer."),
        _broken_off(ABANDONED, "The caller gave the call up before its answer.", retried=False),
        _broken_off("timeout", "No answer, or no end of it, came in time."),
        _broken_off("truncated", "The answer broke off before its end."),
        _broken_off("empty", "The answer had no content at all."),
        _broken_off("invalid_body", "The answer is not of the provider's protocol.", retried=False),
        _broken_off("error_body", "The provider reported an error inside an answer.", retried=False),
        _broken_off(LOST, "The command died while the call was in flight.", retried=False),
        _turned_away(NOT_SENT, "The command was stopped before the call was sent."),
        _turned_away(OVER_BUDGET, "The call was left out: the budget could not pay for it."),
        _turned_away(DECIDED, "The call was left out: the decision was clear without it."),
    )
}


def error_type_of(name: str) -> ErrorType:
    """Look up an error type.

    Args:
        name: as recorded or raised.

    Returns:
        Its row of the table; a name that is not in it is not tried again, may be billed and is hopeless.
    """
    return ERROR_TYPES.get(name) or ErrorType(name=name, meaning="An error of the provider's own code.", hopeless=True)
