"""Facts about an answer that stand in its headers alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gencost.providers.server_times import of_headers
from gencost.usage import is_plain
from gencost.usage.charged import amount

_COST = "x-litellm-response-cost"  # https://docs.litellm.ai/docs/proxy/response_headers (read 2026-11-26)
# Google says there alone which tier it served (https://ai.google.dev/gemini-api/docs/priority-inference, 2026-11-27).
_TIER = "x-gemini-service-tier"
_REQUEST_IDS = ("x-request-id", "request-id", "apim-request-id", "x-litellm-call-id")


def add_headers(facts: dict[str, Any], headers: Mapping[str, str], *, streamed: bool) -> None:
    """Add the facts of the headers to those of the body of a ``Response``; the body takes precedence.

    Args:
        facts: of the body, see ``answer.facts_of`` and ``answer.said_of``.
        headers: of the answer.
        streamed: its headers came before its body was made.
    """
    for name in _REQUEST_IDS:
        if name in headers:
            facts["provider_request_id"] = headers[name]
            break
    if facts.get("provider_cost_usd") is None:
        facts["provider_cost_usd"] = amount(headers.get(_COST))
    if _TIER in headers and is_plain(facts.get("service_tier")):
        facts["service_tier"] = headers[_TIER]
    took = "server_ttft_ms" if streamed else "server_ms"
    if facts.get(took) is None:
        facts[took] = of_headers(headers)
