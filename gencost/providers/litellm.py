"""Everything else (Bedrock, Vertex, ...) through the litellm library, less exact in latency.

The clock is read around litellm's coroutine, so that its own work, its client's and its parsing are in the latency.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gencost.errors import ConfigError, ProviderError
from gencost.masking import secrets_among
from gencost.protocols import Provider
from gencost.providers import failures
from gencost.providers.answer import facts_of, said_of
from gencost.providers.cache_marks import marked_chat
from gencost.providers.chat import completion
from gencost.providers.keys import Worded
from gencost.providers.params import chat_params
from gencost.providers.turns import chat_turns
from gencost.types import Request, Response
from gencost.usage.charged import amount


@dataclass(frozen=True, kw_only=True)
class LiteLLMProvider(Worded, Provider):
    """A model by litellm's name for it, e.g. ``bedrock/anthropic.claude-...``; keys as litellm reads them.

    Attributes:
        name: the part of a price key before the colon.
        total_s: seconds that one try may take.
        options: passed to ``litellm.acompletion``.
    """

    name: str = "litellm"
    total_s: float = 600.0
    options: dict[str, Any] = field(default_factory=dict)

    def check(self, model: str) -> None:  # noqa: ARG002 - litellm knows only when it is asked
        """Find the library.

        Raises:
            ConfigError: it is not installed.
        """
        _acompletion()

    def fields(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Portable keys in the words of Chat Completions, which litellm takes."""
        return chat_params(params, "litellm")

    async def complete(self, request: Request) -> Response:
        """Make one try; litellm's own retries are off, so that every try is a row.

        Raises:
            ProviderError: it failed.
        """
        turns = {"messages": chat_turns(request.sample.messages), **self._wire.of(request.params)}
        asked = {"timeout": self.total_s, "num_retries": 0, "max_retries": 0, **self.options, **marked_chat(turns)}
        sent_ns = time.perf_counter_ns()
        try:
            reply = await _acompletion()(model=request.model, **asked)
        except Exception as error:  # noqa: BLE001 - litellm raises what the vendors' libraries raise
            status = getattr(error, "status_code", None)
            raise ProviderError(
                failures.shown(f"{type(error).__name__}: {error}", secrets_among(self.options)),
                error_type=failures.error_type(status) if isinstance(status, int) else type(error).__name__,
                http_status=status if isinstance(status, int) else None,
                service_ms=(time.perf_counter_ns() - sent_ns) / 1e6,
                sent_ns=sent_ns,
            ) from None
        latency_ms = (time.perf_counter_ns() - sent_ns) / 1e6
        return _response(reply.model_dump(), _charged(reply), sent_ns, latency_ms)


def _acompletion() -> Any:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # otherwise its import fetches prices from GitHub
    try:
        from litellm import acompletion  # noqa: PLC0415 - an extra, and seconds to import
    except ImportError:
        raise ConfigError("provider=litellm needs the library litellm: pip install 'gencost[litellm]'") from None
    return acompletion


def _charged(reply: Any) -> Decimal | None:
    """Read what litellm says the answer cost, USD; None if it knows no price."""
    hidden = getattr(reply, "_hidden_params", None)
    return amount(hidden.get("response_cost")) if isinstance(hidden, Mapping) else None


def _response(body: Mapping[str, Any], charged_usd: Decimal | None, sent_ns: int, latency_ms: float) -> Response:
    answer = completion(body)
    facts = facts_of(answer.reading)
    if facts["provider_cost_usd"] is None:
        facts["provider_cost_usd"] = charged_usd
    return Response(latency_ms=latency_ms, sent_ns=sent_ns, **said_of(answer), **facts)
